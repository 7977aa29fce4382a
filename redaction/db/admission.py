"""How `redaction init` admits the login of tasks, pages and commands."""

from __future__ import annotations

from typing import Any

from psycopg2.extensions import encrypt_password

from redaction.db.database import Database
from redaction.db.login import OWNERS_LOGIN
from redaction.errors import BadInput, NotAllowed

ROLES = "redaction_loader, redaction_worker, redaction_analyst, redaction_manager"


def admit_login(database: Database) -> str | None:
    """Let the login of the database act as each role, as the owner; create the login first if it is missing.

    Returns why the login will still be refused, or None: this process has only one URL, the owner's. Raises NotAllowed
    if the login is the owner or a superuser, or if the owner may not create it or grant the roles.
    """
    login, owner = database.url.username, database.owner_url
    if owner is None:
        return f"REDACTION_DATABASE_URL is that of the owner: the login {login} {OWNERS_LOGIN}"
    if not login:
        raise BadInput("REDACTION_DATABASE_URL names no user: name the login of tasks and pages there")
    with database.transaction("owner") as session:
        found = session.one("describe_login", login=login)
        if found["more"]:
            raise NotAllowed(f"the login {login} {OWNERS_LOGIN.removesuffix('; nothing was done')}")
        verifier = None
        if not found["present"] and database.url.password:
            # If the server logs statements, the password itself would be in its log.
            own: Any = session.connection.connection.dbapi_connection
            verifier = encrypt_password(str(database.url.password), login, own, "scram-sha-256")
        try:
            with session.savepoint():
                session.rows("admit_login", login=login, verifier=verifier)
        except NotAllowed:
            raise NotAllowed(
                f"the owner may not create the login {login} or grant it the roles: let a superuser run CREATE ROLE "
                f"{login} LOGIN, and GRANT {ROLES} TO {login}; then run `redaction init`"
            ) from None
    return None
