"""The context of every function that works on a placement: its settings, its database, its ledger outside."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from redaction.db.database import Database
from redaction.db.login import Role
from redaction.db.session import Row, Session
from redaction.settings import Settings


class LedgerPlace(Protocol):
    """A place for ledgers outside the database: objects that are written once. Raises LedgerUnreachable."""

    @property
    def shown(self) -> str:
        """Return its address for messages, without anything that may be a password."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return an object; None if there is none of that name."""
        ...

    def list_names(self, folder: str, ending: str = ".json") -> list[str]:
        """Return the names in a folder: of objects, or with an empty ending of folders."""
        ...

    def write(self, name: str, text: bytes) -> bytes:
        """Keep an object unless one of that name exists; return what is kept."""
        ...


@dataclass(frozen=True)
class Deployment:
    """One placement, opened."""

    settings: Settings
    database: Database
    outside: LedgerPlace

    @property
    def placement(self) -> str:
        """Return its name."""
        return self.settings.placement

    def rows(self, name: str, /, **values: Any) -> list[Row]:
        """Run one statement of its database as the worker in a transaction of its own; return its rows."""
        return self.database.rows(name, **values)

    def one(self, name: str, /, **values: Any) -> Row:
        """Run one statement of its database as the worker in a transaction of its own; return its only row."""
        return self.database.one(name, **values)

    def run(self, name: str, /, **values: Any) -> int:
        """Run one statement of its database as the worker in a transaction of its own; return the rows it touched."""
        return self.database.run(name, **values)

    def transaction(self, role: Role) -> AbstractContextManager[Session]:
        """Open a transaction of its database as a role; commit at the end, roll back on any error."""
        return self.database.transaction(role)
