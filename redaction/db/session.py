"""One open transaction: statements by name, and copies in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from redaction.db.refusals import mapped_errors
from redaction.db.statements import get_statement
from redaction.errors import CatalogError, RedactionError, ValueRefused

Row = Mapping[str, Any]
_COPIED = 128 * 1024
"""Bytes that a COPY reads and sends at once. With the driver's default of 8 kB it takes half as much CPU again."""


@dataclass(frozen=True)
class Session:
    """One open transaction."""

    connection: Connection

    def rows(self, name: str, /, **values: Any) -> list[Row]:
        """Run a statement by name; return its rows as mappings, empty if it returns none."""
        result = self._execute(name, values)
        if not result.returns_rows:
            return []
        names = tuple(result.keys())
        return [dict(zip(names, row, strict=True)) for row in result]

    def one(self, name: str, /, **values: Any) -> Row:
        """Run a statement that returns exactly one row; return it."""
        rows = self.rows(name, **values)
        if len(rows) != 1:
            raise RedactionError(f"statement {name} returned {len(rows)} rows, not one")
        return rows[0]

    def run(self, name: str, /, **values: Any) -> int:
        """Run a statement; return the number of rows it touched."""
        return int(self._execute(name, values).rowcount)

    def set_local(self, settings: Mapping[str, str]) -> None:
        """Set settings of the server for this transaction, by name."""
        self.rows("set_local", names=list(settings), values=list(settings.values()))

    def set_for_session(self, settings: Mapping[str, str]) -> None:
        """Set settings of the server for this session, by name."""
        self.rows("set_for_session", names=list(settings), values=list(settings.values()))

    def _execute(self, name: str, values: Mapping[str, Any]) -> sa.CursorResult[Any]:
        statement = get_statement(name)
        if set(values) != set(statement.parameters):
            raise CatalogError(f"statement {name} takes {statement.parameters}, was given {tuple(values)}")
        try:
            return self.connection.execute(sa.text(statement.sql), dict(values))
        except ValueError:
            # The driver raises this before anything is sent: a NUL, or half of a surrogate pair.
            raise ValueRefused(f"a text that {name} was given has a character that the database cannot hold") from None

    def copy_in(self, name: str, data: IO[bytes] | IO[str]) -> None:
        """Run a `COPY ... FROM STDIN` statement on the bytes of a file-like object."""
        cursor: Any = self.connection.connection.cursor()
        with cursor:
            cursor.copy_expert(get_statement(name).sql, data, _COPIED)

    def copy_out(self, name: str, sink: IO[bytes], /, **values: Any) -> None:
        """Run a `COPY ... TO STDOUT` statement; each row goes to the `write` of a file-like object at once."""
        statement = sa.text(get_statement(name).sql).compile(dialect=self.connection.dialect)
        cursor: Any = self.connection.connection.cursor()
        with cursor:
            cursor.copy_expert(cursor.mogrify(str(statement), values), sink)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo an error raised within, so that the transaction continues; errors are mapped to ours."""
        with mapped_errors(), self.connection.begin_nested():
            yield


Transaction = Callable[[], AbstractContextManager[Session]]
