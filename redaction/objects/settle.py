"""One pass over the due objects of an account: their outcomes, and the record of them.

The transaction that deletes objects reads stores, holds and pauses after entering the gate of strips of each account
that names one of them. So a new hold waits for the batch under way and keeps all others. *Not found* is believed only
if the store has proven to be the right and whole one. A store that fails never fails the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from redaction.db.database import Database
from redaction.db.patience import patiently
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import BadAddress, NotAllowed, TryLater
from redaction.ledger.act import Act
from redaction.objects.access import Settled
from redaction.objects.addresses import Address, parse_address
from redaction.objects.names import is_looked_up, to_recorded
from redaction.objects.naming import Naming, find_kept
from redaction.objects.opened import WORKERS, Deletion, OpenedStores
from redaction.objects.registry import read_stores
from redaction.objects.stores import find_store

BATCH = 20
"""Files in one transaction: a hold or a pause may have to wait for that long. For network stores it equals the
number of parallel requests, so that no request relies on what was read before another answer came.
"""
_READ_AT_ONCE = 1_000
UNREADABLE = "unreadable address"
"""The place of an object whose address is refused."""


@dataclass
class Swept:
    """The result of a pass: counts by outcome, and the stores that failed, each with why."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _End:
    """What to record for one object."""

    settled: Settled
    place: str
    store: str | None = None
    tried: bool = True


def sweep_account(deployment: Deployment, account_id: int, run_id: int | None = None) -> Swept:
    """Settle the due objects of an account, as far as possible; return the result.

    Objects that were due before and still exist are tried again. With a run, its approval is checked too. Raises Paused
    while redaction is paused, ApprovalNeeded for a run that waits, DatabaseBusy if a batch stayed busy through all its
    retries; finished batches are recorded, and the next pass does the rest.
    """
    swept = Swept()
    with deployment.transaction("redaction_worker") as session:
        session.rows("revive_due_objects", account_id=account_id)
        due = session.one("list_due_objects", account_id=account_id)
    if not due["files"] and not due["remote"]:
        return swept
    _read_addresses(deployment.database)
    opened = OpenedStores(deployment.settings)
    try:
        pass_ = _Pass(deployment, account_id, run_id, opened, swept)
        for ids, most in ((due["files"], BATCH), (due["remote"], WORKERS)):
            for start in range(0, len(ids), most):
                pass_.do(ids[start : start + most])
        pass_.end()
    finally:
        opened.close()
    return swept


def _read_addresses(database: Database) -> None:
    """Normalise every address that was written by anything but the loader, in all accounts. The few that no look-up
    finds stay as they are, and each batch searches them.
    """
    after, more = 0, True
    while more:
        with database.transaction("redaction_worker") as session:
            rows = session.rows("list_unread_addresses", after=after, most=_READ_AT_ONCE)
            changed: dict[int, str] = {}
            read: list[int] = []
            for row in rows:
                after, recorded = row["id"], to_recorded(row["address"])
                if recorded != row["address"]:
                    changed[after] = recorded
                elif is_looked_up(recorded):
                    read.append(after)
            if read:
                session.run("mark_read_addresses", ids=read)
            if changed:
                looked_up = [is_looked_up(address) for address in changed.values()]
                session.run(
                    "respell_addresses", ids=list(changed), addresses=list(changed.values()), looked_up=looked_up
                )
        more = len(rows) == _READ_AT_ONCE


def record_settled(deployment: Deployment, account_id: int, actor: str) -> None:
    """Write the outcomes of objects after the end of their runs into the ledger: a row for each such run of the
    account.
    """
    with Act(deployment, checked=False) as act, act.transaction() as session:
        for row in session.rows("runs_to_record", account_id=account_id):
            _record_counts(act, row, actor, None, {})


def record_end(
    act: Act, account_id: int, run_id: int | None, actor: str, reason: str | None, facts: Mapping[str, Any]
) -> None:
    """Write a person's decision about objects of a run into the ledger; must come last in its transaction."""
    rows = [row for row in act.session.rows("runs_to_record", account_id=account_id) if row["id"] == run_id]
    if rows:
        _record_counts(act, rows[0], actor, reason, facts)
    else:
        act.record("object", account_id, actor, facts, reason, run_id)


def _record_counts(act: Act, row: Row, actor: str, reason: str | None, facts: Mapping[str, Any]) -> None:
    act.session.run("mark_objects_recorded", run_id=row["id"])
    counts = {"objects_before": row["before"] or {}, "objects": row["after"]}
    act.record("object", row["account_id"], actor, {**facts, **counts}, reason, row["id"])


@dataclass
class _Pass:
    _deployment: Deployment
    _account_id: int
    _run_id: int | None
    _opened: OpenedStores
    _swept: Swept
    _missing: dict[int, _End] = field(default_factory=dict)

    def do(self, ids: Sequence[int]) -> None:
        """Settle one batch in one transaction after entering the gate."""
        # A transaction that is tried again asks no store twice: its own deletions are not "not found" then.
        answers: dict[int, _End] = {}
        for attempt in patiently(self._deployment.settings):
            with attempt, self._deployment.transaction("redaction_worker") as session:
                session.rows("enter_strip", account_id=self._account_id, run_id=self._run_id)
                rows = session.rows("take_objects", account_id=self._account_id, ids=list(ids))
                ends = self._decide(session, rows, answers)
                missing = {number: end for number, end in ends.items() if end.settled.outcome == "not_found"}
                self._record(session, {number: end for number, end in ends.items() if number not in missing})
        self._missing |= missing
        self._count(ends, missing)

    def end(self) -> None:
        """Settle the objects that were not found: gone if their store is the right and whole one, else remaining."""
        with self._deployment.transaction("redaction_worker") as session:
            stores = read_stores(session, self._account_id)
        for store, why, ids in self._opened.doubt({store.id for store in stores}):
            self._swept.failed[store.name] = why
            for number in ids:
                if number in self._missing:
                    self._missing[number] = replace(self._missing[number], settled=Settled("remains", why[:200]))
        numbers = list(self._missing)
        for start in range(0, len(numbers), _READ_AT_ONCE):
            part = {number: self._missing[number] for number in numbers[start : start + _READ_AT_ONCE]}
            for attempt in patiently(self._deployment.settings):
                with attempt, self._deployment.transaction("redaction_worker") as session:
                    self._record(session, part)
            self._count(part, {})

    def _count(self, ends: Mapping[int, _End], but: Mapping[int, _End]) -> None:
        for number, end in ends.items():
            if number not in but:
                self._swept.outcomes[end.settled.outcome] += 1
                if end.settled.outcome == "remains" and end.settled.until is None and end.store is not None:
                    self._swept.failed.setdefault(end.store, end.settled.reason)

    def _decide(self, session: Session, rows: Sequence[Row], answers: dict[int, _End]) -> dict[int, _End]:
        stores = read_stores(session, self._account_id)
        every = read_stores(session) if any(store.template is not None for store in stores) else []
        ends: dict[int, _End] = {}
        asked: dict[int, Deletion] = {}
        naming = Naming()
        for row in rows:
            number, address = row["id"], _read(row["address"])
            place = address.place if isinstance(address, Address) else UNREADABLE
            if number in answers:
                ends[number] = answers[number]
            elif row["held"]:
                ends[number] = _End(Settled("kept", "a legal hold keeps it"), place)
            elif not isinstance(address, Address):
                ends[number] = _End(Settled("elsewhere", f"its address is refused ({address})"), place)
            elif (store := find_store(stores, address)) is None:
                ends[number] = _End(Settled("elsewhere", "it lies outside every store of the account"), place)
            else:
                asked[number] = Deletion(store, address, self._account_id, row["activity_id"])
                naming.add(number, row["address"], address)
                naming.add_request(number, asked[number], every)
        for number, why in find_kept(session, self._account_id, naming).items():
            deletion = asked.pop(number)
            ends[number] = _End(Settled("kept", why), deletion.address.place, deletion.store.name)
        for number, (settled, tried) in self._opened.delete(list(asked.items())).items():
            deletion = asked[number]
            ends[number] = answers[number] = _End(settled, deletion.address.place, deletion.store.name, tried)
        return ends

    def _record(self, session: Session, ends: Mapping[int, _End]) -> None:
        if ends:
            session.run(
                "settle_objects",
                account_id=self._account_id,
                ids=list(ends),
                outcomes=[end.settled.outcome for end in ends.values()],
                reasons=[end.settled.reason for end in ends.values()],
                places=[end.place for end in ends.values()],
                stores=[end.store for end in ends.values()],
                untils=[end.settled.until for end in ends.values()],
                tried=[end.tried for end in ends.values()],
            )


def _read(text: str) -> Address | str:
    """Return an address, or why it is refused."""
    try:
        return parse_address(text)
    except BadAddress as error:
        return error.why


ACTOR = "erase_residue"


@dataclass(frozen=True)
class Retried:
    """The result of trying objects again, by outcome; stores that failed and accounts that were left, with why."""

    outcomes: dict[str, int]
    failed: dict[str, str]
    left: dict[str, str]


def retry_objects(deployment: Deployment) -> Retried:
    """Try the due objects of all accounts again, also those that no run would ever reach.

    The DAG `erase_residue` does it each night, and so does its command. A paused or busy account is left, and named.
    """
    outcomes: Counter[str] = Counter()
    failed: dict[str, str] = {}
    left: dict[str, str] = {}
    with deployment.transaction("redaction_worker") as session:
        # This reads every object, which may take longer than a daily statement.
        session.set_local({"statement_timeout": "0"})
        session.run("mark_lost_objects")
        accounts = [row["id"] for row in session.rows("accounts_with_objects_due")]
    for account_id in accounts:
        try:
            swept = sweep_account(deployment, account_id)
        except (NotAllowed, TryLater) as error:
            left[f"objects of account {account_id}"] = str(error)
            continue
        finally:
            record_settled(deployment, account_id, ACTOR)
        outcomes += swept.outcomes
        failed |= swept.failed
    return Retried(dict(outcomes), failed, left)
