"""The database that a process is offered where its settings name none. Imports nothing: a parse of the DAGs asks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from redaction.settings import Settings


@dataclass(frozen=True, repr=False)
class Urls:
    """The URLs of a database: that of the login, and that of the owner where this process has it."""

    login: str
    owner: str | None


class Offered:
    """What gives a database where the settings name none; None: nothing does."""

    locate: Callable[[Settings], Urls] | None = None
