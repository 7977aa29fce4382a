"""The answer as a ZIP: a summary (PDF), everything found as a page and as JSON, its objects as files, all streamed.

Memory holds only a few activities at a time, and there are no temporary files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from redaction.db.session import Session
from redaction.requests.attachments import Attachments
from redaction.requests.find import Found
from redaction.requests.letter import render_letter, say_summary
from redaction.requests.records import PersonRequest
from redaction.settings import Settings

_AT_ONCE = 200
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}"
    "h2{font-size:1rem;border-top:1px solid #999;padding-top:.6rem}dt{font-weight:600}"
    "dd{margin:0 0 .4rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere}"
)
_HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>What we keep of you</title>'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    f"<style>{_STYLE}</style></head><body><h1>What we keep of you</h1>\n"
)
_Activity = Mapping[str, Any]


def write_answer(
    request: PersonRequest,
    found: Found,
    sessions: Mapping[str, Session],
    settings: Mapping[str, Settings],
    sink: IO[bytes],
) -> int:
    """Write the answer to a request; return the number of activities in it.

    `sessions` are those of the search, so that each activity is as it was found: of this person, and counted;
    `settings` those of each placement. Raises ExtraMissing without a typesetter.
    """
    made_at = datetime.now(UTC)
    # Before anything is read: without a typesetter nothing is written.
    render_letter(say_summary(request, found, made_at))
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        _write(archive, "activities.json", "[\n", ",\n", "\n]\n", _as_json, _read(sessions, found))
        count = _write(archive, "activities.html", _HEAD, "", "</body></html>\n", _as_page, _read(sessions, found))
        attached = Attachments(archive)
        for part in found.parts:
            attached.add(sessions[part.placement], part, settings[part.placement])
        if attached.index:
            archive.writestr("files.json", json.dumps(attached.index, indent=1))
        archive.writestr("summary.pdf", render_letter(say_summary(request, found, made_at, attached)))
    return count


def _read(sessions: Mapping[str, Session], found: Found) -> Iterator[_Activity]:
    for part in found.parts:
        for start in range(0, len(part.activities), _AT_ONCE):
            page = part.activities[start : start + _AT_ONCE]
            times, ids = [at for at, _ in page], [number for _, number in page]
            which = {"account_id": part.account_id, "times": times, "ids": ids, "first": times[0], "last": times[-1]}
            for row in sessions[part.placement].rows("read_activities_of", **which):
                yield row["activity"]


def _write(
    archive: ZipFile,
    name: str,
    begin: str,
    between: str,
    end: str,
    render: Callable[[_Activity], str],
    activities: Iterator[_Activity],
) -> int:
    count = 0
    with archive.open(name, "w", force_zip64=True) as member:
        member.write(begin.encode())
        for count, activity in enumerate(activities, 1):
            member.write(((between if count > 1 else "") + render(activity)).encode("utf-8", "replace"))
        member.write(end.encode())
    return count


def _as_json(activity: _Activity) -> str:
    return json.dumps(activity, ensure_ascii=False)


def _as_page(activity: _Activity) -> str:
    """Return an activity as a part of a page: all of it escaped, whatever is in it."""
    items = "".join(
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(_plain(value))}</dd>"
        for name, value in activity.items()
        if name not in ("id", "account_id", "kind", "called_at")
    )
    kind, at, number = (escape(str(activity[name])) for name in ("kind", "called_at", "id"))
    return f"<h2>{kind} of {at} ({number})</h2><dl>{items}</dl>\n"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
