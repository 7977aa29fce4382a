"""`redaction due` and `redaction run`: the job of the DAGs without Airflow."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from redaction.cli.output import deployment, err, out, parse_instant, plain, print_json, print_table, show
from redaction.errors import ApprovalNeeded
from redaction.pipeline.preview import DuePreview, preview_due
from redaction.pipeline.run import run_account

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="T", help="ISO 8601 instant; default: now.")]
AccountId = Annotated[int, typer.Argument(metavar="ACCOUNT", help="Id of the account.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def due(account: AccountId, as_of: AsOf = None, json: Json = False) -> None:
    """Show what a run would redact: by kind, oldest, objects, report rows. Changes nothing."""
    at = parse_instant(as_of)
    with deployment(account) as (database, settings):
        preview = preview_due(database, settings, account, at)
    _show(preview, json)


def _show(preview: DuePreview, json: bool) -> None:
    if json:
        print_json(preview)
        return
    print_table(
        f"Account {preview.account_id}: {preview.policy}",
        [{"what": name.replace("_", " "), "value": value} for name, value in vars(preview).items() if name != "policy"],
    )


def run(
    account: AccountId,
    as_of: AsOf = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Yes, even if it takes far more than the runs before it.")
    ] = False,
    json: Json = False,
) -> None:
    """Redact an account up to the cutoff of the latest run due. Irreversible; if it would take far more than the runs
    before it, it shows what would go, and exits with 2.
    """
    at = parse_instant(as_of)
    announce = None if json else lambda step: out.print(f"  {step} ...")
    with deployment(account) as (database, settings):
        try:
            record = run_account(
                database, settings, account, at, announce, approved_by=getpass.getuser() if approve else None
            )
        except ApprovalNeeded as error:
            _show(preview_due(database, settings, account, at), json)
            err.print(f"redaction: {error}; `--approve` says yes", style="red", markup=False, soft_wrap=True)
            raise typer.Exit(2) from None
    if json:
        print_json(record)
        return
    print_table(
        f"Run {record['id']} of account {account}",
        [{"what": name.replace("_", " "), "value": show(value)} for name, value in plain(record).items()],
    )
