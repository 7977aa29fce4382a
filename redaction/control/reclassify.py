"""Another catalog for a database that is there: what a column is said to be changes, and with it constraint, functions,
samples, and what redacted activities may hold.

Columns that a version of the schema brings come with it, by `redaction init`. What was there and is called otherwise is
a decision of somebody: it is previewed, then applied as acts in the ledger, and takes away what may not stay any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from redaction.catalog import ACTIVITIES, OWN_REPORT, load_catalog
from redaction.control.own_values import Moved, changes_report, check_own_changes, describe_own, move_values, new_fields
from redaction.db.applied import PATH_KEY, Changes, read_changes
from redaction.db.database import Database
from redaction.db.schema import make_own_columns, migrate, needs_upgrade
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import NotAllowed
from redaction.ledger.act import Act
from redaction.ledger.entries import Entry
from redaction.ledger.reasons import check_reason
from redaction.source.own import check_own_fields

_BATCH = 10_000


@dataclass(frozen=True)
class Reclassification:
    """What another catalog changes: of each column what it was and will be, and how many redacted activities of each
    account lose a value.
    """

    changes: Changes
    accounts: Mapping[int, int]
    unlisted: int = 0
    """Activities that are not redacted and hold a new field of the operator's in `unlisted`."""
    moved: Moved = field(default_factory=lambda: Moved(0, {}))

    @property
    def taken_away(self) -> tuple[str, ...]:
        """Return the columns of the activities that were retained and will be personal."""
        return tuple(
            name.removeprefix(f"{ACTIVITIES}.")
            for name, (before, after) in self.changes.items()
            if name.startswith(f"{ACTIVITIES}.") and _is(before, "retained") and _is(after, "personal")
        )

    @property
    def dropped_keys(self) -> tuple[str, ...]:
        """Return the keys of `call_path` that are listed no more."""
        return tuple(
            name.rpartition(".")[2] for name, (_, after) in self.changes.items() if PATH_KEY in name and after is None
        )

    @property
    def lines(self) -> list[str]:
        """Return each change as a line for people."""
        lines = [f"{name}: {old or 'not there'} -> {new or 'not there'}" for name, (old, new) in self.changes.items()]
        if self.taken_away and new_fields(self.changes):
            lines.append(f"redacted activities lose {', '.join(self.taken_away)}: `apply` counts how many")
        return lines + describe_own(self.changes)


def _is(words: str | None, kind: str) -> bool:
    return words is not None and words.startswith(kind)


def preview_catalog(database: Database) -> Reclassification:
    """Return what `apply_catalog` would change. Reads through the activities if a retained column would go; of a schema
    that is behind this program it does not count.
    """
    catalog = load_catalog()
    check_own_fields(catalog)
    with database.transaction("redaction_worker") as session:
        found = Reclassification(read_changes(session, catalog) or {}, {})
        check_own_changes(found.changes)
        if needs_upgrade(database):
            return found
        fields = new_fields(found.changes)
        unlisted = session.one("count_unlisted", fields=fields)["activities"] if fields else 0
        # What is counted has columns that are not there yet.
        rows = session.rows("count_unfit") if found.taken_away and not fields else []
    return replace(found, accounts={row["account_id"]: row["activities"] for row in rows}, unlisted=unlisted)


def apply_catalog(deployment: Deployment, actor: str, reason: str) -> Reclassification:
    """Prepare a database for the catalog of this program, as its owner; return what was changed.

    All in one transaction, during which nobody changes an activity: what may not stay is taken away from redacted
    activities, ten thousand at a time, each an act in the ledger. Raises NotAllowed while a run is under way, or if
    a key of `call_path` that activities hold is listed no more, BadInput (the reason); nothing was changed then.
    """
    why = check_reason(reason)
    check_own_fields(load_catalog())
    done = Reclassification({}, {})

    with Act(deployment, checked=False) as act:

        def reclassify(session: Session, changes: Changes) -> None:
            nonlocal done
            with act.within(session):
                done = _reclassify(act, changes, actor, why)

        migrate(deployment.database, reclassify)
    return done


def _reclassify(act: Act, changes: Changes, actor: str, reason: str) -> Reclassification:
    session = act.session
    session.run("keep_writers_out")
    runs = session.rows("list_open_runs")
    if runs:
        raise NotAllowed(
            f"run {runs[0]['id']} of account {runs[0]['account_id']} is under way ({len(runs)} in all), and ends by "
            "the catalog that it began with: let it end, or `redaction abandon` it; nothing was changed"
        )
    check_own_changes(changes)
    found = Reclassification(changes, {})
    _check_keys(session, found.dropped_keys)
    session.set_local({"statement_timeout": "0"})
    make_own_columns(session)
    unfit = session.rows("count_unfit") if found.taken_away else []
    for row in unfit:
        _take_away(act, row["account_id"], found.taken_away, actor, reason)
    session.run("renew_constraint")
    moved = move_values(session, new_fields(changes))
    if changes_report(changes):
        if OWN_REPORT in load_catalog().tables:
            session.run("empty_own_report")
        session.run("mark_counted_days")
    facts = {"catalog": load_catalog().digest, "columns": {name: list(change) for name, change in changes.items()}}
    act.record("setting", None, actor, facts, reason)
    return replace(found, accounts={row["account_id"]: row["activities"] for row in unfit}, moved=moved)


def _check_keys(session: Session, keys: tuple[str, ...]) -> None:
    held = session.one("count_path_keys", keys=list(keys))["activities"] if keys else 0
    if held:
        raise NotAllowed(
            f"the catalog does not list {', '.join(keys)} of call_path any more, and {held:,} activities hold it: "
            "nothing takes one key out of a call path, so their runs would fail; list it again; nothing was changed"
        )


def _take_away(act: Act, account_id: int, columns: tuple[str, ...], actor: str, reason: str) -> None:
    session = act.session
    after: tuple[datetime | str, int] = "-infinity", 0
    while rows := session.rows("list_unfit", account_id=account_id, called_at=after[0], id=after[1], most=_BATCH):
        ids = [row["id"] for row in rows]
        act.record("setting", account_id, actor, {"taken_away": {"columns": list(columns), "ids": ids}}, reason)
        session.rows("take_away", account_id=account_id, ids=ids, columns=list(columns))
        after = rows[-1]["called_at"], rows[-1]["id"]


def take_away_again(session: Session, entry: Entry) -> None:
    """Empty, after a restore, what a row of the ledger tells of; it has just been put back, in this transaction.

    What the catalog of the database calls personal already is gone from every redacted activity.
    """
    retained = load_catalog().retained
    columns = [name for name in entry.facts["taken_away"]["columns"] if name in retained]
    if columns:
        session.rows("take_away", account_id=entry.account_id, ids=entry.facts["taken_away"]["ids"], columns=columns)
