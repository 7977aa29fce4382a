"""`redaction`: the console script. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a load that rejected a part."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from typing import Annotated, Any, ClassVar

import typer

from redaction.cli.lazy import LazyGroup
from redaction.cli.lost import Outputs
from redaction.errors import RedactionError


class _Commands(LazyGroup):
    """Every command, and every group of commands, in the order of help and reference."""

    places: ClassVar[Mapping[str, str]] = {
        "init": "redaction.cli.data:init",
        "load": "redaction.cli.data:load",
        "collect": "redaction.cli.collect:collect",
        "sample": "redaction.demo.commands:sample",
        "expectations": "redaction.cli.data:expectations",
        "reports": "redaction.cli.data:reports",
        "report": "redaction.cli.report:report",
        "due": "redaction.cli.runs:due",
        "run": "redaction.cli.runs:run",
        "approve": "redaction.cli.runs:approve",
        "abandon": "redaction.cli.runs:abandon",
        "runs": "redaction.cli.history:runs",
        "activity": "redaction.cli.activity:activity",
        "pause": "redaction.cli.control:pause",
        "resume": "redaction.cli.control:resume",
        "erase-residue": "redaction.cli.erasure:erase_residue",
        "verify": "redaction.cli.erasure:verify",
        "status": "redaction.cli.evidence:status",
        "pack": "redaction.cli.pack:pack",
        "demo": "redaction.demo.commands:demo",
        "up": "redaction.demo.commands:up",
        "down": "redaction.demo.commands:down",
        "agency": "redaction.cli.accounts:agency_app",
        "account": "redaction.cli.closing:account_app",
        "inbox": "redaction.cli.inbox:inbox_app",
        "quarantine": "redaction.cli.quarantine:quarantine_app",
        "catalog": "redaction.cli.data:catalog_app",
        "texts": "redaction.cli.texts:texts_app",
        "hold": "redaction.cli.control:hold_app",
        "request": "redaction.cli.requests:request_app",
        "partitions": "redaction.cli.erasure:partitions_app",
        "store": "redaction.cli.objects:store_app",
        "object": "redaction.cli.objects:object_app",
        "ledger": "redaction.cli.ledger:ledger_app",
        "downstream": "redaction.cli.evidence:downstream_app",
        "certificate": "redaction.cli.evidence:certificate_app",
    }

    def invoke(self, ctx: Any) -> Any:
        """Run a command. An error about its arguments quotes none that may be the number or address of a person."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if isinstance(said := getattr(error, "message", None), str):
                from redaction.ledger.reasons import hide_contacts

                with suppress(AttributeError):
                    error.message = hide_contacts(said)  # type: ignore[attr-defined]
            raise


app = typer.Typer(
    cls=_Commands,
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
    from redaction.cli.output import choose_placement

    choose_placement(placement)


@cache
def get_command() -> Any:
    """Return the command with all commands below it; each is imported when it is asked for."""
    return typer.main.get_command(app)


def main() -> None:
    """Run one command; an error is one line on standard error, without a traceback."""
    outputs = Outputs()
    sys.exit(outputs.end(_run()))


def _run() -> int:
    """Run one command; return its exit code."""
    try:
        get_command()(prog_name="redaction")
    except SystemExit as ended:
        return int(ended.code or 0)
    except RedactionError as error:
        from redaction.cli.output import exit_code, print_error

        print_error(error)
        return exit_code(error)
    except KeyboardInterrupt:
        return 130
    return 0
