"""`redaction quarantine`: the records that loads have rejected; their content is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from redaction.cli.output import Json, open_placements, out, print_json, print_table
from redaction.errors import BadInput
from redaction.settings import Settings
from redaction.words import say_count

quarantine_app = typer.Typer(no_args_is_help=True, help="Records that loads have rejected, kept as they were sent.")


def _each_settings() -> Iterator[tuple[str, Settings]]:
    placements = open_placements()
    for name in placements.names:
        yield name, placements.settings.at(name)


@quarantine_app.command("list")
def list_(json: Json = False) -> None:
    """Show each file: how many records, since when, and whether it is overdue."""
    from redaction.source.quarantine import list_quarantine

    rows = [
        {"placement": name, **vars(file)} for name, settings in _each_settings() for file in list_quarantine(settings)
    ]
    print_json(rows) if json else print_table("Quarantine", rows)


@quarantine_app.command()
def purge(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Files; default: all.")] = None,
) -> None:
    """Remove rejected records for good: all of them, or those of the named files."""
    from redaction.source.quarantine import list_quarantine, purge_quarantine

    there = [(settings, list_quarantine(settings)) for _, settings in _each_settings()]
    if set(names or ()) - {file.name for _, files in there for file in files}:
        raise BadInput("the quarantine has no file of that name: see `redaction quarantine list`; nothing was removed")
    records = 0
    for settings, files in there:
        gone = [file for file in files if not names or file.name in names]
        purge_quarantine(settings, gone)
        records += sum(file.records for file in gone)
    out.print(f"{say_count(records, 'record', 'records')} deleted", highlight=False)
