"""A parsed block -> `tracking.activities`, in one transaction. It is durable once `ActivityWriter.flush` has returned.

New activities are copied directly; existing ones go through a staging table, which its transaction drops, and those
that differ through an update. Loading twice changes nothing; redacted activities are never changed. The role of the
load cannot read personal columns back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from redaction.contacts.cut import NO_CUTS
from redaction.db.database import Database
from redaction.db.patience import patiently
from redaction.db.session import Row, Session
from redaction.errors import AccountMoving, NotAllowed, RedactionError, TextsDecided, ValueRefused
from redaction.settings import Settings
from redaction.source.again import Rows, come_in_redacted, copied, insert_lost, listed
from redaction.source.cuts import read_cuts
from redaction.source.names import NameJudge
from redaction.source.parse import Parsed
from redaction.source.recorded import Key, record_late_objects, record_objects
from redaction.source.rows import Known

_WEEKS = 20
"""Partitions that are created in one transaction: each takes locks, of which a server has a few thousand."""
_OUT_OF_LOCKS = "53200"
"""The message of a server that lacks locks for all the partitions of a batch."""


@dataclass
class Stored:
    """Rows inserted, updated, unchanged (as they were sent, or newer here), left alone because they are redacted, kept
    by a hold.

    For a row kept by a hold, the record would have changed or removed a personal value. Late objects are no rows: they
    are objects of redacted activities, or recordings sent after the clock has taken one, recorded to be deleted. Those
    redacted at the source are counted among the others: a record says so, and they are not redacted here. Those with
    common names are too: their caller's name consists of words of the business, which stay. Left-out recordings, which
    the clock has taken, belong to rows that are counted too.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    already_redacted: int = 0
    kept_by_hold: int = 0
    late_objects: int = 0
    redacted_at_source: int = 0
    common_names: int = 0
    recordings_left_out: int = 0

    @property
    def total(self) -> int:
        """Return the number of rows."""
        return self.inserted + self.updated + self.unchanged + self.already_redacted + self.kept_by_hold

    def count(self, other: Stored) -> None:
        """Add the rows of another block."""
        self.inserted += other.inserted
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.already_redacted += other.already_redacted
        self.kept_by_hold += other.kept_by_hold
        self.late_objects += other.late_objects
        self.redacted_at_source += other.redacted_at_source
        self.common_names += other.common_names
        self.recordings_left_out += other.recordings_left_out


class ActivityWriter:
    """The writer for one database; it remembers which partitions exist."""

    def __init__(self, database: Database, settings: Settings, call_settings: Mapping[int, Known]) -> None:
        """Take an open database, which the caller closes, and the settings of its accounts."""
        self._database = database
        self._call_settings = call_settings
        self._settings = settings
        self._known_days: set[datetime] = set()
        self._judge = NameJudge()

    def put(self, parsed: Parsed, wait: Callable[[], object] = lambda: None) -> Stored:
        """Store the rows of a block; `wait` is called before anything is read or written, and may block.

        Raises DatabaseBusy if the transaction stayed busy through all its retries.
        """
        if not parsed.rows:
            return Stored()
        self._ensure_partitions(parsed.days)
        # Batches are stored one after the other, and everything that need not wait is done before.
        if parsed.named:
            for attempt in patiently(self._settings):
                with attempt, self._database.transaction("redaction_loader") as session:
                    self._judge.prepare(session, {account_id for account_id, _ in parsed.named})
        wait()
        return self._put_in_parts(parsed, parsed.rows)

    def flush(self) -> None:
        """Return when everything stored is on the disk of the server."""
        with self._database.transaction("redaction_loader") as session:
            session.run("flush_commits")

    def _put_in_parts(self, parsed: Parsed, rows: Rows) -> Stored:
        """Store rows; if the database refuses them, store each half by itself, and reject a single refused row."""
        try:
            return self._put(parsed, rows)
        except RedactionError as error:
            state = error.sqlstate or ""
            if not (isinstance(error, ValueRefused) or (state == _OUT_OF_LOCKS and len(rows) > 1)):
                raise
        stored = Stored()
        if len(rows) > 1:
            for half in _halves(rows):
                stored.count(self._put_in_parts(parsed, half))
            return stored
        [(account_id, activity_id)] = rows
        path, line, *_ = parsed.places[account_id, activity_id]
        parsed.refuse(path, line, activity_id, f"the database cannot hold a value of it (SQLSTATE {state})")
        return stored

    def _put(self, parsed: Parsed, given: Rows) -> Stored:
        accounts, ids = zip(*given, strict=True)
        named = parsed.named.keys() & given.keys() if parsed.named else set()
        objects = {key: found for key, found in parsed.objects.items() if key in given}
        stored = Stored()
        for attempt in patiently(self._settings):
            with attempt, self._database.transaction("redaction_loader") as session:
                session.rows("begin_batch")
                wanted = sorted(set(accounts))
                session.rows("lock_accounts", accounts=wanted)
                leaving = session.rows("list_leaving", accounts=wanted)
                if leaving:
                    raise AccountMoving(
                        f"account {leaving[0]['id']} is moving to another placement: nothing is lost, load again when "
                        "it has arrived"
                    )
                closed = session.rows("list_closed", accounts=wanted)
                if closed:
                    raise NotAllowed(
                        f"account {closed[0]['id']} is closed since {closed[0]['closing_since']:%Y-%m-%d %H:%M} UTC: "
                        "nothing more of it is loaded; load again, and what is of others goes on"
                    )
                self._check_cuts(session, wanted)
                found = session.one("known_activities", accounts=_literal(accounts), ids=_literal(ids))
                keys = tuple(given)
                known = {keys[place - 1] for place in found["places"]}
                rows = given
                new = {key: row for key, row in rows.items() if key not in known} if known else rows
                self._insert(session, [row for key, row in new.items() if key not in named])
                stored = Stored(inserted=len(new))
                if named:
                    # They are asked about when the others are stored.
                    common = self._judge.find_common(session, {key: parsed.named[key][0] for key in named})
                    rows = {key: parsed.named[key][1] if key in common else row for key, row in rows.items()}
                    stored.common_names = len(common)
                    self._insert(session, [rows[key] for key in new if key in named])
                lost: set[Key] = set()
                redacted: set[Key] = set()
                there = {key: rows[key] for key in keys if key in known} if known else {}
                # What the source has redacted changes nothing here.
                blank = {key: there.pop(key) for key, is_blank in parsed.redacted.items() if is_blank and key in there}
                # But a newer copy that does not say so counts, as it does in a load of its own.
                newer = {key: row for key in blank if isinstance(row := parsed.redacted[key], bytes)}
                there |= newer
                if there:
                    updated, redacted = _update(session, list(there.values()))
                    if updated.total < len(there):
                        # Those whose row is gone come in redacted, as the first copy of them did.
                        lost, before = insert_lost(session, there | {key: blank[key] for key in newer})
                        redacted |= before
                        there = {key: row for key, row in there.items() if key not in lost or key not in newer}
                        updated.inserted += len(lost)
                    stored.count(updated)
                if parsed.redacted:
                    blank = {key: row for key, row in blank.items() if key not in newer}
                    redacted |= _take_redacted(session, stored, parsed, rows, there, blank)
                if redacted:
                    objects = {key: found for key, found in objects.items() if key not in redacted}
                ahead = sorted(parsed.future & rows.keys())
                if ahead:
                    session.run("record_future", **listed(ahead))
                if objects:
                    record_objects(session, objects, parsed.recordings, (objects.keys() - known) | lost)
                if lost:
                    session.rows("revive_objects", **listed(sorted(lost)))
                if there and stored.unchanged and session.one("may_have_stripped", accounts=wanted)["stripped"]:
                    _find_stripped(session, stored, redacted)
                living = there.keys() - redacted if stored.recordings_left_out else set()
                if redacted or living:
                    stored.late_objects = record_late_objects(session, parsed, redacted, living)
        self._judge.confirm()
        return stored

    @staticmethod
    def _insert(session: Session, rows: list[bytes]) -> None:
        if rows:
            session.copy_in("copy_activities", copied(rows))

    def _check_cuts(self, session: Session, accounts: Sequence[int]) -> None:
        """Raise TextsDecided if a person has decided to cut a text since the rows were parsed."""
        cuts = read_cuts(session, accounts)
        for account_id in accounts:
            kept = self._call_settings.get(account_id)
            if kept and kept.cuts != cuts.get(account_id, NO_CUTS):
                raise TextsDecided(
                    f"account {account_id}: somebody has decided on a text while this load was at work: nothing is "
                    "lost, load again"
                )

    def _ensure_partitions(self, days: set[datetime]) -> None:
        new_days = sorted(days - self._known_days)
        for first in range(0, len(new_days), _WEEKS):
            some = new_days[first : first + _WEEKS]
            for attempt in patiently(self._settings):
                with attempt, self._database.transaction("redaction_loader") as session:
                    session.rows("ensure_partitions", days=some, width=self._settings.partition_width)
            self._known_days.update(some)


def _halves(rows: Rows) -> Iterator[Rows]:
    items = list(rows.items())
    middle = len(items) // 2
    yield dict(items[:middle])
    yield dict(items[middle:])


def _literal(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _take_redacted(session: Session, stored: Stored, parsed: Parsed, rows: Rows, there: Rows, blank: Rows) -> set[Key]:
    """Mark as redacted those that the source has redacted and that were just inserted, and report those that are not
    redacted here; count them. Return which of them are redacted.

    `there` are the other existing rows, `blank` those of them that existed without a row of their own.
    """
    said = parsed.redacted
    lost, before = insert_lost(session, blank) if blank else (set(), set())
    asked = [key for key in said if key in rows]
    came_in = [
        key for key in asked if said[key] and key not in before and (key in lost or not (key in there or key in blank))
    ]
    if came_in:
        come_in_redacted(session, came_in, parsed.contacts)
    found = session.one("report_redacted", **listed(asked))
    redacted = _keys(found)
    already = len(redacted & (blank.keys() - lost))
    stored.inserted += len(lost)
    stored.already_redacted += already
    stored.unchanged += len(blank) - len(lost) - already
    stored.redacted_at_source = found["reported"]
    return redacted


def _update(session: Session, rows: list[bytes]) -> tuple[Stored, set[Key]]:
    """Update existing activities; return the outcomes, and which are redacted."""
    session.run("create_staging")
    session.copy_in("copy_staging", copied(rows))
    compared = session.one("compare_staged")
    redacted = _keys(compared)
    stored = Stored(unchanged=compared["same"])
    if compared["other_ids"] is not None:
        found = session.one("update_activities", accounts=compared["other_accounts"], ids=compared["other_ids"])
        session.run("mark_days", accounts=found["day_accounts"], days=found["days"])
        others, held = _keys(found), session.one("kept_by_hold")
        redacted |= others
        stored.updated = found["updated"] - held["written"]
        stored.kept_by_hold = held["kept"]
        stored.unchanged += found["here"] - len(others) - stored.updated - stored.kept_by_hold
        stored.recordings_left_out = session.one("recordings_left_out")["rows"]
    stored.already_redacted = len(redacted)
    return stored, redacted


def _keys(row: Row) -> set[Key]:
    """Return the activities of a row with parallel lists of accounts and ids."""
    return set(zip(row["accounts"], row["ids"], strict=True))


def _find_stripped(session: Session, stored: Stored, redacted: set[Key]) -> None:
    """Add the activities that were redacted during their load, which seemed unchanged."""
    stripped = _keys(session.one("list_redacted")) - redacted
    redacted |= stripped
    stored.unchanged -= len(stripped)
    stored.already_redacted += len(stripped)
