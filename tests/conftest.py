"""A real PostgreSQL, a deployment and the entry points, for every test that asks."""

from __future__ import annotations

import fcntl
import gc
import itertools
import os
import secrets
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa

from redaction.deployment import Deployment
from redaction.placements.resolve import deploy
from tests.in_memory import use_memory

use_memory()
# The time of an example depends only on the machine.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")
# Imported modules stay: searching them for garbage takes a fifth of the time.
gc.disable()
# Airflow reads its configuration at its first import, so it is set before any test module is imported.
_AIRFLOW = tempfile.TemporaryDirectory(prefix="redaction-airflow-")
os.environ["AIRFLOW_HOME"] = _AIRFLOW.name
os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{_AIRFLOW.name}/airflow.db"
# As long as its signature; Airflow's own default is shorter, and each signature would warn of it.
os.environ["AIRFLOW__API_AUTH__JWT_SECRET"] = secrets.token_hex(64)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = f"{_AIRFLOW.name}/plugins"
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(__file__).parents[1] / "dags")
for _name in ("REDACTION_DATABASE_URL", "REDACTION_OWNER_URL", "REDACTION_HOME"):
    os.environ.pop(_name, None)

from redaction.cli.main import main
from redaction.db.database import Database, open_database
from redaction.settings import Settings
from tests.objects_of import World
from tests.order import (
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_runtest_teardown,
    pytest_xdist_make_scheduler,
)
from tests.ready_made import ReadyMade, made, ready_made
from tests.servers import (
    LOGIN,
    Administer,
    Server,
    administer,
    airflow_template,
    as_owner,
    copy_database,
    database_url,
    drop_later,
    login,
    login_url,
    open_both,
    server,
    template,
)

__all__ = [
    "LOGIN",
    "ReadyMade",
    "administer",
    "airflow_template",
    "as_owner",
    "database_url",
    "drop_later",
    "login",
    "login_url",
    "made",
    "open_both",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_runtest_teardown",
    "pytest_xdist_make_scheduler",
    "ready_made",
    "server",
    "template",
]

_numbers = itertools.count(1)


@pytest.fixture
def settings(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    server: Server,
    administer: Administer,
    drop_later: Callable[[str], None],
    template: str,
) -> Iterator[Settings]:
    """Settings of a deployment: an empty, migrated database and a home folder.

    For a test with `ready_made` it exists only after that has provided it.
    """
    name = f"redaction_test_{os.getpid()}_{next(_numbers)}"
    if "ready_made" not in request.fixturenames:
        copy_database(administer, name, template)
    urls = {"database_url": login_url(server[0], name), "owner_url": database_url(server[0], name)}
    yield Settings(**urls, home=tmp_path / "home")
    drop_later(name)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = open_database(settings)
    yield opened
    opened.close()


@pytest.fixture
def deployment(database: Database, settings: Settings) -> Deployment:
    """The argument of the functions: that database with those settings."""
    return deploy(database, settings)


@pytest.fixture
def sql(database: Database) -> Callable[..., list[dict[str, Any]]]:
    """Run any SQL as the owner; returns rows as dictionaries."""

    def run(statement: str, **values: Any) -> list[dict[str, Any]]:
        with database.engine("owner").begin() as connection:
            result = connection.execute(sa.text(statement), values)
            return [dict(row._mapping) for row in result] if result.returns_rows else []

    return run


EMPTY = "SET LOCAL session_replication_role = replica; TRUNCATE tracking.activities, tracking.activity_identity"
"""Removes every activity, redacted ones too, which the triggers of the database refuse to everybody."""


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
    """Insert one activity full of personal values; keyword arguments replace single columns."""

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
def world(deployment: Deployment, sql: Callable[..., list[dict[str, Any]]], tmp_path: Path) -> World:
    """Agencies 1 and 2, and a folder for the files of stores."""
    return World(deployment, sql, tmp_path / "recordings")


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
    """Run a command in this process, through its entry point; returns (exit code, stdout, stderr)."""

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
def airflow_database(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Airflow's metadata database: migrated by the first process that asks, copied by the others."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    ours, made = Path(_AIRFLOW.name) / "airflow.db", shared / "airflow.db"
    with (shared / "airflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made.exists():
            # Not its file: a process that has searched for a connection has this one open.
            with sqlite3.connect(made) as there, sqlite3.connect(ours) as here:
                there.backup(here)
            return
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(command, check=True, capture_output=True, env=os.environ)
        half = made.with_suffix(".half")
        # Parts that are not in the file yet must be copied too.
        with sqlite3.connect(ours) as there, sqlite3.connect(half) as here:
            there.backup(here)
        half.rename(made)


@pytest.fixture
def west(
    deployed: None,
    server: Server,
    administer: Administer,
    drop_later: Callable[[str], None],
    template: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Database]:
    """A second placement, `west`, with its account 9 of agency 1, which redacts daily."""
    name = f"redaction_west_{os.getpid()}_{next(_numbers)}"
    copy_database(administer, name, template)
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
    drop_later(name)
