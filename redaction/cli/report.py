"""`redaction report`: a report of an account or an agency, as on the pages, for people, files and programs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from redaction.cli.output import Json, open_placements, print_json, print_table, print_warnings, read_id
from redaction.db.session import Row
from redaction.errors import BadInput
from redaction.reporting.files import as_json, list_rows, write_parquet, write_report_csv
from redaction.reporting.frames import Agency, read
from redaction.reporting.kinds import COLUMNS, REPORTS, Report, find_report

Day = Annotated[str | None, typer.Option(metavar="DAY", help="Local day such as 2026-03-01.")]


def report(
    account: Annotated[int, typer.Argument(parser=read_id, metavar="ACCOUNT", help="Id of the account, or agency.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"{', '.join(REPORTS)}, or own-fields.")],
    since: Day = None,
    until: Day = None,
    agency: Annotated[bool, typer.Option("--agency", help="All accounts of the agency with that id.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV to standard output.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write Parquet to standard output.")] = False,
    json: Json = False,
) -> None:
    """Show a report over local days, by default the last 30; the role `redaction_analyst` is enough.

    Values that look like a number or an e-mail address are hidden. Standard error says what is missing, and why.
    """
    if sum((csv, parquet, json)) > 1:
        raise BadInput("choose one of --csv, --parquet and --json: nothing was read")
    if parquet and sys.stdout.isatty():
        raise BadInput(f"Parquet is not for a terminal, and nothing was read: redaction report {account} {name} > FILE")
    with open_placements() as placements:
        frame = read(Agency(account) if agency else account, name, since, until, placements=placements)
    if json:
        print_json(as_json(frame))
    elif csv or parquet:
        typer.echo(write_report_csv(frame) if csv else write_parquet(frame), nl=False)
    else:
        said = frame.attrs
        title = f"{said['title']}: {said['name']}, {said['since']} to {said['until']}"
        print_table(title, [_say(row, find_report(name)) for row in list_rows(frame)])
    print_warnings([f"not counted: {missing['what']}. {missing['why']}" for missing in frame.attrs["missing"]])


def _say(row: Row, kind: Report) -> dict[str, object]:
    nothing = {column: "not known" if column in kind.measures else "(none)" for column in row}
    return {COLUMNS[column]: nothing[column] if value is None else value for column, value in row.items()}
