"""An account moves to another placement: whole, verified, erased at the old one, and continued after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from redaction.control import move
from redaction.control.move import move_account
from redaction.db.database import Database
from redaction.errors import AccountMoving, BadInput, DatabaseBusy, NotAllowed
from redaction.evidence.certificate import certify_run
from redaction.gate.holds import place_hold
from redaction.pipeline.run import begin_run, run_account
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.placements.resolve import deploy, settings_of
from redaction.settings import load_settings
from tests.conftest import ReadyMade

Cli = Callable[..., tuple[int, str, str]]
Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def ask(database: Database, statement: str) -> list[dict[str, Any]]:
    with database.engine("owner").begin() as connection:
        return [dict(row._mapping) for row in connection.exec_driver_sql(statement)]


def rows_of(database: Database) -> list[dict[str, Any]]:
    """Every column of account 7 except the run."""
    return ask(
        database,
        "SELECT to_jsonb(a) - 'redaction_run_id' AS row FROM tracking.activities a WHERE account_id = 7 ORDER BY id",
    )


@pytest.fixture
def full(
    insert: Callable[..., None],
    sql: Sql,
    database: Database,
    deployed: None,
    west: Database,
    cli: Cli,
    ready_made: ReadyMade,
) -> int:
    """Account 7: five redacted activities, four that are not over three weeks, a hold on one and on a contact, an
    administrator, a neighbour (account 8) in the same partitions.
    """
    ready_made("full", lambda: _fill(database, insert, sql, cli))
    return 7


def _fill(database: Database, insert: Callable[..., None], sql: Sql, cli: Cli) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id, name, timezone) VALUES (8, 1, 'Law', 'UTC')")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
    sql("INSERT INTO tracking.integrations (account_id, name, fields) VALUES (7, 'HubSpot', '{email}')")
    sql(
        "INSERT INTO tracking.deliveries (account_id, activity_id, integration_id, external_id)"
        " SELECT account_id, 6, id, 'record-6' FROM tracking.integrations"
    )
    for number in range(1, 6):
        insert(number, called_at=AT)
    assert cli("run", "7", "--as-of", "2026-03-10T00:00:00Z")[0] == 0
    for number in range(6, 10):
        insert(number, called_at=AT + timedelta(days=7 * (number % 3)))
        insert(number, account_id=8, called_at=AT)
    base = load_settings()
    place_hold(deploy(database, base), 7, "case 1", "eve", activity_ids=[6])
    place_hold(deploy(database, base), 7, "case 2", "eve", contact="+12125550143")


def test_the_run_of_a_move_says_where_certificates_are(full: int, database: Database, west: Database) -> None:
    move_account(load_settings(), 7, "west", "eve")
    (ran,) = ask(database, "SELECT id FROM redaction.runs WHERE account_id = 7")
    (run,) = ask(west, "SELECT id FROM redaction.runs WHERE account_id = 7")
    told = f"run {run['id']} of account 7 is its move from placement default, which has redacted nothing"
    with pytest.raises(NotAllowed, match=f"{told}: .*, `redaction --placement default certificate RUN`"):
        certify_run(deploy(west, settings_of(load_settings(), "west")), run["id"])
    assert certify_run(deploy(database, load_settings()), ran["id"]).stripped_count == 5


def test_it_arrives_whole_and_leaves_nothing_behind(
    full: int, database: Database, west: Database, sql: Sql, cli: Cli
) -> None:
    for table, given in (("text_decisions", "'cut', 'ada'"), ("common_names", "20")):
        sql(f"INSERT INTO redaction.{table} VALUES (7, sha256('x'), {given})")
    sql("INSERT INTO tracking.taken_addresses VALUES (7, 1, sha256('x'))")
    before, neighbour = rows_of(database), sql("SELECT count(*) AS n FROM tracking.activities WHERE account_id = 8")
    code, out, err = cli("account", "move", "7", "--to", "west", "--json")
    assert code == 0, err
    done = json.loads(out)
    assert (done["source"], done["target"], done["activities"], done["left"]) == ("default", "west", 9, {})
    assert rows_of(west) == before
    assert rows_of(database) == []
    assert sql("SELECT count(*) AS n FROM tracking.activities WHERE account_id = 8") == neighbour

    users = ask(west, "SELECT username FROM tracking.account_users WHERE account_id = 7")
    assert [row["username"] for row in users] == ["ada"]
    held = ask(west, "SELECT scope FROM redaction.holds WHERE account_id = 7 AND released_at IS NULL ORDER BY id")
    assert [row["scope"] for row in held] == ["activity", "contact"]
    assert ask(west, "SELECT contact_key FROM tracking.held_contacts") == [{"contact_key": "+12125550143"}]
    runs = ask(
        west, "SELECT DISTINCT r.kind FROM tracking.activities a JOIN redaction.runs r ON r.id = a.redaction_run_id"
    )
    assert runs == [{"kind": "move"}]
    for table in ("text_decisions", "common_names"):
        [kept] = ask(west, f"SELECT account_id, digest = sha256('x') AS same FROM redaction.{table}")
        assert kept == {"account_id": 7, "same": True}, table
    assert ask(west, "SELECT digest = sha256('x') AS same FROM tracking.taken_addresses") == [{"same": True}]
    for table in (
        "tracking.taken_addresses",
        "redaction.text_decisions",
        "redaction.common_names",
        "tracking.held_contacts",
        "tracking.account_users",
        "reporting.activity_by_hour",
        "reporting.stale_days",
    ):
        assert sql(f"SELECT count(*) AS n FROM {table} WHERE account_id = 7")[0]["n"] == 0, table
    assert ask(west, "SELECT sum(activities) AS n FROM reporting.activity_by_hour WHERE account_id = 7")[0]["n"] == 9

    for one, kind in ((database, "departure"), (west, "arrival")):
        assert ask(one, f"SELECT count(*) AS n FROM redaction.ledger WHERE kind = '{kind}'")[0]["n"] == 1
    assert cli("ledger", "verify")[0] == 0
    assert cli("--placement", "west", "ledger", "verify")[0] == 0
    # It works there like any other, the holds hold, and its old placement knows it no more.
    assert json.loads(cli("due", "7", "--as-of", "2026-04-10T00:00:00Z", "--json")[1])["held"] == 4
    assert cli("--placement", "default", "due", "7")[0] == 2


MARKS = ("tracking.redacted_at_source", "tracking.future_activities")


@pytest.mark.parametrize("place", [None, "_copy", "_leave"])
def test_what_the_source_has_said_goes_along(
    full: int, database: Database, west: Database, sql: Sql, monkeypatch: pytest.MonkeyPatch, place: str | None
) -> None:
    """Also with a move that is killed in between, which removes what it has copied and copies it again."""
    for table in MARKS:
        sql(f"INSERT INTO {table} SELECT account_id, id, :at FROM tracking.activities WHERE id IN (6, 8)", at=AT)
    before = [sql(f"SELECT * FROM {table} WHERE account_id = 7 ORDER BY activity_id") for table in MARKS]
    assert [len(rows) for rows in before] == [2, 2]
    if place is not None:
        work = getattr(move, place)

        def killed(*given: Any) -> None:
            work(*given)
            raise KeyboardInterrupt

        with monkeypatch.context() as once:
            once.setattr(move, place, killed)
            with pytest.raises(KeyboardInterrupt):
                move_account(load_settings(), 7, "west", "eve")
    move_account(load_settings(), 7, "west", "eve")
    assert [ask(west, f"SELECT * FROM {table} ORDER BY activity_id") for table in MARKS] == before
    for table in MARKS:
        assert sql(f"SELECT DISTINCT account_id AS id FROM {table}") == [{"id": 8}], table


def test_its_files_are_free_of_it(
    full: int, database: Database, west: Database, sql: Sql, insert: Callable[..., None]
) -> None:
    # The neighbour's rows hold other values, so what is found is the moved account's.
    sql("UPDATE tracking.activities SET notes = 'neighbour', tags = NULL WHERE account_id = 8")
    sql("UPDATE tracking.activities SET notes = 'moved-canary-note' WHERE account_id = 7 AND redacted_at IS NULL")
    moved = move_account(load_settings(), 7, "west", "eve")
    assert moved.rewritten
    assert ask(database, "SELECT count(*) AS n FROM redaction.residue")[0]["n"] == 0
    files = ask(
        database,
        "SELECT count(*) AS n FROM redaction.partitions p"
        " CROSS JOIN LATERAL pg_read_binary_file(pg_relation_filepath(format('tracking.%%I', p.leaf_name))) AS f"
        " WHERE position('moved-canary-note'::bytea IN f) > 0",
    )
    assert files[0]["n"] == 0


@pytest.mark.parametrize(
    "place",
    ["_prepare", "_copy", "_copy_week", "_leave", "_arrive", "rebuild_account", "finish_erasure"],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_move_that_is_killed_goes_on(
    full: int, database: Database, west: Database, monkeypatch: pytest.MonkeyPatch, cli: Cli, place: str, when: str
) -> None:
    before, real = rows_of(database), getattr(move, place)

    def killed(*given: Any, **named: Any) -> Any:
        if when == "after":
            real(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(move, place, killed)
        with pytest.raises(KeyboardInterrupt):
            move_account(load_settings(), 7, "west", "eve")
    # Nothing is lost at any point: every activity to move is at one of the two.
    assert before in (rows_of(database), rows_of(west))
    figures = json.loads(cli("status", "--json")[1])["figures"]
    assert any(one["what"] == "unfinished moves" for one in figures)
    code, _, err = cli("account", "move", "7", "--to", "west")
    assert code == 0, err
    assert rows_of(west) == before
    assert ask(west, "SELECT whereabouts FROM tracking.accounts WHERE id = 7") == [{"whereabouts": "here"}]
    assert len(ask(west, "SELECT id FROM redaction.holds WHERE account_id = 7")) == 2
    users = ask(west, "SELECT username FROM tracking.account_users WHERE account_id = 7")
    assert [row["username"] for row in users] == ["ada"]
    assert rows_of(database) == []


def test_nothing_begins_while_it_leaves(
    full: int, database: Database, west: Database, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(move, "_copy", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            move_account(load_settings(), 7, "west", "eve")
    base = load_settings()
    with pytest.raises(AccountMoving):
        begin_run(deploy(database, base), 7, None, "cli")
    with pytest.raises(AccountMoving):
        place_hold(deploy(database, base), 7, "case 3", "eve")
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps({"id": 99, "account_id": 7, "unix_time": int(AT.timestamp())}))
    monkeypatch.setenv("REDACTION_BUSY_RETRIES", "1")
    code, _, err = cli("load", str(path))
    assert (code, "is moving" in err) == (1, True)
    status = json.loads(cli("status", "--json")[1])["figures"]
    assert {(one["what"], one["account_id"]) for one in status} >= {("unfinished moves", 7)}
    assert cli("account", "move", "7", "--to", "west")[0] == 0
    assert cli("load", str(path))[0] == 0
    assert len(rows_of(west)) == 10


def test_a_copy_that_is_another_is_not_kept(
    full: int, database: Database, west: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN NEW.source := 'x'; RETURN NEW; END $$;"
            "CREATE TRIGGER spoil BEFORE INSERT ON tracking.activities FOR EACH ROW EXECUTE FUNCTION spoil()"
        )
    before = rows_of(database)
    with pytest.raises(DatabaseBusy, match="differs from the original"):
        move_account(load_settings(), 7, "west", "eve")
    assert rows_of(database) == before
    assert rows_of(west) == []


def test_what_cannot_be_moved_is_refused(full: int, database: Database, west: Database, sql: Sql, cli: Cli) -> None:
    for words, why in (
        (("7", "--to", "default"), "is at placement default already"),
        (("7", "--to", "east"), "no placement 'east'"),
        (("77", "--to", "west"), "no account 77"),
    ):
        code, _, err = cli("account", "move", *words)
        assert (code, why in err) == (2, True), err
    ask_nothing = "INSERT INTO tracking.accounts (id, agency_id, name) VALUES (7, 1, 'Another') RETURNING id"
    ask(west, ask_nothing)
    with pytest.raises(BadInput, match="rename or remove all but one"):
        move_account(load_settings(), 7, "west", "eve")
    assert sql("SELECT whereabouts FROM tracking.accounts WHERE id = 7") == [{"whereabouts": "here"}]


def test_an_unfinished_run_keeps_it(full: int, database: Database, west: Database, sql: Sql) -> None:
    select_aged(deploy(database, load_settings()), 7, datetime.now(UTC), Request("cli"))
    with pytest.raises(NotAllowed, match="1 runs"):
        move_account(load_settings(), 7, "west", "eve")
    assert sql("SELECT whereabouts FROM tracking.accounts WHERE id = 7") == [{"whereabouts": "here"}]


def test_it_can_come_back(full: int, database: Database, west: Database, cli: Cli) -> None:
    before = rows_of(database)
    for target in ("west", "default", "west"):
        assert cli("account", "move", "7", "--to", target)[0] == 0
    assert rows_of(west) == before
    theirs = settings_of(load_settings(), "west")
    run = run_account(deploy(west, theirs), 7, datetime(2026, 4, 10, tzinfo=UTC))
    assert run["stripped_count"] == 0, "all that is left is held"


def test_its_settings_are_those_it_left_with(full: int, database: Database, west: Database, sql: Sql, cli: Cli) -> None:
    assert cli("account", "call-settings", "7", "main", "--number", "+18005550100", "--caller-id")[0] == 0
    sql("INSERT INTO redaction.watermarks (account_id, complete_before) VALUES (7, '2026-11-01')")
    assert cli("account", "move", "7", "--to", "west")[0] == 0
    ask(west, "UPDATE redaction.watermarks SET complete_before = complete_before + 3 RETURNING account_id")
    assert cli("account", "call-settings", "7", "main", "--number", "+18005550100", "--no-caller-id")[0] == 0
    assert cli("account", "administrator", "7", "ada", "--remove")[0] == 0
    ask(west, "UPDATE tracking.integrations SET fields = '{notes}' WHERE account_id = 7 RETURNING id")
    assert cli("account", "move", "7", "--to", "default")[0] == 0
    assert sql("SELECT caller_id_enabled AS kept FROM tracking.call_settings WHERE account_id = 7") == [{"kept": False}]
    assert sql("SELECT count(*) AS n FROM tracking.account_users WHERE account_id = 7") == [{"n": 0}]
    assert sql("SELECT fields FROM tracking.integrations WHERE account_id = 7") == [{"fields": ["notes"]}]
    assert sql("SELECT complete_before::text AS day FROM redaction.watermarks") == [{"day": "2026-11-04"}]


def test_an_account_on_its_way_says_where_to(full: int, sql: Sql) -> None:
    with pytest.raises(IntegrityError, match="accounts_move_has_an_end"):
        sql("UPDATE tracking.accounts SET whereabouts = 'leaving' WHERE id = 7")


def test_what_wants_two_people_goes_on_wanting_them(full: int, west: Database, sql: Sql) -> None:
    """The agency of the account has the rule of two people here, and not at the other placement."""
    sql("UPDATE tracking.agencies SET needs_approval = true")
    move_account(load_settings(), 7, "west", "eve")
    asked = "SELECT a.needs_approval OR g.needs_approval AS two FROM tracking.accounts a, tracking.agencies g"
    assert ask(west, f"{asked} WHERE a.id = 7 AND g.id = a.agency_id") == [{"two": True}]
