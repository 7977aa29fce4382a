"""The roles, one of which each transaction acts as, and what each new session is checked for.

A session asks for its role and its time limits as it begins (`options` of the startup message). A connection pooler may
drop them: statements would then run with other rights, and wait for ever. So the first statement of every session
compares what it is with what was asked, before anything else is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from redaction.db.refusals import POOLER
from redaction.db.statements import get_statement
from redaction.errors import LoginRefused
from redaction.settings import Settings

OWNERS_LOGIN = (
    "is more than a login: it, or a role that it may become, is a superuser, makes roles, replicates, reads or writes "
    "everything, or owns the database or something of ours; tasks, pages and commands must have a login that is none "
    "of these: put its URL into REDACTION_OWNER_URL, that of another login into REDACTION_DATABASE_URL, and run "
    "`redaction init`, which creates and admits that login; nothing was done"
)


@dataclass(frozen=True)
class WantedSession:
    """What a session was asked to be: its role (`owner`: its login), and the settings of the server."""

    role: str
    options: Mapping[str, str]

    @property
    def lock_timeout(self) -> str:
        """Return the lock timeout with its unit."""
        given = self.options["lock_timeout"]
        return f"{given} ms" if given.isdigit() else given


def check_session(connection: Any, asked: WantedSession) -> None:
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
            f"options`; {POOLER}"
        )
    if found["pid"] != connection.info.backend_pid:
        raise LoginRefused(
            "another process of the server answers than was connected to: a pooler may give each transaction another "
            f"session, and locks and temporary tables would be lost; {POOLER}"
        )
    if asked.role != "owner" and found["more"]:
        raise LoginRefused(f"the login {found['login']} {OWNERS_LOGIN}")
    if asked.role == "owner" and not found["owner"]:
        raise LoginRefused(
            f"this needs the owner of the database, and the login {found['login']} is not: set REDACTION_OWNER_URL for "
            "this command; nothing was done"
        )


Role = Literal["owner", "redaction_loader", "redaction_worker", "redaction_analyst", "redaction_manager"]
PATIENCE: Mapping[str, int] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""After how long a server that does not answer is given up (seconds; the last one milliseconds)."""


def session_options(role: Role, settings: Settings) -> dict[str, str]:
    """Return the settings of the server that a session of a role begins with; `owner` acts as its login."""
    options = {
        "TimeZone": "UTC",
        "application_name": role,
        "lock_timeout": str(settings.lock_timeout_ms),
        "statement_timeout": str(settings.statement_timeout_ms),
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
        options |= {f"enable_{plan}": "off" for plan in ("hashjoin", "mergejoin", "seqscan", "bitmapscan", "material")}
    return options
