"""A database: one engine for each role, with checked sessions and transactions that act as a role.

Every transaction acts as one of our roles, which a new session asks for when it starts. The login of tasks, pages and
commands may act as each of them and has no rights of its own. `owner` is another login with another URL. Only what
creates or moves tables uses it (`redaction init`, a move, a replay), and a task does not need it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine

from redaction.db.login import PATIENCE, Role, WantedSession, check_session, session_options
from redaction.db.refusals import mapped_errors
from redaction.db.session import Row, Session, Transaction
from redaction.db.urls import locate_database, parse_url
from redaction.errors import RedactionError
from redaction.settings import Settings


class _LentPool(sa.StaticPool):
    """The pool of one connection that is another pool: a disposal of its engine closes nothing."""

    def dispose(self) -> None:
        """Do nothing."""

    def recreate(self) -> _LentPool:
        """Return itself: a new pool would log a line, which a command would print."""
        return self


class Database:
    """One database: the engine for each role, opened lazily, closed by `close`."""

    def __init__(self, url: str, settings: Settings, owner_url: str | None = None) -> None:
        """Take the URL of the login, and that of the owner if this process has it (PostgreSQL; our driver replaces the
        driver name); raises BadInput for an invalid URL.

        Without the owner's URL, `owner` acts as the login, and is refused unless that is the owner.
        """
        self.url = parse_url(url)
        self.owner_url = None if owner_url is None else parse_url(owner_url, "REDACTION_OWNER_URL")
        self._settings = settings
        self._engines: dict[Role, Engine] = {}

    def engine(self, role: Role) -> Engine:
        """Return the SQLAlchemy engine whose connections act as a role."""
        if role not in self._engines:
            self._engines[role] = self._make_engine(
                role,
                # Keeps as many open as work in parallel: a new one compiles and plans everything again, 25 ms of the
                # server.
                pool_size=self._settings.rewrite_workers,
                max_overflow=4,
                pool_use_lifo=True,
                pool_pre_ping=True,
            )
        return self._engines[role]

    def _make_engine(self, role: Role, options: Mapping[str, str] | None = None, **arguments: Any) -> Engine:
        """Return an engine that checks each session before anything else is done in it."""
        asked = WantedSession(role, session_options(role, self._settings) | dict(options or {}))
        engine = sa.create_engine(
            self.url_as(role, **(options or {})),
            hide_parameters=True,
            connect_args=PATIENCE,
            # The driver would ask each new session for a type that nothing of ours has.
            use_native_hstore=False,
            **arguments,
        )

        def check(connection: Any, _: object) -> None:
            try:
                with mapped_errors():
                    check_session(connection, asked)
            except RedactionError:
                connection.close()
                raise

        sa.event.listen(engine, "connect", check, insert=True)
        return engine

    @contextmanager
    def opened(self, role: Role, options: Mapping[str, str]) -> Iterator[Engine]:
        """Give an engine whose sessions act as a role, with these server settings from their beginning."""
        engine = self._make_engine(role, options)
        try:
            yield engine
        finally:
            engine.dispose()

    @contextmanager
    def lent(self, role: Role, names: Mapping[str, str]) -> Iterator[Engine]:
        """Give an engine of one session, which is that of the next transactions too, with settings of ours until then.

        For one thread. A new session would have to read the partitions' definitions again.
        """
        with ExitStack() as held:
            with mapped_errors():
                connection = held.enter_context(self.engine(role).connect())
                with connection.begin():
                    Session(connection).set_for_session(names)
            raw: Any = connection.connection.dbapi_connection
            pool = _LentPool(lambda: raw, dialect=connection.dialect)
            try:
                yield sa.Engine(pool, connection.dialect, self.url, hide_parameters=True)
                with mapped_errors(), connection.begin():
                    Session(connection).set_for_session(dict.fromkeys(names, ""))
            except BaseException:
                connection.invalidate()
                raise

    def url_as(self, role: Role, **more: str) -> URL:
        """Return the URL whose sessions act as a role, with its time limits and further server settings."""
        words = " ".join(
            f"-c {key}={value}" for key, value in {**session_options(role, self._settings), **more}.items()
        )
        url = self.owner_url if role == "owner" and self.owner_url is not None else self.url
        return url.update_query_dict({"options": words})

    @contextmanager
    def transaction(self, role: Role) -> Iterator[Session]:
        """Open a transaction as a role; commit at the end, roll back on any error; errors are mapped to ours."""
        with begin(self.engine(role)) as session:
            yield session

    def rows(self, name: str, /, **values: Any) -> list[Row]:
        """Run one statement as the worker in a transaction of its own; return its rows."""
        with self.transaction("redaction_worker") as session:
            return session.rows(name, **values)

    def one(self, name: str, /, **values: Any) -> Row:
        """Run one statement as the worker in a transaction of its own; return its only row."""
        with self.transaction("redaction_worker") as session:
            return session.one(name, **values)

    def run(self, name: str, /, **values: Any) -> int:
        """Run one statement as the worker in a transaction of its own; return the number of rows it touched."""
        with self.transaction("redaction_worker") as session:
            return session.run(name, **values)

    def run_alone(self, role: Role, name: str, **options: str) -> None:
        """Run a statement that cannot run in a transaction (VACUUM), with these server settings; errors are mapped
        to ours.
        """
        engine = self._make_engine(role, options, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        try:
            with mapped_errors(), engine.connect() as connection:
                Session(connection).rows(name)
        finally:
            engine.dispose()

    @contextmanager
    def connected(self, role: Role) -> Iterator[Transaction]:
        """Hold one connection as a role; each call of the yielded function opens a transaction on it, errors mapped."""
        with ExitStack() as held:
            with mapped_errors():
                connection = held.enter_context(self.engine(role).connect())

            @contextmanager
            def transaction() -> Iterator[Session]:
                with mapped_errors(), connection.begin():
                    yield Session(connection)

            yield transaction

    def close(self) -> None:
        """Close every connection."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


@contextmanager
def begin(engine: Engine) -> Iterator[Session]:
    """Open a transaction on an engine; commit at the end, roll back on any error; errors are mapped to ours."""
    with mapped_errors(), engine.begin() as connection:
        yield Session(connection)


def open_database(settings: Settings) -> Database:
    """Return the database of these settings, not yet checked; the caller closes it."""
    urls = locate_database(settings)
    return Database(urls.login, settings, urls.owner)
