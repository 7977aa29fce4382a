"""Retained texts that may name somebody: a number or an address in a source, a label or a route that is not the
account's own. An administrator decides on each: it stays, or what is in it is cut out everywhere.

Cut is what the account has, redacted activities too, and what is loaded from then on. The text itself is kept nowhere:
a decision is found by a keyed digest, and the ledger has the ids of what was changed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from redaction.accounts.accounts import find_account
from redaction.accounts.administrators import check_administrator
from redaction.db.database import Database
from redaction.db.patience import patiently
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import AccountMoving, BadInput, NotAllowed
from redaction.ledger.act import Act
from redaction.ledger.entries import Entry
from redaction.ledger.reasons import check_reason
from redaction.pipeline.reports import refresh_reports

Decision = Literal["keep", "cut"]
DECISIONS: tuple[Decision, ...] = ("keep", "cut")
_BATCH = 1_000
_SHORTEST = 8
"""Characters of a digest that a text is named by at least."""
_WHOLE = 64


@dataclass(frozen=True)
class Text:
    """A text that may name somebody: its digest, where it stands, how many activities hold it in one such place at
    most, from which local day to which, and what was decided by whom (None: nothing yet).
    """

    digest: str
    text: str
    places: tuple[str, ...]
    activities: int
    first_day: date
    last_day: date
    decision: Decision | None
    decided_by: str | None
    decided_at: datetime | None

    @property
    def waits(self) -> bool:
        """Say whether there is something to decide or to do: a hold may have kept what was to be cut."""
        return self.decision != "keep"


@dataclass(frozen=True)
class Decided:
    """What a decision did: on how many texts, how many activities it changed, how many a legal hold keeps as is."""

    account_id: int
    decision: Decision
    texts: int
    activities: int
    held: int


def list_texts(database: Database, account_id: int) -> list[Text]:
    """Return the texts of an account that may name somebody, those of most activities first, as its reports have them.

    Raises BadInput if there is no such account.
    """
    with database.transaction("redaction_worker") as session:
        find_account(session, account_id)
        rows = session.rows("list_texts", account_id=account_id)
    return [Text(**{**row, "digest": bytes(row["digest"]).hex(), "places": tuple(row["places"])}) for row in rows]


def find_digests(texts: Sequence[Text], account_id: int, named: Collection[str]) -> list[bytes]:
    """Return the whole digests of texts that are named by the beginning of theirs.

    Raises BadInput for one that is none, is of no text that is listed, or of several.
    """
    found = []
    for name in named:
        beginning = name.strip().lower()
        if not (_SHORTEST <= len(beginning) <= _WHOLE and set(beginning) <= set("0123456789abcdef")):
            raise BadInput(
                f"account {account_id}: a text is named by its id, {_SHORTEST} characters of it or more, as "
                f"`redaction texts list {account_id}` shows it, or written on standard input; nothing was changed"
            )
        digests = [text.digest for text in texts if text.digest.startswith(beginning)]
        if len(digests) != 1:
            what = "no text" if not digests else f"{len(digests)} texts"
            raise BadInput(
                f"account {account_id}: {what} of `redaction texts list {account_id}` has an id that begins with "
                f"{beginning}; nothing was changed"
            )
        found.append(bytes.fromhex(digests[0]))
    return found


def decide_texts(
    deployment: Deployment,
    account_id: int,
    decision: Decision,
    actor: str,
    reason: str,
    named: Collection[str] = (),
    text: str | None = None,
) -> Decided:
    """Keep or cut the texts that ids name, or one that is given as it is; return what that did.

    A cut is final. It leaves what a legal hold keeps, which is listed further on. Raises NotAllowed for somebody who
    does not administer the account or while a run of it has not ended, BadInput (an id, the reason), Paused; nothing
    was changed then.
    """
    why = check_reason(reason)
    database = deployment.database
    with database.transaction("redaction_worker") as session:
        find_account(session, account_id)
    check_administrator(database, account_id, actor)
    digests = []
    if text is not None:
        digests.append(bytes(database.one("digest_text", account_id=account_id, text=text)["digest"]))
    if named:
        digests += find_digests(list_texts(database, account_id), account_id, named)
    if not digests:
        raise BadInput(f"account {account_id}: no text was named; nothing was changed")
    with Act(deployment) as act:
        for attempt in patiently(deployment.settings):
            with attempt, act.transaction() as session:
                asked: dict[str, Any] = {"account_id": account_id, "digests": digests}
                session.run("put_text_decisions", **asked, decision=decision, decided_by=actor)
                session.run("forget_undecided", **asked)
                done = Decided(account_id, decision, len(digests), 0, 0)
                if decision == "cut":
                    done = _cut(act, done, digests, actor, why)
                if not done.activities:
                    facts = {"decision": decision, "texts": done.texts, "activities": 0, "held": done.held}
                    act.record("text", account_id, actor, facts, why)
    if done.activities:
        refresh_reports(database, account_id)
    return done


def _cut(act: Act, decided: Decided, digests: Sequence[bytes], actor: str, reason: str) -> Decided:
    session, account_id = act.session, decided.account_id
    _keep_others_out(session, account_id)
    session.set_local({"statement_timeout": "0"})
    held = 0
    found: list[tuple[int, Sequence[str]]] = []
    after: tuple[datetime | str, int] = "-infinity", 0
    asked: dict[str, Any] = {"account_id": account_id, "digests": list(digests)}
    while rows := session.rows("find_text_activities", **asked, called_at=after[0], id=after[1], most=_BATCH):
        held += sum(row["held"] for row in rows)
        found += [(row["id"], row["columns"]) for row in rows if not row["held"]]
        after = rows[-1]["called_at"], rows[-1]["id"]
    changed = 0
    # Whoever else appends to the ledger waits from the first one on.
    for first in range(0, len(found), _BATCH):
        cut: dict[str, list[int]] = {}
        for activity_id, columns in found[first : first + _BATCH]:
            for column in columns:
                cut.setdefault(column, []).append(activity_id)
        act.record("text", account_id, actor, {"decision": "cut", "texts": decided.texts, "cut": cut}, reason)
        changed += session.one("cut_texts", **asked)["cut"]
    return Decided(account_id, "cut", decided.texts, changed, held)


def _keep_others_out(session: Session, account_id: int) -> None:
    """Wait for the loads and strips of an account that are at work, and keep others out until this transaction ends."""
    session.rows("lock_accounts", accounts=[account_id])
    session.rows("stop_strips", account_id=account_id)
    session.rows("enter_strip", account_id=account_id, run_id=None)
    if session.rows("list_leaving", accounts=[account_id]):
        raise AccountMoving(
            f"account {account_id} is moving to another placement: nothing was cut, try again when it has arrived"
        )
    runs = session.rows("runs_not_ended", account_id=account_id)
    if runs:
        raise NotAllowed(
            f"run {runs[0]['id']} of account {account_id} has not ended, and is validated by the texts that it began "
            "with: nothing was changed; let it end, or `redaction abandon` it, then try again"
        )


def cut_again(session: Session, entry: Entry) -> None:
    """Cut, after a restore, what a row of the ledger tells of; it has just been put back, in this transaction."""
    session.rows("cut_texts", account_id=entry.account_id, digests=None)
