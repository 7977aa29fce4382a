"""The roles that transactions act as, and the checks of each new session.

A session asks for its role and its time limits when it starts (`options` of the startup message). A connection pooler
may drop them: statements would then run with other rights, and wait for ever. So the first statement of every session
compares what it got with what was asked for.
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
    """What a session asked for: its role (`owner`: its login), and the settings of the server."""

    role: str
    options: Mapping[str, str]

    @property
    def lock_timeout(self) -> str:
        """Return the lock timeout with its unit."""
        given = self.options["lock_timeout"]
        return f"{given} ms" if given.isdigit() else given


def check_session(connection: Any, asked: WantedSession) -> None:
    """Refuse a new DBAPI connection that is not what was asked for. Raises LoginRefused, naming the cause.

    It refuses a session that acts as another role or lacks our time limits. It refuses a session served by another
    process than the one connected to: a pooler may give each transaction another one, and a rewrite keeps locks and
    tables over three. It refuses a login that is, or may become, the owner or a superuser, except for the owner's work.
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
"""When a server that does not answer is given up (seconds; the last one milliseconds)."""


def session_options(role: Role, settings: Settings) -> dict[str, str]:
    """Return the server settings that a session of a role starts with; `owner` acts as its login."""
    options = {
        "TimeZone": "UTC",
        "application_name": role,
        "lock_timeout": str(settings.lock_timeout_ms),
        "statement_timeout": str(settings.statement_timeout_ms),
        # Our statements are planned for large tables and are mostly short: compiling them takes longer than running
        # them.
        "jit": "off",
        # A killed client must not leave its statement running, with its locks.
        "client_connection_check_interval": "2000",
        # A client whose network is gone must not leave it either; the server would wait two hours for it.
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    if role != "owner":
        options["role"] = role
    if role == "redaction_loader":
        # A batch stays in memory: its staging table, and the new rows that the trigger reads.
        options |= {"temp_buffers": "64MB", "work_mem": "64MB"}
        # It only looks up rows by their keys; a join over the whole table would be a bad plan.
        options |= {f"enable_{plan}": "off" for plan in ("hashjoin", "mergejoin", "seqscan", "bitmapscan", "material")}
    return options
