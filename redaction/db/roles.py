"""The roles, one of which each transaction acts as, and the settings of the server that their sessions ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from redaction.settings import Settings

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
        options |= {f"enable_{way}": "off" for way in ("hashjoin", "mergejoin", "seqscan", "bitmapscan", "material")}
    return options
