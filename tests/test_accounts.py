"""Agencies and accounts: who may turn redaction on, and what the snapshot has then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from redaction.accounts.accounts import Account, add_account, get_account, list_accounts, set_account
from redaction.accounts.administrators import set_administrator
from redaction.accounts.agencies import Agency, add_agency, set_agency
from redaction.accounts.recipients import list_exposures, put_call_settings, record_exposure
from redaction.accounts.snapshot import (
    Snapshot,
    SnapshotAccount,
    check_loss,
    current_snapshot,
    read_snapshot,
    write_snapshot,
)
from redaction.accounts.status import list_account_status
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.ledger.entries import read_entries
from redaction.policy import upcoming
from redaction.settings import Settings

Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def agency(deployment: Deployment) -> int:
    add_agency(deployment, Agency(1, "North", "agency", True))
    return 1


def _ids(settings: Settings) -> list[int]:
    snapshot = read_snapshot(settings.snapshot_path)
    assert snapshot is not None
    return [account.id for account in snapshot.accounts]


def test_switching_on_and_off_shows_in_the_snapshot(deployment: Deployment, settings: Settings, agency: int) -> None:
    add_account(deployment, Account(7, agency, "Dental", "Asia/Kathmandu"))
    assert _ids(settings) == []
    on = set_account(deployment, 7, "eve", auto_redaction="30")
    assert on.auto_redaction_since == datetime.now(ZoneInfo("Asia/Kathmandu")).date()
    assert _ids(settings) == [7]
    set_account(deployment, 7, "eve", auto_redaction=None)
    assert _ids(settings) == []


def test_a_changed_period_keeps_its_anchor(database: Database, deployment: Deployment, agency: int) -> None:
    day = date(2026, 1, 3)
    add_account(deployment, Account(7, agency, auto_redaction="30", auto_redaction_since=day))
    assert set_account(deployment, 7, "eve", auto_redaction="60").auto_redaction_since == day
    assert get_account(database, 7).policy().days == 60


@pytest.mark.parametrize(
    ("period", "ago", "then"), [("60", 40, 40), ("60", 100, 40), ("60", 120, 0), ("60", -5, 55), ("daily", 9, 0)]
)
def test_off_and_on_again_keeps_the_days_it_counts_by(
    deployment: Deployment, agency: int, period: str, ago: int, then: int
) -> None:
    today = datetime.now(UTC).date()
    add_account(deployment, Account(7, agency, auto_redaction=period, auto_redaction_since=today - timedelta(days=ago)))
    set_account(deployment, 7, "eve", auto_redaction=None)
    on = set_account(deployment, 7, "eve", auto_redaction=period)
    assert on.auto_redaction_since == today - timedelta(days=then)
    # So nothing waits longer than it would have waited, and nothing is late at once.
    now = datetime.now(UTC)
    assert upcoming(on.policy(), None, None, now).run_after <= now + timedelta(days=max(on.policy().days - then, 1))
    [status] = list_account_status(deployment, [on], now, 10)
    assert status.overdue == 0
    # A given day counts.
    set_account(deployment, 7, "eve", auto_redaction=None)
    day = date(2026, 1, 3)
    assert set_account(deployment, 7, "eve", auto_redaction="30", auto_redaction_since=day).auto_redaction_since == day


def test_off_and_on_again_in_another_mode_counts_its_days(deployment: Deployment, agency: int) -> None:
    today = datetime.now(UTC).date()
    add_account(deployment, Account(7, agency, auto_redaction="90", auto_redaction_since=today - timedelta(days=50)))
    set_account(deployment, 7, "eve", auto_redaction=None)
    on = set_account(deployment, 7, "eve", auto_redaction="30", retention_mode="rolling")
    assert on.auto_redaction_since == today


def test_the_agency_has_to_allow_it(database: Database, settings: Settings, deployment: Deployment) -> None:
    add_agency(deployment, Agency(2, "South"))
    with pytest.raises(NotAllowed, match="agency 2 does not allow"):
        add_account(deployment, Account(8, 2, auto_redaction="30"))
    add_account(deployment, Account(8, 2))
    for change in ({"auto_redaction": "30"}, {"manual_redaction": True}):
        with pytest.raises(NotAllowed, match="agency 2 does not allow"):
            set_account(deployment, 8, "eve", **change)
    set_agency(deployment, 2, "eve", allow_redaction=True)
    set_account(deployment, 8, "eve", auto_redaction="30")
    assert _ids(settings) == [8]
    set_agency(deployment, 2, "eve", allow_redaction=False)
    assert _ids(settings) == []
    with pytest.raises(NotAllowed, match="agency 2"):
        get_account(database, 8).policy()


def test_a_plan_without_sub_accounts_cannot_allow_it(deployment: Deployment) -> None:
    with pytest.raises(NotAllowed, match="agency 3"):
        Agency(3, plan="standard", allow_redaction=True)
    add_agency(deployment, Agency(3, plan="standard"))
    with pytest.raises(NotAllowed, match="no sub-accounts"):
        set_agency(deployment, 3, "eve", allow_redaction=True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"auto_redaction": "45"}, "one of daily, 30, 60, 90"),
        ({"retention_mode": "never"}, "one of every, rolling"),
    ],
)
def test_bad_settings_are_named(deployment: Deployment, agency: int, change: dict[str, str], says: str) -> None:
    add_account(deployment, Account(7, agency))
    with pytest.raises(BadInput, match=says):
        set_account(deployment, 7, "eve", **change)
    with pytest.raises(BadInput, match="account 99"):
        set_account(deployment, 99, "eve", name="x")
    with pytest.raises(BadInput, match="agency 99"):
        add_account(deployment, Account(9, 99))
    with pytest.raises(BadInput, match="exists already"):
        add_account(deployment, Account(7, agency))
    with pytest.raises(BadInput, match="exists already"):
        add_agency(deployment, Agency(agency))


def test_receivers_of_personal_fields_are_listed(database: Database, deployment: Deployment, agency: int) -> None:
    add_account(deployment, Account(7, agency))
    record_exposure(database, 7, "integration", "Salesforce", ["email", "caller name"])
    record_exposure(database, 7, "notification rule", "Mail", ["caller number"])
    record_exposure(database, 7, "integration", "Counter", [])
    assert [(item.what, item.name) for item in list_exposures(database, 7)] == [
        ("integration", "Salesforce"),
        ("notification rule", "Mail"),
    ]
    with pytest.raises(BadInput, match="no category"):
        record_exposure(database, 7, "integration", "X", ["shoe size"])


def test_call_settings_are_kept(database: Database, deployment: Deployment, agency: int, sql: Sql) -> None:
    add_account(deployment, Account(7, agency))
    put_call_settings(database, 7, "quiet", False, True, ["+18005550100"])
    put_call_settings(database, 7, "quiet", False, False, ["+18005550100"])
    assert sql("SELECT caller_id_enabled AS c, enhanced_caller_id_enabled AS e FROM tracking.call_settings") == [
        {"c": False, "e": False}
    ]


def test_a_new_zone_marks_all_days(deployment: Deployment, account: int, insert: Callable[..., None], sql: Sql) -> None:
    insert(1, called_at=datetime(2026, 3, 2, 2, tzinfo=UTC))
    sql("DELETE FROM reporting.stale_days")
    set_account(deployment, 7, "eve", timezone="Asia/Tokyo")
    assert sql("SELECT day FROM reporting.stale_days") == [{"day": date(2026, 3, 2)}]


def _snapshot(count: int, age: float = 0) -> Snapshot:
    accounts = tuple(
        SnapshotAccount(
            id=number,
            name="x",
            agency_id=1,
            agency_name="n",
            period="30",
            mode="every",
            timezone="UTC",
            since="2026-01-01",
        )
        for number in range(count)
    )
    return Snapshot(written_at=datetime.now(UTC) - timedelta(seconds=age), accounts=accounts)


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement of all connections of this process."""
    found: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        found.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


def _ours(queries: list[str]) -> list[str]:
    return [text for text in queries if "tracking." in text]


def test_a_fresh_snapshot_costs_no_query_a_missing_or_stale_one_costs_one(
    settings: Settings, account: int, queries: list[str]
) -> None:
    queries.clear()
    assert [found.id for found in current_snapshot(settings).accounts] == [7]
    assert len(_ours(queries)) == 1
    current_snapshot(settings)
    assert len(_ours(queries)) == 1
    write_snapshot(settings.snapshot_path, _snapshot(1, age=10_000))
    current_snapshot(settings)
    assert len(_ours(queries)) == 2


def test_with_the_database_down_the_last_snapshot_serves(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    down = settings.model_copy(update={"database_url": type(settings.database_url)("postgresql://x@127.0.0.1:1/x")})
    write_snapshot(settings.snapshot_path, _snapshot(3, age=10_000))
    assert len(current_snapshot(down).accounts) == 3
    assert "not refreshed" in caplog.text


def test_a_snapshot_that_lost_too_many_is_refused(
    settings: Settings, account: int, caplog: pytest.LogCaptureFixture
) -> None:
    write_snapshot(settings.snapshot_path, _snapshot(10, age=10_000))
    assert len(current_snapshot(settings).accounts) == 10
    assert "account snapshot" in caplog.text
    check_loss(_snapshot(10), _snapshot(5), 0.5)
    with pytest.raises(NotAllowed):
        check_loss(_snapshot(10), _snapshot(4), 0.5)


def test_a_torn_snapshot_is_no_snapshot(settings: Settings, account: int) -> None:
    settings.snapshot_path.parent.mkdir(parents=True, exist_ok=True)
    settings.snapshot_path.write_text('{"written_at": "2026-')
    assert read_snapshot(settings.snapshot_path) is None
    assert [found.id for found in current_snapshot(settings).accounts] == [7]


def test_accounts_are_listed_in_order(database: Database, deployment: Deployment, agency: int) -> None:
    for number in (9, 3, 5):
        add_account(deployment, Account(number, agency))
    assert [account.id for account in list_accounts(database)] == [3, 5, 9]


def test_every_change_of_a_setting_is_in_the_ledger(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    account: int,
    sql: Callable[..., list[dict[str, Any]]],
) -> None:
    set_account(deployment, 7, "eve", auto_redaction="60", auto_redaction_since=date(2026, 1, 2))
    set_account(deployment, 7, "eve", auto_redaction="60")
    set_agency(deployment, 1, "bob", allow_redaction=False)
    set_administrator(deployment, 7, "ada", "bob")
    set_administrator(deployment, 7, "ada", "bob")
    set_administrator(deployment, 7, "ada", "bob", allowed=False)
    told = [(entry.account_id, entry.actor, dict(entry.facts)) for entry in read_entries(database)]
    assert told == [
        (
            7,
            "eve",
            {
                "before": {"auto_redaction": "daily", "auto_redaction_since": "2026-01-01"},
                "after": {"auto_redaction": "60", "auto_redaction_since": "2026-01-02"},
            },
        ),
        (None, "bob", {"agency_id": 1, "before": {"allow_redaction": True}, "after": {"allow_redaction": False}}),
        (7, "bob", {"before": {"administrators": []}, "after": {"administrators": ["ada"]}}),
        (7, "bob", {"before": {"administrators": ["ada"]}, "after": {"administrators": []}}),
    ]
    assert [kept.name for kept in (settings.home / "ledger").rglob("00*.json")] != []
