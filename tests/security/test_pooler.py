"""A real PgBouncer between us and the server: if it drops the role, or mixes sessions, it is refused with the cause."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from redaction.accounts.accounts import list_accounts
from redaction.db.database import Database
from redaction.db.login import Role
from redaction.demo.airflow import free_port
from redaction.errors import LoginRefused
from redaction.settings import Settings
from tests.conftest import as_owner

Cli = Callable[..., tuple[int, str, str]]
ROLES: tuple[Role, ...] = (
    "redaction_loader",
    "redaction_worker",
    "redaction_analyst",
    "redaction_manager",
    "owner",
)


def _pgbouncer() -> str:
    """The program of Debian's package; without it the tests are skipped, unless CI requires it."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if found is None and os.environ.get("REDACTION_REQUIRE_ALL"):
        pytest.fail("PgBouncer is missing, and this run may not do without: `make packages` as root installs it")
    if found is None:
        pytest.skip("PgBouncer is missing: `make packages` as root installs it")
    return found


@contextmanager
def pooler(folder: Path, target: sa.URL, mode: str, ignored: str = "options", **of_database: str) -> Iterator[str]:
    """Run PgBouncer before a database, not as root; yields the URL to connect to instead."""
    port = free_port()
    query = target.query
    where = {
        "host": query.get("host", target.host),
        "port": query.get("port", target.port or 5432),
        "dbname": target.database,
        "user": target.username,
        "password": target.password,
    }
    given = {name: str(value) for name, value in where.items() if value is not None} | of_database
    words = " ".join(f"{name}='{value}'" for name, value in given.items())
    config = folder / "pgbouncer.ini"
    config.write_text(
        "\n".join(
            [
                "[databases]",
                f"pooled = {words}",
                "[pgbouncer]",
                "listen_addr = 127.0.0.1",
                f"listen_port = {port}",
                "unix_socket_dir =",
                "auth_type = any",
                f"pool_mode = {mode}",
                "default_pool_size = 3",
                f"ignore_startup_parameters = extra_float_digits,{ignored}",
            ]
        )
    )
    # It refuses to run as root; the owner of the server's socket may open it.
    command = [_pgbouncer(), str(config)]
    if os.geteuid() == 0:
        host = str(where["host"])
        user = pwd.getpwuid(Path(host).stat().st_uid) if host.startswith("/") else pwd.getpwnam("nobody")
        os.chown(config, user.pw_uid, user.pw_gid)
        for place in (folder, *folder.parents):
            if place != Path("/") and place.stat().st_uid == 0:
                place.chmod(place.stat().st_mode | 0o011)
        command = ["runuser", "-u", user.pw_name, "--", *command]
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "redaction.demo.child", *command], stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        ends = time.monotonic() + 30
        while True:
            assert process.poll() is None, (folder / "pgbouncer.log").read_text()
            assert time.monotonic() < ends
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"postgresql://anybody@127.0.0.1:{port}/pooled"
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_one_that_drops_the_role_is_refused_at_the_first_connection(
    database: Database, settings: Settings, account: int, tmp_path: Path, mode: str
) -> None:
    assert [one.id for one in list_accounts(database)] == [account], "the same login may, without a pooler"
    with pooler(tmp_path, database.url, mode) as url:
        pooled = Database(url, settings)
        for role in ROLES:
            dropped = "dropped the startup options, as PgBouncer does"
            with pytest.raises(LoginRefused, match=dropped) as refused, pooled.transaction(role):
                pytest.fail("nothing may be done in such a session")
            assert "connect to the server itself" in str(refused.value)
        with pytest.raises(LoginRefused, match="PgBouncer"):
            pooled.run_alone("redaction_worker", "switch_wal")
        pooled.close()


def test_it_would_have_acted_with_the_rights_of_the_owner(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """The danger: behind a pooler that logs in as the owner, each of our roles would be the owner."""
    with pooler(tmp_path, as_owner(database), "session") as url:
        engine = sa.create_engine(Database(url, settings).url_as("redaction_analyst"))
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM tracking.activities").scalar_one() == 0
        engine.dispose()
        pooled = Database(url, settings)
        with pytest.raises(LoginRefused, match="dropped the startup options"), pooled.transaction("redaction_analyst"):
            pytest.fail("nothing may be done in such a session")
        pooled.close()


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_one_that_takes_no_options_is_named(database: Database, settings: Settings, tmp_path: Path, mode: str) -> None:
    with pooler(tmp_path, database.url, mode, ignored="search_path") as url:
        pooled = Database(url, settings)
        with pytest.raises(LoginRefused, match="pooler does not take the startup options"):
            list_accounts(pooled)
        pooled.close()


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_one_that_keeps_the_role_and_mixes_sessions_is_refused(
    database: Database, settings: Settings, account: int, tmp_path: Path, mode: str
) -> None:
    kept = f"SET ROLE redaction_worker; SET lock_timeout = {settings.lock_timeout_ms}"
    with pooler(tmp_path, database.url, mode, connect_query=kept) as url:
        # A name of its own is one of the few things that PgBouncer passes to the server.
        pooled = Database(f"{url}?application_name=redaction_worker", settings)
        with pytest.raises(LoginRefused, match="another process of the server answers"):
            list_accounts(pooled)
        pooled.close()


def test_a_command_says_it_in_one_line(
    database: Database, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pooler(tmp_path, database.url, "transaction") as url:
        monkeypatch.setenv("REDACTION_DATABASE_URL", url)
        for command in (["status"], ["account", "list"], ["run", "7"], ["agency", "add", "3"]):
            code, out, err = cli(*command)
            assert (code, out, err.count("\n")) == (1, "", 1)
            assert "PgBouncer" in err
