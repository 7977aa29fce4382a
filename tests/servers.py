"""The server of the tests: the embedded one, one of other programs, or a given one; and a migrated template."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from redaction.db.admission import admit_login
from redaction.db.database import Database
from redaction.db.schema import migrate
from redaction.db.urls import DRIVER
from redaction.embedded import server_log, start_embedded, stop_embedded
from redaction.settings import Settings

Server = tuple[str, Path | None]
Administer = Callable[[str], None]

GIVEN = "REDACTION_TEST_SERVER_URL"
"""A given server: its tests run one process at a time, since some inspect it as a whole."""
PROGRAMS = "REDACTION_TEST_SERVER_BIN"
"""The folder of a PostgreSQL's programs: each process of the tests creates and ends a server of them."""
_SHORT = {"fsync": "off", "min_wal_size": "32MB", "max_wal_size": "96MB"}
"""It need not survive the machine; its log is kept short, since the proof by sample reads all of it."""
LOGIN = f"redaction_login_{os.getpid()}"
"""The login of tasks, pages and commands: neither an owner nor a superuser."""


def reached(database: Database) -> str:
    """Return the level that an erasure reaches: no L3 on a server that recycles old segments of its log."""
    with database.engine("owner").connect() as connection:
        recycles = connection.exec_driver_sql("SELECT current_setting('wal_recycle')::boolean").scalar_one()
    return "L2" if recycles else "L3"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The URL of a server for test databases, and its log file if it is the embedded one."""
    given, programs = os.environ.get(GIVEN), os.environ.get(PROGRAMS)
    if given:
        yield make_url(given).set(drivername=DRIVER).render_as_string(hide_password=False), None
        return
    if programs:
        with _made(Path(programs)) as url:
            yield url, None
        return
    data = tmp_path_factory.mktemp("server") / "postgres"
    url = start_embedded(data)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name, value in _SHORT.items():
            connection.exec_driver_sql(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()
    yield url, server_log(data)
    stop_embedded(data)


@contextmanager
def _made(programs: Path) -> Iterator[str]:
    """Create a server of these programs, which do not run as root; yields its URL, and ends it."""
    as_root = os.geteuid() == 0
    # A socket's path may not be long, and pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="server"))
    if as_root:
        shutil.chown(folder, "postgres")

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "--pgdata", str(folder / "data"), *arguments]
        command = ["runuser", "-u", "postgres", "--", *command] if as_root else command
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    run("initdb", "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
    settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "200", **_SHORT}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    run("pg_ctl", "--wait", "--log", str(folder / "log"), "--options", options, "start")
    try:
        yield f"{DRIVER}://postgres@localhost/postgres?host={folder}"
    finally:
        run("pg_ctl", "--wait", "--mode", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def administer(server: Server) -> Iterator[Administer]:
    """Run one statement outside a transaction on the server's own database."""
    engine = sa.create_engine(server[0], isolation_level="AUTOCOMMIT")

    def run(statement: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    yield run
    engine.dispose()


def copy_database(administer: Administer, name: str, template: str) -> None:
    """Create a database as a copy of another, file by file, which takes half as long as by the server's log."""
    administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


@pytest.fixture(scope="session")
def drop_later(administer: Administer, login: str) -> Iterator[Callable[[str], None]]:
    """Drop a database when the next but one is dropped: by then its last sessions have ended. The server waits 100
    ms for those of a database that is dropped at once.
    """
    names: list[str] = []

    def drop(name: str) -> None:
        names.append(name)
        if len(names) > 2:
            administer(f"DROP DATABASE IF EXISTS {names.pop(0)} WITH (FORCE)")

    yield drop
    for name in names:
        administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def database_url(server_url: str, name: str) -> str:
    """The URL of a database as the owner."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def login_url(server_url: str, name: str) -> str:
    """The URL of a database as the login."""
    url = make_url(server_url).set(database=name, username=LOGIN, password="of the tests")
    return url.render_as_string(hide_password=False)


def open_both(server_url: str, name: str, settings: Settings) -> Database:
    """A database with both URLs: the roles act for the login, and the owner is another."""
    return Database(login_url(server_url, name), settings, database_url(server_url, name))


def as_owner(database: Database) -> URL:
    """The URL of a database as its owner, for sessions of the tests."""
    assert database.owner_url is not None
    return database.owner_url


@pytest.fixture(scope="session")
def login(server: Server, administer: Administer) -> Iterator[str]:
    """The name of the login, which is dropped with the tests."""
    yield LOGIN
    if not os.environ.get(GIVEN):
        # The server goes too.
        return
    # Airflow's databases are its own.
    engine = sa.create_engine(server[0])
    with engine.connect() as connection:
        owned = sa.text(
            "SELECT d.datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE r.rolname = :name"
        )
        names = connection.scalars(owned, {"name": LOGIN}).all()
    engine.dispose()
    for name in names:
        administer(f"DROP DATABASE {name} WITH (FORCE)")
    administer(f"DROP ROLE IF EXISTS {LOGIN}")


@pytest.fixture(scope="session")
def template(server: Server, administer: Administer, login: str) -> str:
    """The name of a database that is migrated once and copied for each test."""
    name = f"redaction_template_{os.getpid()}"
    administer(f"DROP DATABASE IF EXISTS {name}")
    administer(f"CREATE DATABASE {name}")
    database = open_both(server[0], name, Settings())
    migrate(database)
    admit_login(database)
    database.close()
    return name


@pytest.fixture(scope="session")
def airflow_template(
    server: Server, administer: Administer, login: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The name of a database of Airflow's, which belongs to the login: migrated once, copied for each stack."""
    from redaction.demo.airflow import AirflowStack

    name = f"airflow_template_{os.getpid()}"
    administer(f"DROP DATABASE IF EXISTS {name}")
    administer(f"CREATE DATABASE {name} OWNER {login}")
    folder = tmp_path_factory.mktemp("airflow_template")
    AirflowStack(folder, login_url(server[0], name), login_url(server[0], "none"), folder).migrate()
    return name
