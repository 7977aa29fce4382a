"""The page of a run: result, impact, validation, erasure, other systems, certificate; and its validation in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from redaction.accounts.accounts import get_account
from redaction.db.session import Row
from redaction.erasure.levels import reach_level
from redaction.evidence.downstream import list_downstream
from redaction.evidence.render import describe_validation
from redaction.evidence.sentences import KINDS, say_entry
from redaction.evidence.stages import list_stages
from redaction.gate.guard import find_approval
from redaction.gate.question import say_next
from redaction.ledger.entries import list_entries_of_run
from redaction.objects.counts import WORDS
from redaction.pipeline.documents import list_pages
from redaction.pipeline.results import Results, read_results
from redaction.pipeline.runs import get_run
from redaction.reporting.kinds import find_name, list_reports
from redaction.web.access import Seer, can_edit, is_administrator
from redaction.web.approvals import pose_waiting
from redaction.web.context import get_database, get_deployment, get_settings, show
from redaction.web.overview import link_run
from redaction.words import say_kinds

router = APIRouter()

_WHY = {
    "sessions": "visitor data is personal: a redacted activity belongs to no session any more",
    "tags": "tags are personal: a redacted activity has none any more",
    "contacts": "numbers and addresses are personal: a redacted activity has no contact any more",
}
_ALIKE = "what this report counts by is retained: redacted activities go on being counted"
_COUNTED = {"rows", "foreign_contacts", "undecided_texts"}


@router.get("/runs/{run_id}")
def see_run(
    person: Seer, run_id: int, answered: Annotated[str, Query(pattern="^(Approve|Reject)?$")] = ""
) -> HTMLResponse:
    """Show one run: its result, what reports lose, its validation, the steps of its erasure, and its proof."""
    deployment = get_deployment()
    get_run(deployment.database, run_id)
    entries = list_entries_of_run(deployment.database, run_id)
    with deployment.transaction("redaction_worker") as session:
        run = session.one("get_run", run_id=run_id)
        reports = session.rows("run_reports", run_id=run_id)
        left = session.rows("count_objects_left", account_id=run["account_id"], run_id=run_id)
    account = get_account(deployment.database, run["account_id"])
    administers = is_administrator(person, account.id)
    reached = reach_level(deployment, run_id) if run["state"] == "succeeded" else None
    level = reached.level if reached else run["erasure_level"]
    results = read_results(_docs_of(account.id, run_id))
    return show(
        "run.html",
        person.name,
        account=account,
        run=run,
        posed=pose_waiting(deployment, person, run_id=run_id),
        answered=answered,
        decided=find_approval(deployment.database, run_id) if answered else None,
        say_next=say_next,
        entries=[(entry, say_entry(entry)) for entry in entries],
        kinds=KINDS,
        by_kind=say_kinds(run["by_kind"]),
        by_category=_rank(run["by_category"]),
        left_out=_count_left_out(entry.facts for entry in entries),
        objects=[(words, run["objects"][name]) for name, words in WORDS.items() if run["objects"].get(name)],
        left=left,
        results=results,
        validated=_describe(results),
        stages=list_stages(level, reached.backups_expire if reached else None, account.timezone),
        reasons=reached.outside if reached else (),
        reports=_tell_reports(reports),
        received=list_downstream(deployment.database, run_id=run_id, done=True),
        certified=any(entry.kind == "redaction" for entry in entries),
        withheld=any(entry.reason is not None for entry in entries if entry.kind == "redaction"),
        signing=deployment.settings.certificate_key is not None,
        link=link_run(run["run_key"]),
        may_see_reason=administers,
        may_change=administers and can_edit(person, account.id),
    )


def _tell_reports(rows: Sequence[Row]) -> list[Row]:
    """Return what a run has changed in each report, losses first, each with its name and title."""
    found = {find_name(row["report"]): row for row in rows}
    return [
        {
            **found[name],
            "is_known": found[name]["counted_before"] is not None,
            "name": name,
            "title": report.title,
            "why": _WHY.get(name, _ALIKE),
        }
        for name, report in sorted(list_reports().items(), key=lambda one: not one[1].leaves_out)
        if name in found
    ]


def _rank(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return what was removed, largest numbers first."""
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda one: (-one[1], one[0]))


def _count_left_out(all_facts: Any) -> list[tuple[str, int]]:
    return [
        (why.replace("_", " "), count) for facts in all_facts for why, count in (facts.get("left_out") or {}).items()
    ]


def _describe(results: Results | None) -> str:
    """Return in words what a passed validation has counted; "" for a failed one."""
    if results is None or not results.passed:
        return ""
    counts: Row = {"expectations": len(results.checks), **results.model_dump(include=_COUNTED)}
    return describe_validation(counts)


def _docs_of(account_id: int, run_id: int) -> Any:
    return get_settings().data_docs_path / f"account_{account_id}" / f"run_{run_id}"


@router.get("/runs/{run_id}/validation")
def see_validation(person: Seer, run_id: int) -> HTMLResponse:
    """Show the validation of a run, check by check, failed ones first."""
    run = get_run(get_database(), run_id)
    docs = _docs_of(run.account_id, run_id)
    results = read_results(docs)
    base = f"account_{run.account_id}/run_{run_id}"
    return show(
        "validation.html",
        person.name,
        account=get_account(get_database(), run.account_id),
        run=run,
        results=results,
        validated=_describe(results),
        pages={suite: f"{base}/{path}" for suite, path in list_pages(docs).items()},
    )
