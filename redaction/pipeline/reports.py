"""The reports: counted again for changed days, all in one transaction, so that no reader sees a half.

For many activities, two connections count half of the days each. A day is counted in one snapshot; changes between the
two, and later ones, are marked and counted by the next rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import IO, Literal

from redaction.catalog import OWN_REPORT, load_catalog
from redaction.db.applied import check_catalog
from redaction.db.database import Database
from redaction.db.pipe import pipe
from redaction.db.session import Session
from redaction.errors import RedactionError

_WRITING = {
    "activity_by_source": "rebuild_activity_by_source",
    "activity_by_number": "rebuild_activity_by_number",
    "activity_by_status": "rebuild_activity_by_status",
    "activity_by_hour": "rebuild_activity_by_hour",
    "call_flow": "rebuild_call_flow",
    "sessions": "rebuild_sessions",
    "tags": "rebuild_tags",
}
_OWN = "rebuild_activity_by_own_field"
"""The report by the operator's own fields, which exists if one of them is retained."""
TABLES = (*_WRITING, "contacts")
"""The tables of `reporting`: the first five count redacted activities, the last three do not."""
_Contacts = Literal["none", "few", "many"]
_COLLECTING = {"few": "collect_contact_days_of_few", "many": "collect_contact_days_of_many"}
_WRITING_CONTACTS = {
    "none": "rebuild_contacts_of_none",
    "few": "rebuild_contacts_of_few",
    "many": "rebuild_contacts_of_many",
}

# The planner does not know how few groups the local days make, so it thinks hashing too large and sorts every row.
_PLANNING = {"work_mem": "64MB", "enable_sort": "off"}
_SHARED_FROM = 50_000
"""Activities from which another connection counts half of the days: it takes as long as these to get ready."""

_MANY = 2_000
"""Contacts of all days together from which all activities of the account are read instead of looking up each."""


@dataclass(frozen=True)
class ReportSummary:
    """How many local days were counted again, and how many rows they have in all reports."""

    days: int
    rows: int


def rebuild_reports(database: Database, run_id: int, counted: Callable[[], object] | None = None) -> ReportSummary:
    """Count the days of a run again, and those of its account that changed since they were last counted.

    The earlier values of a report are those of the last count. They are recorded as unknown if days of the run had
    changed since: counting these only for that would take longer than the run. `counted` is called when two connections
    have counted and one is left to write the tables: it must not wait.
    """
    with database.transaction("redaction_worker") as session:
        run = session.one("get_run", run_id=run_id)
        account_id = run["account_id"]
        of_run = {"run_id": run_id, "account_id": account_id}
        days = _collect(session, account_id, "collect_stale_days")
        is_known = not session.one("has_days_of_run", run_id=run_id)["has_days"]
        days += session.run("collect_run_days", **of_run)
        before = {row["report"]: row for row in session.rows("sum_reports", **of_run)}
        # As many as were counted on these days before, or are known to exist.
        activities = max(run["stripped_count"], *(row["counted"] + row["missing"] for row in before.values()))
        if _count(database, session, account_id, activities >= _SHARED_FROM) and counted is not None:
            counted()
        summary = ReportSummary(days, _write(session, account_id))
        for after in session.rows("sum_reports", **of_run):
            was = before[after["report"]] if is_known else {"counted": None, "missing": None}
            session.run(
                "record_report_change",
                run_id=run_id,
                report=after["report"],
                counted_before=was["counted"],
                counted_after=after["counted"],
                missing_before=was["missing"],
                missing_after=after["missing"],
            )
        return summary


def refresh_reports(database: Database, account_id: int) -> ReportSummary:
    """Count the days of an account again that changed since they were last counted. Raises OtherCatalog."""
    with database.transaction("redaction_worker") as session:
        days = _collect(session, account_id, "collect_stale_days")
        return ReportSummary(days, _rebuild(session, account_id) if days else 0)


def list_changed(database: Database) -> list[int]:
    """Return the accounts that have days whose activities changed since they were last counted."""
    return [row["account_id"] for row in database.rows("list_changed_accounts")]


def refresh_accounts(database: Database, account_ids: Collection[int] | None = None) -> dict[int, ReportSummary]:
    """Count the changed days of the accounts, or of some of them, one after another; return the counts of each account
    that had changed.

    A failure of one stops no other, and is raised when all others are counted.
    """
    done: dict[int, ReportSummary] = {}
    failed: list[RedactionError] = []
    for account_id in list_changed(database):
        if account_ids is None or account_id in account_ids:
            try:
                done[account_id] = refresh_reports(database, account_id)
            except RedactionError as error:
                failed.append(error)
    if failed:
        raise failed[0]
    return done


def refresh_after_load(
    database: Database, warn: Callable[[str], object], account_ids: Collection[int] | None = None
) -> None:
    """Do the same after a load; a failure is a warning, since the DAG `refresh_reports` and the next run of the
    account do it too.
    """
    try:
        refresh_accounts(database, account_ids)
    except RedactionError as error:
        warn(f"the reports were not counted again: {error}")


def rebuild_account(database: Database, account_id: int) -> ReportSummary:
    """Count every day of an account again. Raises OtherCatalog."""
    with database.transaction("redaction_worker") as session:
        days = _collect(session, account_id, "collect_all_days")
        return ReportSummary(days, _rebuild(session, account_id, every_day=True))


def _collect(session: Session, account_id: int, statement: str) -> int:
    # A program without the operator's file would leave out their report, and the days would count as counted.
    check_catalog(session, load_catalog())
    session.rows("lock_reports", account_id=account_id)
    session.run("create_report_days")
    return session.run(statement, account_id=account_id)


def _rebuild(session: Session, account_id: int, every_day: bool = False) -> int:
    _count_days(session, account_id)
    return _write(session, account_id, every_day)


def _write(session: Session, account_id: int, every_day: bool = False) -> int:
    """Write the tables from what was counted; return how many rows."""
    statements = [*_WRITING.values(), *([_OWN] if OWN_REPORT in load_catalog().tables else [])]
    rows = sum(session.run(statement, account_id=account_id) for statement in statements)
    return rows + _rebuild_contacts(session, account_id, every_day)


def _rebuild_contacts(session: Session, account_id: int, every_day: bool) -> int:
    session.run("create_report_contacts")
    contacts = _count_contacts(session)
    if contacts != "none" and not every_day and session.run(_COLLECTING[contacts], account_id=account_id):
        session.run("add_contacts_of_days", account_id=account_id)
        contacts = _count_contacts(session)
    return session.run(_WRITING_CONTACTS[contacts], account_id=account_id)


def _count_contacts(session: Session) -> _Contacts:
    """Return how many contacts the days have: each method to look them up takes time to plan over all partitions."""
    contacts = session.one("count_contacts_of_days", most=_MANY)["contacts"]
    return "none" if not contacts else "few" if contacts < _MANY else "many"


def _count(database: Database, session: Session, account_id: int, shared: bool) -> bool:
    """Count the days; return whether another connection has counted half of them, as it should for many activities."""
    days = [row["day"] for row in session.rows("give_half_of_days")] if shared else []
    if not days:
        _count_days(session, account_id)
        return False

    def count_and_receive(source: IO[bytes]) -> None:
        _count_days(session, account_id)
        session.copy_in("receive_report_rows", source)

    pipe(lambda sink: _count_given(database, account_id, days, sink), count_and_receive)
    return True


def _count_given(database: Database, account_id: int, days: list[date], sink: IO[bytes]) -> None:
    with database.transaction("redaction_worker") as session:
        session.run("create_report_days")
        session.run("collect_given_days", account_id=account_id, days=days)
        _count_days(session, account_id)
        session.copy_out("send_report_rows", sink)


def _count_days(session: Session, account_id: int) -> None:
    session.set_local(_PLANNING)
    span = session.one("find_span_of_days")
    session.run("create_report_rows", account_id=account_id, **span)
