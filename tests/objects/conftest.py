"""Settings without a database, and stores for a test."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Protocol

import pytest

from redaction.objects.stores import Mode, Store
from redaction.settings import Settings


class MakeStore(Protocol):
    def __call__(
        self,
        prefix: str,
        *,
        id: int = ...,
        mode: Mode = ...,
        connection: str | None = ...,
        agency_id: int | None = ...,
        account_id: int | None = ...,
        template: str | None = ...,
        method: str = ...,
        body: str | None = ...,
    ) -> Store: ...


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def make() -> MakeStore:
    def store(
        prefix: str,
        *,
        id: int = 1,
        mode: Mode = "delete",
        connection: str | None = None,
        agency_id: int | None = None,
        account_id: int | None = None,
        template: str | None = None,
        method: str = "DELETE",
        body: str | None = None,
    ) -> Store:
        return Store(id, f"store {id}", prefix, connection, mode, agency_id, account_id, template, method, body)

    return store


@pytest.fixture
def unused_port() -> int:
    """A port of this host where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
