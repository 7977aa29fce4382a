"""Planned runs follow from the settings of the time, and done ones from the ledger and the record of runs that found
nothing due.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from redaction.accounts.accounts import Account
from redaction.evidence.attainment import Attainment, EmptyRun, list_planned, list_spans

BEGIN, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
ACCOUNT = Account(7, 1, auto_redaction="daily", auto_redaction_since=date(2026, 1, 1), agency_allows=True)
DAY = timedelta(days=1)


def _change(at: datetime, account_id: int | None = 7, **before: Any) -> dict[str, Any]:
    return {"account_id": account_id, "agency_id": 1, "written_at": at, "before": before}


def _attain(spans: Any, *runs: tuple[datetime, datetime], now: datetime = END + DAY) -> tuple[int, int, int, int]:
    found = Attainment(spans, DAY)
    for cutoff, at in runs:
        found.note_run(cutoff, at)
    found.end(now)
    return found.planned, found.in_time, found.late, found.pending


def test_a_day_has_one_run_and_each_is_done_late_or_pending() -> None:
    spans = list_spans(ACCOUNT, [], BEGIN, BEGIN + 5 * DAY)
    assert [interval.run_after for interval in list_planned(spans)] == [BEGIN + n * DAY for n in range(5)]
    hour = timedelta(hours=1)
    runs = [(BEGIN + n * DAY, BEGIN + n * DAY + hour) for n in range(5)]
    assert _attain(spans, *runs) == (5, 5, 0, 0)
    assert _attain(spans) == (5, 0, 5, 0)
    assert _attain(spans, now=BEGIN + 3 * DAY + hour) == (5, 0, 3, 2)
    # One run that covers three of them is in time only for the last two.
    assert _attain(spans, (BEGIN + 2 * DAY, BEGIN + 2 * DAY - hour), *runs[3:]) == (5, 4, 1, 0)


def test_a_run_that_found_nothing_due_is_done_in_time() -> None:
    spans = list_spans(ACCOUNT, [], BEGIN, BEGIN + 3 * DAY)
    found = Attainment(spans, DAY, [EmptyRun(BEGIN + 2 * DAY, BEGIN + 4 * DAY), EmptyRun(BEGIN, BEGIN)])
    found.note_run(BEGIN + DAY, BEGIN + DAY)
    found.end(END)
    assert (found.planned, found.in_time, found.late, found.nothing_due) == (3, 2, 1, 2)


def test_what_was_planned_follows_the_settings_as_they_were() -> None:
    off = [_change(BEGIN + 10 * DAY, auto_redaction=None)]
    spans = list_spans(ACCOUNT, off, BEGIN, END)
    assert [span.policy is None for span in spans] == [True, False]
    assert len(list(list_planned(spans))) == 21
    forbidden = [_change(BEGIN + 10 * DAY, None, allow_redaction=False)]
    assert len(list(list_planned(list_spans(ACCOUNT, forbidden, BEGIN, END)))) == 21
    slower = [_change(BEGIN + 10 * DAY, auto_redaction="30", auto_redaction_since="2026-02-06")]
    assert len(list(list_planned(list_spans(ACCOUNT, slower, BEGIN, END)))) == 22
    # Changes after the period do not count in it.
    assert len(list(list_planned(list_spans(ACCOUNT, [_change(END + DAY, auto_redaction=None)], BEGIN, END)))) == 0


def test_rolling_runs_come_a_period_after_their_day() -> None:
    rolling = Account(
        7, 1, auto_redaction="30", retention_mode="rolling", agency_allows=True, auto_redaction_since=date(2026, 2, 10)
    )
    planned = list(list_planned(list_spans(rolling, [], BEGIN, END)))
    assert planned[0].run_after == datetime(2026, 3, 13, tzinfo=UTC)
    assert len(planned) == 19


def test_a_closed_account_plans_nothing() -> None:
    closed = Account(7, 1, auto_redaction="daily", agency_allows=True, closing_since=BEGIN)
    assert not list(list_planned(list_spans(closed, [], BEGIN, END)))
