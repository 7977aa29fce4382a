"""The way to the database: URLs, roles, transactions, migrations, and errors that carry no value.

Every transaction acts as one of our roles, which a new session asks for as it begins. The login of tasks, pages and
commands may act as each of them and has no right of its own. `owner` is another login, of another URL: only what makes
or moves tables uses it (`redaction init`, a move, a replay), and a task need not have it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Any, Literal, NoReturn

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from redaction.applied import Changes, check_catalog, is_reclassified, read_changes, write_catalog
from redaction.catalog import Catalog, load_catalog
from redaction.embedded import LOGIN, start_embedded
from redaction.errors import (
    AccountMoving,
    ApprovalNeeded,
    ApproverRefused,
    BadInput,
    CatalogError,
    DatabaseBusy,
    LoginRefused,
    NotAllowed,
    Paused,
    PersonalDataRemains,
    ProgramOlder,
    RedactionError,
    ValueRefused,
)
from redaction.login import Asked, check_session, explain_refusal
from redaction.resources import find_file
from redaction.settings import Settings
from redaction.statements import get_statement

DRIVER = "postgresql+psycopg2"
DATABASE_NAME = "redaction"
_Ddl: Any = sa.DDL
Role = Literal["owner", "redaction_loader", "redaction_worker", "redaction_analyst", "redaction_manager"]
Row = Mapping[str, Any]

_BUSY = frozenset({"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "53300"})
_MOST_CONNECTION = 10_000
_MIGRATIONS = find_file("migrations")
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
    if state is None and isinstance(error, DBAPIError) and (refusal := explain_refusal(str(original))):
        raise refusal from None
    if state is None and isinstance(error, DBAPIError):
        raise DatabaseBusy(
            "the connection to the database was lost or refused: see that it runs, and that it knows the login, which "
            "`redaction init` creates; then try again"
        ) from None
    if state in {"23514", "RD004"} and where.endswith("activities_redacted_is_stripped"):
        raise PersonalDataRemains(
            "a redacted activity was about to keep or regain a personal value; the database refused it"
        ) from None
    if state == "RD001":
        raise Paused("redaction is paused: `redaction resume` lets it go on where it stopped") from None
    if state == "RD002":
        raise ApprovalNeeded("the run waits for a person: `redaction approve RUN` answers with yes") from None
    if state == "RD003":
        raise AccountMoving("the account is moving to another placement: try again when it has arrived") from None
    if state == "RD004":
        raise NotAllowed(
            "a redacted activity was about to change or to be deleted; the database refused it: nothing was changed"
        ) from None
    if state == "RD005":
        raise NotAllowed("a trigger function was put on a table that it is not made for: drop that trigger") from None
    if state == "42P10" and where == "the statement":
        raise NotAllowed(
            "the server refused a change of a row; if there is a publication, its column list or row filter must cover "
            "the key of tracking.activities: change the publication"
        ) from None
    if state == "RD006":
        raise NotAllowed(
            "the run may not do that: it was refused, has ended, or is of another account or time: nothing was changed"
        ) from None
    if state == "RD010":
        raise ApproverRefused("the requester of a run cannot approve it: ask another administrator") from None
    if state == "RD011":
        raise ApproverRefused("only an administrator of the account approves a run; nothing was decided") from None
    if state == "RD012":
        raise NotAllowed("the run was refused or abandoned, and stays so: what it left is due with the next") from None
    if state == "RD013":
        raise NotAllowed("an answer is given once; nothing was changed") from None
    if state == "42501":
        raise NotAllowed("the database role lacks a privilege: run `redaction init` as the owner") from None
    if state in {"3F000", "42P01", "42703"}:
        raise BadInput("the schema is missing or of another version: run `redaction init`") from None
    refusal = RedactionError(f"the database refused {where} (SQLSTATE {state}, {type(error).__name__})")
    if (state or "").startswith(("22", "54")):
        refusal = ValueRefused(
            f"the database cannot hold a value that {where} was given (SQLSTATE {state}): a number is out of range, "
            "or a text is too long or has a character that it cannot hold; nothing was changed"
        )
    refusal.sqlstate = state
    raise refusal from None


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
        try:
            return self.connection.execute(sa.text(statement.sql), dict(values))
        except ValueError:
            # Of the driver, before anything is sent: a NUL, or half of a surrogate pair.
            raise ValueRefused(f"a text that {name} was given has a character that the database cannot hold") from None

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

    def __init__(self, url: str, settings: Settings, owner_url: str | None = None) -> None:
        """Take the URL of the login, and that of the owner where this process has it (PostgreSQL; any driver name is
        replaced by ours); raises BadInput if one of them is none.

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
                # As many stay open as work side by side: a new one compiles and plans all anew, 25 ms of the server.
                pool_size=self._settings.rewrite_workers,
                max_overflow=4,
                pool_use_lifo=True,
                pool_pre_ping=True,
            )
        return self._engines[role]

    def _make_engine(self, role: Role, options: Mapping[str, str] | None = None, **arguments: Any) -> Engine:
        """Return an engine each of whose sessions is checked before anything else is done in it."""
        asked = Asked(role, {**self._options(role), **(options or {})})
        engine = sa.create_engine(
            self.url_as(role, **(options or {})), hide_parameters=True, connect_args=_PATIENCE, **arguments
        )

        def check(connection: Any, _: object) -> None:
            try:
                check_session(connection, asked)
            except psycopg2.Error as error:
                connection.close()
                raise_mapped(DBAPIError(None, None, error))
            except LoginRefused:
                connection.close()
                raise

        sa.event.listen(engine, "connect", check, insert=True)
        return engine

    def url_as(self, role: Role, **more: str) -> URL:
        """Return the URL whose sessions act as a role, with its time limits and further server settings."""
        words = " ".join(f"-c {key}={value}" for key, value in {**self._options(role), **more}.items())
        url = self.owner_url if role == "owner" and self.owner_url is not None else self.url
        return url.update_query_dict({"options": words})

    def _options(self, role: Role) -> dict[str, str]:
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
        return options

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
        engine = self._make_engine(role, options, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        try:
            with engine.connect() as connection:
                Session(connection).rows(name)
        except SQLAlchemyError as error:
            raise_mapped(error)
        finally:
            engine.dispose()

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


def parse_url(url: str, name: str = "REDACTION_DATABASE_URL") -> URL:
    """Return a URL with our driver; raises BadInput, without quoting it, if it is not one of PostgreSQL. `name` is the
    setting that it comes from.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadInput(f"{name} is not a URL: write postgresql://user@host:5432/database") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise BadInput(f"{name} must begin with postgresql://")
    return parsed.set(drivername=DRIVER)


def parse_connection(text: str, name: str) -> str:
    """Return the URL that an Airflow connection, a URI or JSON, stands for; raises BadInput, without quoting it."""
    try:
        if len(text) > _MOST_CONNECTION:
            raise ValueError
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
    except (ArgumentError, ValueError, AttributeError, TypeError, RecursionError):
        raise BadInput(f"connection {name} is not one of PostgreSQL: write postgresql://user@host:5432/name") from None
    if kind not in {"postgresql", "postgres"}:
        raise BadInput(f"connection {name} is not one of PostgreSQL: write postgresql://user@host:5432/name")
    return url.set(drivername=DRIVER).render_as_string(hide_password=False)


@dataclass(frozen=True, repr=False)
class Urls:
    """The URLs of a database: that of the login, and that of the owner where this process has it."""

    login: str
    owner: str | None


def locate_database(settings: Settings) -> Urls:
    """Return the URLs of the user's database, or start the embedded server and return those of its own."""
    if settings.database_url is not None:
        owner = settings.owner_url
        return Urls(settings.database_url.get_secret_value(), None if owner is None else owner.get_secret_value())
    if settings.owner_url is not None:
        raise BadInput("REDACTION_OWNER_URL is set and REDACTION_DATABASE_URL, the login of tasks and pages, is not")
    owner_url = ensure_database(start_embedded(settings.home / "postgres"), DATABASE_NAME, LOGIN)
    return Urls(make_url(owner_url).set(username=LOGIN).render_as_string(hide_password=False), owner_url)


def ensure_database(server_url: str, name: str, login: str | None = None, owner: str | None = None) -> str:
    """Create a database of that name on a server unless it is there; return its URL.

    With `login`, one of that name that may do nothing is made too; `owner` is the login that a new one belongs to.
    """
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            quote = engine.dialect.identifier_preparer.quote_identifier
            asked = {"name": name, "login": login}
            found = connection.execute(sa.text(get_statement("database_exists").sql), asked).one()
            if login is not None and not found.login:
                connection.execute(_Ddl("CREATE ROLE %(login)s LOGIN NOINHERIT", context={"login": quote(login)}))
            if not found.database:
                made = "CREATE DATABASE %(name)s" if owner is None else "CREATE DATABASE %(name)s OWNER %(owner)s"
                connection.execute(_Ddl(made, context={"name": quote(name), "owner": quote(owner or name)}))
    except SQLAlchemyError as error:
        raise_mapped(error)
    finally:
        engine.dispose()
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    if owner is not None and not found.database:
        _give_public(url, owner)
    return url


def _give_public(url: str, owner: str) -> None:
    """Let the login that a database belongs to make tables: on PostgreSQL 15 it inherits no right of the owner's."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            quoted = engine.dialect.identifier_preparer.quote_identifier(owner)
            connection.execute(_Ddl("ALTER SCHEMA public OWNER TO %(owner)s", context={"owner": quoted}))
    except SQLAlchemyError as error:
        raise_mapped(error)
    finally:
        engine.dispose()


def recreate_database(server_url: str, name: str, owner: str | None = None) -> str:
    """Drop a database, whoever is connected to it, and create it empty, for its owner; return its URL."""
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
    return ensure_database(maintenance.render_as_string(hide_password=False), name, owner=owner)


def alembic_config(connection: Connection) -> Any:
    """Return the configuration of Alembic for our versions, on a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def migrate(database: Database, reclassify: Callable[[Session, Changes], None] | None = None) -> tuple[str | None, str]:
    """Create or upgrade the schema; return the versions before and after. Twice changes nothing.

    Columns that this program calls otherwise than the database are for `reclassify`, in the same transaction; without
    it they are refused with OtherCatalog. An unpartitioned table of activities from before is moved aside there too,
    for `adopt_rows` to empty. Raises BadInput or PersonalDataRemains if its rows could not follow, UnclassifiedColumn
    for a column that the catalog does not name; nothing is changed then.
    """
    from alembic import command

    from redaction.migrations.adoption import begin_adoption, set_aside
    from redaction.migrations.scripts import replace_code

    before = schema_version(database, "owner")
    check_program(before)
    try:
        with database.engine("owner").begin() as connection:
            config = alembic_config(connection)
            head = _head()
            if before is None:
                set_aside(Session(connection))
            if before != head:
                command.upgrade(config, "head")
            session, catalog = Session(connection), load_catalog()
            changes = read_changes(session, catalog)
            if changes is not None and is_reclassified(changes):
                if reclassify is None:
                    check_catalog(session, catalog)
                else:
                    reclassify(session, changes)
            if before != head or changes or changes is None:
                replace_code(connection)
                write_catalog(session, catalog)
                begin_adoption(session)
            check_columns(session, catalog)
    except SQLAlchemyError as error:
        raise_mapped(error)
    return before, head


def schema_version(database: Database, role: Role = "redaction_worker") -> str | None:
    """Return the version of the live schema, None if there is none."""
    from alembic.migration import MigrationContext

    try:
        with database.engine(role).connect() as connection:
            context = MigrationContext.configure(connection, opts={"version_table_schema": "redaction"})
            return context.get_current_revision()
    except SQLAlchemyError as error:
        raise_mapped(error)


def check_schema(database: Database, catalog: Catalog) -> None:
    """Refuse a database of another schema version, or one whose columns drifted from the catalog.

    Raises BadInput or ProgramOlder (version), UnclassifiedColumn (drift) or OtherCatalog. Reads only.
    """
    version, head = schema_version(database), _head()
    check_program(version)
    if version != head:
        raise BadInput(f"the schema is of version {version or 'none'}, this program needs {head}: run `redaction init`")
    with database.transaction("redaction_worker") as session:
        if session.one("lies_aside")["aside"]:
            rows = session.one("count_aside")["rows"]
            raise BadInput(f"the table from before still holds {rows} activities: run `redaction init`, which goes on")
        check_columns(session, catalog)
        check_catalog(session, catalog)


def check_program(version: str | None) -> None:
    """Refuse a schema of a version that this program does not know; raises ProgramOlder."""
    if version is not None and version not in {revision.revision for revision in _script().walk_revisions()}:
        raise ProgramOlder(
            f"the schema is of version {version}, which this program does not know (the newest it knows is {_head()}): "
            "nothing was changed; install the program that made it here too"
        )


def is_behind(database: Database) -> bool:
    """Return whether the schema is not of the version that this program needs."""
    return schema_version(database) != _head()


def _script() -> Any:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(_MIGRATIONS))


def _head() -> str:
    return str(_script().get_current_head())


def check_columns(session: Session, catalog: Catalog) -> None:
    """Refuse columns of our three schemas that are not exactly those of the catalog; raises UnclassifiedColumn."""
    catalog.check_live({row["table_name"]: row["columns"] for row in session.rows("live_tables")})


def open_database(settings: Settings) -> Database:
    """Return the database of these settings, not yet checked; the caller closes it."""
    urls = locate_database(settings)
    return Database(urls.login, settings, urls.owner)
