"""Messages to people: something became late, is in order again, and once a week the state of their accounts.

A message leaves the installation by mail, so it has only counts, ids and paths of pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from redaction.db.database import Database
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.evidence.figures import Figure, say_figure
from redaction.evidence.watch import list_late
from redaction.failures import Failure, explain
from redaction.settings import DEFAULT
from redaction.words import say_count

Late = tuple[str, int | None]
"""What is late, and of which account (None: of all)."""
_MOST_LINES = 100
GIVEN_UP = timedelta(days=7)
"""A message is tried again for so long, with each watch, for those whom it has not reached."""
_PAGES: Mapping[str, str] = {
    "objects": "/elsewhere",
    "objects elsewhere": "/elsewhere",
    "records elsewhere": "/elsewhere",
    "unfinished runs": "/accounts/{0}/runs",
    "runs that wait for a person": "/accounts/{0}/runs",
    "accounts not fetched": "/incoming",
    "quarantined records": "/incoming",
    "raw files": "/incoming",
    "holds": "/accounts/{0}/holds",
    "holds that end": "/accounts/{0}/holds",
    "requests of persons": "/find",
    "answers kept": "/find",
    "copies on disk": "/copies",
    "sent elsewhere": "/copies",
    "breaks of the ledger": "/ledger",
    "acts without a row of the ledger": "/ledger",
}
"""The page of each figure; other figures use the page of the account."""


@dataclass(frozen=True)
class Line:
    """A line of a message, and the path of its page below that of the pages ("" for none)."""

    text: str
    path: str = ""


@dataclass(frozen=True)
class Message:
    """A message: its subject and lines."""

    kind: Literal["change", "digest"]
    subject: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Change:
    """What has become late or is in order again since the last message, and how much is late in all."""

    new: tuple[Figure, ...]
    over: tuple[Late, ...]
    late: int


def find_change(deployment: Deployment, figures: Sequence[Figure]) -> Change | None:
    """Return what has changed since the last message; None if nothing has."""
    known = {(row["what"], row["account_id"]) for row in deployment.rows("list_known_late")}
    late = {(figure.what, figure.account_id): figure for figure in list_late(figures)}
    new = tuple(figure for key, figure in late.items() if key not in known)
    over = tuple(sorted(known - late.keys(), key=lambda key: (key[1] or 0, key[0])))
    return Change(new, over, len(late)) if new or over else None


def find_failures(deployment: Deployment, change: Change) -> dict[int, Failure]:
    """Return by account the failure of the last run, for accounts whose runs have become late."""
    found = {}
    with deployment.transaction("redaction_worker") as session:
        for figure in change.new:
            if figure.what != "unfinished runs" or figure.account_id is None:
                continue
            for row in session.rows("list_runs", account_id=figure.account_id, before=None, most=1):
                words = explain(row["failure"], row["failed_step"])
                if words is not None:
                    found[figure.account_id] = words
    return found


def compose_change(
    change: Change, placement: str = DEFAULT, failures: Mapping[int, Failure] = MappingProxyType({})
) -> Message:
    """Return the message about a change; `failures` are those of unfinished runs, by account."""
    lines = [say_late(figure, failures) for figure in change.new]
    lines += [
        Line(f"{_name(account)}: in order again: {what}.", find_path(what, account)) for what, account in change.over
    ]
    return Message("change", _say_subject(change) + name_place(placement), cut(lines))


def keep_change(
    deployment: Deployment,
    change: Change,
    message: Message,
    recipients: int,
    problem: str | None = None,
    owed: Collection[str] = (),
) -> None:
    """Record that people were sent a change; `problem` names what kept those from it who are `owed` it."""
    with deployment.transaction("redaction_worker") as session:
        _keep(session, message, recipients, problem, owed)
        if change.new:
            session.run("put_known_late", **_columns((figure.what, figure.account_id) for figure in change.new))
        if change.over:
            session.run("drop_known_late", **_columns(change.over))


def keep_message(
    deployment: Deployment, message: Message, recipients: int, problem: str | None = None, owed: Collection[str] = ()
) -> None:
    """Record a sent message, or an unsent message with the name of the problem and those who are `owed` it."""
    with deployment.transaction("redaction_worker") as session:
        _keep(session, message, recipients, problem, owed)


@dataclass(frozen=True)
class Owed:
    """A message that has not reached a recipient yet."""

    alert_id: int
    recipient: str
    message: Message


def list_owed(deployment: Deployment, kind: Literal["change", "digest"], now: datetime) -> list[Owed]:
    """Return what people are still owed, oldest first; what is older than a week is given up."""
    with deployment.transaction("redaction_worker") as session:
        session.run("give_up_owed", before=now - GIVEN_UP)
        rows = session.rows("list_owed", kind=kind)
    return [Owed(row["id"], row["recipient"], _delay(kind, row)) for row in rows]


def settle_owed(deployment: Deployment, owed: Owed, reached: bool) -> None:
    """Record that a message has reached a recipient, or that they get none any more."""
    deployment.run("settle_owed", alert_id=owed.alert_id, recipient=owed.recipient, reached=int(reached))


def _delay(kind: Literal["change", "digest"], row: Row) -> Message:
    when = f"{row['written_at'].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    late = Line(f"This message is of {when} and could not be sent to you then.", "/alerts")
    return Message(kind, row["subject"], (*(Line(line) for line in row["lines"]), late))


def list_alerts(database: Database, before: int | None, most: int) -> list[Row]:
    """Return the newest messages, below an id if there is one."""
    with database.transaction("redaction_worker") as session:
        return session.rows("list_alerts", before=before, most=most)


def find_path(what: str, account_id: int | None) -> str:
    """Return the path of the page about a figure, below that of the pages."""
    path = _PAGES.get(what, "/accounts/{0}")
    return path.format(account_id) if account_id is not None else path.replace("/accounts/{0}", "") or "/"


def say_late(figure: Figure, failures: Mapping[int, Failure] = MappingProxyType({})) -> Line:
    """Return the line about something late; `failures` are those of runs that have not finished, by account."""
    return Line(_say_late(figure, failures), find_path(figure.what, figure.account_id))


def _say_late(figure: Figure, failures: Mapping[int, Failure]) -> str:
    hours = figure.age_hours
    since = f", the oldest for {hours / 24:,.0f} days" if hours >= 48 else f", the oldest for {hours:.0f} h"
    failure = failures.get(figure.account_id or 0) if figure.what == "unfinished runs" else None
    why = f" {failure}" if failure else ""
    return f"{_name(figure.account_id)}: {say_figure(figure.what, figure.count)}{since if hours else ''}.{why}"


def _name(account_id: int | None) -> str:
    return "All accounts" if account_id is None else f"Account {account_id}"


def _say_subject(change: Change) -> str:
    if change.new:
        more = " more" if change.late > len(change.new) else ""
        verb = "is" if len(change.new) == 1 else "are"
        in_all = f" ({change.late:,} in all)" if more else ""
        return (
            f"Redaction: {len(change.new):,}{more} {'thing' if len(change.new) == 1 else 'things'} {verb} late{in_all}"
        )
    if not change.late:
        return "Redaction: nothing is late any more"
    verb = "is" if change.late == 1 else "are"
    return f"Redaction: {say_count(len(change.over), 'thing', 'things')} in order again, {change.late:,} {verb} late"


def name_place(placement: str) -> str:
    """Return the end of the subject of a message about a placement."""
    return "" if placement == DEFAULT else f" at placement {placement}"


def cut(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the lines of a message: of many only the first, and how many more there are."""
    more = len(lines) - _MOST_LINES
    return (*lines[:_MOST_LINES], *([Line(f"And {more:,} more.", "/")] if more > 0 else []))


def _keep(
    session: Session, message: Message, recipients: int, problem: str | None = None, owed: Collection[str] = ()
) -> None:
    lines = [line.text for line in message.lines]
    columns = {"kind": message.kind, "subject": message.subject, "lines": lines}
    session.run("add_alert", **columns, recipients=recipients, problem=problem, owed=list(owed))


def _columns(late: Iterable[Late]) -> dict[str, Any]:
    keys = list(late)
    return {"whats": [what for what, _ in keys], "account_ids": [account_id for _, account_id in keys]}
