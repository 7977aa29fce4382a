"""Tables of a known size for the benchmarks: one database is filled once, every round begins with a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from redaction.db.admission import admit_login
from redaction.db.create import ensure_database, recreate_database
from redaction.db.database import Database
from redaction.db.schema import migrate
from redaction.demo.airflow import airflow_database
from redaction.embedded import LOGIN, start_embedded, stop_embedded
from redaction.settings import Settings

CUTOFF = datetime(2026, 9, 1, tzinfo=UTC)
FIRST = datetime(2026, 2, 2, tzinfo=UTC)
_FILL = sa.text("""
INSERT INTO tracking.activities (
    id, account_id, kind, called_at, status, call_status, tracking_number, tracking_number_id, tracking_label, source,
    source_id, call_path, caller_name, caller_number, contact_key, caller_id, transcription, message, custom_fields,
    notes, emails, visitor, tags, enhanced_caller_id, unlisted
)
SELECT CAST(:first_id AS bigint) + n, :account_id, 'call',
       CAST(:starts AS timestamptz) + n * (CAST(:ends AS timestamptz) - CAST(:starts AS timestamptz)) / :rows,
       'completed', 'answered', '+1800555' || lpad((n % 40)::text, 4, '0'), n % 40, 'Line ' || n % 40,
       'Source ' || n % 12, n % 12,
       jsonb_build_array(jsonb_build_object(
           'route_name', 'Front desk', 'route_id', n % 9, 'route_type', 'queue', 'started_at', 1770000000 + n
       )),
       'Caller Number' || n, '+1212' || lpad((n % 9999999)::text, 7, '0'), '+1212' || lpad((n % 9999999)::text, 7, '0'),
       'CALLER ' || n, (SELECT string_agg(md5(n::text || k), ' ') FROM generate_series(1, 12) k),
       jsonb_build_object('body', md5(n::text)), jsonb_build_object('policy', md5('p' || n)), md5('note' || n),
       ARRAY['caller' || n || '@example.com'],
       jsonb_build_object('visitor_sid', md5('v' || n), 'visitor_ip', '192.0.2.' || n % 250, 'keyword', md5('k' || n)),
       ARRAY['tag ' || n % 50],
       jsonb_build_object('city', 'City ' || n % 500, 'postal_code', n % 99999),
       jsonb_build_object('sid', md5('s' || n), 'agent', md5('a' || n % 30), 'legs', md5('l' || n), 'duration', n % 900)
FROM generate_series(1, :rows) n
""")


@dataclass(frozen=True)
class Filling:
    """Rows of an account between two instants."""

    account_id: int
    rows: int
    starts: datetime = FIRST
    ends: datetime = CUTOFF


def open_at(server: str, name: str, settings: Settings) -> Database:
    """Open a database of a server, made unless it is there, with the login of tasks and that of the owner."""
    owner = ensure_database(server, name, LOGIN)
    login = sa.make_url(owner).set(username=LOGIN).render_as_string(hide_password=False)
    return Database(login, settings, owner)


def make_ready(database: Database) -> None:
    """Make its schema, and admit the login."""
    migrate(database)
    admit_login(database)


def owner_url(database: Database) -> sa.URL:
    """Return the URL of the owner."""
    assert database.owner_url is not None
    return database.owner_url


def airflow_url(database: Database) -> str:
    """Create Airflow's database on our server; return its URL."""
    login = database.url.render_as_string(hide_password=False)
    return airflow_database(owner_url(database).render_as_string(hide_password=False), login)


class Bench:
    """A server of its own, and databases on it."""

    def __init__(self, root: Path) -> None:
        """Start the server in a folder."""
        self.folder = root
        # Nobody is there to approve a first run of this size.
        self.settings = Settings(home=root / "home", database_url=None, guard_first=10**12)
        self._ledger_id = uuid4()
        self.server = start_embedded(self.settings.home / "postgres")
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            # It comes by whenever it likes: for fresh partitions while ours is measured, for dead rows only later.
            connection.exec_driver_sql("ALTER SYSTEM SET autovacuum = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        engine.dispose()

    def close(self) -> None:
        """Stop the server."""
        stop_embedded(self.settings.home / "postgres")

    def drop(self, name: str) -> None:
        """Drop a database that is no longer needed."""
        recreate_database(self.server, name)

    @contextmanager
    def opened(self, name: str) -> Iterator[Database]:
        """Open a filled database itself, for what needs no fresh copy."""
        database = open_at(self.server, name, self.settings)
        try:
            yield database
        finally:
            database.close()

    def fill(self, name: str, fillings: list[Filling], width: str = "week") -> None:
        """Make a database of that name with these rows, in partitions of a width, vacuumed."""
        database = open_at(self.server, name, self.settings)
        make_ready(database)
        with database.engine("owner").begin() as connection:
            run = connection.exec_driver_sql
            run("INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (1, 'Bench', true)")
            run(
                f"SELECT tracking.ensure_partition(w, '{width}')"
                " FROM generate_series(timestamptz '2026-01-01', '2026-12-31', '1 day') w"
            )
        for number, filling in enumerate(fillings):
            self.add(database, filling, number)
        with database.engine("owner").begin() as connection:
            connection.exec_driver_sql("DELETE FROM reporting.stale_days")
        with database.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")
        database.close()

    def add(self, database: Database, filling: Filling, number: int) -> None:
        """Insert rows into a database; their ids begin at `number` times 100 million."""
        with database.engine("owner").begin() as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.execute(
                sa.text(
                    "INSERT INTO tracking.accounts (id, agency_id, name, timezone, auto_redaction,"
                    " auto_redaction_since) VALUES (:id, 1, 'Bench', 'UTC', 'daily', '2026-01-01')"
                    " ON CONFLICT DO NOTHING"
                ),
                {"id": filling.account_id},
            )
            connection.execute(_FILL, {**vars(filling), "first_id": number * 100_000_000})
            connection.exec_driver_sql("RESET statement_timeout")

    @contextmanager
    def copy(self, name: str, restored: bool = False) -> Iterator[Database]:
        """Give a fresh copy of a filled database, dropped afterwards; unless it stands for the last one, restored from
        a backup, with a ledger of its own.
        """
        if not restored:
            self._ledger_id = uuid4()
        recreate_database(self.server, "round")
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE round")
            connection.exec_driver_sql(f"CREATE DATABASE round TEMPLATE {name} STRATEGY file_copy")
            connection.exec_driver_sql("CHECKPOINT")
        engine.dispose()
        database = open_at(self.server, "round", self.settings)
        with database.engine("owner").begin() as connection:
            connection.execute(sa.text("UPDATE redaction.ledger_identity SET id = :id"), {"id": self._ledger_id})
        try:
            yield database
        finally:
            database.close()
