"""`redaction ledger`: what was done, whether its record is whole, and the replay after a restore."""

from __future__ import annotations

from typing import Annotated

import typer

from redaction.cli.actor import current_actor
from redaction.cli.output import Json, open_deployment, out, print_facts, print_json, print_table, read_id
from redaction.evidence.sentences import say_entry
from redaction.ledger.entries import read_entries
from redaction.ledger.external import publish_all
from redaction.ledger.verify import verify_ledger
from redaction.words import say_count

ledger_app = typer.Typer(no_args_is_help=True, help="What was redacted, by whom and why; kept for good.")


@ledger_app.command("list")
def list_(
    account: Annotated[
        int | None, typer.Option("--account", parser=read_id, metavar="A", help="Only this account.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the rows, oldest first."""
    with open_deployment(account, allow_restored=True) as deployment:
        entries = [entry for entry in read_entries(deployment.database) if account in (None, entry.account_id)]
    if json:
        print_json([entry.model_dump() for entry in entries])
        return
    columns = ("position", "written_at", "account_id", "run_id", "actor", "reason")
    rows = [{**{name: getattr(entry, name) for name in columns}, "what": say_entry(entry)} for entry in entries]
    print_table("Ledger", rows)


@ledger_app.command()
def verify(json: Json = False) -> None:
    """Check that the ledger is whole, in the database and outside, and that each run and act has its row. Exit code
    1 if not, naming the first bad row and what no row records. Reads every activity.
    """
    with open_deployment(allow_restored=True) as deployment:
        verified = verify_ledger(deployment, activities=True)
    if json:
        print_json(verified)
    else:
        print_table("Ledger", [{name: getattr(verified, name) for name in ("rows", "outside", "first_bad", "reason")}])
        for line in verified.unrecorded:
            out.print(f"no row: {line}", markup=False, highlight=False, soft_wrap=True)
        for line in verified.notes:
            out.print(f"note: {line}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if verified.is_whole else 1)


@ledger_app.command()
def publish(json: Json = False) -> None:
    """Write the ledger to the place outside that the settings name, also to a new one."""
    with open_deployment(allow_restored=True) as deployment:
        written = publish_all(deployment)
    print_json({"written": written}) if json else out.print(say_count(written, "row", "rows") + " written")


@ledger_app.command()
def replay(json: Json = False) -> None:
    """Redact again, after a restore, what was redacted since the backup. Restores holds and the ledger too."""
    from redaction.recovery.replay import replay_ledger

    with open_deployment(allow_restored=True) as deployment:
        done = replay_ledger(deployment, current_actor())
    if json:
        print_json(done)
        return
    print_facts(
        "Replayed",
        {
            "ledger rows": done.rows,
            "runs": done.runs,
            "redacted": say_count(done.stripped, "activity", "activities"),
            "redacted when they are loaded": say_count(done.remembered, "activity", "activities"),
            "holds to place again": ", ".join(map(str, done.holds_to_place_again)) or "none",
            "holds to release": ", ".join(map(str, done.holds_to_release)) or "none",
        },
    )
    for hold in done.holds_to_place_again:
        out.print(
            f"hold {hold} was on a contact, whom the ledger does not name: its whole account is held until you place "
            f"it again (`redaction hold add --contact`) and release {hold}"
        )
    for hold in done.holds_to_release:
        out.print(
            f"hold {hold} keeps objects that were kept before the restore, by what may not be here yet: load again "
            f"what was loaded since the backup, then `redaction hold release {hold}`"
        )
