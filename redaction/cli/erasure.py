"""`redaction erase-residue`, `redaction verify`, `redaction partitions`: erase residue, and prove what is erased."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from redaction.cli.facts import erasure_facts, proof_row
from redaction.cli.output import (
    Json,
    each_deployment,
    open_deployment,
    out,
    print_json,
    print_table,
    print_warnings,
    read_id,
    works_on_several,
)
from redaction.control.close import finish_closings
from redaction.erasure.plan import ensure_partitions
from redaction.erasure.proof.structure import verify as verify_partitions
from redaction.erasure.residue import erase_residue as erase
from redaction.errors import BadInput
from redaction.words import say_count, say_files

partitions_app = typer.Typer(no_args_is_help=True, help="The partitions of the activities.")


def erase_residue(json: Json = False) -> None:
    """Rewrite partitions and tables whose files still hold removed values. Exit code 1 if one is late or left."""
    done = {}
    for deployment in each_deployment():
        # A hold may have ended that kept something of an account that is being closed.
        finish_closings(deployment, lambda line: print_warnings([line]))
        summary = erase(
            deployment, None if json else lambda name: out.print(f"  {say_files(name)} ...", highlight=False)
        )
        done[deployment.placement] = summary
        if not json:
            print_table("Erased", [{"what": name, "value": value} for name, value in erasure_facts(summary).items()])
    if json:
        print_json(done if works_on_several() else next(iter(done.values())))
    raise typer.Exit(1 if any(summary.left or summary.late for summary in done.values()) else 0)


def verify(
    run: Annotated[
        int | None, typer.Option(parser=read_id, metavar="ID", help="Only what this run has redacted.")
    ] = None,
    account: Annotated[
        int | None, typer.Option(parser=read_id, metavar="ID", help="Only what the runs of this account have redacted.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="What all runs have redacted.")] = False,
    json: Json = False,
) -> None:
    """Show which partitions and tables are free of removed values. Exit code 1 if one is not, or if it is unknown."""
    if [run is not None, account is not None, everything].count(True) != 1:
        raise BadInput("say one of --run ID, --account ID, --all")
    with open_deployment(account) as deployment:
        proofs = verify_partitions(deployment.database, run, account)
    if json:
        print_json(proofs)
    else:
        print_table("Proof by structure", [proof_row(proof) for proof in proofs])
    raise typer.Exit(0 if all(proof.files == proof.wal == proof.statistics == "clean" for proof in proofs) else 1)


@partitions_app.command()
def ensure(
    start: Annotated[str, typer.Option("--from", metavar="DATE", help="First day (UTC).")],
    end: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day (UTC).")],
    json: Json = False,
) -> None:
    """Create the partitions of a span of days; existing ones stay unchanged."""
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        raise BadInput("--from and --to take days such as 2026-03-01") from None
    made = 0
    for deployment in each_deployment():
        made += ensure_partitions(deployment, first, last)
    print_json({"made": made}) if json else out.print(say_count(made, "partition", "partitions") + " made")
