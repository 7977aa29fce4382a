"""Apply another catalog to an existing database: classes of columns change, and with them constraints, functions,
samples and what redacted activities may hold.

`redaction init` brings new columns of a schema version. A changed class of an existing column is a decision: it is
previewed, then applied as acts in the ledger, and removes what may no longer stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from redaction.catalog import ACTIVITIES, OWN_REPORT, load_catalog
from redaction.control.own_values import (
    MovedValues,
    changes_report,
    check_own_changes,
    describe_own,
    move_values,
    new_fields,
)
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
from redaction.words import say_count

_BATCH = 10_000


@dataclass(frozen=True)
class Reclassification:
    """What another catalog changes: each column's old and new class, and how many redacted activities of each account
    lose a value.
    """

    changes: Changes
    accounts: Mapping[int, int]
    unlisted: int = 0
    """Activities that are not redacted and hold a new own field in `unlisted`."""
    moved: MovedValues = field(default_factory=lambda: MovedValues(0, {}))

    @property
    def taken_away(self) -> tuple[str, ...]:
        """Return the columns of activities that change from retained to personal."""
        return tuple(
            name.removeprefix(f"{ACTIVITIES}.")
            for name, (before, after) in self.changes.items()
            if name.startswith(f"{ACTIVITIES}.") and _is(before, "retained") and _is(after, "personal")
        )

    @property
    def dropped_keys(self) -> tuple[str, ...]:
        """Return the keys of `call_path` that are no longer listed."""
        return tuple(
            name.rpartition(".")[2] for name, (_, after) in self.changes.items() if PATH_KEY in name and after is None
        )

    @property
    def lines(self) -> list[str]:
        """Return each change as a line for people."""
        lines = _say_changes(self.changes)
        if self.taken_away and new_fields(self.changes):
            lines.append(f"redacted activities lose {', '.join(self.taken_away)}: `apply` counts how many")
        return lines + describe_own(self.changes)


def _say_changes(changes: Changes) -> list[str]:
    """Return a line for the columns of a table that change alike."""
    alike: dict[tuple[str, str], list[str]] = {}
    for name, (old, new) in changes.items():
        table, _, column = name.rpartition(".")
        before, after = (_OF_RECORDS.get(words or "", words) for words in (old, new))
        said = f"new, {after}" if old is None else f"removed, was {before}" if new is None else f"{before} -> {after}"
        alike.setdefault((table, said), []).append(column)
    return [
        f"{table}{'.' if len(columns) == 1 else ': '}{', '.join(columns)}: {said}"
        for (table, said), columns in alike.items()
    ]


_OF_RECORDS = {"record": "a column of records", "typed": "a column of records with a type of its own"}
"""The classes of columns outside the activities, for people."""


def _is(words: str | None, kind: str) -> bool:
    return words is not None and words.startswith(kind)


def preview_catalog(database: Database) -> Reclassification:
    """Return what `apply_catalog` would change. Reads the activities if a retained column would go; counts nothing
    while the schema is older than this program.
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
        # The columns to count do not exist yet.
        rows = session.rows("count_unfit") if found.taken_away and not fields else []
    return replace(found, accounts={row["account_id"]: row["activities"] for row in rows}, unlisted=unlisted)


def apply_catalog(deployment: Deployment, actor: str, reason: str) -> Reclassification:
    """Apply this program's catalog to a database, as its owner; return what was changed.

    One transaction, during which nobody changes an activity. It removes what may not stay from redacted activities, ten
    thousand at a time, each batch an act in the ledger. Raises NotAllowed during a run, or if activities hold a key of
    `call_path` that is no longer listed, BadInput for a bad reason; nothing is changed then.
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
    count = session.one("count_path_keys", keys=list(keys))["activities"] if keys else 0
    if count:
        held = say_count(count, "activity has", "activities have")
        raise NotAllowed(
            f"the catalog does not list {', '.join(keys)} of call_path any more, and {held} it: "
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
    """Remove, after a restore, what a ledger row names; the row has just been restored in this transaction.

    Every redacted activity already lacks what the database's catalog calls personal.
    """
    retained = load_catalog().retained
    columns = [name for name in entry.facts["taken_away"]["columns"] if name in retained]
    if columns:
        session.rows("take_away", account_id=entry.account_id, ids=entry.facts["taken_away"]["ids"], columns=columns)
