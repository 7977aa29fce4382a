"""A managed server, where the login owns the database and is no superuser: what works, and what is reported as
unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from redaction.db.admission import admit_login
from redaction.db.database import Database
from redaction.db.schema import migrate
from redaction.erasure.proof.structure import verify
from redaction.erasure.residue import erase_residue
from redaction.errors import NotAllowed
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import database_url, login_url
from tests.erasure.conftest import CUTOFF, PART_NAME

ROLES = "redaction_loader, redaction_worker, redaction_analyst, redaction_manager"
ROWS = """
INSERT INTO tracking.agencies (id, allow_redaction) VALUES (1, true);
INSERT INTO tracking.accounts (id, agency_id, timezone, auto_redaction, auto_redaction_since)
VALUES (7, 1, 'America/New_York', 'daily', '2026-01-01');
SELECT tracking.ensure_partition('2026-03-02');
INSERT INTO tracking.activities (id, account_id, kind, called_at, source, notes)
SELECT n, 7, 'call', timestamptz '2026-03-02' + n * interval '1 hour', 'Ads', 'canary ' || n
FROM generate_series(1, 50) n
"""


@pytest.fixture
def managed(
    settings: Settings, server: tuple[str, Path | None], administer: Callable[[str], None]
) -> Iterator[Database]:
    """An empty database whose owner may not make roles, read files or list the log."""
    name = f"{settings.home.parent.name}_managed".lower()[-60:]
    administer(f'DROP DATABASE IF EXISTS "{name}"')
    administer("DROP ROLE IF EXISTS managed_owner")
    administer("CREATE ROLE managed_owner LOGIN PASSWORD 'x'")
    administer(f'CREATE DATABASE "{name}" OWNER managed_owner')
    url = sa.make_url(database_url(server[0], name)).set(username="managed_owner", password="x")
    opened = Database(login_url(server[0], name), settings, url.render_as_string(hide_password=False))
    yield opened
    opened.close()
    administer(f'DROP DATABASE "{name}" WITH (FORCE)')
    administer("DROP ROLE managed_owner")


def test_who_may_not_join_the_roles_is_told_and_nothing_is_made(managed: Database) -> None:
    with pytest.raises(NotAllowed, match="lacks a privilege"):
        migrate(managed)
    with managed.engine("owner").connect() as connection:
        found = connection.exec_driver_sql("SELECT to_regnamespace('tracking'), to_regnamespace('redaction')").one()
    assert tuple(found) == (None, None)


def test_the_owner_of_a_database_erases_and_says_what_he_cannot_know(
    managed: Database, settings: Settings, administer: Callable[[str], None]
) -> None:
    administer(f"GRANT {ROLES} TO managed_owner")
    migrate(managed)
    # The login may act as each role already: this owner could not grant that.
    assert admit_login(managed) is None
    with managed.engine("owner").begin() as connection:
        connection.exec_driver_sql(ROWS)
    run = begin_run(deploy(managed, settings), 7, CUTOFF, "cli")
    assert complete_run(deploy(managed, settings), run.id)["stripped_count"] == 50
    summary = erase_residue(deploy(managed, settings))
    assert (summary.rewritten, summary.left, summary.levels) == ((PART_NAME,), {}, {"L2": 1})
    # The owner of a database may vacuum all of it.
    assert summary.statistics is None
    assert "may not switch the log" in str(summary.wal)
    [proof] = verify(managed)
    assert (proof.files, proof.wal, proof.statistics) == ("clean", "cannot know", "clean")
    with managed.engine("owner").connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT place, looked_for, found, reason FROM redaction.proofs ORDER BY place"
        )
        recorded = [tuple(row) for row in found]
    assert recorded == [("dead rows", 0, 0, "forbidden")]
