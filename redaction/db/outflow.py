"""What takes personal values out of reach of any run: publications and logical slots, which send changes of our
tables elsewhere, and settings that make the server's own log keep values in plain text.
"""

from __future__ import annotations

from collections.abc import Mapping

from redaction.db.database import Database
from redaction.db.session import Session
from redaction.errors import NotAllowed
from redaction.settings import Settings

_OFF = ("off",)
_SAFE: Mapping[str, tuple[str, ...]] = {
    "log_error_verbosity": ("terse",),
    "log_min_error_statement": ("panic",),
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "log_transaction_sample_rate": ("0",),
    "log_parameter_max_length_on_error": ("0",),
    "debug_print_parse": _OFF,
    "debug_print_rewritten": _OFF,
    "debug_print_plan": _OFF,
    "auto_explain.log_min_duration": ("-1",),
    "pgaudit.log": ("none", ""),
}
"""Safe values of each setting, the first one recommended. A setting that the server does not know is safe."""


def list_log_warnings(database: Database, as_owner: bool = False) -> list[str]:
    """Return a line for each server setting that makes its log keep values: name, value, what to set.

    The settings are those of the login; `as_owner`: those of the owner, which may differ.
    """
    with database.transaction("owner" if as_owner else "redaction_worker") as session:
        rows = session.rows("log_settings", names=list(_SAFE))
    return [
        f"the server's log would keep personal values: {row['name']} is {row['setting']!r}; "
        f"set {row['name']} = {_SAFE[row['name']][0]} in postgresql.conf, then reload it"
        for row in rows
        if row["setting"] not in _SAFE[row["name"]]
    ]


def list_publications(session: Session) -> list[str]:
    """Return what sends personal values elsewhere, in words: `publication NAME`, `logical slot NAME`."""
    return [f"{row['kind']} {row['name']}" for row in session.rows("list_publications")]


def refuse_publications(session: Session, settings: Settings) -> None:
    """Raise NotAllowed if something sends values elsewhere and the settings forbid runs then."""
    if settings.publications != "refuse":
        return
    found = list_publications(session)
    if found:
        raise NotAllowed(
            f"{', '.join(found)}: sends what is in the database elsewhere, where no run reaches it: drop it, or set "
            "REDACTION_PUBLICATIONS=name; nothing was changed"
        )
