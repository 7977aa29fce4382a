"""The reports: counted anew for the days that changed, all in one transaction, so that no reader sees a half."""

from __future__ import annotations

from dataclasses import dataclass

from redaction.database import Database, Session

_COUNTING = ("activity_by_source", "activity_by_number", "activity_by_status", "activity_by_hour", "call_flow")
_LEAVING_OUT = ("sessions", "tags")
REPORTS = (*_COUNTING, *_LEAVING_OUT, "contacts")
"""The tables of `reporting`: the first five count redacted activities, the last three do not."""

# The planner cannot know how few groups the local days make, so it takes hashing for too large and sorts every row.
_PLANNING = {"work_mem": "64MB", "enable_sort": "off"}


@dataclass(frozen=True)
class ReportSummary:
    """How many local days were counted anew, and how many rows they have in all reports."""

    days: int
    rows: int


def rebuild_reports(database: Database, run_id: int) -> ReportSummary:
    """Count anew the days of a run, and those of its account that changed since they were last counted."""
    with database.transaction("redaction_worker") as session:
        account_id = session.one("get_run", run_id=run_id)["account_id"]
        session.rows("lock_reports", account_id=account_id)
        session.run("create_report_days")
        days = session.run("collect_stale_days", account_id=account_id)
        days += session.run("collect_run_days", run_id=run_id, account_id=account_id)
        before = {row["report"]: row for row in session.rows("sum_reports", account_id=account_id)}
        summary = ReportSummary(days, _rebuild(session, account_id))
        for after in session.rows("sum_reports", account_id=account_id):
            was = before[after["report"]]
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
    """Count anew the days of an account that changed since they were last counted: what a run finds before it."""
    with database.transaction("redaction_worker") as session:
        session.rows("lock_reports", account_id=account_id)
        session.run("create_report_days")
        days = session.run("collect_stale_days", account_id=account_id)
        return ReportSummary(days, _rebuild(session, account_id) if days else 0)


def rebuild_account(database: Database, account_id: int) -> ReportSummary:
    """Count every day of an account anew."""
    with database.transaction("redaction_worker") as session:
        session.rows("lock_reports", account_id=account_id)
        session.run("create_report_days")
        days = session.run("collect_all_days", account_id=account_id)
        return ReportSummary(days, _rebuild(session, account_id, every_day=True))


def _rebuild(session: Session, account_id: int, every_day: bool = False) -> int:
    for name, value in _PLANNING.items():
        session.rows("set_local", name=name, value=value)
    session.run("create_report_rows", account_id=account_id)
    rows = sum(session.run(f"rebuild_{name}", account_id=account_id) for name in (*_COUNTING, *_LEAVING_OUT))
    if not every_day:
        session.run("collect_contact_days", account_id=account_id)
    return rows + session.run("rebuild_contacts", account_id=account_id)
