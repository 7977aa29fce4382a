"""What an analyst's role reads of the reports: counts and retained fields, no tag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.catalog import load_catalog
from redaction.db.database import Database

Sql = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT tag FROM reporting.tags",
        "SELECT * FROM reporting.tags",
        "SELECT t FROM reporting.tags t",
        "SELECT count(*) FROM reporting.tags WHERE tag = 'oncology'",
        "SELECT day FROM reporting.tags ORDER BY tag",
        "COPY reporting.tags TO STDOUT",
        "SELECT redaction.rows_as_text('reporting.tags', 0, 10)",
        "SELECT most_common_vals FROM pg_catalog.pg_statistic",
    ],
)
def test_an_analyst_reads_no_tag(database: Database, sql: Sql, query: str) -> None:
    sql("INSERT INTO reporting.tags VALUES (7, '2026-03-02', 'oncology', 1, 0)")
    with (
        database.engine("redaction_analyst").connect() as connection,
        pytest.raises(sa.exc.DBAPIError, match=r"permission denied|does not exist"),
    ):
        connection.exec_driver_sql(query)


def test_an_analyst_counts_by_account_and_day(database: Database, sql: Sql) -> None:
    sql("INSERT INTO reporting.tags VALUES (7, '2026-03-02', 'oncology', 3, 0), (7, '2026-03-02', NULL, 2, 1)")
    query = "SELECT account_id, day::text, sum(activities), sum(missing) FROM reporting.tags GROUP BY 1, 2"
    with database.engine("redaction_analyst").connect() as connection:
        assert [tuple(row) for row in connection.exec_driver_sql(query)] == [(7, "2026-03-02", 5, 1)]


def test_an_analyst_reads_whatever_else_the_reports_retain(database: Database) -> None:
    tables = {name: table for name, table in load_catalog().tables.items() if name.startswith("reporting.")}
    assert len(tables) == 9
    with database.engine("redaction_analyst").connect() as connection:
        for name, table in tables.items():
            if name != "reporting.stale_days":
                columns = ", ".join((*table.record, *table.retained))
                connection.exec_driver_sql(f"SELECT {columns} FROM {name}")
