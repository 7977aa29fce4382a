"""The pages as Airflow serves them: its own app with the plugin, its own auth manager, people of several roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.evidence.keys import make_key
from redaction.gate.holds import place_hold
from redaction.settings import Settings
from redaction.web import context

Sql = Callable[..., list[dict[str, Any]]]
As = Callable[[str | None], TestClient]
PEOPLE = {"root": "admin", "opal": "op", "ada": "user", "bob": "user", "vera": "viewer"}
"""Name and role: ada administers account 7, bob account 8, vera only reads."""


@pytest.fixture(scope="session")
def airflow_app(airflow_database: None) -> FastAPI:
    """Airflow's app, ours mounted in it by the plugin."""
    from airflow.api_fastapi.app import cached_app

    return cached_app(apps="all")


@pytest.fixture
def served(settings: Settings, database: Database, deployed: None) -> Iterator[None]:
    """The pages on the database of this test."""
    context.get_placements.cache_clear()
    yield
    context.get_placements().close()
    context.get_placements.cache_clear()


@pytest.fixture
def house_of_two(served: None, account: int, sql: Sql) -> int:
    """Accounts 7 and 8, which redact manually too, and their administrators."""
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, name, timezone, auto_redaction, auto_redaction_since)"
        " VALUES (8, 1, 'Law', 'UTC', 'daily', '2026-01-01')"
    )
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada'), (8, 'bob'), (7, 'vera')")
    return account


@pytest.fixture
def as_(airflow_app: FastAPI) -> As:
    """A client that is logged in as a person (None: nobody), by the cookie of Airflow's session."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    def client(name: str | None) -> TestClient:
        made = TestClient(airflow_app, base_url="http://testserver", follow_redirects=False)
        if name is not None:
            user = SimpleAuthManagerUser(username=name, role=PEOPLE[name])
            made.cookies.set("_token", get_auth_manager().generate_jwt(user))
        return made

    return client


@pytest.fixture
def held(house_of_two: int, deployment: Deployment) -> int:
    """A hold on account 7; its id."""
    return place_hold(deployment, 7, "case 4", "eve", activity_ids=[1]).id


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that signs certificates."""
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    context.get_placements.cache_clear()


@pytest.fixture
def spread(house_of_two: int, west: Database) -> Database:
    """Accounts 7 and 8 at the default placement, 9 at `west`, which ada administers."""
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql("INSERT INTO tracking.account_users (account_id, username) VALUES (9, 'ada')")
    context.get_placements.cache_clear()
    return west
