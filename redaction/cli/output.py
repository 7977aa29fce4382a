"""What the commands print: tables for people, JSON for machines, one line for an error."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from redaction.database import Database, open_database
from redaction.errors import BadInput
from redaction.evidence.anchor import check_ledger
from redaction.settings import Settings, load_settings

# A pipe has no width of its own: wide enough that no table is folded into strips.
out = Console(width=None if sys.stdout.isatty() else 180)
err = Console(stderr=True)


@contextmanager
def deployment(behind: bool = False) -> Iterator[tuple[Database, Settings]]:
    """Open the database of this environment for one command.

    Raises DatabaseBehind if it was restored, unless the command may work on one that is `behind` its ledger: those that
    a replay takes, and those that create what it misses.
    """
    settings = load_settings()
    database = open_database(settings)
    try:
        if not behind:
            check_ledger(database, settings)
        yield database, settings
    finally:
        database.close()


def plain(value: Any) -> Any:
    """Return a value as JSON has it: dataclasses as objects, instants in ISO format (UTC)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def print_json(value: Any) -> None:
    """Print a value as indented JSON on standard output."""
    typer.echo(json.dumps(plain(value), indent=2, ensure_ascii=False))


def print_table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a table whose columns are those of the first row."""
    table = Table(title=title, title_justify="left")
    for name in rows[0] if rows else ():
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(str(value) if _is_id(name, value) else show(value) for name, value in row.items()))
    out.print(table)


def _is_id(name: str, value: Any) -> bool:
    return name.endswith("id") and value is not None


def show(value: Any) -> str:
    """Return a value as a person reads it; instants to the minute, in UTC."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{show(item)} {key}" for key, item in value.items()) or "-"
    return str(value)


def parse_instant(text: str | None) -> datetime:
    """Return the instant an ISO 8601 text names (UTC if it has no offset), now for None; raises BadInput."""
    if text is None:
        return datetime.now(UTC)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--as-of: {text!r} is no ISO 8601 time such as 2026-03-01T00:00:00-05:00") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def parse_day(text: str) -> date:
    """Return the day an ISO 8601 text names; raises BadInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--since: {text!r} is no day such as 2026-03-01") from None
