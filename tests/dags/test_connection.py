"""The database as a connection of Airflow, its type on Airflow's form, and the section of Airflow's configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from airflow.models.connection import Connection
from airflow.utils.session import create_session
from sqlalchemy.engine import make_url

from redaction.airflow.config import load_settings
from redaction.airflow.dags import build_accounts
from redaction.airflow.hook import RedactionHook
from redaction.airflow.provider import OPTIONS, get_provider_info
from redaction.db.database import open_database
from redaction.db.schema import check_schema
from redaction.db.urls import parse_connection
from redaction.errors import BadInput
from redaction.placements.resolve import settings_of
from redaction.settings import DEFAULT, Settings
from tests.checkout import ROOT

OTHER = "postgresql://u:p@elsewhere/d"
_FORM = """
from airflow.providers_manager import ProvidersManager
manager = ProvidersManager()
hook = manager.hooks["redaction"]
print(">", hook.hook_name, hook.connection_id_attribute_name)
print(">", manager.field_behaviours["redaction"]["relabeling"])
"""


@pytest.fixture
def stored(
    airflow_database: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    """Keep a URI as the connection `redaction_default` in Airflow's database; the environment names no database."""
    monkeypatch.setenv("REDACTION_HOME", str(settings.home))
    monkeypatch.delenv("REDACTION_DATABASE_URL", raising=False)
    monkeypatch.delenv("REDACTION_OWNER_URL", raising=False)

    def forget() -> None:
        with create_session() as session:
            session.query(Connection).filter(Connection.conn_id == "redaction_default").delete()

    def keep(uri: str) -> None:
        forget()
        with create_session() as session:
            session.add(Connection(conn_id="redaction_default", uri=uri))

    yield keep
    forget()


@pytest.fixture
def uri(settings: Settings) -> str:
    """The deployment of the test, as a connection of our type."""
    assert settings.database_url is not None
    return settings.database_url.get_secret_value().replace("postgresql+psycopg2", "redaction")


def _url() -> str | None:
    found = settings_of(load_settings(), DEFAULT).database_url
    return None if found is None else found.get_secret_value()


def test_the_database_is_a_connection_unless_the_environment_names_one(
    stored: Callable[[str], None], uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _url() is None
    stored(uri)
    assert _url() == uri.replace("redaction:", "postgresql+psycopg2:", 1)
    monkeypatch.setenv("AIRFLOW_CONN_REDACTION_DEFAULT", OTHER)
    assert _url() == "postgresql+psycopg2://u:p@elsewhere/d"
    monkeypatch.setenv("REDACTION_DATABASE_URL", "postgresql://u:p@third/d")
    assert _url() == "postgresql://u:p@third/d"


def test_a_command_finds_it_where_airflow_keeps_it(stored: Callable[[str], None], uri: str, account: int) -> None:
    """In a process of its own: a process outside Airflow gets only the environment's connections from it."""
    stored(uri)
    command = [sys.executable, "-c", "from redaction.cli.main import main; main()", "account", "list"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=dict(os.environ), check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Dental" in done.stdout


def test_an_account_runs_on_the_connection(
    stored: Callable[[str], None], uri: str, account: int, insert: Callable[..., None], sql: Callable[..., Any]
) -> None:
    insert(1)
    stored(uri)
    assert build_accounts("accounts.py")["redact_account_7"].test().state == "success"
    assert sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL") == [{"id": 1}]


@pytest.mark.parametrize(
    ("name", "value", "code", "says"),
    [
        (
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
            "postgresql+psycopg2://u:hidden@127.0.0.1:1/airflow",
            1,
            "could not be asked",
        ),
        ("AIRFLOW__CORE__FERNET_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 2, "cannot read it"),
    ],
)
def test_an_airflow_that_cannot_be_asked_is_not_one_without_the_connection(
    stored: Callable[[str], None], uri: str, account: int, tmp_path: Path, name: str, value: str, code: int, says: str
) -> None:
    """Another database, the embedded one, would be used by mistake."""
    stored(uri.replace("//", "//nobody:secret@") if "@" not in uri else uri.replace("@", ":secret@", 1))
    with create_session() as session:
        session.query(Connection).filter(Connection.conn_id == "redaction_default").update({"is_encrypted": True})
    command = [sys.executable, "-c", "from redaction.cli.main import main; main()", "pause", "--reason", "audit"]
    environment = {**os.environ, "REDACTION_HOME": str(tmp_path / "home"), name: value}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == code
    assert says in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr
    assert not (tmp_path / "home" / "postgres").exists()


def _with_extra(settings: Settings, extra: object) -> Connection:
    """The deployment of the test with its host in the field for it, a folder of a socket as it may be."""
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value())
    return Connection(
        conn_id="redaction_default",
        conn_type="redaction",
        host=str(url.query.get("host", url.host)),
        login=url.username,
        password=url.password,
        schema=url.database,
        port=url.port,
        extra=json.dumps(extra),
    )


@pytest.mark.parametrize(
    "kept", ["in the database of Airflow", "as a URI", "as JSON", "as JSON with its extra as text"]
)
@pytest.mark.parametrize(
    "extra", [{}, {"sslmode": "prefer"}, {"keepalives_idle": 30, "keepalives": True, "passfile": None}]
)
def test_a_socket_and_a_number_are_what_they_are_in_airflow(
    stored: Callable[[str], None],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    kept: str,
    extra: dict[str, object],
) -> None:
    connection = _with_extra(settings, extra)
    if kept.startswith("in"):
        with create_session() as session:
            session.add(connection)
    else:
        fields = connection.to_dict() | ({"extra": connection.extra} if kept.endswith("text") else {})
        given = connection.get_uri() if kept == "as a URI" else json.dumps(fields)
        monkeypatch.setenv("AIRFLOW_CONN_REDACTION_DEFAULT", given)
    database = open_database(settings_of(load_settings(), DEFAULT))
    check_schema(database)
    asked = {name: database.url.query.get(name) for name in extra}
    assert asked == {name: given and {True: "1"}.get(given, str(given)) for name, given in extra.items()}
    database.close()


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"options": {"hidden": 1}}, "connection redaction_default: options of its extra is no plain value"),
        ({"cursor": "dictcursor"}, "connection redaction_default: cursor is no parameter of a PostgreSQL connection"),
        (["hidden"], "connection redaction_default is not one of PostgreSQL"),
    ],
)
def test_an_extra_that_no_postgresql_takes_is_named(extra: object, says: str) -> None:
    fields = {"conn_type": "redaction", "host": "h", "extra": extra}
    for given in (f"redaction://h/d?__extra__={quote(json.dumps(extra))}", json.dumps(fields)):
        with pytest.raises(BadInput, match=f"^{says}") as told:
            parse_connection(given, "redaction_default")
        assert "hidden" not in str(told.value)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("uri", ["generic://u:hidden@h/d", "mysql://u:hidden@h/d"])
def test_a_connection_of_another_type_is_named(stored: Callable[[str], None], uri: str) -> None:
    stored(uri)
    with pytest.raises(BadInput, match="connection redaction_default is of another type than postgres or red") as told:
        _url()
    assert "hidden" not in str(told.value)


def test_the_form_of_airflow_has_the_type_and_tests_it(
    stored: Callable[[str], None], uri: str, settings: Settings
) -> None:
    done = subprocess.run([sys.executable, "-c", _FORM], capture_output=True, text=True, cwd=ROOT, check=True)
    said = [line for line in done.stdout.splitlines() if line.startswith("> ")]
    assert said == ["> Redaction (PostgreSQL) redaction_conn_id", "> {'schema': 'Database'}"]
    stored(uri)
    done_well, what = RedactionHook().test_connection()
    assert (done_well, what[:14]) == (True, "the schema is ")
    assert settings.owner_url is not None
    stored(settings.owner_url.get_secret_value().replace("postgresql+psycopg2", "redaction"))
    done_well, what = RedactionHook().test_connection()
    assert not done_well
    assert "is more than a login" in what


def test_the_section_of_airflow_has_what_the_environment_does_not_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDACTION_DAG_SHARDS", raising=False)
    assert load_settings().dag_shards == 12
    monkeypatch.setenv("AIRFLOW__REDACTION__DAG_SHARDS", "5")
    assert load_settings().dag_shards == 5
    monkeypatch.setenv("REDACTION_DAG_SHARDS", "3")
    assert load_settings().dag_shards == 3
    monkeypatch.setenv("REDACTION_DAG_SHARDS", "5000")
    with pytest.raises(BadInput, match="environment: REDACTION_DAG_SHARDS: Input should be less than or equal to 200"):
        load_settings()
    monkeypatch.delenv("REDACTION_DAG_SHARDS")
    monkeypatch.setenv("AIRFLOW__REDACTION__DAG_SHARDS", "5000")
    with pytest.raises(
        BadInput, match=r"configuration: \[redaction\] dag_shards: Input should be less than or equal to 200"
    ):
        load_settings()
    monkeypatch.setenv("AIRFLOW__REDACTION__DAG_SHARDS", "5")
    monkeypatch.setenv("AIRFLOW__REDACTION__ERASURE_WINDOW_MIN", "soon")
    with pytest.raises(BadInput, match=r"Airflow's configuration: \[redaction\] erasure_window_min: "):
        load_settings()


def test_what_airflow_shows_of_the_section_are_the_settings() -> None:
    options = get_provider_info()["config"]["redaction"]["options"]
    assert {name: option["default"] for name, option in options.items()} == {
        name: str(Settings.model_fields[name].default) for name in OPTIONS
    }
