"""The login of tasks and pages: what it may not do, who is refused as one, and what the owner's functions refuse."""

from __future__ import annotations

import ast
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.accounts.accounts import list_accounts
from redaction.db.admission import admit_login
from redaction.db.database import Database, open_database
from redaction.db.login import Role
from redaction.db.schema import migrate
from redaction.db.urls import locate_database
from redaction.demo.airflow import AirflowStack, airflow_database
from redaction.embedded import stop_embedded
from redaction.erasure.proof.files import list_files
from redaction.erasure.residue import erase_residue
from redaction.errors import LoginRefused, NotAllowed
from redaction.objects.registry import restore_store
from redaction.pipeline.run import run_account
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.checkout import ROOT
from tests.conftest import LOGIN, as_owner, database_url
from tests.erasure.conftest import CUTOFF, PART

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
Administer = Callable[[str], None]
ROLES: tuple[Role, ...] = ("redaction_loader", "redaction_worker", "redaction_analyst", "redaction_manager")
FILES = (
    "redaction.read_pages(oid, bigint[])",
    "redaction.read_server_file(text, bigint, bigint)",
    "redaction.sizes_of_files(text[])",
    "redaction.list_temporary_files()",
    "redaction.list_log()",
    "redaction.switch_log()",
    "redaction.write_checkpoint()",
    "redaction.data_directory()",
    "redaction.shown_statistics()",
    "redaction.page_extension()",
    "redaction.sample_rows(regclass, bigint, tid[])",
    "redaction.live_tuples(regclass, tid[])",
    "redaction.rows_as_text(regclass, bigint, bigint)",
    "redaction.forget_samples()",
    "redaction.analyze_partition(text)",
)


def _try(database: Database, role: Role, statement: str, **values: Any) -> Any:
    with database.transaction(role) as session:
        return session.connection.execute(sa.text(statement), values).scalar()


# --- the login


def test_the_login_is_neither_the_owner_nor_a_superuser(database: Database, sql: Sql) -> None:
    for role in ROLES:
        with database.transaction(role) as session:
            found = session.one("describe_session", lock_timeout="1s")
        assert (found["role"], found["login"]) == (role, LOGIN)
        assert not any(found[name] for name in ("more", "owner"))
    held = sql(
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
        " WHERE rolname = :login",
        login=LOGIN,
    )
    assert not any(held[0].values())
    # One of its roles is no more than that either.
    powerful = sql(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'redaction\\_%' AND rolname = ANY(:roles)"
        " AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR rolcanlogin)",
        roles=list(ROLES),
    )
    assert powerful == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM tracking.activities",
        "SELECT count(*) FROM tracking.agencies",
        "SELECT count(*) FROM redaction.ledger",
        "SELECT count(*) FROM reporting.tags",
        "SELECT redaction.switch_log()",
        "SELECT tracking.ensure_partition(now(), 'week')",
        "CREATE SCHEMA mine",
    ],
)
def test_a_session_that_acts_as_no_role_may_nothing(database: Database, statement: str) -> None:
    with database.transaction("redaction_worker") as session:
        session.connection.execute(sa.text("SET LOCAL ROLE NONE"))
        with pytest.raises(NotAllowed), session.savepoint():
            session.connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    "way", ["SET ROLE {owner}", "SET SESSION AUTHORIZATION {owner}", "GRANT {owner} TO CURRENT_USER"]
)
def test_no_way_leads_from_a_role_to_the_owner(database: Database, way: str) -> None:
    owner = as_owner(database).username
    for role in ROLES:
        with pytest.raises(NotAllowed), database.transaction(role) as session:
            session.connection.exec_driver_sql(way.format(owner=owner))
        # What undoes a role leads back to the role that the session began with.
        for undo in ("RESET ROLE", "RESET ALL", "DISCARD TEMP"):
            with database.transaction(role) as session:
                session.connection.exec_driver_sql(undo)
                assert session.connection.exec_driver_sql("SELECT current_user").scalar() == role


def test_a_run_and_the_erasure_need_no_owner(
    database: Database, settings: Settings, account: int, insert: Callable[..., None], sql: Sql
) -> None:
    insert(1)
    alone = settings.model_copy(update={"owner_url": None, "rewrite_min_rows": 1})
    opened = open_database(alone)
    assert opened.owner_url is None
    run_account(deploy(opened, alone), account, CUTOFF)
    summary = erase_residue(deploy(opened, alone))
    opened.close()
    assert (summary.left, summary.wal, summary.late) == ({}, None, ())
    if sql("SELECT current_setting('server_version_num')::int >= 170000 AS new")[0]["new"]:
        assert summary.statistics is None
    else:
        assert "REDACTION_OWNER_URL" in str(summary.statistics)
    assert sql("SELECT count(*) AS n FROM redaction.proofs WHERE reason IS NOT NULL") == [{"n": 0}]


# --- who is refused as a login


@pytest.fixture
def other_login(database: Database, administer: Administer) -> Iterator[str]:
    """A login that may act as each role, for a test to extend."""
    name = f"other_login_{os.getpid()}"
    administer(f"DROP ROLE IF EXISTS {name}")
    administer(f"CREATE ROLE {name} LOGIN PASSWORD 'x' IN ROLE {', '.join(ROLES)}")
    administer(f"DROP ROLE IF EXISTS {name}_boss")
    administer(f"CREATE ROLE {name}_boss SUPERUSER")
    yield name
    with database.engine("owner").begin() as connection:
        connection.exec_driver_sql(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
    administer(f"REASSIGN OWNED BY {name} TO CURRENT_USER; DROP OWNED BY {name}")
    administer(f"ALTER DATABASE {database.url.database} OWNER TO CURRENT_USER")
    administer(f"DROP ROLE {name}")
    administer(f"DROP ROLE {name}_boss")


@pytest.mark.parametrize(
    "more",
    [
        "ALTER ROLE {login} SUPERUSER",
        "ALTER ROLE {login} CREATEROLE",
        "ALTER DATABASE {database} OWNER TO {login}",
        "GRANT {owner} TO {login}",
        "GRANT {login}_boss TO {login}",
        "GRANT pg_read_all_data TO {login}",
        "GRANT pg_write_all_data TO {login}",
        "GRANT pg_execute_server_program TO {login}",
        "ALTER ROLE {login} REPLICATION",
        "ALTER ROLE {login} BYPASSRLS",
        "ALTER TABLE tracking.held_contacts OWNER TO {login}",
        "ALTER FUNCTION redaction.keep_ledger() OWNER TO {login}",
    ],
    ids=[
        "superuser",
        "makes roles",
        "owns the database",
        "is a member of the owner",
        "may become a superuser",
        "reads everything",
        "writes everything",
        "runs programs",
        "replicates",
        "passes row security",
        "owns a table",
        "owns a function",
    ],
)
def test_a_login_that_is_more_is_refused_whatever_it_wants_to_do(
    database: Database, settings: Settings, administer: Administer, other_login: str, more: str
) -> None:
    url = database.url.set(username=other_login, password="x").render_as_string(hide_password=False)
    plain = Database(url, settings)
    assert list_accounts(plain) == []
    plain.close()
    owner, name = as_owner(database).username, database.url.database
    with database.engine("owner").begin() as connection:
        connection.exec_driver_sql(more.format(login=other_login, database=name, owner=owner))
    powerful = Database(url, settings)
    for role in ROLES:
        with pytest.raises(LoginRefused, match="tasks, pages and commands must have a login that is none of"):
            _try(powerful, role, "SELECT 1")
    powerful.close()
    # `init` does not admit it either.
    both = Database(url, settings, as_owner(database).render_as_string(hide_password=False))
    with pytest.raises(NotAllowed, match="REDACTION_OWNER_URL"):
        admit_login(both)
    both.close()


def test_with_one_url_init_works_and_says_what_all_else_refuses(
    database: Database, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_DATABASE_URL", as_owner(database).render_as_string(hide_password=False))
    monkeypatch.delenv("REDACTION_OWNER_URL")
    code, out, err = cli("init")
    assert (code, "there already" in out) == (0, True)
    assert "REDACTION_DATABASE_URL is that of the owner" in err
    for command in (["status"], ["account", "list"], ["agency", "add", "9"], ["run", "7"], ["erase-residue"]):
        code, out, err = cli(*command)
        assert (code, out, err.count("\n")) == (1, "", 1), command
        assert "put its URL into REDACTION_OWNER_URL" in err


def test_without_the_owners_url_its_work_is_refused_in_one_line(
    database: Database, west: Database, account: int, cli: Cli, monkeypatch: pytest.MonkeyPatch, sql: Sql
) -> None:
    monkeypatch.delenv("REDACTION_OWNER_URL")
    for command in (["init"], ["account", "move", "7", "--to", "west"]):
        code, _, err = cli(*command)
        said = [line for line in err.splitlines() if not line.startswith("warning: ")]
        assert (code, len(said)) == (1, 1), command
        assert f"the login {LOGIN} is not: set REDACTION_OWNER_URL" in err
    assert sql("SELECT whereabouts FROM tracking.accounts WHERE id = 7") == [{"whereabouts": "here"}]


def test_init_creates_the_login_and_its_password_is_in_no_log(
    database: Database,
    settings: Settings,
    server: tuple[str, Path | None],
    administer: Administer,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, password = f"made_login_{os.getpid()}", f"secret-{secrets.token_hex(8)}"
    administer(f"ALTER DATABASE {database.url.database} SET log_statement = 'ddl'")
    url = database.url.set(username=name, password=password)
    monkeypatch.setenv("REDACTION_DATABASE_URL", url.render_as_string(hide_password=False))
    start = server[1].stat().st_size if server[1] else 0
    try:
        for _ in range(2):
            assert cli("init")[0] == 0
            assert cli("account", "list")[0] == 0
        with database.engine("owner").connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT r.rolsuper OR r.rolcreaterole OR r.rolcreatedb AS more, r.rolinherit AS inherits,"
                f" r.rolpassword LIKE 'SCRAM-SHA-256$%%' AS hashed FROM pg_authid r WHERE r.rolname = '{name}'"
            ).one()
        assert tuple(found) == (False, False, True)
        if server[1]:
            assert password.encode() not in server[1].read_bytes()[start:]
    finally:
        administer(f"DROP OWNED BY {name}")
        administer(f"DROP ROLE IF EXISTS {name}")


def test_the_embedded_server_has_both_logins_and_a_closed_socket(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    urls = locate_database(settings)
    try:
        assert urls.owner is not None
        login, owner = sa.make_url(urls.login), sa.make_url(urls.owner)
        assert (login.username, owner.username) == ("redaction", "postgres")
        socket = Path(str(login.query["host"])) / ".s.PGSQL.5432"
        assert socket.stat().st_mode & 0o077 == 0
        database = open_database(settings)
        migrate(database)
        assert admit_login(database) is None
        assert list_accounts(database) == []
        with database.transaction("redaction_worker") as session:
            assert not session.one("describe_session", lock_timeout="1s")["more"]
        database.close()
    finally:
        stop_embedded(settings.home / "postgres")


# --- who acts as the owner


def test_no_process_of_airflow_is_given_the_owners_login(
    settings: Settings, west: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert os.environ["REDACTION_OWNER_URL"]
    assert os.environ["AIRFLOW_CONN_WEST_OWNER"]
    assert settings.database_url is not None
    login = settings.database_url.get_secret_value()
    given = AirflowStack(tmp_path, login, login, settings.home).environment()
    owner = as_owner(west).render_as_string(hide_password=False)
    assert "AIRFLOW_CONN_WEST" in given
    ours = {name: value for name, value in given.items() if name.startswith(("REDACTION_", "AIRFLOW_CONN_"))}
    assert not [name for name in ours if "OWNER" in name]
    assert owner not in given.values()


def test_airflows_own_database_belongs_to_the_login(
    database: Database, settings: Settings, server: tuple[str, Path | None], administer: Administer
) -> None:
    assert settings.database_url is not None
    try:
        url = airflow_database(server[0], settings.database_url.get_secret_value())
        assert sa.make_url(url).username == LOGIN
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE as_airflow_makes_them (id int)")
            found = connection.exec_driver_sql("SELECT rolsuper FROM pg_roles WHERE rolname = session_user").scalar()
        engine.dispose()
        assert found is False
    finally:
        administer("DROP DATABASE IF EXISTS airflow WITH (FORCE)")


OWNERS_WORK = {
    "redaction/gate/guard.py",  # `init` keeps the limits of the guard
    # An administrator appointed by the operator, who has the owner's login.
    "redaction/accounts/administrators.py",
    "redaction/db/admission.py",
    "redaction/db/database.py",
    "redaction/db/migrations/adoption.py",
    "redaction/db/schema.py",
    "redaction/control/move.py",
    # The rest of a closed account, like that of a moved one.
    "redaction/control/close.py",
    "redaction/recovery/replay.py",
    # Settings that a replay restores: two people have agreed to them before.
    "redaction/accounts/restored.py",
    # If the right MAINTAIN cannot be granted, and only if the process has the owner's URL.
    "redaction/erasure/statistics.py",
    # `redaction init --check` reads the version of a schema as the login that would upgrade it.
    "redaction/cli/data.py",
    # `redaction init` with one URL, whose login is refused for everything else.
    "redaction/db/login.py",
    "redaction/db/outflow.py",
}


def test_only_these_modules_act_as_the_owner() -> None:
    acting = set()
    for path in (ROOT / "redaction").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("redaction/airflow/dags/"):
            continue  # `owner` is a field of Airflow's there
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value == "owner":
                acting.add(name)
    assert acting == OWNERS_WORK


def test_a_replay_puts_back_a_store_that_the_ledger_tells_of(database: Database, sql: Sql) -> None:
    """After a restore, with its id; the next store has another."""
    told = {"id": 5, "name": "s", "prefix": "file:///srv/x/", "mode": "delete", "method": "DELETE"}
    told |= dict.fromkeys(("connection", "agency_id", "account_id", "template", "body"))
    with database.transaction("owner") as session:
        restore_store(session, {"change": "added", "store": told})
    assert sql("SELECT id FROM redaction.stores") == [{"id": 5}]
    assert sql("SELECT nextval(pg_get_serial_sequence('redaction.stores', 'id')) AS id") == [{"id": 6}]


# --- what the functions of the owner refuse


@pytest.mark.parametrize("role", [role for role in ROLES if role != "redaction_worker"])
def test_only_the_worker_may_call_them(database: Database, sql: Sql, role: Role) -> None:
    for function in FILES:
        may = sql("SELECT has_function_privilege(:role, :function, 'EXECUTE') AS may", role=role, function=function)
        assert may == [{"may": False}], function


def test_they_run_as_the_owner_with_a_path_that_nobody_else_can_set(sql: Sql) -> None:
    for function in FILES:
        [found] = sql(
            "SELECT prosecdef, proconfig, NOT EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0) AS closed"
            " FROM pg_proc WHERE oid = CAST(:function AS regprocedure)",
            function=function,
        )
        assert found == {"prosecdef": True, "proconfig": ["search_path=pg_catalog, pg_temp"], "closed": True}, function


@pytest.mark.parametrize("relation", ["pg_authid", "pg_proc", "public.alien", "pg_toast.pg_toast_2618", "pg_database"])
def test_no_page_or_row_of_another_relation_is_shown(database: Database, sql: Sql, relation: str) -> None:
    sql("CREATE TABLE public.alien (secret text); INSERT INTO public.alien VALUES ('of somebody else')")
    for statement in (
        "SELECT redaction.read_pages(CAST(CAST(:relation AS regclass) AS oid), ARRAY[0]::bigint[])",
        "SELECT redaction.rows_as_text(CAST(:relation AS regclass), 0, 10)",
        "SELECT redaction.live_tuples(CAST(:relation AS regclass), ARRAY['(0,1)']::tid[])",
        "SELECT redaction.sample_rows(CAST(:relation AS regclass), 1, ARRAY['(0,1)']::tid[])",
    ):
        with pytest.raises(NotAllowed):
            _try(database, "redaction_worker", statement, relation=relation)


def test_no_page_of_an_index_of_another_table_is_shown(database: Database, sql: Sql) -> None:
    sql("CREATE TABLE public.alien (secret text PRIMARY KEY)")
    for relation in ("public.alien_pkey", "pg_catalog.pg_authid_rolname_index", "pg_catalog.pg_class_oid_index"):
        with pytest.raises(NotAllowed):
            _try(
                database,
                "redaction_worker",
                "SELECT redaction.read_pages(CAST(CAST(:relation AS regclass) AS oid), ARRAY[0]::bigint[])",
                relation=relation,
            )


def test_pages_of_ours_are_shown(database: Database, account: int, insert: Callable[..., None]) -> None:
    insert(1)
    with database.transaction("redaction_worker") as session:
        found = list_files(session, [PART, "pg_catalog.pg_statistic"])
        assert {file.place for file in found} == {"heap", "toast", "index", "toast index"}
        for file in (file for file in found if file.blocks):
            page = session.connection.execute(
                sa.text("SELECT octet_length((redaction.read_pages(:oid, ARRAY[0]::bigint[]))[1])"), {"oid": file.oid}
            ).scalar()
            assert page == 8192


@pytest.mark.parametrize(
    "path",
    [
        "PG_VERSION",
        "postgresql.conf",
        "pg_hba.conf",
        "global/pg_filenode.map",
        "global/1260",
        "/etc/passwd",
        "../../../../etc/passwd",
        "pg_wal/../global/1260",
        "pg_wal/000000010000000000000001/../../PG_VERSION",
        "pg_wal/archive_status/000000010000000000000001.ready",
        "base/pgsql_tmp/../../PG_VERSION",
        "base/pgsql_tmp/..",
        "base/pgsql_tmp/a/../../../PG_VERSION",
        "base/pgsql_tmp/a/b/c",
        "./PG_VERSION",
        "base/1/1259",
        "base/1/1",
        "base/{database}/PG_VERSION",
        "base/{database}/{pg_proc}",
        "base/{database}/{alien}",
        "base/{database}/{alien}_fsm",
        "base/{database}/t3_{alien}",
        "base/{database}/../../PG_VERSION",
        "base/{database}/{alien}\nPG_VERSION",
        "PG_VERSION\npg_wal/000000010000000000000001",
        "pg_tblspc/1/PG_18_1/1/1",
        "",
    ],
)
def test_no_other_file_is_shown(database: Database, sql: Sql, path: str) -> None:
    sql("CREATE TABLE public.alien (secret text); INSERT INTO public.alien VALUES ('of somebody else')")
    [known] = sql(
        "SELECT oid AS database, pg_relation_filenode('pg_proc') AS pg_proc,"
        " pg_relation_filenode('public.alien') AS alien FROM pg_database WHERE datname = current_database()"
    )
    named = path.format(**known)
    with pytest.raises(NotAllowed):
        _try(database, "redaction_worker", "SELECT redaction.read_server_file(:path, 0, 8192)", path=named)
    assert _try(database, "redaction_worker", "SELECT redaction.sizes_of_files(ARRAY[:path])", path=named) is None


def test_the_log_is_shown_and_no_more_than_a_piece_at_a_time(database: Database) -> None:
    name = _try(database, "redaction_worker", "SELECT min(name) FROM redaction.list_log()")
    ask = "SELECT octet_length(redaction.read_server_file(:path, :starts, :length))"
    path = f"pg_wal/{name}"
    assert _try(database, "redaction_worker", ask, path=path, starts=0, length=8192) == 8192
    for starts, length in ((-1, 10), (0, 0), (0, 1 << 25)):
        with pytest.raises(Exception, match="22023"):
            _try(database, "redaction_worker", ask, path=path, starts=starts, length=length)


def test_nothing_is_analyzed_but_a_partition(database: Database, sql: Sql, account: int) -> None:
    sql("CREATE TABLE public.alien (secret text)")
    for name in ("alien", "activities_elsewhen_rows; DROP TABLE public.alien", "accounts", '../"', ""):
        with pytest.raises(Exception, match=r"redaction init|no partition"):
            _try(database, "redaction_worker", "SELECT redaction.analyze_partition(:name)", name=name)
    _try(database, "redaction_worker", "SELECT redaction.analyze_partition('activities_elsewhen')")


def test_a_table_of_ones_own_is_none_of_ours(database: Database) -> None:
    """A worker may create temporary tables, in a schema of its own, of any name."""
    with database.transaction("redaction_worker") as session:
        session.connection.exec_driver_sql("CREATE TEMPORARY TABLE activities (caller_name text)")
        with pytest.raises(NotAllowed), session.savepoint():
            session.connection.exec_driver_sql(
                "SELECT redaction.read_pages(CAST('pg_temp.activities'::regclass AS oid), ARRAY[0]::bigint[])"
            )


def test_the_urls_are_never_shown(database: Database, settings: Settings, server: tuple[str, Path | None]) -> None:
    hidden = database_url(server[0], str(database.url.database))
    shown = f"{settings!r} {locate_database(settings)!r} {database!r}"
    assert "of the tests" not in shown
    assert hidden not in shown
