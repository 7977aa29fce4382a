"""The end of a run, its level and the digest of its ids: for many ids computed while its reports are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import DatabaseBusy
from redaction.ledger.entries import find_entry
from redaction.pipeline import reports
from redaction.pipeline.run import begin_run, complete_run, run_step
from tests.evidence.acts import CUTOFF, Sql, digest

MANY, FEW = 3, 4  # of how many activities on two connections count the reports, where three are due


@pytest.fixture
def begun(deployment: Deployment, account: int, insert: Callable[..., None]) -> int:
    """A run that has selected three activities, on three days. Returns its id."""
    for day in (3, 1, 2):
        insert(day, called_at=datetime(2026, 3, day, 15, tzinfo=UTC))
    return begin_run(deployment, 7, CUTOFF, "cli").id


@pytest.mark.parametrize(("beside_from", "times"), [(MANY, 1), (FEW, 0)])
def test_a_run_of_many_is_recorded_as_one_of_few(
    database: Database,
    deployment: Deployment,
    begun: int,
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
    beside_from: int,
    times: int,
) -> None:
    monkeypatch.setattr(reports, "_SHARED_FROM", beside_from)
    of_status = "SELECT * FROM reporting.activity_by_status WHERE redacted > 0"
    seen = []

    def watch(database: Database, run_id: int, counted: Callable[[], None]) -> reports.ReportSummary:
        def watched() -> None:
            counted()
            seen.append(sql(of_status))

        return reports.rebuild_reports(database, run_id, watched)

    monkeypatch.setattr("redaction.pipeline.run.rebuild_reports", watch)
    record = complete_run(deployment, begun)
    assert seen == [[]] * times, "before anything of the tables is to be seen"
    assert len(sql(of_status)) == 3
    entry = find_entry(database, begun)
    assert entry is not None
    assert entry.facts["ids_digest"] == digest(1, 2, 3)
    assert entry.facts["erasure_level"] == record["erasure_level"] != "L0"


@pytest.mark.parametrize("beside_from", [MANY, FEW])
def test_a_run_whose_level_cannot_be_told_has_failed_and_may_be_gone_on_with(
    database: Database, deployment: Deployment, begun: int, sql: Sql, monkeypatch: pytest.MonkeyPatch, beside_from: int
) -> None:
    monkeypatch.setattr(reports, "_SHARED_FROM", beside_from)

    def refuse(*_: object) -> None:
        raise DatabaseBusy("another process holds it")

    with monkeypatch.context() as patch:
        patch.setattr("redaction.pipeline.run.reach_level", refuse)
        with pytest.raises(DatabaseBusy):
            complete_run(deployment, begun)
    assert sql("SELECT state, failed_step FROM redaction.runs") == [{"state": "failed", "failed_step": "reports"}]
    assert find_entry(database, begun) is None
    run_step(deployment, begun, "reports")
    assert sql("SELECT state FROM redaction.runs") == [{"state": "succeeded"}]
    assert find_entry(database, begun) is not None
