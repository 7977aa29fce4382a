"""The views for BI tools: each column is described, the analyst reads them, and no number of a person is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.control.reclassify import apply_catalog
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.reporting.hiding import hide_contacts
from tests.own_fields import FIELDS, Decide, decide

__all__ = ["decide"]

Sql = Callable[..., list[dict[str, Any]]]
VIEWS = {
    *("accounts", "by_day", "by_source", "by_number", "by_status", "by_hour", "by_call_flow"),
    *("sessions_by_day", "tags_by_day", "contacts_by_day"),
}
COLUMNS = """
SELECT CAST(c.relname AS text) AS view, CAST(a.attname AS text) AS name,
       coalesce(col_description(c.oid, a.attnum), '') AS says, coalesce(obj_description(c.oid), '') AS about
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = CAST('reporting' AS regnamespace) AND c.relkind = 'v'
"""
GRANTED = """
SELECT CAST(c.relname AS text) AS name, n.nspname || '.' || c.relname AS whole, p.privilege
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (privilege)
WHERE n.nspname IN ('tracking', 'redaction', 'reporting') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND has_table_privilege('redaction_analyst', c.oid, p.privilege)
"""


def _read(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.engine("redaction_analyst").connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_every_column_of_every_view_says_what_it_is(sql: Sql, deployment: Deployment, decide: Decide) -> None:
    assert {row["view"] for row in sql(COLUMNS)} == VIEWS
    decide(FIELDS)
    apply_catalog(deployment, "ada", "ticket 9")
    found = sql(COLUMNS)
    assert {row["view"] for row in found} == {*VIEWS, "by_own_field"}
    assert len(found) > 80
    silent = [f"{row['view']}.{row['name']}" for row in found if len(row["says"]) < 10 or len(row["about"]) < 10]
    assert silent == [], "COMMENT ON COLUMN, or ON VIEW, is missing"


def test_the_analyst_reads_the_views_and_the_counts_and_changes_nothing(sql: Sql) -> None:
    granted = sql(GRANTED)
    assert {row["privilege"] for row in granted} == {"SELECT"}
    assert {row["name"] for row in granted} >= VIEWS
    assert {row["whole"].partition(".")[0] for row in granted} == {"reporting"}
    assert not {row["name"] for row in granted} & {"tags", "stale_days"}


def test_what_is_not_known_is_null_and_never_zero(account: int, database: Database, sql: Sql) -> None:
    sql(
        "INSERT INTO reporting.sessions VALUES (7, '2026-03-01', 0, 0, 9), (7, '2026-03-02', 2, 3, 1),"
        " (7, '2026-03-03', 0, 0, 0)"
    )
    sql("INSERT INTO reporting.contacts VALUES (7, '2026-03-01', 0, 0, 0, 9), (7, '2026-03-02', 3, 1, 2, 1)")
    sql(
        "INSERT INTO reporting.tags VALUES (7, '2026-03-01', NULL, 0, 9), (7, '2026-03-02', NULL, 4, 1),"
        " (7, '2026-03-02', 'oncology', 2, 0)"
    )
    day = "SELECT extract(day FROM day)::int,"
    assert _read(database, f"{day} sessions, activities, missing FROM reporting.sessions_by_day ORDER BY 1") == [
        (1, None, None, 9),
        (2, 2, 3, 1),
        (3, 0, 0, 0),
    ]
    contacts = "unique_contacts, new_contacts, returning_contacts, missing"
    assert _read(database, f"{day} {contacts} FROM reporting.contacts_by_day ORDER BY 1") == [
        (1, None, None, None, 9),
        (2, 3, 1, 2, 1),
    ]
    assert _read(database, f"{day} tags, untagged, missing FROM reporting.tags_by_day ORDER BY 1") == [
        (1, None, None, 9),
        (2, 2, 4, 1),
    ]


def test_the_accounts_are_named_with_their_days(account: int, database: Database, sql: Sql) -> None:
    sql("INSERT INTO reporting.activity_by_hour VALUES (7, '2026-03-01', 9, 5, 4), (7, '2026-03-08', 9, 5, 0)")
    sql("INSERT INTO reporting.stale_days VALUES (7, '2026-03-09')")
    asked = "SELECT agency, account, time_zone, first_day::text, last_day::text, days_to_count FROM reporting.accounts"
    assert _read(database, asked) == [("North", "Dental", "America/New_York", "2026-03-01", "2026-03-08", 1)]
    asked = "SELECT agency_id, account_id, day::text, activities, redacted, personal FROM reporting.by_day ORDER BY 3"
    assert _read(database, asked) == [(1, 7, "2026-03-01", 5, 4, 1), (1, 7, "2026-03-08", 5, 0, 5)]
    asked = "SELECT weekday, hour, personal FROM reporting.by_hour ORDER BY day"
    assert _read(database, asked) == [(7, 9, 1), (7, 9, 5)]
    # An account that has moved is shown by its present placement.
    sql("UPDATE tracking.accounts SET whereabouts = 'left', other_placement = 'west', moving_since = now()")
    for view in ("accounts", "by_day", "by_hour"):
        assert _read(database, f"SELECT count(*) FROM reporting.{view}") == [(0,)]


@pytest.mark.parametrize(
    "text",
    [
        *("Call from (617) 555-0196", "+49 30 901820-0 x", "617.555.0196/web", "zoe.canary@example.com"),
        *("Google Ads 2026-03", "24/7 hotline", "Zoë 0049 30 901820"),
    ],
)
def test_what_looks_like_a_number_is_hidden_as_on_the_pages(
    account: int, database: Database, sql: Sql, text: str
) -> None:
    values = {"text": text}
    sql("INSERT INTO reporting.activity_by_source VALUES (7, '2026-03-01', NULL, :text, 1, 0)", **values)
    sql("INSERT INTO reporting.activity_by_number VALUES (7, '2026-03-01', '+18005550100', :text, 1, 0)", **values)
    sql("INSERT INTO reporting.activity_by_status VALUES (7, '2026-03-01', 'call', :text, 1, 0)", **values)
    sql("INSERT INTO reporting.call_flow VALUES (7, '2026-03-01', :text, 'queue', 1, 0)", **values)
    for column, view in (
        *(("source", "by_source"), ("tracking_label", "by_number"), ("status", "by_status")),
        ("route_name", "by_call_flow"),
    ):
        assert _read(database, f"SELECT {column} FROM reporting.{view}") == [(hide_contacts(text),)]
    assert _read(database, "SELECT tracking_number FROM reporting.by_number") == [("+18005550100",)]
