"""The ledger for readers: a sentence a row, filtered, paged, exported; and whether it is intact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, StreamingResponse

from redaction.accounts.accounts import list_accounts
from redaction.db.database import Database
from redaction.db.session import Row
from redaction.evidence.sentences import KINDS, describe_facts, say_entry
from redaction.evidence.watch import OUTSIDE
from redaction.ledger.checked import keep_check, read_check
from redaction.ledger.entries import Entry, Kind, canonical
from redaction.ledger.verify import verify_ledger
from redaction.sheet import write_csv
from redaction.web.access import Person, Seer, can_change_agency, list_administered
from redaction.web.context import PREFIX, ShownForm, get_database, get_deployment, get_placements, show

router = APIRouter()

_PAGE = 50
_EXPORTED = 500
"""Rows of an export that are read at once."""
_COLUMNS = ("position", "written_at", "what", "kind", "account_id", "run_id", "actor", "reason", "hash")


@dataclass(frozen=True)
class Filters:
    """The filters, as they were written, and what is wrong with which field."""

    given: Mapping[str, str]
    asked: Mapping[str, Any]
    problems: Mapping[str, str]

    @property
    def address(self) -> str:
        """Return the active filters as the query of an address."""
        return urlencode({name: value for name, value in self.given.items() if value})


_Text = Annotated[str, Query(max_length=200)]


def read_filters(
    kind: _Text = "", account: _Text = "", actor: _Text = "", since: _Text = "", until: _Text = ""
) -> Filters:
    """Return the filters of an address; the form shows what is wrong with one."""
    written = {"kind": kind, "account": account, "actor": actor, "since": since, "until": until}
    given = {name: value.strip() for name, value in written.items()}
    asked: dict[str, Any] = {"kind": given["kind"] or None, "account_id": None, "actor": given["actor"] or None}
    problems = {}
    if given["kind"] and given["kind"] not in get_args(Kind):
        problems["kind"] = "Choose one of the kinds."
        asked["kind"] = None
    if given["account"]:
        if given["account"].isascii() and given["account"].isdecimal() and len(given["account"]) < 19:
            asked["account_id"] = int(given["account"])
        else:
            problems["account"] = "Write the id of an account, such as 1001."
    for name, days in (("since", 0), ("until", 1)):
        asked[name] = None
        try:
            if given[name]:
                day = date.fromisoformat(given[name]) + timedelta(days=days)
                asked[name] = datetime.combine(day, time.min, UTC)
        except (ValueError, OverflowError):
            problems[name] = "Write a day such as 2026-03-01."
    return Filters(given, asked, problems)


Asked = Annotated[Filters, Depends(read_filters)]


@dataclass(frozen=True)
class _Reader:
    """The reader, and whose reasons they may see."""

    own: frozenset[int]
    of_all: bool

    @classmethod
    def of(cls, person: Person, database: Database) -> _Reader:
        return cls(frozenset(list_administered(person, database)), can_change_agency(person))

    def may_see_reason(self, entry: Entry) -> bool:
        """Say whether the reader may see the reason of a row: it is about an account of theirs, or about no account
        and they may change agencies. The reason of a request is only on its own page.
        """
        if entry.account_id is None:
            return self.of_all and entry.kind != "request"
        return entry.account_id in self.own


@router.get("/ledger")
def see_ledger(person: Seer, filters: Asked, before: Annotated[int | None, Query(ge=1)] = None) -> HTMLResponse:
    """Show rows of the ledger, newest first, and the result of its last check."""
    deployment = get_deployment()
    rows = [] if filters.problems else list(_read(deployment.database, filters, before, _PAGE))
    reader = _Reader.of(person, deployment.database)
    head = deployment.one("ledger_head")["position"]
    checked = read_check(deployment.settings)
    return show(
        "ledger.html",
        person.name,
        400 if filters.problems else 200,
        rows=[(entry, say_entry(entry), list(describe_facts(entry)), reader.may_see_reason(entry)) for entry in rows],
        names={account.id: account.name for account in list_accounts(deployment.database)} if rows else {},
        older=rows[-1].position if len(rows) == _PAGE else None,
        paged=before is not None,
        filters=filters,
        kinds=KINDS,
        head=head,
        checked=checked,
        since=head - checked.rows if checked else 0,
    )


@router.post("/ledger/check")
def check_now(person: Seer, form: ShownForm) -> RedirectResponse:
    """Check the chain in the database and the last rows outside, and store the result."""
    deployment = get_deployment()
    keep_check(deployment.settings, verify_ledger(deployment, OUTSIDE), person.name)
    several = len(get_placements().names) > 1
    return RedirectResponse(
        f"{PREFIX}/ledger{f'?placement={deployment.placement}' if several else ''}", status_code=303
    )


@router.get("/ledger.{suffix}")
def export_ledger(person: Seer, filters: Asked, suffix: Literal["csv", "json"]) -> Response:
    """Return the rows that match, newest first, as CSV or JSON; reasons as on the page."""
    if filters.problems:
        return JSONResponse({"error": " ".join(filters.problems.values())}, status_code=400)
    database = get_database()
    reader = _Reader.of(person, database)
    write = _write_csv if suffix == "csv" else _write_json
    return StreamingResponse(
        write(database, filters, reader),
        media_type="text/csv; charset=utf-8" if suffix == "csv" else "application/json",
        headers={"Content-Disposition": f'attachment; filename="ledger.{suffix}"'},
    )


def _read(database: Database, filters: Filters, before: int | None, most: int) -> Iterator[Entry]:
    yield from (Entry(**row) for row in database.rows("list_ledger", **filters.asked, before=before, most=most))


def _read_all(database: Database, filters: Filters) -> Iterator[list[Entry]]:
    before = None
    while rows := list(_read(database, filters, before, _EXPORTED)):
        yield rows
        before = rows[-1].position


def _write_json(database: Database, filters: Filters, reader: _Reader) -> Iterator[bytes]:
    mark = b"[\n"
    for rows in _read_all(database, filters):
        for entry in rows:
            values = _make_row(entry, reader) | {"facts": entry.facts, "previous_hash": entry.previous_hash}
            yield mark + canonical(values | {"reason_withheld": bool(entry.reason) and values["reason"] is None})
            mark = b",\n"
    yield b"[]\n" if mark == b"[\n" else b"\n]\n"


def _write_csv(database: Database, filters: Filters, reader: _Reader) -> Iterator[bytes]:
    yield write_csv([], _COLUMNS)
    for rows in _read_all(database, filters):
        yield write_csv([_make_row(entry, reader) for entry in rows]).partition(b"\n")[2]


def _make_row(entry: Entry, reader: _Reader) -> dict[str, Any]:
    reason = entry.reason if reader.may_see_reason(entry) else None
    values: Row = {"what": say_entry(entry), "reason": reason, "written_at": entry.written_at.isoformat()}
    return {name: values[name] if name in values else getattr(entry, name) for name in _COLUMNS}
