"""`redaction`: the console script. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a load that rejected a part."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer

from redaction.cli import (
    accounts,
    activity,
    closing,
    collect,
    control,
    data,
    erasure,
    evidence,
    history,
    inbox,
    ledger,
    objects,
    pack,
    quarantine,
    report,
    requests,
    runs,
    texts,
)
from redaction.cli.output import choose_placement, exit_code, print_error
from redaction.demo import commands as stack
from redaction.errors import RedactionError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Redaction pipelines for call-tracking data.",
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"redaction {version('redaction')}")
        raise typer.Exit


@app.callback()
def choose(
    placement: Annotated[
        str | None,
        typer.Option(envvar="REDACTION_PLACEMENT", help="The placement to work on if no account determines it."),
    ] = None,
    _: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Redaction pipelines for call-tracking data."""
    choose_placement(placement)


app.add_typer(accounts.agency_app, name="agency")
accounts.account_app.command()(closing.close)
accounts.account_app.command()(closing.remove)
app.add_typer(accounts.account_app, name="account")
app.command()(data.init)
app.command()(data.load)
app.command()(collect.collect)
app.add_typer(inbox.inbox_app, name="inbox")
app.add_typer(quarantine.quarantine_app, name="quarantine")
app.command()(stack.sample)
app.add_typer(data.catalog_app, name="catalog")
app.command()(data.expectations)
app.command()(data.reports)
app.command()(report.report)
app.command()(runs.due)
app.command()(runs.run)
app.command()(runs.approve)
app.command()(runs.abandon)
app.command("runs")(history.runs)
app.command()(activity.activity)
app.add_typer(texts.texts_app, name="texts")
app.add_typer(control.hold_app, name="hold")
app.add_typer(requests.request_app, name="request")
app.command()(control.pause)
app.command()(control.resume)
app.command()(erasure.erase_residue)
app.command()(erasure.verify)
app.add_typer(erasure.partitions_app, name="partitions")
app.add_typer(objects.store_app, name="store")
app.add_typer(objects.object_app, name="object")
app.add_typer(ledger.ledger_app, name="ledger")
app.command()(evidence.status)
app.add_typer(evidence.downstream_app, name="downstream")
app.add_typer(evidence.certificate_app, name="certificate")
app.command()(pack.pack)
app.command()(stack.demo)
app.command()(stack.up)
app.command()(stack.down)


_VALUES: Mapping[Any, str] = {int: "NUMBER", str: "TEXT", Path: "PATH"}


@cache
def get_command() -> Any:
    """Return the command with all commands below it; its help says what an option takes, and nothing of a switch."""
    # Typer reads the signatures of all commands at each call of an app.
    command = typer.main.get_command(app)
    _name_values(command)
    return command


def _name_values(command: Any) -> None:
    # Typer's own help has `<bool>` after a switch, which takes no value, and names of Python types.
    for parameter in command.get_params(typer.Context(command)):
        is_value = parameter.opts[0].startswith("-") and not parameter.is_flag
        value = parameter.metavar or _VALUES[parameter.type_descriptor.annotation] if is_value else ""
        parameter.display_type_rich = lambda ctx, value=value: value
    for each in getattr(command, "commands", {}).values():
        _name_values(each)


def main() -> None:
    """Run one command; an error is one line on standard error, without a traceback."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A name that is no text, or has a character that the terminal cannot show, is escaped.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        get_command()(prog_name="redaction")
    except RedactionError as error:
        print_error(error)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)
