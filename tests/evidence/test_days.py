"""The number of late accounts of a day is the worst of its looks, and a day without a look is unknown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from redaction.deployment import Deployment
from redaction.evidence.days import Day, keep_day, list_days, merge_days
from redaction.evidence.views import drop_views
from redaction.evidence.watch import watch
from redaction.pipeline.run import begin_run, complete_run
from redaction.settings import Settings

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


def test_the_worst_look_of_a_day_is_kept(account: int, deployment: Deployment, insert: Insert, sql: Sql) -> None:
    now = datetime.now(UTC)
    for number in (1, 2, 3):
        insert(number, called_at=AT)
    keep_day(deployment, watch(deployment, now), now)
    complete_run(deployment, begin_run(deployment, account, CUTOFF, "cli").id)
    figures = watch(deployment, now)
    assert sum(figure.count for figure in figures if figure.what == "overdue activities") == 0
    keep_day(deployment, figures, now)
    sql("UPDATE redaction.runs SET finished_at = finished_at - interval '1 day'")
    keep_day(deployment, figures, now - timedelta(days=2))
    found = list_days(deployment, now, 4)
    today = now.date()
    # Nobody knows what was late on the day before, and that is not zero.
    assert found == [
        Day(today - timedelta(days=3), 0, None, None),
        Day(today - timedelta(days=2), 0, 0, 0),
        Day(today - timedelta(days=1), 3, None, None),
        Day(today, 0, 1, 3),
    ]


def test_days_of_placements_are_one_day_if_each_that_was_looked_at_is_known() -> None:
    first = date(2026, 3, 2)

    def days(*late: int | None) -> list[Day]:
        return [Day(first + timedelta(days=n), 1, count, count) for n, count in enumerate(late)]

    assert merge_days([days(None, 1, None, 0), days(None, None, 2, 3)]) == [
        Day(first, 2, None, None),
        Day(first + timedelta(days=1), 2, 1, 1),
        Day(first + timedelta(days=2), 2, None, None),
        Day(first + timedelta(days=3), 2, 3, 3),
    ]
    assert merge_days([]) == []


def test_the_record_of_views_goes_by_its_age_alone(
    account: int, deployment: Deployment, settings: Settings, sql: Sql
) -> None:
    sql(
        "INSERT INTO redaction.view_log (account_id, viewed_by, page, activities, viewed_at)"
        " SELECT 7, 'ada', 'calls', n, now() - n * interval '1 day' FROM unnest(ARRAY[0, 20, 40, 364, 366]) n"
    )

    def left() -> list[int]:
        return [row["activities"] for row in sql("SELECT activities FROM redaction.view_log ORDER BY activities")]

    assert drop_views(deployment) == 1
    assert left() == [0, 20, 40, 364]
    # Asking the database for less does not help: nobody can delete the trace that they have just left.
    with deployment.transaction("redaction_worker") as session:
        assert session.one("drop_views", days=0)["dropped"] == 2
    assert left() == [0, 20]
    with pytest.raises(ValidationError, match="view_log_d"):
        settings.model_validate({"view_log_d": 29})
