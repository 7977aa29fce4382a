"""Accounts on several servers: each command, load and DAG finds its own, and a server that is down stops no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from redaction.accounts.accounts import list_accounts
from redaction.airflow.dags import build_accounts
from redaction.db.database import Database
from redaction.db.offered import Offered, Urls
from redaction.db.urls import locate_database, parse_connection
from redaction.errors import BadInput, DatabaseBusy
from redaction.placements.resolve import Placements, find_url, settings_of
from redaction.settings import Settings, load_settings

Cli = Callable[..., tuple[int, str, str]]
Sql = Callable[..., list[dict[str, Any]]]
NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/none"


def count(database: Database, what: str) -> int:
    with database.engine("owner").begin() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {what}").scalar_one())


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Three activities of account 7, two of account 9, and a single activity of an unknown account."""
    at = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp())
    path = tmp_path / "records.jsonl"
    accounts = [7, 7, 7, 9, 9, 5]
    path.write_text(
        "\n".join(
            json.dumps({"id": number, "account_id": account, "unix_time": at, "name": "Zoë"})
            for number, account in enumerate(accounts, 1)
        )
    )
    return path


@pytest.mark.parametrize("text", ["West", "a b", "west,west", "default", "9"])
def test_a_name_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("REDACTION_PLACEMENTS", text)
    with pytest.raises(BadInput, match="REDACTION_PLACEMENTS"):
        load_settings()


def test_a_connection_is_a_uri_or_json() -> None:
    assert parse_connection("postgres://u:p@h:5433/d", "west") == "postgresql+psycopg2://u:p@h:5433/d"
    given = {"conn_type": "postgres", "login": "u", "password": "p/", "host": "h", "port": 5433, "schema": "d"}
    assert parse_connection(json.dumps(given), "west") == "postgresql+psycopg2://u:p%2F@h:5433/d"


@pytest.mark.parametrize("text", ["mysql://u:hidden@h/d", "hidden", '{"conn_type": "http", "password": "hidden"}', "{"])
def test_a_connection_to_something_else_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_connection(text, "west")
    assert "connection west" in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_connection_that_airflow_does_not_have_is_named(airflow_database: None) -> None:
    with pytest.raises(BadInput, match="AIRFLOW_CONN_NORTHEAST"):
        find_url("northeast")


def test_each_placement_has_its_own_ledger_snapshot_and_documents(west: Database) -> None:
    base = load_settings()
    theirs = settings_of(base, "west")
    for own, other in (
        (base.ledger_url, theirs.ledger_url),
        (base.snapshot_path, theirs.snapshot_path),
        (base.data_docs_path, theirs.data_docs_path),
    ):
        assert own != other
    with pytest.raises(BadInput, match="no placement 'east'"):
        settings_of(base, "east")


def test_a_command_works_where_the_account_is(
    west: Database, database: Database, account: int, cli: Cli, records: Path
) -> None:
    code, out, err = cli("load", str(records), "--json")
    assert code == 3, err
    loaded = json.loads(out)
    assert (loaded["read"], loaded["inserted"], loaded["rejected"]) == (6, 5, 1)
    assert (count(database, "tracking.activities"), count(west, "tracking.activities")) == (3, 2)

    as_of = ("--as-of", "2026-03-05T00:00:00Z")
    assert json.loads(cli("due", "9", *as_of, "--json")[1])["activities"] == 2
    code, out, err = cli("run", "9", *as_of, "--json")
    assert code == 0, err
    assert json.loads(out)["stripped_count"] == 2
    assert count(west, "tracking.activities WHERE caller_name IS NULL AND redacted_at IS NOT NULL") == 2
    assert count(database, "tracking.activities WHERE redacted_at IS NOT NULL") == 0
    assert [row["account_id"] for row in json.loads(cli("account", "list", "--json")[1])] == [7, 9]
    assert json.loads(cli("agency", "list", "--json")[1])[0]["accounts"] == 2
    assert json.loads(cli("ledger", "list", "--account", "9", "--json")[1])[0]["kind"] == "redaction"
    assert json.loads(cli("--placement", "default", "ledger", "list", "--json")[1]) == []


def test_what_another_placement_rejects_is_counted_and_named_once(
    west: Database, account: int, cli: Cli, tmp_path: Path
) -> None:
    long = {"email": f"canary@{'x' * 4_000}"}
    base = {"unix_time": 1_772_400_000}
    sent: list[Any] = [
        *({"id": number, "account_id": 5, **base} for number in range(1, 121)),
        {"id": 201, "account_id": 7, **base, **long},
        {"id": 202, "account_id": 9, **base, **long},
        {"id": 203, "account_id": 9, "unix_time": "soon"},
        {"id": 204, "account_id": "9\x00", **base, **long},
        {"id": 205, "account_id": 9, **base, "tag_list": [f"t{number}" for number in range(5_000)]},
        {"id": 206, "account_id": 9, **base, **{f"f{number}": 1 for number in range(5_000)}},
        {"id": 207, "account_id": 9, **base},
    ]
    path = tmp_path / "sent.jsonl"
    path.write_text("\n".join(["no JSON", *map(json.dumps, sent)]))
    for inserted in (1, 0):
        _, out, err = cli("load", str(path), "--json")
        loaded = json.loads(out)
        assert (loaded["read"], loaded["inserted"], loaded["rejected"]) == (128, inserted, 127)
        assert "canary" not in out + err
    # The records that each placement rejects come from the first one, further ones are its own.
    path.write_text("\n".join(["no JSON", *map(json.dumps, sent[118:])]))
    out = cli("load", str(path), "--json")[1]
    named = [(item["line"], item["activity_id"]) for item in json.loads(out)["rejections"]]
    assert sorted(named) == [(1, None), *zip(range(2, 10), (119, 120, *range(201, 207)), strict=True)]
    # The database of the other placement refuses one.
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tracking.activities ADD CHECK (1 / (id - 208) IS NOT NULL) NOT VALID")
    path.write_text(json.dumps({"id": 208, "account_id": 9, **base, "notes": "canary"}))
    loaded = json.loads(cli("load", str(path), "--json")[1])
    assert (loaded["read"], loaded["inserted"], loaded["rejected"]) == (1, 0, 1)
    assert [(item["line"], item["activity_id"]) for item in loaded["rejections"]] == [(1, 208)]


def test_a_second_load_of_what_is_redacted_there_changes_nothing(
    west: Database, account: int, cli: Cli, records: Path
) -> None:
    cli("load", str(records))
    assert cli("run", "9", "--as-of", "2026-03-05T00:00:00Z")[0] == 0
    assert json.loads(cli("load", str(records), "--json")[1])["already_redacted"] == 2
    assert count(west, "tracking.activities WHERE caller_name IS NOT NULL") == 0


def test_what_concerns_all_is_done_at_each(west: Database, database: Database, account: int, cli: Cli) -> None:
    assert cli("pause", "--reason", "audit")[0] == 0
    assert [count(one, "redaction.pauses") for one in (database, west)] == [1, 1]
    assert cli("resume")[0] == 0
    assert cli("agency", "set", "1", "--no-allow")[0] == 0
    assert [count(one, "tracking.agencies WHERE allow_redaction") for one in (database, west)] == [0, 0]


def test_an_id_is_given_once(west: Database, account: int, cli: Cli) -> None:
    code, _, err = cli("--placement", "west", "account", "add", "7", "--agency", "1")
    assert (code, "account 7 is at placement default already" in err) == (2, True)
    assert count(west, "tracking.accounts WHERE id = 7") == 0


def test_a_placement_with_an_older_schema_is_named(west: Database, account: int, cli: Cli) -> None:
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE redaction.alembic_version SET version_num = '0003'")
    code, _, err = cli("due", "9")
    assert (code, "of version 0003" in err and "redaction init" in err) == (2, True)
    assert cli("due", "7")[0] == 0


def test_one_that_is_down_stops_its_own_alone(
    west: Database, account: int, cli: Cli, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sorted(build_accounts(__file__)) == ["redact_account_7", "redact_account_9"]
    monkeypatch.setenv("AIRFLOW_CONN_WEST", NOWHERE)
    monkeypatch.setenv("REDACTION_SNAPSHOT_MAX_AGE_S", "1")
    base = load_settings()
    theirs = base.at("west").snapshot_path
    theirs.write_text(theirs.read_text().replace('"written_at":"2', '"written_at":"1'))
    assert sorted(build_accounts(__file__)) == ["redact_account_7", "redact_account_9"]

    with Placements(base) as placements:
        assert placements.find(7) == "default"
        with pytest.raises(DatabaseBusy, match="west does not"):
            placements.find(9)
        answers, silent = placements.ask(lambda deployment: len(list_accounts(deployment.database)))
    assert (answers, list(silent)) == ({"default": 1}, ["west"])
    assert "secret" not in silent["west"]

    code, out, err = cli("account", "list", "--json")
    assert [row["account_id"] for row in json.loads(out)] == [7]
    assert "placement west" in err
    code, _, err = cli("load", str(records))
    assert (code, "nothing was loaded" in err) == (1, True)
    with Placements(base) as placements:
        assert count(placements.at("default").database, "tracking.activities") == 0


def test_one_whose_connection_is_wrong_stops_its_own_alone(
    west: Database, account: int, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = west.url.set(database="nothing_of_the_tests").render_as_string(hide_password=False)
    monkeypatch.setenv("REDACTION_PLACEMENTS", "east,west")
    monkeypatch.setenv("AIRFLOW_CONN_EAST", wrong)
    monkeypatch.setenv("AIRFLOW_CONN_EAST_OWNER", wrong)
    with Placements(load_settings()) as placements:
        assert placements.find(9) == "west"
        told = "account 5 is at no placement that answers, and placement east: the server has no database of that name"
        with pytest.raises(BadInput, match=told):
            placements.find(5)
    assert cli("due", "9")[0] == 0
    # Its name is printed, and what to do about it.
    code, out, err = cli("init")
    assert (code, "placement default: schema" in out, "placement west: schema" in out) == (2, True, True)
    told = "the server has no database of that name (SQLSTATE 3D000): create it, then run `redaction init`"
    # An operator's own server may print warnings before it.
    said = [line for line in err.splitlines() if not line.startswith("warning: ")]
    assert len(said) == 1
    assert said[0].startswith(f"redaction: placement east: {told}")


def test_a_placement_that_was_never_read_hides_no_dag(
    west: Database, account: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WEST", NOWHERE)
    assert sorted(build_accounts(__file__)) == ["redact_account_7"]
    assert "placement west" in caplog.text


def test_an_account_at_two_placements_has_one_dag(
    west: Database, account: int, caplog: pytest.LogCaptureFixture
) -> None:
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql("DELETE FROM redaction.text_keys")
        connection.exec_driver_sql("UPDATE tracking.accounts SET id = 7")
    dags = build_accounts(__file__)
    assert [dag.get_task("strip").pool for dag in dags.values()] == ["redaction_strips"]
    assert "at placement default and at west" in caplog.text


def test_the_dag_of_an_account_works_there(
    west: Database, database: Database, account: int, cli: Cli, records: Path, airflow_database: None
) -> None:
    cli("load", str(records))
    dag = build_accounts(__file__)["redact_account_9"]
    assert dag.get_task("strip").pool == "redaction_strips_west"
    assert dag.test().state == "success"
    assert count(west, "tracking.activities WHERE redacted_at IS NULL") == 0
    assert count(database, "tracking.activities WHERE redacted_at IS NULL") == 3
    assert count(west, "redaction.runs WHERE state = 'succeeded'") == 1


def test_the_scheduler_makes_a_pool_for_each(west: Database, airflow_database: None) -> None:
    from airflow.models.pool import Pool

    from redaction.airflow.advice import make_pools

    make_pools()
    Pool.create_or_update_pool("redaction_strips_west", 9, "", include_deferred=False)
    make_pools()
    found = {name: Pool.get_pool(name).slots for name in ("redaction_strips", "redaction_strips_west")}
    assert found == {"redaction_strips": 4, "redaction_strips_west": 9}


def test_a_database_is_named_or_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Settings(home=tmp_path)
    monkeypatch.setattr(Offered, "locate", None)
    with pytest.raises(
        BadInput, match=r"^REDACTION_DATABASE_URL is not set: name a PostgreSQL there; nothing was done$"
    ):
        locate_database(alone)
    monkeypatch.setattr(Offered, "locate", lambda settings: Urls("postgresql://a@b/c", str(settings.home)))
    assert locate_database(alone) == Urls("postgresql://a@b/c", str(tmp_path))


def test_of_those_there_are_one_that_is_chosen_is_alone(west: Database, account: int) -> None:
    with Placements(load_settings()) as placements:
        assert [one.placement for one in placements.each(allow_restored=True)] == ["default", "west"]
        assert (placements.of(None).placement, placements.of(account).placement) == ("default", "default")
        assert placements.of(9).placement == "west"
        assert placements.at("west") is placements.at("west"), "opened once"
        assert placements.ask(lambda one: one.placement) == ({"default": "default", "west": "west"}, {})
        with pytest.raises(BadInput, match="is at placement west already"):
            placements.check_free(9, "default")
    with Placements(load_settings(), "west") as placements:
        assert [one.placement for one in placements.each()] == ["west"]
        assert placements.of(account).placement == "west", "for an account that is elsewhere too"
    with Placements(load_settings(), "east") as placements, pytest.raises(BadInput, match="no placement 'east'"):
        placements.of(None)
