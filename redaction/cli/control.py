"""`redaction hold`, `redaction pause`, `redaction resume`: the commands that stop a redaction."""

from __future__ import annotations

from typing import Annotated

import typer

from redaction.cli.actor import current_actor
from redaction.cli.output import (
    Json,
    ask_placements,
    each_deployment,
    open_deployment,
    out,
    parse_day,
    print_json,
    print_table,
    read_id,
    read_personal,
)
from redaction.errors import BadInput
from redaction.gate.holds import Hold, decline_release, list_holds, place_hold, release_hold
from redaction.gate.pauses import pause as begin_pause
from redaction.gate.pauses import resume as end_pause

hold_app = typer.Typer(no_args_is_help=True, help="Legal holds: no request redacts what is held.")
Account = Annotated[int, typer.Option("--account", parser=read_id, metavar="A", help="Id of the account.")]
AnyAccount = Annotated[
    int | None, typer.Option("--account", parser=read_id, metavar="A", help="Id of the account; default: all.")
]
Reason = Annotated[str, typer.Option(help="Why; a ticket, never a name or number.")]


def _show(holds: list[Hold], json: bool) -> None:
    if json:
        print_json(holds)
        return
    rows = [{name: value for name, value in vars(hold).items() if name != "activity_ids"} for hold in holds]
    print_table("Holds", rows)


@hold_app.command(context_settings={"allow_extra_args": True})
def add(
    context: typer.Context,
    account: Account,
    reason: Reason,
    activity: Annotated[
        list[int] | None, typer.Option(parser=read_id, metavar="ID", help="Id of an activity; may be repeated.")
    ] = None,
    contact: Annotated[
        bool, typer.Option("--contact", help="A contact: number or address is read from standard input, or asked for.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Hold a contact without any activity yet; do not ask.")
    ] = False,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The last day of the hold, in the account's zone; it ends by itself."),
    ] = None,
    json: Json = False,
) -> None:
    """Hold activities, a contact, or (if neither is named) the whole account; prints how many activities the hold
    keeps now.
    """
    if context.args:
        # Arguments appear in the process list and the shell's history; they are not repeated here.
        raise BadInput(
            "`hold add` takes no further arguments; a contact is read from standard input or a prompt: "
            f"`redaction hold add --account {account} --contact --reason ... < FILE`; nothing was held"
        )
    whom = read_personal("Number or address of the contact") if contact else None
    with open_deployment(account) as deployment:
        ends = None if until is None else parse_day(until, "--until")
        hold = place_hold(deployment, account, reason, current_actor(), activity or (), whom, anyway, ends)
    _show([hold], json)


@hold_app.command()
def release(
    hold: Annotated[int, typer.Argument(parser=read_id, metavar="HOLD", help="Id of the hold.")],
    refuse: Annotated[bool, typer.Option("--no", help="Refuse the release that another person has proposed.")] = False,
    json: Json = False,
) -> None:
    """End a hold; what it held is due with the next run."""
    with open_deployment() as deployment:
        if refuse:
            decline_release(deployment, hold, current_actor())
            out.print(f"hold {hold} stays in force")
            return
        released = release_hold(deployment, hold, current_actor())
    _show([released], json)


@hold_app.command("list")
def list_(account: AnyAccount = None, json: Json = False) -> None:
    """Show the holds, released ones too."""
    found = ask_placements(lambda deployment: list_holds(deployment.database, account))
    holds = [hold for part in found.values() for hold in part]
    _show(holds, json)


def pause(reason: Reason, account: AnyAccount = None) -> None:
    """Stop all redaction between two batches, at once and everywhere."""
    for deployment in each_deployment(account):
        begin_pause(deployment, account, reason, current_actor())
    out.print("paused")


def resume(account: AnyAccount = None) -> None:
    """End a pause; stopped work continues when it is tried again."""
    with open_deployment(account, allow_restored=True, known=True):
        pass
    for deployment in each_deployment(account):
        end_pause(deployment, account, current_actor())
    out.print("resumed")
