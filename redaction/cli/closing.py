"""`redaction account close`, `remove` and `move`: an account that leaves."""

from __future__ import annotations

from typing import Annotated

import typer

from redaction.cli.accounts import account_app
from redaction.cli.actor import current_actor
from redaction.cli.facts import announce_step, closing_facts, moved_row
from redaction.cli.output import (
    AccountId,
    Json,
    open_deployment,
    out,
    print_facts,
    print_json,
    print_table,
    print_warnings,
)
from redaction.errors import ApprovalNeeded
from redaction.settings import load_settings


@account_app.command()
def close(
    account: AccountId,
    reason: Annotated[str | None, typer.Option(help="Why; a ticket, never a name or number.")] = None,
    json: Json = False,
) -> None:
    """Close an account: redact for good everything that no hold keeps. Shows what would be redacted, and exits with
    2 until another administrator of the account runs `redaction approve RUN`. The same command then continues, also
    after a kill; exit code 1 while something is left.
    """
    from redaction.cli.runs import show_waiting
    from redaction.control.close import close_account, describe_left

    announce = None if json else announce_step
    with open_deployment(account) as deployment:
        try:
            closing = close_account(deployment, account, current_actor(), reason, announce)
        except ApprovalNeeded as error:
            show_waiting(deployment, error, json)
            raise typer.Exit(2) from None
    if json:
        print_json(closing)
    else:
        print_facts(f"Account {account}", closing_facts(closing))
        if closing.closed_at is None:
            print_warnings([describe_left(closing)])
    raise typer.Exit(0 if closing.closed_at else 1)


@account_app.command()
def remove(account: AccountId, json: Json = False) -> None:
    """Remove what is retained of a closed account: fields, reports, stores, administrators. Its runs, ledger and
    certificates stay. Exit code 1 if a partition still holds residue.
    """
    from redaction.control.close import remove_account

    with open_deployment(account) as deployment:
        removed = remove_account(deployment, account, current_actor())
    print_json(removed) if json else print_table(f"Account {account}", [moved_row(removed)])
    raise typer.Exit(1 if removed.left else 0)


@account_app.command()
def move(
    account: AccountId,
    to: Annotated[str, typer.Option(metavar="PLACEMENT", help="The placement to move it to.")],
    json: Json = False,
) -> None:
    """Move an account to another placement, and erase it at the old one. The same command continues after a kill.
    Exit code 1 if a partition there still holds residue.
    """
    from redaction.control.move import move_account

    announce = (lambda step: None) if json else (lambda step: out.print(f"  {step} ..."))
    moved = move_account(load_settings(), account, to, current_actor(), announce)
    print_json(moved) if json else print_table(f"Account {account}", [moved_row(moved)])
    raise typer.Exit(1 if moved.left else 0)
