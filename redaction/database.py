"""The way to the database: URL, roles, transactions, migrations, and errors that carry no value.

Every transaction runs as one of the roles of the house (`SET ROLE` at connection): `owner` is the login itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, NoReturn

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from redaction.catalog import Catalog
from redaction.embedded import start_embedded
from redaction.errors import (
    AccountMoving,
    ApprovalNeeded,
    ApproverRefused,
    BadInput,
    CatalogError,
    DatabaseBusy,
    NotAllowed,
    Paused,
    PersonalDataRemains,
    RedactionError,
)
from redaction.settings import Settings
from redaction.statements import get_statement

DRIVER = "postgresql+psycopg2"
DATABASE_NAME = "redaction"
_Ddl: Any = sa.DDL
Role = Literal["owner", "redaction_loader", "redaction_worker", "redaction_analyst"]
Row = Mapping[str, Any]

_BUSY = frozenset({"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "53300"})
_MIGRATIONS = Path(__file__).with_name("migrations")
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""After how long a server that does not answer is given up (seconds; the last one milliseconds)."""


def raise_mapped(error: SQLAlchemyError) -> NoReturn:
    """Raise the RedactionError that a database error stands for.

    The server's own text is dropped, since DETAIL lines quote rows; SQLSTATE, table, column and constraint stay.
    """
    original = getattr(error, "orig", None)
    state: str | None = getattr(original, "pgcode", None)
    facts = getattr(original, "diag", None)
    names = [getattr(facts, name, None) for name in ("schema_name", "table_name", "column_name", "constraint_name")]
    where = ".".join(name for name in names if name) or "the statement"
    if state in _BUSY or (state or "").startswith("08"):
        raise DatabaseBusy(f"the database is busy or went away (SQLSTATE {state}, {where}): try again") from None
    if state is None and isinstance(error, DBAPIError):
        raise DatabaseBusy(
            "the connection to the database was lost or refused: see that it runs, then try again"
        ) from None
    if state == "23514" and where.endswith("activities_redacted_is_stripped"):
        raise PersonalDataRemains(
            "a redacted activity was about to keep or regain a personal value; the database refused it"
        ) from None
    if state == "RD001":
        raise Paused("redaction is paused: `redaction resume` lets it go on where it stopped") from None
    if state == "RD002":
        raise ApprovalNeeded("the run waits for a person: `redaction approve RUN` answers with yes") from None
    if state == "RD003":
        raise AccountMoving("the account is moving to another placement: try again when it has arrived") from None
    if state == "RD010":
        raise ApproverRefused("the requester of a run cannot approve it: ask another administrator") from None
    if state == "RD011":
        raise ApproverRefused("only an administrator of the account approves a run; nothing was decided") from None
    if state == "RD012":
        raise NotAllowed("the run was refused or abandoned, and stays so: what it left is due with the next") from None
    if state == "RD013":
        raise NotAllowed("what was asked for a run, and an answer that was given, do not change") from None
    if state == "42501":
        raise NotAllowed("the database role lacks a privilege: run `redaction init` as the owner") from None
    if state in {"3F000", "42P01", "42703"}:
        raise BadInput("the schema is missing or of another version: run `redaction init`") from None
    raise RedactionError(f"the database refused {where} (SQLSTATE {state}, {type(error).__name__})") from None


@dataclass(frozen=True)
class Session:
    """One open transaction."""

    connection: Connection

    def rows(self, name: str, /, **values: Any) -> list[Row]:
        """Run a statement by name; return its rows as mappings, empty if it returns none."""
        result = self._execute(name, values)
        if not result.returns_rows:
            return []
        names = tuple(result.keys())
        return [dict(zip(names, row, strict=True)) for row in result]

    def one(self, name: str, /, **values: Any) -> Row:
        """Run a statement that returns exactly one row; return it."""
        rows = self.rows(name, **values)
        if len(rows) != 1:
            raise RedactionError(f"statement {name} returned {len(rows)} rows, not one")
        return rows[0]

    def run(self, name: str, /, **values: Any) -> int:
        """Run a statement; return the number of rows it touched."""
        return int(self._execute(name, values).rowcount)

    def set_local(self, settings: Mapping[str, str]) -> None:
        """Set settings of the server for this transaction, by name."""
        self.rows("set_local", names=list(settings), values=list(settings.values()))

    def _execute(self, name: str, values: Mapping[str, Any]) -> sa.CursorResult[Any]:
        statement = get_statement(name)
        if set(values) != set(statement.parameters):
            raise CatalogError(f"statement {name} takes {statement.parameters}, was given {tuple(values)}")
        return self.connection.execute(sa.text(statement.sql), dict(values))

    def copy_in(self, name: str, data: IO[bytes] | IO[str]) -> None:
        """Run a `COPY ... FROM STDIN` statement on the bytes of a file-like object."""
        cursor: Any = self.connection.connection.cursor()
        with cursor:
            cursor.copy_expert(get_statement(name).sql, data)

    def copy_out(self, name: str, sink: IO[bytes], /, **values: Any) -> None:
        """Run a `COPY ... TO STDOUT` statement; each row goes to the `write` of a file-like object as it comes."""
        statement = sa.text(get_statement(name).sql).compile(dialect=self.connection.dialect)
        cursor: Any = self.connection.connection.cursor()
        with cursor:
            cursor.copy_expert(cursor.mogrify(str(statement), values), sink)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo an error of what is done within, and let the transaction go on; errors come out mapped."""
        try:
            with self.connection.begin_nested():
                yield
        except SQLAlchemyError as error:
            raise_mapped(error)
        except psycopg2.Error as error:
            raise_mapped(DBAPIError(None, None, error))


Transaction = Callable[[], AbstractContextManager[Session]]


class Database:
    """One database: the engine for each role, opened lazily, closed by `close`."""

    def __init__(self, url: str, settings: Settings) -> None:
        """Take a URL of PostgreSQL (any driver name is replaced by ours); raises BadInput if it is none."""
        self.url = parse_url(url)
        self._settings = settings
        self._engines: dict[Role, Engine] = {}

    def engine(self, role: Role) -> Engine:
        """Return the SQLAlchemy engine whose connections act as a role."""
        if role not in self._engines:
            self._engines[role] = sa.create_engine(
                self.url_as(role),
                hide_parameters=True,
                # As many stay open as work side by side: a new one compiles and plans all anew, 25 ms of the server.
                pool_size=self._settings.rewrite_workers,
                max_overflow=4,
                pool_use_lifo=True,
                pool_pre_ping=True,
                connect_args=_PATIENCE,
            )
        return self._engines[role]

    def url_as(self, role: Role, **more: str) -> URL:
        """Return the URL whose sessions act as a role, with its time limits and further server settings."""
        options = {
            "TimeZone": "UTC",
            "application_name": role,
            "lock_timeout": str(self._settings.lock_timeout_ms),
            "statement_timeout": str(self._settings.statement_timeout_ms),
            # What we ask is planned for large tables and mostly short: compiling it takes longer than running it.
            "jit": "off",
            # A killed client must not leave its statement running, with its locks.
            "client_connection_check_interval": "2000",
            # Nor must one that the network has cut off; the server would wait for it for two hours.
            "tcp_keepalives_idle": "30",
            "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "3",
        }
        if role != "owner":
            options["role"] = role
        if role == "redaction_loader":
            # A batch stays in memory: its staging table, and the new rows that the trigger looks at.
            options |= {"temp_buffers": "64MB", "work_mem": "64MB"}
            # It only ever looks rows up by their keys; a join over the whole table would be a misplanned look-up.
            options |= {
                f"enable_{way}": "off" for way in ("hashjoin", "mergejoin", "seqscan", "bitmapscan", "material")
            }
        words = " ".join(f"-c {key}={value}" for key, value in {**options, **more}.items())
        return self.url.update_query_dict({"options": words})

    @contextmanager
    def transaction(self, role: Role) -> Iterator[Session]:
        """Open a transaction as a role; commit at the end, roll back on any error; errors come out mapped."""
        try:
            with self.engine(role).begin() as connection:
                yield Session(connection)
        except SQLAlchemyError as error:
            raise_mapped(error)
        except psycopg2.Error as error:
            raise_mapped(DBAPIError(None, None, error))

    def run_alone(self, role: Role, name: str, **options: str) -> None:
        """Run a statement that no transaction may hold (VACUUM), with these server settings; errors come out mapped."""
        engine = sa.create_engine(
            self.url_as(role, **options), isolation_level="AUTOCOMMIT", hide_parameters=True, poolclass=sa.NullPool
        )
        try:
            with engine.connect() as connection:
                Session(connection).rows(name)
        except SQLAlchemyError as error:
            raise_mapped(error)

    @contextmanager
    def connected(self, role: Role) -> Iterator[Transaction]:
        """Hold one connection as a role; each call of what is given opens a transaction on it, errors mapped."""
        with ExitStack() as held:
            try:
                connection = held.enter_context(self.engine(role).connect())
            except SQLAlchemyError as error:
                raise_mapped(error)

            @contextmanager
            def transaction() -> Iterator[Session]:
                try:
                    with connection.begin():
                        yield Session(connection)
                except SQLAlchemyError as error:
                    raise_mapped(error)

            yield transaction

    def close(self) -> None:
        """Close every connection."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


def parse_url(url: str) -> URL:
    """Return a URL with our driver; raises BadInput, without quoting it, if it is not one of PostgreSQL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadInput("REDACTION_DATABASE_URL is not a URL: write postgresql://user@host:5432/database") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise BadInput("REDACTION_DATABASE_URL must begin with postgresql://")
    return parsed.set(drivername=DRIVER)


def parse_connection(text: str, name: str) -> str:
    """Return the URL that an Airflow connection, a URI or JSON, stands for; raises BadInput, without quoting it."""
    try:
        if text.lstrip().startswith("{"):
            given = json.loads(text)
            url = URL.create(
                DRIVER,
                given.get("login"),
                given.get("password"),
                given.get("host"),
                int(given["port"]) if given.get("port") else None,
                given.get("schema"),
                {key: str(value) for key, value in (given.get("extra") or {}).items()},
            )
            kind = str(given.get("conn_type"))
        else:
            url = make_url(text)
            kind = url.get_backend_name()
    except (ArgumentError, ValueError, AttributeError, TypeError):
        raise BadInput(f"connection {name} is not one of PostgreSQL: write postgresql://user@host:5432/name") from None
    if kind not in {"postgresql", "postgres"}:
        raise BadInput(f"connection {name} is not one of PostgreSQL: write postgresql://user@host:5432/name")
    return url.set(drivername=DRIVER).render_as_string(hide_password=False)


def locate_database(settings: Settings) -> str:
    """Return the URL of the user's database, or start the embedded server and return that of its own."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    url = start_embedded(settings.home / "postgres")
    return ensure_database(url, DATABASE_NAME)


def ensure_database(server_url: str, name: str) -> str:
    """Create a database of that name on a server unless it is there; return its URL."""
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            found = connection.execute(sa.text(get_statement("database_exists").sql), {"name": name}).scalar()
            if not found:
                quoted = engine.dialect.identifier_preparer.quote_identifier(name)
                connection.execute(_Ddl("CREATE DATABASE %(name)s", context={"name": quoted}))
    except SQLAlchemyError as error:
        raise_mapped(error)
    finally:
        engine.dispose()
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def recreate_database(server_url: str, name: str) -> str:
    """Drop a database, whoever is connected to it, and create it empty; return its URL."""
    maintenance = make_url(server_url).set(database="postgres")
    engine = sa.create_engine(maintenance, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            quoted = engine.dialect.identifier_preparer.quote_identifier(name)
            connection.execute(_Ddl("DROP DATABASE IF EXISTS %(name)s WITH (FORCE)", context={"name": quoted}))
    except SQLAlchemyError as error:
        raise_mapped(error)
    finally:
        engine.dispose()
    return ensure_database(maintenance.render_as_string(hide_password=False), name)


def alembic_config(connection: Connection) -> Any:
    """Return the configuration of Alembic for our versions, on a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def migrate(database: Database) -> tuple[str | None, str]:
    """Create or upgrade the schema; return the versions before and after. Twice changes nothing.

    An unpartitioned table of activities from before is moved aside in the same transaction, for `adopt_rows` to empty.
    Raises UnclassifiedColumn, BadInput or PersonalDataRemains, with nothing changed, if its rows could not follow.
    """
    from alembic import command
    from alembic.script import ScriptDirectory

    from redaction.migrations.adoption import begin_adoption, set_aside
    from redaction.migrations.scripts import replace_code

    before = schema_version(database)
    try:
        with database.engine("owner").begin() as connection:
            config = alembic_config(connection)
            head = ScriptDirectory.from_config(config).get_current_head()
            if before is None:
                set_aside(Session(connection))
            if before != head:
                command.upgrade(config, "head")
                replace_code(connection)
                begin_adoption(Session(connection))
    except SQLAlchemyError as error:
        raise_mapped(error)
    return before, str(head)


def schema_version(database: Database) -> str | None:
    """Return the version of the live schema, None if there is none."""
    from alembic.migration import MigrationContext

    try:
        with database.engine("owner").connect() as connection:
            context = MigrationContext.configure(connection, opts={"version_table_schema": "redaction"})
            return context.get_current_revision()
    except SQLAlchemyError as error:
        raise_mapped(error)


def check_schema(database: Database, catalog: Catalog) -> None:
    """Refuse a database of another schema version, or one whose columns drifted from the catalog.

    Raises BadInput (version) or UnclassifiedColumn (drift). Reads only.
    """
    from alembic.script import ScriptDirectory

    version = schema_version(database)
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    if version != head:
        raise BadInput(f"the schema is of version {version or 'none'}, this program needs {head}: run `redaction init`")
    with database.transaction("owner") as session:
        if session.one("lies_aside")["aside"]:
            rows = session.one("count_aside")["rows"]
            raise BadInput(f"the table from before still holds {rows} activities: run `redaction init`, which goes on")
        live = [str(row["column_name"]) for row in session.rows("live_columns")]
    catalog.check_live(live)


def open_database(settings: Settings) -> Database:
    """Return the database of these settings, not yet checked; the caller closes it."""
    return Database(locate_database(settings), settings)
