"""The file that answers a request: stored with the shared files, fetched once by the person who has made it, then
deleted.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.ledger.act import Act
from redaction.placements.resolve import Placements
from redaction.requests.document import write_answer
from redaction.requests.find import Found, Part, look_for
from redaction.requests.records import find_request, get_home, get_request, list_accounts_of
from redaction.shared import list_sizes, reading, remove_file, writing

_PIECE = 256 * 1024


@dataclass(frozen=True)
class Export:
    """A file that answers a request: who has made it and when, until when it is kept (UTC), its content in numbers."""

    id: int
    request_id: int
    name: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    activities: int
    bytes: int
    ready: bool
    fetched_at: datetime | None
    deleted_at: datetime | None


def make_export(placements: Placements, request_id: int, made_by: str) -> Export:
    """Write everything found of the person of a request into a file, for its maker to fetch once; return it.

    Raises NotAllowed if the request does not ask for access or has ended; DatabaseBusy, with nothing written, if a
    placement does not answer; SharedUnreachable or BadInput if it cannot be written.
    """
    home = get_home(placements)
    request = get_request(placements, request_id)
    if request.kind == "erasure" or request.closed_at is not None:
        what = request.state if request.closed_at else "for erasure"
        raise NotAllowed(f"request {request_id} is {what}, so there is nothing to export: nothing was written")
    end_exports(home)
    with look_for(placements, request_id) as (found, sessions):
        found.check_complete("nothing was written")
        name = f"request-{request_id}-{secrets.token_hex(8)}.zip"
        hours = home.settings.request_export_h
        made = home.one("begin_export", request_id=request_id, name=name, made_by=made_by, hours=hours)["id"]
        try:
            with writing(home.settings.exports_path / name) as sink:
                counted = _Counted(sink)
                settings = {part.placement: placements.at(part.placement).settings for part in found.parts}
                activities = write_answer(request, found, sessions, settings, counted)  # type: ignore[arg-type]
        except BaseException:
            remove_file(home.settings.exports_path / name)
            home.run("drop_export", id=made)
            raise
    with home.transaction("redaction_worker") as session:
        session.run("end_export", id=made, activities=activities, bytes=counted.bytes)
        _record_given(session, made, found)
    return next(export for export in list_exports(home, request_id) if export.id == made)


def _record_given(session: Session, export_id: int, found: Found) -> None:
    """Record what an export has of each account, as the digests of what an erasure takes."""
    session.run(
        "record_given",
        request_id=found.request_id,
        export_id=export_id,
        account_ids=[part.account_id for part in found.parts],
        given=[json.dumps([batch.digest for batch in part.batches]) for part in found.parts],
    )


def check_given(home: Deployment, request_id: int, parts: Sequence[Part]) -> None:
    """Raise NotAllowed unless everything that an erasure takes is, unchanged, in an export that was fetched."""
    fetched = {str(export.id) for export in list_exports(home, request_id) if export.fetched_at is not None}
    given = {
        account.account_id: {
            digest
            for export, digests in account.found.get("given", {}).items()
            if export in fetched
            for digest in digests
        }
        for account in list_accounts_of(home, request_id)
    }
    for part in parts:
        if not {batch.digest for batch in part.batches} <= given[part.account_id]:
            raise NotAllowed(
                f"request {request_id} asks for access too, and account {part.account_id} has activities of the person "
                "that arrived, or were written again, by a load or as files are rewritten at night, after the export "
                "that was fetched: nothing new was begun; first "
                f"`redaction request export {request_id}`, and fetch it"
            )


class _Counted:
    """A sink that is only written forward, and counts its bytes."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        return self._sink.write(data)

    def flush(self) -> None:
        self._sink.flush()


def list_exports(home: Deployment, request_id: int) -> list[Export]:
    """Return the files that answer a request, newest first."""
    return [Export(**row) for row in home.rows("list_exports", request_id=request_id)]


@contextmanager
def fetch_export(home: Deployment, export_id: int, fetched_by: str) -> Iterator[Iterator[bytes]]:
    """Yield the bytes of a file, piece by piece, to the person who has made it; after the last piece the file is
    deleted.

    With that a request for access is answered. If the caller stops earlier, it is not, and the file may be fetched
    again. If the process is killed meanwhile, the file is deleted when its time is over; another one can be made.
    Raises BadInput if there is no such file for them, or no longer.
    """
    refusal = BadInput(
        f"there is no export {export_id} for {fetched_by} to fetch: it is fetched once, by its maker, and kept "
        "for a while; nothing is lost, make another one"
    )
    taken = home.rows("take_export", id=export_id, taken_by=fetched_by)
    if not taken:
        raise refusal
    place, whole = home.settings.exports_path / taken[0]["name"], False

    def give(source: IO[bytes]) -> Iterator[bytes]:
        nonlocal whole
        yield from iter(lambda: source.read(_PIECE), b"")
        whole = True

    try:
        with reading(place) as source:
            yield give(source)
        if whole:
            _end_fetch(home, taken[0], fetched_by)
    finally:
        home.run("return_export", id=export_id)
    if whole:
        remove_file(place)
        home.run("drop_export", id=export_id)


def _end_fetch(home: Deployment, taken: Row, fetched_by: str) -> None:
    with Act(home) as act, act.transaction() as session:
        session.run("end_fetch", id=taken["id"])
        request = find_request(session, taken["request_id"])
        answers = {"request_id": request.id, "answered_by": fetched_by, "answered_at": None}
        if request.kind == "access" and session.rows("answer_request", **answers):
            facts = {"change": "answered", "request_id": request.id, "exported": taken["activities"]}
            act.record("request", None, fetched_by, facts)


def end_exports(home: Deployment) -> int:
    """Remove the files whose time is over, those of ended requests, and files without a record; return their number.

    Each export does it first, and so does `retention_watch`. Raises SharedUnreachable if a store fails.
    """
    kept = home.rows("kept_exports")
    place: Any = home.settings.exports_path
    stays = {row["name"] for row in kept if not row["goes"]}
    gone = 0
    for name in list_sizes(place):
        # The file of a killed process has a dot before its name and a suffix.
        if not any(name == known or name.startswith(f".{known}") for known in stays):
            remove_file(place / name)
            gone += 1
    for row in kept:
        if row["goes"]:
            home.run("drop_export", id=row["id"])
    return gone
