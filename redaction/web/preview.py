"""The sentences of the red flag: what a redaction would take, and its progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from redaction.accounts.recipients import Exposure
from redaction.control.manual import Listed, ManualPreview
from redaction.failures import explain
from redaction.pipeline.steps import STEPS
from redaction.web.context import PREFIX
from redaction.words import KINDS, say_count, say_day, say_time
from redaction.words import STEPS as STEP_WORDS

_DATES = 5


def tell_preview(
    found: ManualPreview,
    zone: str,
    earlier: Sequence[datetime],
    named: int,
    exposures: Collection[Exposure],
    names: Sequence[str],
) -> dict[str, Any]:
    """Return what would be removed and stay, what reports lose, further warnings, and the digest that binds the act to
    it.

    `earlier` are the times of earlier activities of the contacts, without the `named` ones. `names` are callers who may
    share a number; they are the only personal values in it.
    """
    count = len(found.activities)
    return {
        "count": count,
        "act": f"Redact {say_count(count, 'activity', 'activities')}" if count else "Redact",
        "lines": [*_tell_activities(found.activities, zone), *_tell_kept(found), *_tell_reports(found)],
        "warnings": list(_warn(found, exposures)),
        "names": list(names),
        "earlier": _tell_earlier(earlier, zone, named),
        "digest": found.digest,
    }


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _tell_activities(activities: Sequence[Listed], zone: str) -> Iterable[str]:
    if not activities:
        yield "Nothing would be redacted."
        return
    kinds = Counter(listed.kind for listed in activities)
    times = [listed.called_at for listed in activities]
    first, last = (say_time(end, zone) for end in (min(times), max(times)))
    span = f"of {first}" if first == last else f"from {first} to {last}"
    yield f"{_join([say_count(kinds[kind], *words) for kind, words in KINDS.items() if kinds[kind]])} {span}."
    objects = sum(listed.objects for listed in activities)
    if objects:
        yield f"{say_count(objects, 'object', 'objects')} (recordings, pictures, uploads) go with them."


def _tell_kept(found: ManualPreview) -> Iterable[str]:
    if found.held:
        held = len(found.held)
        yield "1 stays: a legal hold keeps it." if held == 1 else f"{held:,} stay: a legal hold keeps them."
    if found.already_redacted:
        done = len(found.already_redacted)
        yield f"{done:,} {'is' if done == 1 else 'are'} redacted already."


def _tell_reports(found: ManualPreview) -> Iterable[str]:
    counts = {"contact": found.contacts, "session": found.sessions, "tag": found.tags}
    lost = [say_count(number, name, f"{name}s") for name, number in counts.items() if number]
    if lost:
        yield f"Reports stop counting {_join(lost)}. Other reports go on counting the activities."
    elif found.activities:
        yield "Reports go on counting the activities."


def _warn(found: ManualPreview, exposures: Collection[Exposure]) -> Iterable[str]:
    if found.names > 1:
        yield f"The callers gave {found.names:,} different names: they may share a number."
    if found.activities:
        for exposure in exposures:
            yield f"{exposure.name} has received: {', '.join(exposure.fields)}. It is not redacted there."


def _tell_earlier(times: Sequence[datetime], zone: str, named: int) -> str:
    included = "this one is included" if named == 1 else "those chosen are included"
    if not times:
        return f"none earlier; {included}"
    today = datetime.now(UTC).date()
    days = list(dict.fromkeys(say_day(time.astimezone(ZoneInfo(zone)).date(), today) for time in times))
    rest = f" and {len(days) - _DATES} more days" if len(days) > _DATES else ""
    return f"{len(times):,} earlier: {', '.join(days[:_DATES])}{rest}; {included}"


def tell_progress(state: str, run: Mapping[str, Any] | None, dag_run: str | None, certified: bool) -> dict[str, Any]:
    """Return the steps of a triggered redaction, each done, now or next; once it is over, also its result and links.

    `state` is that of the DAG run, `dag_run` its address; `run` is our record, None before it exists.
    """
    links = []
    if run and run["state"] == "succeeded" and certified:
        links.append(_link("Certificate (PDF)", f"{PREFIX}/runs/{run['id']}/certificate.pdf"))
    if run:
        links.append(_link(f"Run {run['id']}", f"{PREFIX}/runs/{run['id']}"))
    elif dag_run and state in ("success", "failed"):
        links.append({"text": "The DAG run in Airflow", "href": dag_run, "out": True})
    waits = bool(run and run["waits"])
    end = problem = None
    if waits:
        end = "Another administrator must approve it. You can close this window."
    elif run and run["state"] == "succeeded":
        end = f"Done. {say_count(run['stripped_count'], 'activity', 'activities')} redacted."
    elif state == "failed":
        problem = _tell_failure(run)
    over = waits or state in ("success", "failed")
    return {
        "steps": _list_steps(run, waits),
        "over": over,
        "end": end,
        "problem": problem,
        "links": links if over else [],
    }


def _link(text: str, href: str) -> dict[str, Any]:
    return {"text": text, "href": href, "out": False}


def _list_steps(run: Mapping[str, Any] | None, waits: bool) -> list[dict[str, str]]:
    chosen = "Choose" if run is None else f"{say_count(run['due_count'], 'activity', 'activities')} chosen"
    texts = [chosen, *(STEP_WORDS[step] for step in STEPS)]
    done = 0 if run is None else _count_done(run)
    if waits:
        texts.insert(done, "Waits for another administrator to approve")
    return [
        {"text": text, "state": "done" if place < done else "now" if place == done else "next"}
        for place, text in enumerate(texts)
    ]


def _count_done(run: Mapping[str, Any]) -> int:
    states = ["selected", *STEPS.values()]
    if run["state"] in states:
        return states.index(run["state"]) + 1
    # A failed run names the step that did not end.
    return list(STEPS).index(run["failed_step"]) + 1 if run["failed_step"] in STEPS else 0


def _tell_failure(run: Mapping[str, Any] | None) -> str:
    if run is None:
        return "The redaction was not begun, and nothing was changed. Its DAG run in Airflow says why."
    what = "refused" if run["state"] == "refused" else "stopped"
    return f"The redaction was {what}. {explain(run['failure'], run['failed_step']) or ''}".strip()
