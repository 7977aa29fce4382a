"""`redaction`: the console script. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a load that rejected a part."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import version
from io import TextIOWrapper
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


@cache
def _command() -> Any:
    # Typer reads the signatures of all commands at each call of an app.
    return typer.main.get_command(app)


def main() -> None:
    """Run one command; an error is one line on standard error, without a traceback."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A name that is no text, or has a character that the terminal cannot show, is escaped.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _command()(prog_name="redaction")
    except RedactionError as error:
        print_error(error)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)
