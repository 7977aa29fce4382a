"""The database that a process is offered if its settings name none. Imports nothing, because parses of the DAGs use
it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from redaction.settings import Settings


@dataclass(frozen=True, repr=False)
class Urls:
    """The URLs of a database: that of the login, and that of the owner if this process has it."""

    login: str
    owner: str | None


class Offered:
    """Returns a database if the settings name none; None: no database is offered."""

    locate: Callable[[Settings], Urls] | None = None
