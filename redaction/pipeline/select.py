"""The first step: fix the set of a run. Rows that arrive later wait for the next run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from redaction.accounts.accounts import find_account
from redaction.db.outflow import refuse_publications
from redaction.db.schema import check_schema
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.gate.expiry import end_expired_holds
from redaction.gate.guard import ask_about_recordings, ask_about_source, ask_approval
from redaction.ledger.external import check_ledger
from redaction.pipeline.runs import Request, RunRef, find_begun
from redaction.policy import find_cutoffs

_LARGE = 10_000
"""Rows of a set from which the rest of the account is read whole instead of looking up each contact."""
_MUCH = 20
"""A listed set is large from one in so many rows on: looking up a contact costs as much as reading some 50 rows."""
_LITTLE = 5
"""The rest of an account after the cutoff is small up to so many times the set: then it is read whole as well."""


def select_aged(
    deployment: Deployment,
    account_id: int,
    cutoff: datetime,
    request: Request,
    recordings_cutoff: datetime | None = None,
) -> RunRef:
    """Record a run and its set: all activities of the account that are aged at this moment. With `recordings_cutoff`
    the run also takes the recordings of younger ones from before it.

    A run by the account's rule that finds nothing due ends here, in the state `nothing_due`; a repeated request for its
    cutoff returns it, unless something is due by then.

    The same `run_key` gives the same run and set again, however often it is called. Raises UnclassifiedColumn before
    anything changes if the table differs from the catalog, BadInput for an unknown account, DatabaseBehind for a
    database that was restored.
    """

    def select(session: Session, run_id: int) -> int:
        due: int = session.one(
            "select_aged",
            run_id=run_id,
            account_id=account_id,
            cutoff=cutoff,
            batch_size=deployment.settings.batch_size,
        )["due_count"]
        held = session.one("has_holds", account_id=account_id)["held"]
        if due > _LARGE:
            session.run("record_all_contact_days", run_id=run_id, account_id=account_id, cutoff=cutoff)
            if held:
                session.run("record_held_days", run_id=run_id, account_id=account_id, cutoff=cutoff)
        elif held:
            session.run("record_contact_days", run_id=run_id, account_id=account_id, since=None)
        else:
            _record_later_days(session, run_id, account_id, cutoff, due)
        if recordings_cutoff is not None:
            session.run("count_recordings_due", run_id=run_id, recordings_cutoff=recordings_cutoff)
        return due

    return _begin(deployment, account_id, request, lambda session: cutoff, select, recordings_cutoff)


def _record_later_days(session: Session, run_id: int, account_id: int, cutoff: datetime, due: int) -> None:
    """Record the days of the next activities of a run's contacts; everything before the cutoff is in its set."""
    little = due * _LITTLE
    later = session.one("count_later", account_id=account_id, cutoff=cutoff, most=little + 1)["later"]
    if later > little:
        session.run("record_contact_days", run_id=run_id, account_id=account_id, since=cutoff)
    elif later:
        session.run("record_later_contact_days", run_id=run_id, account_id=account_id, cutoff=cutoff)


def select_listed(
    deployment: Deployment,
    account_id: int,
    resolve: Callable[[Session], Sequence[int]],
    request: Request,
) -> RunRef:
    """Record a run and its set: those of some activities that are neither redacted nor held, whatever their age.

    `resolve` returns their ids. It is called in the transaction that fixes the set, sees the same snapshot, and may
    refuse by raising. The same `run_key` gives the same run and set again. Raises as `select_aged` does.
    """
    ids: list[int] = []

    def find_cutoff(session: Session) -> datetime:
        ids.extend(resolve(session))
        cutoff: datetime = session.one("cutoff_of_listed", account_id=account_id, ids=ids)["cutoff"]
        return cutoff

    def select(session: Session, run_id: int) -> int:
        due: int = session.one(
            "select_listed",
            run_id=run_id,
            account_id=account_id,
            cutoff=session.one("get_run", run_id=run_id)["cutoff"],
            ids=ids,
            batch_size=deployment.settings.batch_size,
        )["due_count"]
        if due > _LARGE and due * _MUCH > session.one("estimate_rows")["rows"]:
            session.run("record_read_contact_days", run_id=run_id, account_id=account_id)
        else:
            session.run("record_contact_days", run_id=run_id, account_id=account_id, since=None)
        return due

    return _begin(deployment, account_id, request, find_cutoff, select)


def _begin(
    deployment: Deployment,
    account_id: int,
    request: Request,
    find_cutoff: Callable[[Session], datetime],
    select: Callable[[Session, int], int],
    recordings_cutoff: datetime | None = None,
) -> RunRef:
    check_schema(deployment.database)
    if request.kind != "replay":
        check_ledger(deployment)
        end_expired_holds(deployment, account_id)
    with deployment.transaction("redaction_worker") as session:
        session.run("read_repeatably")
        find_account(session, account_id)
        found = find_begun(session, account_id, request)
        if found is not None:
            return found
        if request.kind != "replay":
            refuse_publications(session, deployment.settings)
        cutoff = find_cutoff(session)
        if request.schedule is not None:
            moment = {"account_id": account_id, "cutoff": cutoff, "recordings_cutoff": recordings_cutoff}
            if not session.one("has_due", **moment)["due"]:
                held = _count_held(session, account_id, cutoff)
                given = {**moment, **request.recorded, **_policy(request), "held": held}
                return RunRef(**session.one("record_nothing_due", **given))
        run_id = _record(session, account_id, cutoff, request)
        due = select(session, run_id)
        for integration in session.rows("find_salesforce", account_id=account_id):
            session.run(
                "list_given",
                run_id=run_id,
                account_id=account_id,
                integration_id=integration["id"],
                integration=integration["name"],
            )
        if request.kind == "automatic":
            latest = find_cutoffs(request.schedule, datetime.now(UTC)) if request.schedule else None
            ask_approval(session, deployment.settings, run_id, latest.whole if latest else None)
            if latest is not None and latest.recordings is not None:
                ask_about_recordings(session, deployment.settings, run_id, latest.recordings)
        elif request.kind == "source":
            ask_about_source(session, deployment.settings, run_id)
        session.run("record_run_days", run_id=run_id)
        session.run("inherit_run_days", run_id=run_id, account_id=account_id)
    return RunRef(run_id, account_id, request.kind, cutoff, "selected", due)


def _count_held(session: Session, account_id: int, cutoff: datetime) -> int:
    """Return how many activities before a cutoff only a hold keeps from being due."""
    if not session.one("has_holds", account_id=account_id)["held"]:
        return 0
    return int(session.one("count_due", account_id=account_id, cutoff=cutoff)["held"])


def _record(session: Session, account_id: int, cutoff: datetime, request: Request) -> int:
    replayed = {"run_id": request.run_id, "started_at": request.started_at}
    row = session.one(
        "begin_run", account_id=account_id, cutoff=cutoff, **request.recorded, **replayed, **_policy(request)
    )
    return int(row["id"])


def _policy(request: Request) -> dict[str, Any]:
    return {name: getattr(request.schedule, name, None) for name in ("period", "mode", "timezone", "since")}
