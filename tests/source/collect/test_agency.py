"""A collector of an agency: all its accounts at any placement, and missing accounts of the source are offered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.collectors import Collector
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import BadInput, SourceRefused, SourceUnreachable
from redaction.evidence.watch import watch
from redaction.placements.resolve import Placements, deploy
from redaction.settings import Settings
from redaction.source.collect.accounts import AgencyCollection, collect_agency, list_offered
from tests.source.collect.api import Answer, Api, make_records
from tests.source.collect.conftest import NOW

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
OFFERS = "SELECT account_id, name FROM redaction.offered_accounts ORDER BY account_id"
AS_SET = {"1": {"connection": "ctm", "first_days": 5}}


@pytest.fixture
def collecting(settings: Settings, account: int, sql: Sql, api: Api) -> Settings:
    """Accounts 7 and 8 of agency 1, and 9 of agency 2, all with activities at the source."""
    sql("INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (2, 'South', true)")
    sql("INSERT INTO tracking.accounts (id, agency_id, name) VALUES (8, 1, 'Vet'), (9, 2, 'Law')")
    api.records = {number: make_records(number, 50, NOW, 4) for number in (7, 8, 9, 10)}
    api.accounts = [{"id": number, "name": f"Account {number}"} for number in (7, 8, 9, 10)]
    return Settings(
        database_url=settings.database_url, owner_url=settings.owner_url, home=settings.home, collectors=AS_SET
    )


@pytest.fixture
def run(collecting: Settings) -> Callable[..., AgencyCollection]:
    def collect(agency_id: int = 1, **more: Any) -> AgencyCollection:
        with Placements(collecting) as placements:
            return collect_agency(placements, agency_id, now=NOW, **more)

    return collect


def test_the_accounts_of_the_agency_come_and_others_are_offered(
    run: Callable[..., AgencyCollection], sql: Sql, collecting: Settings
) -> None:
    told = []
    done = run(ended=lambda deployment, collected: told.append(collected.account_id))
    assert told == [one.account_id for one in done.collected] == [7, 8]
    assert sql("SELECT DISTINCT account_id FROM tracking.activities ORDER BY 1") == [
        {"account_id": 7}, {"account_id": 8},
    ]  # fmt: skip
    assert done.offered == [{"account_id": 10, "name": "Account 10"}]
    assert sql("SELECT count(*) AS n FROM tracking.accounts") == [{"n": 3}], "none is made by itself"
    assert run().offered == [], "it is new once"
    with Placements(collecting) as placements:
        assert [row["account_id"] for row in list_offered(placements)] == [10]
        sql("INSERT INTO tracking.accounts (id, agency_id) VALUES (10, 1)")
        assert list_offered(placements) == []
    assert [one.account_id for one in run().collected] == [7, 8, 10]
    assert sql(OFFERS) == []


def test_what_is_offered_is_what_the_source_says_now(run: Callable[..., AgencyCollection], api: Api, sql: Sql) -> None:
    odd: list[Any] = [
        {"id": "12", "name": "Text"},
        {"id": 13.0, "name": "tab\tin it"},
        {"id": 14, "name": ["x"]},
        {"id": 15, "name": "y" * 500},
        {"id": 16, "name": "Gone", "canceled": "2026-01-01"},
        {"id": -1}, {"id": None}, {"id": 2**70}, {"id": True}, {"name": "no id"}, "x", None, [1],
    ]  # fmt: skip
    api.accounts += odd
    run()
    names = {row["account_id"]: row["name"] for row in sql(OFFERS)}
    assert names == {10: "Account 10", 12: "Text", 13: "", 14: "", 15: "y" * 200}
    api.accounts = api.accounts[:1]
    run()
    assert sql(OFFERS) == []


def test_many_accounts_are_listed_by_pages(run: Callable[..., AgencyCollection], api: Api, sql: Sql) -> None:
    api.numbered = True
    api.accounts += [{"id": number, "name": ""} for number in range(100, 500)]
    assert len(run().offered) == 401


def test_an_account_that_fails_keeps_no_other_from_being_fetched(
    run: Callable[..., AgencyCollection], api: Api, sql: Sql
) -> None:
    del api.records[7]
    done = run()
    assert ([one.account_id for one in done.collected], list(done.failed)) == ([8], [7])
    with pytest.raises(SourceRefused, match="agency 1: 1 account was not fetched to the end, 1 whole; account 7"):
        done.check()
    api.fault = lambda asked: Answer(429, headers={"Retry-After": "9000"}) if asked.account == 8 else None
    done = run()
    assert set(done.failed) == {7, 8}
    with pytest.raises(SourceUnreachable, match="2 accounts"):
        done.check()


def test_why_an_account_was_not_fetched_is_kept_until_it_is(
    run: Callable[..., AgencyCollection], api: Api, sql: Sql
) -> None:
    kept = "SELECT account_id, said, since < failed_at AS again FROM redaction.collect_failures ORDER BY account_id"
    held = api.records.pop(7)
    run()
    [first] = sql(kept)
    assert (first["account_id"], "account 7" in first["said"]) == (7, True)
    run()
    assert [(row["account_id"], row["again"]) for row in sql(kept)] == [(7, True)]
    api.records[7] = held
    run()
    assert sql(kept) == []


def test_the_command_for_one_account_keeps_and_ends_its_failure_too(
    cli: Cli, collecting: Settings, api: Api, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_COLLECTORS", json.dumps(AS_SET))
    held = api.records.pop(8)
    code, _, err = cli("collect", "8", "--since", "2026-11-24")
    assert (code, err.count("account 8")) == (1, 1)
    [kept] = sql("SELECT account_id, said FROM redaction.collect_failures")
    assert (kept["account_id"], "does not know it" in kept["said"]) == (8, True)
    api.records[8] = held
    assert cli("collect", "8", "--since", "2026-11-24")[0] == 0
    assert sql("SELECT FROM redaction.collect_failures") == []
    sql("UPDATE tracking.accounts SET closing_since = now(), closing_reason = 'x', closing_requested_by = 'ada',"
        " closing_approved_by = 'bob' WHERE id = 8")  # fmt: skip
    assert cli("collect", "8")[0] == 1
    assert cli("collect", "7", "--since", "2999-01-01")[0] == 2
    assert sql("SELECT FROM redaction.collect_failures") == [], "nothing was asked of the source"


def test_an_account_that_fails_again_and_again_is_late(
    run: Callable[..., AgencyCollection], api: Api, sql: Sql, deployment: Deployment
) -> None:
    collecting = deploy(
        deployment.database, deployment.settings.model_copy(update={"collectors": {1: Collector(connection="ctm")}})
    )

    def told(after: timedelta) -> list[tuple[int | None, bool]]:
        figures = watch(collecting, datetime.now(UTC) + after)
        return [(each.account_id, each.late) for each in figures if each.what == "accounts not fetched"]

    held = api.records.pop(7)
    run()
    assert (told(timedelta(hours=1)), told(timedelta(hours=25))) == ([(7, False)], [(7, True)])
    without = deploy(deployment.database, deployment.settings.model_copy(update={"collectors": {}}))
    assert not any(each.what == "accounts not fetched" for each in watch(without))
    api.records[7] = held
    run()
    assert told(timedelta(hours=25)) == []


def test_wrong_credentials_are_said_of_every_account(
    run: Callable[..., AgencyCollection], api: Api, monkeypatch: pytest.MonkeyPatch, sql: Sql
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CTM", f"{api.url.replace('//', '//no:body@')}/http")
    with pytest.raises(SourceRefused):
        run()
    kept = sql("SELECT account_id, said FROM redaction.collect_failures ORDER BY account_id")
    assert [row["account_id"] for row in kept] == [7, 8]
    assert all("the API refuses its credentials" in row["said"] for row in kept)


def test_wrong_credentials_are_said_once(
    run: Callable[..., AgencyCollection], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CTM", f"{api.url.replace('//', '//no:body@')}/http")
    with pytest.raises(SourceRefused, match="connection ctm: the API refuses its credentials"):
        run()
    assert len(api.asked) == 1


def test_an_agency_without_collector_or_connection_fetches_nothing(
    run: Callable[..., AgencyCollection], api: Api, monkeypatch: pytest.MonkeyPatch, sql: Sql
) -> None:
    with pytest.raises(BadInput, match="agency 2 has no collector, so nothing was fetched: set REDACTION_COLLECTORS"):
        run(2)
    monkeypatch.delenv("AIRFLOW_CONN_CTM")
    with pytest.raises(BadInput, match=r"connection ctm"):
        run()
    assert api.asked == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "REDACTION_COLLECTORS: is not valid JSON"),
        ('{"x": {"connection": "a"}}', "REDACTION_COLLECTORS_X"),
        ('{"1": {}}', "REDACTION_COLLECTORS_1_CONNECTION: Field required"),
        ('{"1": {"connection": "a/b"}}', "REDACTION_COLLECTORS_1_CONNECTION"),
        ('{"1": {"connection": "a", "zone": "Mars/Base"}}', "is no time zone"),
        ('{"1": {"connection": "a", "overlap_days": 0}}', "OVERLAP_DAYS"),
        ('{"1": {"connection": "a", "password": "x"}}', "PASSWORD"),
    ],
)
def test_a_wrong_setting_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch, text: str, says: str) -> None:
    monkeypatch.setenv("REDACTION_COLLECTORS", text)
    code, _, err = cli("collect", "7")
    assert code == 2
    assert says in err


def test_the_command_fetches_an_account_or_an_agency(
    cli: Cli, collecting: Settings, api: Api, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("collect", "7")[0] == 2, "there is no collector"
    monkeypatch.setenv("REDACTION_COLLECTORS", json.dumps(AS_SET))
    code, out, err = cli("collect", "8", "--since", "2026-11-24", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["collected"][0]["account_id"], found["failed"]) == (8, {})
    assert found["collected"][0]["loaded"]["inserted"] == len(sql("SELECT FROM tracking.activities")) > 0
    code, out, err = cli("collect", "1", "--since", "2026-11-01")
    assert (code, err) == (0, "")
    assert "Account 10" in out
    assert len(sql("SELECT FROM tracking.activities WHERE account_id IN (7, 8)")) == 100
    assert json.loads(cli("account", "offers", "--json")[1])[0]["account_id"] == 10
    del api.records[7]
    code, _, err = cli("collect", "1")
    assert (code, err.count("account 7")) == (1, 1)
    api.records[8].append({"id": 10**30, "account_id": 8, "unix_time": api.records[8][-1]["unix_time"]})
    assert cli("collect", "8", "--since", "2026-11-01")[0] == 3


def test_an_id_of_both_or_of_none_is_asked_about(cli: Cli, collecting: Settings, sql: Sql, api: Api) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id) VALUES (2, 1)")
    code, _, err = cli("collect", "2")
    assert (code, "say --account or --agency" in err) == (2, True)
    code, _, err = cli("collect", "77")
    assert (code, "there is no account and no agency 77" in err) == (2, True)
    assert cli("collect", "x")[0] == 2
    assert cli("collect", "7", "--since", "yesterday")[0] == 2
    assert api.asked == []


def test_accounts_of_two_placements_are_fetched_where_they_lie(
    account: int, api: Api, west: Database, database: Database, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.records = {number: make_records(number, 30, NOW, 4) for number in (7, 9)}
    api.accounts = [{"id": 7}, {"id": 9}, {"id": 10}]
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm"}}')
    code, out, _ = cli("collect", "1", "--since", "2026-11-20", "--json")
    assert code == 0
    assert [one["account_id"] for one in json.loads(out)["collected"]] == [7, 9]
    for where, only in ((database, 7), (west, 9)):
        with where.engine("owner").connect() as connection:
            found = connection.exec_driver_sql("SELECT DISTINCT account_id FROM tracking.activities").scalars().all()
            marked = connection.exec_driver_sql("SELECT account_id FROM redaction.watermarks").scalars().all()
        assert found == marked == [only]
    assert [row["account_id"] for row in json.loads(cli("account", "offers", "--json")[1])] == [10]
