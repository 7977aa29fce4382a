"""`redaction due` and `redaction run`: the job of the DAGs without Airflow."""

from __future__ import annotations

from typing import Annotated

import typer

from redaction.cli.output import deployment, out, parse_instant, plain, print_json, print_table, show
from redaction.pipeline.preview import preview_due
from redaction.pipeline.run import run_account

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="T", help="ISO 8601 instant; default: now.")]
AccountId = Annotated[int, typer.Argument(metavar="ACCOUNT", help="Id of the account.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def due(account: AccountId, as_of: AsOf = None, json: Json = False) -> None:
    """Show what a run would redact: by kind, oldest, recordings, report rows. Changes nothing."""
    at = parse_instant(as_of)
    with deployment() as (database, settings):
        preview = preview_due(database, settings, account, at)
    if json:
        print_json(preview)
        return
    print_table(
        f"Account {account}: {preview.policy}",
        [{"what": name.replace("_", " "), "value": value} for name, value in vars(preview).items() if name != "policy"],
    )


def run(account: AccountId, as_of: AsOf = None, json: Json = False) -> None:
    """Redact an account up to the cutoff of the latest run due. Irreversible."""
    at = parse_instant(as_of)
    with deployment() as (database, settings):
        record = run_account(database, settings, account, at, None if json else lambda step: out.print(f"  {step} ..."))
    if json:
        print_json(record)
        return
    print_table(
        f"Run {record['id']} of account {account}",
        [{"what": name.replace("_", " "), "value": show(value)} for name, value in plain(record).items()],
    )
