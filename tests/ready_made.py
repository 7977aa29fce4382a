"""What several tests start with, built by the first of them and copied for the others: a database and a home folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from redaction.db.database import Database
from redaction.settings import Settings
from tests.servers import Administer, copy_database


class ReadyMade(Protocol):
    """Provides the database of a test, by a name and what builds it, on top of a fixture: `account` by default."""

    def __call__(self, name: str, build: Callable[[], object], upon: str | None = "account") -> None: ...


@pytest.fixture(scope="session")
def made(administer: Administer) -> Iterator[dict[str, Path]]:
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
    administer: Administer,
    template: str,
    made: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> ReadyMade:
    """Build what a test starts with, or copy it if an earlier test has built it; nothing may use the database
    before.
    """

    def provide(name: str, build: Callable[[], object], upon: str | None = "account") -> None:
        stored, ours = f"redaction_made_{os.getpid()}_{name}", str(database.url.database)
        if stored not in made:
            copy_database(administer, ours, template)
            if upon:
                request.getfixturevalue(upon)
            build()
            database.close()
            # Great Expectations keeps connections of its own for a while.
            administer(f"SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = '{ours}'")
            copy_database(administer, stored, ours)
            made[stored] = tmp_path_factory.mktemp(name) / "home"
            shutil.copytree(settings.home, made[stored])
            return
        copy_database(administer, ours, stored)
        shutil.copytree(made[stored], settings.home, dirs_exist_ok=True)

    return provide
