"""The order of the steps: what an Airflow task and the command line both call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Literal

from redaction.accounts import get_account
from redaction.control.guard import check_approval, decide_approval, find_approval
from redaction.database import Database, Session
from redaction.erasure.levels import reach_level
from redaction.errors import BadInput, RedactionError
from redaction.evidence.anchor import publish
from redaction.evidence.ledger import digest_ids, record_run
from redaction.pipeline.documents import preload as preload_documents
from redaction.pipeline.objects import delete_objects
from redaction.pipeline.reports import rebuild_reports, refresh_reports
from redaction.pipeline.select import Request, RunRef, get_run, select_aged
from redaction.pipeline.strip import strip_run
from redaction.pipeline.validate import preload as preload_validation
from redaction.pipeline.validate import validate_run
from redaction.policy import describe, latest_due
from redaction.settings import Settings
from redaction.statements import load_statements

Step = Literal["strip", "delete_objects", "validate", "rebuild_reports"]
Counts = Mapping[str, int]


@dataclass(frozen=True)
class End:
    """What is recorded of a run that has done its last step: the erasure level it reached, the digest of its ids."""

    level: str
    ids_digest: str


@dataclass(frozen=True)
class Done:
    """What a step did, in numbers; of the last one the end of the run besides."""

    counts: Counts
    end: End | None = None


STEPS: Mapping[Step, Callable[[Database, Settings, RunRef], Done]] = {
    "strip": lambda database, settings, run: _strip(database, settings, run),
    "delete_objects": lambda database, settings, run: Done(delete_objects(database, settings, run)),
    "validate": lambda database, settings, run: _validate(database, settings, run),
    "rebuild_reports": lambda database, settings, run: _rebuild(database, settings, run),
}
_STATE_AFTER: Mapping[Step, str] = {
    "strip": "stripped",
    "delete_objects": "erased",
    "validate": "validated",
    "rebuild_reports": "succeeded",
}


def _strip(database: Database, settings: Settings, run: RunRef) -> Done:
    if run.state == "selected":
        # What the run will change in the reports is told by what they said before it.
        refresh_reports(database, run.account_id)
    return Done({"stripped": strip_run(database, settings, run)})


def _validate(database: Database, settings: Settings, run: RunRef) -> Done:
    summary = validate_run(database, settings, run.id)
    return Done(
        {
            "rows": summary.rows,
            "expectations": summary.expectations,
            "foreign_contacts": summary.foreign_contacts,
        }
    )


def _rebuild(database: Database, settings: Settings, run: RunRef) -> Done:
    ends: list[Future[End]] = []
    with ThreadPoolExecutor(1) as beside:
        # While one connection writes the tables the other's processor has nothing to do.
        summary = rebuild_reports(
            database, run.id, counted=lambda: ends.append(beside.submit(_end, database, settings, run.id))
        )
    end = ends[0].result() if ends else _end(database, settings, run.id)
    return Done({"days": summary.days, "rows": summary.rows}, end)


def _end(database: Database, settings: Settings, run_id: int) -> End:
    level = reach_level(database, settings, run_id).level
    with database.transaction("redaction_worker") as session:
        return End(level, digest_ids(session, run_id))


def preload() -> None:
    """Import what the steps import when they are called, and render the statements, so that processes forked later
    share it.
    """
    preload_validation()
    preload_documents()
    load_statements()
    for name in ("airflow.sdk", "alembic.migration", "alembic.script"):
        import_module(name)


def begin_run(
    database: Database,
    settings: Settings,
    account_id: int,
    cutoff: datetime,
    trigger: str,
    run_key: str | None = None,
) -> RunRef:
    """Fix the set of a run, see `select_aged`.

    Raises NotAllowed if the account may not redact automatically, BadInput for a cutoff in the future.
    """
    policy = get_account(database, account_id).policy()
    if cutoff > datetime.now(UTC):
        raise BadInput(
            f"account {account_id}: the cutoff {cutoff.isoformat()} lies in the future, where nothing is aged yet: "
            "name an instant that has passed; nothing was changed"
        )
    started = time.monotonic()
    request = Request(trigger, run_key, policy=describe(policy))
    run = select_aged(database, settings, account_id, cutoff, request)
    if run.state == "selected":
        with database.transaction("redaction_worker") as session:
            _advance(session, run.id, "selected", "select_aged", time.monotonic() - started, "none")
    return run


def run_step(database: Database, settings: Settings, run_id: int, step: Step) -> Counts:
    """Do one step of a recorded run; return its counts.

    A success moves the run's state on and keeps the seconds; a failure marks the run failed with the step and the
    name of the error, and raises it. Every step may be done again. The last one writes the run into the ledger;
    LedgerUnreachable then says that the copy outside has to follow: do it again, or anything else.
    """
    run = get_run(database, run_id)
    started = time.monotonic()
    try:
        done = STEPS[step](database, settings, run)
    except RedactionError as error:
        with database.transaction("redaction_worker") as session:
            session.run("fail_run", run_id=run_id, step=step, failure=type(error).__name__)
        raise
    with database.transaction("redaction_worker") as session:
        level = done.end.level if done.end is not None else "L0"
        _advance(session, run_id, _STATE_AFTER[step], step, time.monotonic() - started, level)
        if done.end is not None:
            _record_end(session, run, done.end)
    if done.end is not None:
        publish(database, settings)
    return done.counts


def _advance(session: Session, run_id: int, state: str, step: str, seconds: float, level: str) -> None:
    session.run("advance_run", run_id=run_id, state=state, erasure_level=level, step=step, seconds=round(seconds, 3))


def _record_end(session: Session, run: RunRef, end: End) -> None:
    session.run("list_delivered", run_id=run.id, account_id=run.account_id)
    if session.one("has_listed", run_id=run.id)["listed"]:
        session.run("settle_delivered", run_id=run.id)
    if run.kind != "replay":
        record_run(session, run.id, end.level, end.ids_digest)
    session.run("objects_told", run_id=run.id)


def complete_run(
    database: Database, settings: Settings, run_id: int, announce: Callable[[Step], None] | None = None
) -> dict[str, Any]:
    """Do all steps after the selection; return the record of the run (JSON-safe: ids, counts, instants, seconds)."""
    for step in STEPS:
        if announce is not None:
            announce(step)
        run_step(database, settings, run_id, step)
    return describe_run(database, run_id)


def run_account(
    database: Database,
    settings: Settings,
    account_id: int,
    as_of: datetime,
    announce: Callable[[Step], None] | None = None,
    approved_by: str | None = None,
) -> dict[str, Any]:
    """Redact an account up to the cutoff of the latest run that its timetable has due at an instant.

    A run of the command line that was killed before is completed first. Returns the record of the new run. Raises
    ApprovalNeeded for a run that is far larger than those before it, unless somebody has said yes beforehand.
    """
    cutoff = latest_due(get_account(database, account_id).policy(), as_of).cutoff
    with database.transaction("redaction_worker") as session:
        unfinished = session.rows("unfinished_runs", account_id=account_id, trigger="cli")
    for row in unfinished:
        _approve(database, settings, row["id"], approved_by)
        complete_run(database, settings, row["id"])
    run = begin_run(database, settings, account_id, cutoff, "cli")
    _approve(database, settings, run.id, approved_by)
    return complete_run(database, settings, run.id, announce)


def _approve(database: Database, settings: Settings, run_id: int, approved_by: str | None) -> None:
    asked = find_approval(database, run_id)
    if asked is not None and asked.approved is None and approved_by is not None:
        decide_approval(database, settings, run_id, True, approved_by)
    check_approval(database, run_id)


def describe_run(database: Database, run_id: int) -> dict[str, Any]:
    """Return the record of a run: ids, counts, digests, instants in ISO format (UTC), seconds by step."""
    with database.transaction("redaction_worker") as session:
        record = dict(session.one("get_run", run_id=run_id))
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in record.items()}
