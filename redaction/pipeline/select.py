"""The first step: fix the set of a run. Rows that arrive later wait for the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from redaction.catalog import load_catalog
from redaction.database import Database, check_schema
from redaction.errors import BadInput
from redaction.settings import Settings

_LARGE = 10_000
"""Rows of a set from which what the account still has is read through instead of looking up each contact."""


@dataclass(frozen=True)
class RunRef:
    """The record of a run as far as its steps need it: ids, an instant, a count."""

    id: int
    account_id: int
    cutoff: datetime
    state: str
    due_count: int


def select_aged(
    database: Database, settings: Settings, account_id: int, cutoff: datetime, trigger: str, run_key: str | None
) -> RunRef:
    """Record a run and its set: all activities of the account that are aged at this moment.

    The same `run_key` gives the same run and set again, however often it is called. Raises UnclassifiedColumn before
    anything changes if the table drifted from the catalog, BadInput for an unknown account.
    """
    check_schema(database, load_catalog())
    with database.transaction("redaction_worker") as session:
        session.run("read_repeatably")
        if not session.rows("get_account", account_id=account_id):
            raise BadInput(f"there is no account {account_id}: `redaction account list` shows those there are")
        found = session.rows("find_run", run_key=run_key) if run_key else []
        if found:
            return RunRef(**found[0])
        run_id = session.one("begin_run", account_id=account_id, trigger=trigger, run_key=run_key, cutoff=cutoff)["id"]
        due = session.one(
            "select_aged", run_id=run_id, account_id=account_id, cutoff=cutoff, batch_size=settings.batch_size
        )["due_count"]
        session.run("record_run_days", run_id=run_id)
        contact_days = "record_all_contact_days" if due > _LARGE else "record_contact_days"
        session.run(contact_days, run_id=run_id, account_id=account_id, cutoff=cutoff)
        session.run("inherit_run_days", run_id=run_id, account_id=account_id)
    return RunRef(id=run_id, account_id=account_id, cutoff=cutoff, state="selected", due_count=due)


def get_run(database: Database, run_id: int) -> RunRef:
    """Return a recorded run; raises BadInput if there is none of that id."""
    with database.transaction("redaction_worker") as session:
        rows = session.rows("get_run", run_id=run_id)
    if not rows:
        raise BadInput(f"there is no run {run_id}")
    return RunRef(**{name: rows[0][name] for name in RunRef.__dataclass_fields__})
