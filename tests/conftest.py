"""A real PostgreSQL for every test that asks: the embedded one, or the server in REDACTION_TEST_SERVER_URL."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

# Airflow reads its configuration when it is first imported, so it is told before any test module is.
_AIRFLOW = tempfile.TemporaryDirectory(prefix="redaction-airflow-")
os.environ["AIRFLOW_HOME"] = _AIRFLOW.name
os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{_AIRFLOW.name}/airflow.db"
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = f"{_AIRFLOW.name}/plugins"
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(__file__).parents[1] / "dags")
for _name in ("REDACTION_DATABASE_URL", "REDACTION_OWNER_URL", "REDACTION_HOME"):
    os.environ.pop(_name, None)

from redaction.cli.main import main
from redaction.database import DRIVER, Database, migrate, open_database
from redaction.embedded import server_log, start_embedded, stop_embedded
from redaction.login import admit_login
from redaction.settings import Settings
from tests.objects_of import World

_numbers = itertools.count(1)


# Files that take long, one or two of which start a stack of Airflow at the same time, and none of which is the last.
_FIRST = (
    "compose/test_cluster.py",
    "compose/test_compose.py",
    "test_move.py",
    "evidence/test_replay.py",
    "stack/test_leaks.py",
    "evidence/test_ledger.py",
    "erasure/test_statistics.py",
    "browser/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that all processes end at about the same time."""

    def rank(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((place for place, part in enumerate(_FIRST) if f"/tests/{part}" in path), len(_FIRST))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path | None]]:
    """The URL of a server where databases may be made, and its log file if it is ours."""
    given = os.environ.get("REDACTION_TEST_SERVER_URL")
    if given:
        yield make_url(given).set(drivername=DRIVER).render_as_string(hide_password=False), None
        return
    data = tmp_path_factory.mktemp("server") / "postgres"
    url = start_embedded(data)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # It need not outlive the machine; its log is kept short, since the proof by sample reads it to the end.
        for setting in ("fsync = off", "min_wal_size = '32MB'", "max_wal_size = '96MB'"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting}")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()
    yield url, server_log(data)
    stop_embedded(data)


@pytest.fixture(scope="session")
def administer(server: tuple[str, Path | None]) -> Iterator[Callable[[str], None]]:
    """Run one statement outside a transaction on the server's own database."""
    engine = sa.create_engine(server[0], isolation_level="AUTOCOMMIT")

    def run(statement: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    yield run
    engine.dispose()


def database_url(server_url: str, name: str) -> str:
    """The URL of a database as the owner."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


LOGIN = f"redaction_login_{os.getpid()}"
"""What tasks, pages and commands log in as: neither an owner nor a superuser."""


def login_url(server_url: str, name: str) -> str:
    """The URL of a database as the login."""
    url = make_url(server_url).set(database=name, username=LOGIN, password="of the tests")
    return url.render_as_string(hide_password=False)


def open_both(server_url: str, name: str, settings: Settings) -> Database:
    """A database as both: the roles act for the login, and the owner is another."""
    return Database(login_url(server_url, name), settings, database_url(server_url, name))


def as_owner(database: Database) -> URL:
    """The URL of a database as its owner, for sessions of the tests' own."""
    assert database.owner_url is not None
    return database.owner_url


@pytest.fixture(scope="session")
def login(server: tuple[str, Path | None], administer: Callable[[str], None]) -> Iterator[str]:
    """The name of the login, which goes with the tests."""
    yield LOGIN
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
def template(server: tuple[str, Path | None], administer: Callable[[str], None], login: str) -> str:
    """The name of a database that is migrated once and copied for each test."""
    name = f"redaction_template_{os.getpid()}"
    administer(f"DROP DATABASE IF EXISTS {name}")
    administer(f"CREATE DATABASE {name}")
    database = open_both(server[0], name, Settings())
    migrate(database)
    admit_login(database)
    database.close()
    return name


@pytest.fixture
def settings(
    tmp_path: Path, server: tuple[str, Path | None], administer: Callable[[str], None], template: str
) -> Iterator[Settings]:
    """Settings of a deployment of its own: an empty, migrated database and a home folder."""
    name = f"redaction_test_{os.getpid()}_{next(_numbers)}"
    administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    urls = {"database_url": login_url(server[0], name), "owner_url": database_url(server[0], name)}
    yield Settings(**urls, home=tmp_path / "home")
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = open_database(settings)
    yield opened
    opened.close()


ReadyMade = Callable[[str, Callable[[], None]], None]


@pytest.fixture(scope="session")
def made(administer: Callable[[str], None]) -> Iterator[dict[str, Path]]:
    """The deployments that are kept for further tests: the name of each database, and a copy of its home folder."""
    kept: dict[str, Path] = {}
    yield kept
    for name in kept:
        administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def ready_made(
    request: pytest.FixtureRequest,
    settings: Settings,
    database: Database,
    administer: Callable[[str], None],
    made: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> ReadyMade:
    """Build what a test begins with, by a name and what builds it upon `account`, or copy it if one before has."""

    def provide(name: str, build: Callable[[], None]) -> None:
        stored, ours = f"redaction_made_{os.getpid()}_{name}", database.url.database
        if stored not in made:
            request.getfixturevalue("account")
            build()
            database.close()
            # Great Expectations keeps connections of its own for a while.
            administer(f"SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = '{ours}'")
            administer(f"CREATE DATABASE {stored} TEMPLATE {ours}")
            made[stored] = tmp_path_factory.mktemp(name) / "home"
            shutil.copytree(settings.home, made[stored])
            return
        database.close()
        administer(f"DROP DATABASE {ours} WITH (FORCE)")
        administer(f"CREATE DATABASE {ours} TEMPLATE {stored}")
        shutil.copytree(made[stored], settings.home, dirs_exist_ok=True)

    return provide


@pytest.fixture
def sql(database: Database) -> Callable[..., list[dict[str, Any]]]:
    """Run any SQL as the owner; returns rows as dictionaries."""

    def run(statement: str, **values: Any) -> list[dict[str, Any]]:
        with database.engine("owner").begin() as connection:
            result = connection.execute(sa.text(statement), values)
            return [dict(row._mapping) for row in result] if result.returns_rows else []

    return run


EMPTY = "SET LOCAL session_replication_role = replica; TRUNCATE tracking.activities, tracking.activity_identity"
"""Removes every activity, redacted ones too, which the triggers of the database refuse to anybody."""


@pytest.fixture
def account(sql: Callable[..., list[dict[str, Any]]]) -> int:
    """An account of an agency that allows redaction: daily, New York, since 2026-01-01. Returns its id."""
    sql("INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (1, 'North', true)")
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, name, timezone, auto_redaction, auto_redaction_since)"
        " VALUES (7, 1, 'Dental', 'America/New_York', 'daily', '2026-01-01')"
    )
    return 7


PERSONAL_VALUES = {
    "caller_name": "Zoë Canary",
    "caller_number": "+12125550143",
    "caller_numbers": '{"alternative_number": "+12125550144"}',
    "contact_key": "+12125550143",
    "contact_keys": ["+12125550143", "canary@example.com"],
    "caller_id": "CANARY ZOE",
    "transcription": "canary said hello",
    "transcription_details": '{"summary": "canary summary"}',
    "message": '{"body": "canary message"}',
    "custom_fields": '{"policy": "canary-policy"}',
    "notes": "canary note",
    "emails": ["canary@example.com"],
    "visitor": '{"visitor_sid": "canary-visitor", "visitor_ip": "192.0.2.7"}',
    "tags": ["canary-tag"],
    "form": '{"name": "canary form"}',
    "enhanced_caller_id": '{"city": "Canaryville"}',
    "unlisted": '{"duration": 12}',
}


@pytest.fixture
def insert(sql: Callable[..., list[dict[str, Any]]]) -> Callable[..., None]:
    """Insert one activity full of personal values; keyword arguments override single columns."""

    def run(activity_id: int, account_id: int = 7, called_at: datetime | None = None, **columns: Any) -> None:
        row: dict[str, Any] = {
            "id": activity_id,
            "account_id": account_id,
            "kind": "call",
            "called_at": called_at or datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
            "status": "answered",
            "tracking_number": "+18005550100",
            "tracking_label": "Main line",
            "source": "Google Ads",
            "source_id": 3,
            "call_path": '[{"route_name": "Front desk", "route_type": "queue"}]',
            **PERSONAL_VALUES,
            **columns,
        }
        names = ", ".join(row)
        sql("SELECT tracking.ensure_partition(:at)", at=row["called_at"])
        sql(f"INSERT INTO tracking.activities ({names}) VALUES ({', '.join(':' + name for name in row)})", **row)

    return run


@pytest.fixture
def world(database: Database, settings: Settings, sql: Callable[..., list[dict[str, Any]]], tmp_path: Path) -> World:
    """Agencies 1 and 2, and a folder for the files of stores."""
    return World(database, settings, sql, tmp_path / "recordings")


@pytest.fixture
def deployed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names this deployment, as tasks and commands read it."""
    assert settings.database_url is not None
    assert settings.owner_url is not None
    monkeypatch.setenv("REDACTION_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("REDACTION_OWNER_URL", settings.owner_url.get_secret_value())
    monkeypatch.setenv("REDACTION_HOME", str(settings.home))


@pytest.fixture
def cli(
    deployed: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process, through the very entry point; returns (exit code, stdout, stderr)."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["redaction", *words])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Migrate the metadata database that `tests/conftest.py` has pointed Airflow at."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True, env=os.environ)


@pytest.fixture
def west(
    deployed: None,
    server: tuple[str, Path | None],
    administer: Callable[[str], None],
    template: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Database]:
    """A second placement, `west`, with agency 1 and account 9 of it, that redacts daily."""
    name = f"redaction_west_{os.getpid()}_{next(_numbers)}"
    administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    monkeypatch.setenv("REDACTION_PLACEMENTS", "west")
    monkeypatch.setenv("AIRFLOW_CONN_WEST", login_url(server[0], name))
    monkeypatch.setenv("AIRFLOW_CONN_WEST_OWNER", database_url(server[0], name))
    database = open_both(server[0], name, settings)
    with database.engine("owner").begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (1, 'North', true);"
            "INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since)"
            " VALUES (9, 1, 'Western', 'daily', '2026-01-01')"
        )
    yield database
    database.close()
    administer(f"DROP DATABASE {name} WITH (FORCE)")
