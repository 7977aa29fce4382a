"""The status of accounts: many at once, in one pass over old activities, equal the results one by one, by look-ups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.accounts.accounts import list_accounts
from redaction.accounts.calendar import plan_days
from redaction.accounts.status import list_account_status, list_next_runs
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.evidence.watch import list_late, watch
from redaction.gate.holds import place_hold
from redaction.pipeline.preview import summarise_accounts
from redaction.policy import stagger

Sql = Callable[..., list[dict[str, Any]]]


def test_many_at_once_are_told_what_each_is_told_alone(
    account: int,
    database: Database,
    deployment: Deployment,
    sql: Sql,
    insert: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime.now(UTC)
    # Nothing is there of account 12.
    periods = {8: "'30'", 9: "'90'", 10: "NULL", 11: "'daily'", 12: "'daily'"}
    for number, period in periods.items():
        sql(
            "INSERT INTO tracking.accounts (id, agency_id, name, timezone, auto_redaction, auto_redaction_since)"
            f" VALUES ({number}, 1, 'Law', 'UTC', {period}, '2026-01-01')"
        )
    for number in (7, 8, 9, 10, 11):
        for week in range(number % 4, 20, 3):
            insert(number * 100 + week, account_id=number, called_at=now - timedelta(weeks=week, days=number % 3))
    sql("UPDATE tracking.accounts SET auto_redaction_since = current_date WHERE id = 11")
    sql("ANALYZE")
    accounts = list_accounts(database)
    counted = sql(
        "SELECT count(*) AS n FROM redaction.partitions p"
        " JOIN pg_class c ON c.oid = format('tracking.%I', p.leaf_name)::regclass"
        " WHERE c.reltuples BETWEEN 0 AND 120 AND p.ends < now() - interval '100 days'"
    )
    assert counted[0]["n"] > 2, "some are counted in one pass"
    together = list_account_status(deployment, accounts, now, 10_001)
    alone = [one for account in accounts for one in list_account_status(deployment, [account], now, 10_001)]
    assert together == alone
    monkeypatch.setattr("redaction.accounts.status._HALVED", len(accounts))
    assert list_account_status(deployment, accounts, now, 10_001) == together
    monkeypatch.undo()
    assert len({(one.due, one.overdue) for one in together}) > 2
    assert [(one.due, one.overdue) for one in together if one.account.id in (10, 12)] == [(0, 0)] * 2
    # It differs only if one is held.
    sql("INSERT INTO redaction.holds (account_id, scope, reason, placed_by) VALUES (8, 'account', 'case', 'eve')")
    held = list_account_status(deployment, accounts, now, 10_001)
    assert [replace(one, holds=0) for one in held if one.account.id != 8] == [
        one for one in together if one.account.id != 8
    ]
    assert [one.due for one in held if one.account.id == 8] == [0]


def test_what_is_overdue_is_told_with_its_first_and_without_what_is_held(
    account: int, deployment: Deployment, sql: Sql, insert: Callable[..., None]
) -> None:
    now = datetime.now(UTC)
    sql("UPDATE tracking.accounts SET auto_redaction = 'daily', auto_redaction_since = '2026-01-01'")
    for number, age in enumerate((60, 40, 20, 0)):
        insert(number + 1, called_at=now - timedelta(days=age))
    place_hold(deployment, account, "case", "eve", [1])
    [status] = summarise_accounts(deployment, now)
    assert [status[name] for name in ("due", "overdue", "held", "late")] == [2, 2, 1, True]
    assert status["overdue_since"] == now - timedelta(days=40)
    assert status["oldest"] == now - timedelta(days=60)
    late = [figure for figure in list_late(watch(deployment, now)) if figure.what == "overdue activities"]
    assert [(figure.count, figure.since) for figure in late] == [(2, status["overdue_since"])]


def test_the_next_run_is_the_one_that_is_due_and_has_not_begun(
    account: int, database: Database, deployment: Deployment
) -> None:
    midnight = datetime(2026, 11, 30, 5, tzinfo=UTC)  # of New York
    [shown] = list_account_status(deployment, list_accounts(database), midnight + timedelta(seconds=1), 10)
    begins = midnight + stagger(account, deployment.settings.stagger_min)
    assert begins > midnight + timedelta(seconds=1), "this account does not begin at midnight itself"
    assert shown.next_run == begins
    [run] = list_next_runs(deployment, [shown], 1)
    assert (run.begins, run.cutoff) == (begins, midnight)
    [after] = list_account_status(deployment, list_accounts(database), begins, 10)
    assert after.next_run == begins + timedelta(days=1)
    days = plan_days(deployment, list_accounts(database), midnight + timedelta(seconds=1), 2, 10)
    assert next(planned.begins for day in days for planned in day.shown) == begins
