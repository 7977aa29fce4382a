"""`redaction account close` and `remove`: an account that leaves."""

from __future__ import annotations

from typing import Annotated

import typer

from redaction.cli.actor import current_actor
from redaction.cli.facts import announce_step, closing_facts, moved_row
from redaction.cli.output import Json, open_deployment, print_facts, print_json, print_table, print_warnings
from redaction.cli.runs import AccountId, show_waiting
from redaction.control.close import close_account, describe_left, remove_account
from redaction.errors import ApprovalNeeded


def close(
    account: AccountId,
    reason: Annotated[str | None, typer.Option(help="Why; a ticket, never a name or number.")] = None,
    json: Json = False,
) -> None:
    """Close an account: redact for good everything that no hold keeps. Shows what would be redacted, and exits with
    2 until another administrator of the account runs `redaction approve RUN`. The same command then continues, also
    after a kill; exit code 1 while something is left.
    """
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


def remove(account: AccountId, json: Json = False) -> None:
    """Remove what is retained of a closed account: fields, reports, stores, administrators. Its runs, ledger and
    certificates stay. Exit code 1 if a partition still holds residue.
    """
    with open_deployment(account) as deployment:
        removed = remove_account(deployment, account, current_actor())
    print_json(removed) if json else print_table(f"Account {account}", [moved_row(removed)])
    raise typer.Exit(1 if removed.left else 0)
