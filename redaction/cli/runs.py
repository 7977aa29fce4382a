"""`redaction due` and `redaction run`: the job of the DAGs without Airflow."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from redaction.cli.output import deployment, err, out, parse_instant, plain, print_json, print_table, show
from redaction.errors import ApprovalNeeded, RedactionError
from redaction.pipeline.preview import DuePreview, preview_due
from redaction.pipeline.run import run_account

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="T", help="ISO 8601 instant; default: now.")]
AccountId = Annotated[int, typer.Argument(metavar="ACCOUNT", help="Id of the account.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def due(account: AccountId, as_of: AsOf = None, json: Json = False) -> None:
    """Show what a run would redact: by kind, oldest, recordings, report rows. Changes nothing."""
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
    before it, it shows what would go, and exits with 2. A run that was stopped before is ended first, and shown too.
    """
    at = parse_instant(as_of)
    announce = None if json else lambda step: out.print(f"  {step} ...")
    resumed: list[Mapping[str, Any]] = []

    def keep(record: Mapping[str, Any]) -> None:
        resumed.append(record)
        if not json:
            _print_run(record, "was begun before and has ended now")

    with deployment(account) as (database, settings):
        try:
            record = run_account(
                database, settings, account, at, announce, getpass.getuser() if approve else None, resumed=keep
            )
        except RedactionError as error:
            if json and resumed:
                # What has ended has ended, whatever becomes of the new run.
                print_json({"resumed": resumed})
            if not isinstance(error, ApprovalNeeded):
                raise
            if not (json and resumed):
                _show(preview_due(database, settings, account, at), json)
            err.print(f"redaction: {error}; `--approve` says yes", style="red", markup=False, soft_wrap=True)
            raise typer.Exit(2) from None
    if json:
        print_json({**record, "resumed": resumed})
        return
    _print_run(record, "is new" if resumed else None)
    if resumed:
        redacted = sum(one["stripped_count"] for one in (*resumed, record))
        out.print(f"{len(resumed) + 1} runs have ended, {redacted:,} activities are redacted by them")


def _print_run(record: Mapping[str, Any], what: str | None) -> None:
    print_table(
        f"Run {record['id']} of account {record['account_id']}{f', which {what}' if what else ''}",
        [{"what": name.replace("_", " "), "value": show(value)} for name, value in plain(record).items()],
    )
