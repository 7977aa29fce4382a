"""The order of the steps: Airflow tasks and the command line both call it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from redaction.accounts.accounts import get_account
from redaction.catalog import load_catalog
from redaction.db.applied import check_catalog
from redaction.db.database import Database
from redaction.db.session import Session
from redaction.db.statements import load_statements
from redaction.deployment import Deployment
from redaction.erasure.levels import Level, cap_level, reach_level
from redaction.errors import BadInput, DatabaseBehind, NotAllowed, Paused, RedactionError
from redaction.gate.guard import check_approval
from redaction.ledger.act import Act, digest_ids, record_run
from redaction.ledger.reasons import keep_message
from redaction.pipeline.abandon import supersede_waiting
from redaction.pipeline.expectations import preload as preload_expectations
from redaction.pipeline.objects import delete_objects
from redaction.pipeline.recordings import take_recordings
from redaction.pipeline.reports import rebuild_reports
from redaction.pipeline.runs import (
    NOTHING_DUE,
    Request,
    RunRef,
    check_key,
    check_step,
    find_begun,
    get_run,
    refuse,
)
from redaction.pipeline.select import select_aged
from redaction.pipeline.steps import STEPS, Step
from redaction.pipeline.strip import strip_run
from redaction.pipeline.validate import validate_run
from redaction.policy import Cutoffs, Policy, cutoffs_of_interval, describe, find_cutoffs, latest_due

log = logging.getLogger(__name__)

Counts = Mapping[str, int]


@dataclass(frozen=True)
class End:
    """What is recorded of a run after its last step: the erasure level it reached, the digest of its ids."""

    level: Level
    ids_digest: str


@dataclass(frozen=True)
class Done:
    """The result of a step in numbers; for the last step also the end of the run."""

    counts: Counts
    end: End | None = None


def _strip(deployment: Deployment, run: RunRef) -> Done:
    stripped = strip_run(deployment, run)
    with deployment.transaction("redaction_worker") as session:
        if session.one("has_reported", account_id=run.account_id)["found"]:
            stripped += session.one("claim_redacted", run_id=run.id)["claimed"]
            session.run("forget_reported", run_id=run.id, account_id=run.account_id)
    taken = take_recordings(deployment, run)
    return Done({"stripped": stripped, **({"recordings": taken} if taken else {})})


def _validate(deployment: Deployment, run: RunRef) -> Done:
    summary = validate_run(deployment, run.id)
    return Done(
        {name: getattr(summary, name) for name in ("rows", "expectations", "foreign_contacts", "undecided_texts")}
    )


def _rebuild(deployment: Deployment, run: RunRef) -> Done:
    ends: list[Future[End]] = []
    with ThreadPoolExecutor(1) as other:
        # While one connection writes the tables, the other's processor is idle.
        summary = rebuild_reports(
            deployment.database, run.id, counted=lambda: ends.append(other.submit(_end, deployment, run.id))
        )
    end = ends[0].result() if ends else _end(deployment, run.id)
    return Done({"days": summary.days, "rows": summary.rows}, end)


def _end(deployment: Deployment, run_id: int) -> End:
    level = reach_level(deployment, run_id).level
    with deployment.transaction("redaction_worker") as session:
        return End(level, digest_ids(session, run_id))


WORK: Mapping[Step, Callable[[Deployment, RunRef], Done]] = {
    "strip": _strip,
    "objects": lambda deployment, run: Done(delete_objects(deployment, run)),
    "validate": _validate,
    "reports": _rebuild,
}
"""The function of each step."""


def preload() -> None:
    """Import what the steps import when they are called, and render the statements, so that processes forked later
    share it.
    """
    preload_expectations()
    load_statements()
    import_module("airflow.sdk")


def begin_run(
    deployment: Deployment,
    account_id: int,
    cutoff: datetime | None,
    trigger: str,
    run_key: str | None = None,
    requested_by: str | None = None,
    at: datetime | None = None,
) -> RunRef:
    """Fix the set of an automatic run, see `select_aged`; the default cutoff is that of the latest run due `at` an
    instant.

    `cutoff` is the end of the run's interval. Recordings that are due earlier are included.

    A run that was begun under the key is returned unchanged, whatever the account's settings are now: it ends with the
    policy that it started with. Raises BadInput for an invalid key; NotAllowed, which is recorded, if the account may
    not redact automatically, or the cutoff is not the end of an interval of its policy whose run is due.
    """
    asked = {"cutoff": None if cutoff is None else cutoff.astimezone(UTC).isoformat()}
    request = Request(trigger, check_key(run_key), requested_by=requested_by, asked=asked)
    with deployment.transaction("redaction_worker") as session:
        found = find_begun(session, account_id, request)
    if found is not None:
        return found
    account = get_account(deployment.database, account_id)
    try:
        policy = account.policy()
        request = replace(request, policy=describe(policy), schedule=policy)
        chosen = _find_cutoffs(account_id, policy, cutoff, trigger == "scheduled", at or datetime.now(UTC))
    except NotAllowed as error:
        refuse(deployment, request, account_id, error, cutoff)
        raise
    started = time.monotonic()
    run = select_aged(deployment, account_id, chosen.whole, request, chosen.recordings)
    if run.state == "selected":
        _advance(deployment, run.id, "selected", "select", time.monotonic() - started, "none")
        supersede_waiting(deployment, run, requested_by or describe(policy))
    return run


def _find_cutoffs(account_id: int, policy: Policy, end: datetime | None, scheduled: bool, now: datetime) -> Cutoffs:
    found = find_cutoffs(policy, now) if end is None else cutoffs_of_interval(policy, end, now, scheduled)
    if found is not None:
        return found
    assert end is not None
    raise NotAllowed(
        f"account {account_id}: {end.astimezone(UTC).isoformat()} is not the end of an interval whose run is due "
        f"({describe(policy)}); the latest is {latest_due(policy.runs, now).end.isoformat()}; nothing was changed: "
        "trigger the run without an interval of your own"
    )


def run_step(deployment: Deployment, run_id: int, step: Step) -> Counts:
    """Do one step of a recorded run; return its counts.

    A success updates the run's state and adds the seconds. A failure marks the run failed with the step and the name of
    the error, and raises it. Every step may be repeated; then those after it follow. Raises NotAllowed, and leaves the
    run unchanged, while an earlier step is not done. The last step writes the run into the ledger; LedgerUnreachable
    then means that only the copy outside is missing: repeat the step, or do anything else. Raises OtherCatalog, and
    leaves the run unchanged, in a program whose catalog is not that of the database.
    """
    with deployment.transaction("redaction_worker") as session:
        check_catalog(session, load_catalog())
    run = get_run(deployment.database, run_id)
    check_step(deployment.database, run, step)
    started = time.monotonic()
    try:
        done = WORK[step](deployment, run)
    except RedactionError as error:
        took = round(time.monotonic() - started, 3)
        failed = {"failure": type(error).__name__, "said": keep_message(error)}
        deployment.run("fail_run", run_id=run_id, step=step, **failed, seconds=took)
        raise
    with Act(deployment, checked=False) as act, act.transaction() as session:
        level: Level = "L0"
        if done.end is not None:
            session.run("list_delivered", run_id=run.id, account_id=run.account_id)
            if session.one("has_listed", run_id=run.id)["listed"]:
                session.run("settle_delivered", run_id=run.id)
            # The reports were written, and deliveries settled, after the level was reached.
            level = cap_level(session, run_id, done.end.level)
        _advance(session, run_id, STEPS[step], step, time.monotonic() - started, level)
        if done.end is not None:
            if run.kind != "replay":
                record_run(act, run_id, level, done.end.ids_digest)
            session.run("mark_objects_recorded", run_id=run_id)
    return done.counts


def _advance(on: Session | Deployment, run_id: int, state: str, step: str, seconds: float, level: str) -> None:
    on.run("advance_run", run_id=run_id, state=state, erasure_level=level, step=step, seconds=round(seconds, 3))


def complete_run(deployment: Deployment, run_id: int, announce: Callable[[Step], None] | None = None) -> dict[str, Any]:
    """Do all steps after the selection; return the record of the run (JSON-safe: ids, counts, instants, seconds).

    A run that has found nothing due has no more steps.
    """
    due = get_run(deployment.database, run_id).state != NOTHING_DUE
    for step in STEPS if due else ():
        if announce is not None:
            announce(step)
        run_step(deployment, run_id, step)
    return describe_run(deployment.database, run_id)


def complete_again(
    deployment: Deployment, account_id: int, run_id: int, announce: Callable[[Step], None] | None
) -> dict[str, Any] | None:
    """Finish a run that was stopped and return its record; None, and a warning, if it has failed again.

    Raises Paused and DatabaseBehind: a new run could not continue either.
    """
    try:
        return complete_run(deployment, run_id, announce)
    except (Paused, DatabaseBehind):
        raise
    except RedactionError as error:
        log.warning("run %s of account %s has failed again: %s", run_id, account_id, error)
        return None


def run_account(
    deployment: Deployment,
    account_id: int,
    as_of: datetime,
    announce: Callable[[Step], None] | None = None,
    requested_by: str | None = None,
    resumed: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Redact an account up to the cutoff of the latest run that its timetable has due at an instant, not after now.

    Runs of the command line that were killed are completed first, by the policy they began with; `resumed` gets the
    record of each. A run that fails again does not stop the new one from starting. Returns the record of the new run,
    which has ended at once if nothing is due; or of the last completed one if the account no longer redacts
    automatically.

    Raises ApprovalNeeded for a run that waits for approval, BadInput for an instant in the future.
    """
    if as_of > datetime.now(UTC):
        raise BadInput(
            f"account {account_id}: {as_of.isoformat()} lies in the future, and no run of that time is due: "
            "nothing was changed; name an instant that has passed"
        )
    account = get_account(deployment.database, account_id)
    cutoffs = find_cutoffs(account.policy(), as_of) if account.active else None
    completed: list[int] = []
    unfinished = deployment.rows("unfinished_runs", account_id=account_id, trigger="cli")
    for row in unfinished:
        if row["waits"]:
            if cutoffs == Cutoffs(row["cutoff"], row["recordings_cutoff"]):
                check_approval(deployment.database, row["id"])
            continue
        record = complete_again(deployment, account_id, row["id"], announce)
        if record is not None:
            completed.append(row["id"])
            if resumed is not None:
                resumed(record)
    if cutoffs is None and completed:
        return describe_run(deployment.database, completed[-1])
    run = begin_run(deployment, account_id, None, "cli", requested_by=requested_by, at=as_of)
    check_approval(deployment.database, run.id)
    return complete_run(deployment, run.id, announce)


def describe_run(database: Database, run_id: int) -> dict[str, Any]:
    """Return the record of a run: ids, counts, digests, instants in ISO format (UTC), seconds by step."""
    record = dict(database.one("get_run", run_id=run_id))
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in record.items()}
