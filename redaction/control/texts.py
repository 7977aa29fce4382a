"""Retained texts that may name a person: a source, label or route holds a number or an address that is not the
account's. An administrator decides on each text: keep it, or cut the number or address out everywhere.

A cut covers what the account has, redacted activities too, and later loads. The text itself is not stored: a keyed
digest finds a decision, and the ledger has the ids of the changed activities.
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
from redaction.words import say_count

Decision = Literal["keep", "cut"]
DECISIONS: tuple[Decision, ...] = ("keep", "cut")
_BATCH = 1_000
_SHORTEST = 8
"""Fewest characters of a digest that identify a text."""
_WHOLE = 64


@dataclass(frozen=True)
class Text:
    """A text that may name a person: its digest, where it is, how many activities hold it in one such place at most,
    from which local day to which, what was decided and by whom (None: nothing yet).
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
        """Say whether something is left to decide or to do: a hold may have kept what was to be cut."""
        return self.decision != "keep"


@dataclass(frozen=True)
class Decided:
    """The result of a decision: texts, changed activities, and activities that a legal hold keeps unchanged."""

    account_id: int
    decision: Decision
    texts: int
    activities: int
    held: int


def list_texts(database: Database, account_id: int) -> list[Text]:
    """Return the texts of an account that may name a person, most frequent first, as its reports have them.

    The activities are read too if a run has counted a text that no report has. Raises BadInput for an unknown account.
    """
    with database.transaction("redaction_worker") as session:
        find_account(session, account_id)
        rows = list(session.rows("list_texts", account_id=account_id))
        digests = [bytes(row["digest"]) for row in rows]
        if session.one("has_unlisted_texts", account_id=account_id, digests=digests)["found"]:
            more = session.rows("list_uncounted_texts", account_id=account_id)
            rows += [row for row in more if bytes(row["digest"]) not in digests]
            rows.sort(key=lambda row: (-row["activities"], row["text"]))
    return [Text(**{**row, "digest": bytes(row["digest"]).hex(), "places": tuple(row["places"])}) for row in rows]


def find_digests(texts: Sequence[Text], account_id: int, named: Collection[str]) -> list[bytes]:
    """Return the full digests of texts from their first characters.

    Raises BadInput for invalid, unknown or ambiguous characters.
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
            what = "no text" if not digests else say_count(len(digests), "text", "texts")
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
    """Keep or cut the given texts, by id or as one text; return the result.

    A cut is final. Texts that a legal hold keeps stay listed. Raises NotAllowed for a requester who does not administer
    the account or while a run has not finished, BadInput (an id, the reason), Paused; nothing is changed then.
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
    # Other writers to the ledger wait from the first row on.
    for first in range(0, len(found), _BATCH):
        cut: dict[str, list[int]] = {}
        for activity_id, columns in found[first : first + _BATCH]:
            for column in columns:
                cut.setdefault(column, []).append(activity_id)
        act.record("text", account_id, actor, {"decision": "cut", "texts": decided.texts, "cut": cut}, reason)
        changed += session.one("cut_texts", **asked)["cut"]
    return Decided(account_id, "cut", decided.texts, changed, held)


def _keep_others_out(session: Session, account_id: int) -> None:
    """Wait for the account's loads and strips, then block new ones until this transaction ends."""
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
    """Cut again, after a restore, what a ledger row names; the row has just been restored in this transaction."""
    session.rows("cut_texts", account_id=entry.account_id, digests=None)
