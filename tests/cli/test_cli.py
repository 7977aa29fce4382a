"""The command line, as people and machines use it: exit codes of real processes, one line an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from redaction.cli.lazy import LazyGroup
from redaction.cli.main import app, get_command
from redaction.cli.output import show
from redaction.db.database import Database
from redaction.settings import Settings
from tests.checkout import ROOT
from tests.conftest import database_url, login_url

Run = Callable[..., Any]


def test_the_whole_job_without_airflow(cli: Run, tmp_path: Path) -> None:
    assert cli("init")[0] == 0
    assert cli("agency", "add", "1", "--name", "North", "--allow")[0] == 0
    added = cli(
        "account",
        "add",
        "7",
        "--agency",
        "1",
        "--timezone",
        "America/New_York",
        "--auto",
        "30",
        "--since",
        "2026-01-01",
    )
    assert added[0] == 0
    records = tmp_path / "x.jsonl"
    at = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp())
    records.write_text(
        "\n".join(json.dumps({"id": n, "account_id": 7, "unix_time": at + n, "name": "Zoë"}) for n in range(5))
    )
    loaded = json.loads(cli("load", str(records), "--json")[1])
    assert loaded["inserted"] == 5

    as_of = "2026-03-05T00:00:00Z"
    due = json.loads(cli("due", "7", "--as-of", as_of, "--json")[1])
    assert (due["activities"], due["by_kind"], due["cutoff"]) == (5, {"call": 5}, "2026-03-02T05:00:00+00:00")
    assert json.loads(cli("due", "7", "--as-of", as_of, "--json")[1]) == due
    assert cli("due", "7", "--as-of", as_of)[1].startswith("Account 7: Every 30 days (New York)")
    listed = json.loads(cli("account", "list", "--json")[1])
    assert listed[0]["due"] == 5
    assert listed[0]["late"] is True

    code, out, err = cli("run", "7", "--as-of", as_of, "--json")
    assert code == 0, err
    record = json.loads(out)
    assert (record["state"], record["stripped_count"], record["cutoff"]) == ("succeeded", 5, due["cutoff"])
    assert set(record["seconds"]) == {"select", "strip", "objects", "validate", "reports"}
    assert json.loads(cli("due", "7", "--as-of", as_of, "--json")[1])["activities"] == 0
    assert json.loads(cli("account", "list", "--json")[1])[0]["late"] is False
    assert cli("reports", "7")[0] == 0
    assert "Zoë" not in cli("account", "show", "7")[1]


def test_tables_for_people(cli: Run) -> None:
    cli("agency", "add", "1", "--allow")
    cli("account", "add", "1001", "--agency", "1", "--auto", "daily")
    for words, expected in (
        (("account", "list"), "1001"),
        (("agency", "list"), "allow redaction"),
        (("due", "1001"), "cutoff"),
        (("run", "1001"), "nothing is due of account 1001"),
        (("catalog", "show"), "| `caller_name` | personal | caller name |"),
        (("expectations", "--check"), "are those of the catalog"),
        (("account", "snapshot"), "accounts: 1"),
    ):
        code, out, err = cli(*words)
        assert code == 0, err
        assert expected in out, words


def test_residue_is_shown_erased_and_verified(
    cli: Run, sql: Callable[..., Any], account: int, insert: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(1)
    # What was never counted is in no file of the reports.
    assert json.loads(cli("reports", "--json")[1]) == {"7": {"days": 1, "rows": 8}}
    assert json.loads(cli("reports", "--json")[1]) == {}
    code, out, err = cli("run", "7", "--json")
    assert code == 0, err
    run_id = str(json.loads(out)["id"])
    code, out, _ = cli("verify", "--run", run_id, "--json")
    assert code == 1
    proofs = [(proof["partition_name"], proof["files"]) for proof in json.loads(out)]
    assert proofs == [("activities_20260302", "residue"), ("reporting.tags", "residue")]
    shown = cli("verify", "--account", "7")[1]
    assert "older than the removal" in shown
    assert "activities from 2 Mar 2026" in shown
    assert "activities_2" not in shown

    with monkeypatch.context() as small:
        small.setenv("REDACTION_REWRITE_MOST_BYTES", "1")
        code, out, _ = cli("erase-residue", "--json")
    assert code == 1
    assert "REDACTION_REWRITE_MOST_BYTES" in json.loads(out)["left"]["activities_20260302"]

    code, out, err = cli("erase-residue")
    assert code == 0, err
    assert "activities from 2 Mar 2026 ..." in out
    assert "activities_2" not in out
    assert json.loads(cli("erase-residue", "--json")[1])["rewritten"] == []
    code, out, _ = cli("verify", "--all", "--json")
    proofs = json.loads(out)
    assert [proof["files"] for proof in proofs] == ["clean", "clean"]
    assert code == (0 if all(proof["wal"] == "clean" for proof in proofs) else 1)
    assert cli("verify", "--account", "8")[0] == 0


def test_partitions_are_made_by_hand(cli: Run, sql: Callable[..., Any]) -> None:
    span = ("partitions", "ensure", "--from", "2026-03-02", "--to", "2026-03-15")
    assert json.loads(cli(*span, "--json")[1]) == {"made": 2}
    assert "0 partitions made" in cli(*span)[1]
    made = sql("SELECT partition_name AS name FROM redaction.partitions WHERE NOT is_default ORDER BY 1")
    assert [row["name"] for row in made] == ["activities_20260302", "activities_20260309"]


def test_an_unpartitioned_table_is_brought_over(
    cli: Run,
    server: tuple[str, Path | None],
    settings: Settings,
    administer: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"redaction_cli_before_{os.getpid()}"
    administer(f"CREATE DATABASE {name}")
    url = database_url(server[0], name)
    monkeypatch.setenv("REDACTION_DATABASE_URL", login_url(server[0], name))
    monkeypatch.setenv("REDACTION_OWNER_URL", url)
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE SCHEMA tracking; CREATE TABLE tracking.activities"
                " (id bigint, account_id bigint, kind text, called_at timestamptz, notes text);"
                " INSERT INTO tracking.activities VALUES (1, 7, 'call', '2026-03-02', 'a'), (2, 7, 'text', now(), 'b')"
            )
        assert cli("init", "--check") == (
            1,
            "placement default: the schema (none) would be upgraded by `redaction init`\n",
            "",
        )
        code, _, err = cli("init")
        assert (code, err.count("\n")) == (2, 1)
        assert "accounts that are not there: 7" in err
        cli("agency", "add", "1", "--allow")
        cli("account", "add", "7", "--agency", "1", "--auto", "30")
        code, _, err = cli("due", "7")
        assert code == 2
        assert "still holds 2 activities: run `redaction init`" in err
        assert "brought over from the table of before: 2 activities" in cli("init")[1]
        assert json.loads(cli("init", "--json")[1])["adopted"] == 0
        code, out, _ = cli("init", "--check", "--json")
        assert (code, json.loads(out)) == (0, {"default": {"older": False, "other_functions": False}})
        assert cli("run", "7")[0] == 0
    finally:
        engine.dispose()
        administer(f"DROP DATABASE {name} WITH (FORCE)")


def test_who_received_personal_fields_is_said_when_redaction_is_turned_on(cli: Run) -> None:
    cli("agency", "add", "1", "--allow")
    cli("account", "add", "7", "--agency", "1")
    cli("account", "exposure", "7", "integration", "Salesforce", "--field", "email")
    _, out, _ = cli("account", "set", "7", "--auto", "30")
    assert "Salesforce" in out
    assert "email" in out


def test_a_cutoff_in_the_future_changes_nothing(
    cli: Run, sql: Callable[..., Any], account: int, insert: Callable[..., None]
) -> None:
    insert(1, called_at=datetime.now(UTC))
    code, _, err = cli("run", "7", "--as-of", "2099-01-01")
    assert code == 2
    assert "lies in the future" in err
    assert sql("SELECT redacted_at FROM tracking.activities") == [{"redacted_at": None}]
    assert sql("SELECT id FROM redaction.runs") == []


def test_a_killed_run_is_completed_by_the_next(cli: Run, sql: Callable[..., Any], account: int, insert: Run) -> None:
    insert(1)
    sql("ALTER TABLE tracking.activities ADD CONSTRAINT zz CHECK (redacted_at IS NULL)")
    assert cli("run", "7")[0] == 1
    sql("ALTER TABLE tracking.activities DROP CONSTRAINT zz")
    assert cli("run", "7")[0] == 0
    assert sql("SELECT state, stripped_count AS n FROM redaction.runs ORDER BY id") == [
        {"state": "succeeded", "n": 1},
        {"state": "nothing_due", "n": 0},
    ]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("due", "99"), 2, "no account 99"),
        (("run", "99"), 2, "no account 99"),
        (("run", "7", "--as-of", "yesterday"), 2, "--as-of"),
        (("run", "7", "--as-of", "0001-01-01"), 2, "no run is due in the year 1"),
        (("due", "7", "--as-of", "9999-12-31T23:59:59Z"), 2, "no run is due in the year 9999"),
        (("account", "set", "7", "--timezone", "Mars/Olympus"), 2, "Mars/Olympus"),
        (("account", "set", "7", "--auto", "45"), 2, "daily, 30, 60, 90"),
        (("account", "set", "7", "--mode", "maybe"), 2, "every, rolling"),
        (("account", "set", "7", "--since", "soon"), 2, "--since"),
        (("load", "/nowhere/at/all"), 2, "no such file"),
        (("agency", "set", "9", "--allow"), 2, "no agency 9"),
        (("agency", "set", "1", "--plan", "standard"), 1, "cannot allow redaction"),
        (("verify",), 2, "say one of --run ID, --account ID, --all"),
        (("verify", "--run", "1", "--all"), 2, "say one of"),
        (("partitions", "ensure", "--from", "2026-03-02", "--to", "2026-03-01"), 2, "goes forward"),
        (("partitions", "ensure", "--from", "soon", "--to", "2026-03-01"), 2, "--from and --to"),
        (("down",), 2, "no stack is up"),
        (("demo",), 2, "unset REDACTION_DATABASE_URL"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    cli: Run, account: int, words: tuple[str, ...], code: int, says: str
) -> None:
    ended, _, err = cli(*words)
    assert ended == code
    assert says in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("url", "says"),
    [("postgresql://nobody@127.0.0.1:1/none", "check that it runs"), ("mysql://x", "must begin with postgresql://")],
)
def test_a_database_that_is_not_there(url: str, says: str, tmp_path: Path) -> None:
    environment = {**os.environ, "REDACTION_DATABASE_URL": url, "REDACTION_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", "from redaction.cli.main import main; main()", "account", "list"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
    )
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_schema_version_is_said(cli: Run, sql: Callable[..., Any], account: int) -> None:
    sql("UPDATE redaction.alembic_version SET version_num = '0001'")
    code, _, err = cli("due", "7")
    assert code == 2
    assert "redaction init" in err


def test_the_embedded_server_serves_the_command_line(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "REDACTION_DATABASE_URL"}
    environment["REDACTION_HOME"] = str(tmp_path / "home")
    for expected in ("none -> ", "is there already"):
        done = subprocess.run(
            [sys.executable, "-c", "from redaction.cli.main import main; main()", "init"],
            capture_output=True,
            text=True,
            env=environment,
            cwd=ROOT,
            check=True,
        )
        assert expected in done.stdout
    assert not (tmp_path / "home" / "postgres" / "postmaster.pid").exists()


def test_every_command_has_a_help_line() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    commands = get_command().commands
    assert len(commands) > 30
    assert [name for name, command in commands.items() if not command.help] == []


def test_the_version_is_that_of_the_installed_package(cli: Run) -> None:
    code, out, err = cli("--version")
    assert (code, out.strip(), err) == (0, f"redaction {version('redaction')}", "")


BIG = "99999999999999999999"


@pytest.mark.parametrize(
    "words",
    [
        ("object", "list", "--run", BIG),
        ("object", "done", BIG, "--place", "x"),
        ("object", "give-up", BIG, "--reason", "x"),
        ("verify", "--run", BIG),
        ("resume", "--account", BIG),
        ("account", "add", BIG, "--agency", "1"),
        ("account", "add", "8", "--agency", BIG),
        ("agency", "add", BIG),
        ("downstream", "done", BIG),
        ("downstream", "done", "1", "--integration", BIG),
        ("ledger", "list", "--account", BIG),
        ("hold", "release", BIG),
        ("hold", "add", "--account", "7", "--activity", BIG, "--reason", "x"),
        ("activity", BIG, "--account", "7", "--reason", "x"),
        ("store", "list", "--account", BIG),
        ("reports", BIG),
    ],
    ids=" ".join,
)
def test_an_id_that_none_can_have_is_one_line(
    cli: Run, database: Database, account: int, words: tuple[str, ...]
) -> None:
    code, out, err = cli(*words)
    assert (code, out) == (2, "")
    assert err == "redaction: there is no id above 9223372036854775807: nothing was done\n"


@pytest.mark.parametrize(
    "words",
    [
        ("reports", "99"),
        ("resume", "--account", "99"),
        ("object", "list", "--account", "99"),
        ("store", "list", "--account", "99"),
    ],
    ids=" ".join,
)
def test_an_account_that_is_not_there_is_an_error(
    cli: Run, database: Database, account: int, words: tuple[str, ...]
) -> None:
    code, out, err = cli(*words)
    assert (code, out) == (2, "")
    assert "there is no account 99" in err


@pytest.mark.parametrize("more", [(), ("--json",)])
@pytest.mark.parametrize("text", ["<html>error</html>", '{"status": "error", "message": "no"}'])
def test_a_load_of_nothing_but_rejections_fails(
    cli: Run, database: Database, account: int, tmp_path: Path, text: str, more: tuple[str, ...]
) -> None:
    (tmp_path / "x.json").write_text(text)
    code, out, _ = cli("load", str(tmp_path / "x.json"), *more)
    assert (code, "rejected" in out) == (1, True)
    (tmp_path / "x.json").write_text(f'{{"id": 1, "account_id": 7, "unix_time": 1767225600}}\n{text}\n')
    assert cli("load", str(tmp_path / "x.json"), *more)[0] == 3
    # What exists already is stored.
    assert cli("load", str(tmp_path / "x.json"), *more)[0] == 3


def test_a_load_of_other_streams_or_of_nothing_is_no_failure(
    cli: Run, database: Database, account: int, tmp_path: Path
) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"type": "RECORD", "stream": "users", "record": {"id": 1, "email": "canary@x.example"}}\n')
    code, out, err = cli("load", str(path))
    assert (code, "all records are of other streams" in err) == (0, True)
    assert "canary" not in out + err
    for text in ("", '{"calls": []}', '{"calls": [{"id": 1, "account_id": 7, "unix_time": 1767225600}]}'):
        path.write_text(text)
        code, _, err = cli("load", str(path))
        assert (code, err) == (0, "")


def test_the_steps_of_a_migration_are_no_lines_where_airflow_has_its_logging_on(
    cli: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert cli("init")[0] == 0
    assert [record.message for record in caplog.records if record.name.startswith(("alembic", "redaction"))] == []


def test_a_list_without_rows_says_so(cli: Run) -> None:
    assert cli("hold", "list") == (0, "Holds: none\n", "")
    assert cli("runs") == (0, "Runs: none\n", "")


def test_values_are_shown_as_a_person_reads_them() -> None:
    assert show([3, "a"]) == "3, a"
    assert show(()) == "-"
    assert show({"runs": [3], "digests": ["b6be", "c7"]}) == "3 runs, b6be, c7 digests"
    assert show("2026-11-30T10:01:44.550812+00:00") == "2026-11-30 10:01 UTC"
    assert show("2026-11-30") == "2026-11-30"
    assert show(4_711) == "4,711"


def test_an_error_whose_message_is_fixed_is_shown_as_it_is(
    cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fixed(Exception):
        message = property(lambda self: "212-555-0143")

    def fail(*_: object) -> None:
        raise Fixed

    monkeypatch.setattr(LazyGroup, "invoke", fail)
    with pytest.raises(Fixed):
        cli("status")
