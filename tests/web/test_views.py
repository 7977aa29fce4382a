"""Every view of personal data is recorded: no value in it, none without personal data, and nobody changes a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.pipeline.run import begin_run, complete_run
from redaction.web.context import make_token
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ADA = "/redaction/accounts/7"


def _rows(sql: Sql) -> list[tuple[Any, ...]]:
    rows = sql("SELECT account_id, viewed_by, page, activities FROM redaction.view_log ORDER BY id")
    return [tuple(row.values()) for row in rows]


def test_each_page_with_personal_data_leaves_a_row(as_: As, house_of_two: int, insert: Insert, sql: Sql) -> None:
    for number in (1, 2):
        insert(number, called_at=AT + timedelta(minutes=number))
    insert(3, called_at=AT, kind="text", caller_name="Bea")
    client = as_("ada")
    client.get(f"{ADA}/log/calls")
    client.get(f"{ADA}/log/calls?source=none")
    client.get(f"{ADA}/log/texts")
    client.post(f"{ADA}/log/calls", data={"token": make_token("ada"), "contact": "(212) 555-0143"})
    client.get(f"{ADA}/activities/2")
    client.get(f"{ADA}/redactions/preview?activity=2&past=true")
    as_("bob").get(f"{ADA}/log/calls")
    assert _rows(sql) == [
        (7, "ada", "calls", 2),
        (7, "ada", "texts", 1),
        (7, "ada", "contact", 2),
        (7, "ada", "activity", 1),
        (7, "ada", "names", 3),
    ]
    page = as_("vera").get("/redaction/views").text
    assert "<h1>ada was the last to see personal data</h1>" in page
    assert page.count('<th scope="row">ada</th>') == 5
    assert page.count('/accounts/7">Dental</a>') == 5
    assert "0143" not in page
    assert "anary" not in page


def test_what_is_redacted_leaves_none(
    as_: As, house_of_two: int, insert: Insert, deployment: Deployment, sql: Sql
) -> None:
    insert(1, called_at=AT)
    complete_run(deployment, begin_run(deployment, 7, datetime(2026, 4, 1, 4, tzinfo=UTC), "cli").id)
    as_("ada").get(f"{ADA}/log/calls")
    as_("ada").get(f"{ADA}/activities/1")
    assert _rows(sql) == []
    assert "Nobody has seen personal data here" in as_("vera").get("/redaction/views").text


def test_views_are_narrowed_and_paged(as_: As, house_of_two: int, sql: Sql) -> None:
    sql(
        "INSERT INTO redaction.view_log (account_id, viewed_by, page, activities)"
        " SELECT 7 + n % 2, CASE n % 3 WHEN 0 THEN 'ada' ELSE '<b>bob' END, 'calls', n FROM generate_series(1, 120) n"
    )
    client = as_("vera")
    first = client.get("/redaction/views?account=8").text
    assert (first.count('<th scope="row">'), "<b>bob" in first) == (50, False)
    assert 'href="/redaction/views?account=8&amp;before=' in first
    assert client.get("/redaction/views?account=8&before=21").text.count('<th scope="row">') == 10
    assert client.get("/redaction/views?account=8&viewed_by=ada").text.count('<th scope="row">') == 20
    assert client.get("/redaction/views?account=x").status_code == 422


@pytest.mark.parametrize("role", ["redaction_worker", "redaction_manager", "redaction_loader", "redaction_analyst"])
def test_no_role_changes_a_row(house_of_two: int, sql: Sql, role: str) -> None:
    for privilege in ("UPDATE", "DELETE", "TRUNCATE"):
        asked = {"role": role, "privilege": privilege}
        [found] = sql("SELECT has_table_privilege(:role, 'redaction.view_log', :privilege) AS held", **asked)
        assert not found["held"], privilege
