"""The login: what each new session is checked for, and how `redaction init` admits it.

A session asks for its role and its time limits as it begins (`options` of the startup message). A connection pooler may
drop them: statements would then run with other rights, and wait for ever. So the first statement of every session
compares what it is with what was asked, before anything else is done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redaction.errors import BadInput, LoginRefused, NotAllowed, RedactionError
from redaction.statements import get_statement

if TYPE_CHECKING:
    from redaction.database import Database

ROLES = "redaction_loader, redaction_worker, redaction_analyst, redaction_manager"
_POOLER = "connect to the server itself, without a connection pooler such as PgBouncer in between; nothing was done"
_OWNERS_LOGIN = (
    "is more than a login: it, or a role that it may become, is a superuser, makes roles, replicates, reads or writes "
    "everything, or owns the database or something of ours; tasks, pages and commands must have a login that is none "
    "of these: put its URL into REDACTION_OWNER_URL, that of another login into REDACTION_DATABASE_URL, and run "
    "`redaction init`, which creates and admits that login; nothing was done"
)


@dataclass(frozen=True)
class Asked:
    """What a session was asked to be: its role (`owner`: its login), and the settings of the server."""

    role: str
    options: Mapping[str, str]

    @property
    def lock_timeout(self) -> str:
        """Return the lock timeout with its unit."""
        given = self.options["lock_timeout"]
        return f"{given} ms" if given.isdigit() else given


def check_session(connection: Any, asked: Asked) -> None:
    """Refuse a new DBAPI connection that is not what was asked for. Raises LoginRefused, naming the cause.

    Refused are sessions that act as another role, or without our time limits; those that another process serves than
    was connected to, since a pooler may give each transaction another one, and a rewrite keeps locks and tables over
    three; logins that are the owner or a superuser, or may become one, but for the owner's work.
    """
    with connection.cursor() as cursor:
        cursor.execute(get_statement("describe_session").sql.replace(":lock_timeout", "%s"), [asked.lock_timeout])
        found = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    connection.rollback()
    wanted = found["login"] if asked.role == "owner" else asked.role
    name = asked.options["application_name"]
    if found["role"] != wanted or found["application"] != name or not found["waits_as_asked"]:
        raise LoginRefused(
            f"the session asked to act as {asked.role} and acts as {found['role']}, or without its time limits: "
            "something between dropped the startup options, as PgBouncer does with `ignore_startup_parameters = "
            f"options`; {_POOLER}"
        )
    if found["pid"] != connection.info.backend_pid:
        raise LoginRefused(
            "another process of the server answers than was connected to: a pooler may give each transaction another "
            f"session, and locks and temporary tables would be lost; {_POOLER}"
        )
    if asked.role != "owner" and found["more"]:
        raise LoginRefused(f"the login {found['login']} {_OWNERS_LOGIN}")
    if asked.role == "owner" and not found["owner"]:
        raise LoginRefused(
            f"this needs the owner of the database, and the login {found['login']} is not: set REDACTION_OWNER_URL for "
            "this command; nothing was done"
        )


def explain_refusal(message: str) -> RedactionError | None:
    """Return the error that the server's refusal of a connection stands for; None if it says nothing of ours."""
    if "startup parameter" in message:
        return LoginRefused(
            f"the connection pooler does not take the startup options that name role and time limits: {_POOLER}"
        )
    if found := re.search(r"redaction_(?:loader|worker|analyst|manager)", message):
        return BadInput(
            f"the database has no role {found[0]}, or the login may not act as it: run `redaction init` as the owner"
        )
    return None


def admit_login(database: Database) -> str | None:
    """Let the login of the database act as each role, and create it first if it is not there; as the owner.

    Returns why the login will be refused all the same, or None: this process has but one URL, and it is the owner's.
    Raises NotAllowed if the login is the owner or a superuser, or the owner may not create it or grant the roles.
    """
    login, owner = database.url.username, database.owner_url
    if owner is None:
        return f"REDACTION_DATABASE_URL is that of the owner: the login {login} {_OWNERS_LOGIN}"
    if not login:
        raise BadInput("REDACTION_DATABASE_URL names no user: name the login of tasks and pages there")
    with database.transaction("owner") as session:
        found = session.one("describe_login", login=login)
        if found["more"]:
            raise NotAllowed(f"the login {login} {_OWNERS_LOGIN.removesuffix('; nothing was done')}")
        verifier = None
        if not found["present"] and database.url.password:
            # The password itself would be in the server's log, if that has statements.
            verifier = _hash_password(session.connection.connection.dbapi_connection, login, str(database.url.password))
        try:
            with session.savepoint():
                session.rows("admit_login", login=login, verifier=verifier)
        except NotAllowed:
            raise NotAllowed(
                f"the owner may not create the login {login} or grant it the roles: let a superuser run CREATE ROLE "
                f"{login} LOGIN, and GRANT {ROLES} TO {login}; then run `redaction init`"
            ) from None
    return None


def _hash_password(connection: Any, login: str, password: str) -> str:
    from psycopg2.extensions import encrypt_password

    return str(encrypt_password(password, login, connection, "scram-sha-256"))
