"""`redaction runs`: the last runs, and for each failed one what happened and what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from redaction.cli.output import Json, open_deployment, out, print_json, print_table, read_id
from redaction.failures import explain
from redaction.words import RUN_KINDS, RUN_STATES

_SHOWN = 20


def runs(
    account: Annotated[
        int | None, typer.Option(parser=read_id, metavar="A", help="Only this account; default: all of a placement.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=1_000, help="How many, the newest first.")] = _SHOWN,
    json: Json = False,
) -> None:
    """Show the last runs. For each that failed or was refused: what happened, what to do next and who does it."""
    with open_deployment(account) as deployment, deployment.transaction("redaction_worker") as session:
        found = session.rows("list_runs", account_id=account, before=None, most=most)
    if json:
        print_json([dict(row) for row in found])
        return
    table = [
        {
            "run_id": row["id"],
            "account_id": row["account_id"],
            "state": RUN_STATES["waits" if row["waits"] else row["state"]].text,
            "requested by": row["requested_by"] or RUN_KINDS[row["kind"]],
            "due": row["due_count"],
            "redacted": row["stripped_count"],
            "began": row["started_at"],
        }
        for row in found
    ]
    print_table("Runs", table)
    for row in found:
        words = explain(row["failure"], row["failed_step"])
        if words is not None:
            out.print(f"run {row['id']}: {words} Who: {words.who}.", markup=False, highlight=False, soft_wrap=True)
