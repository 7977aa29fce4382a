"""`redaction activity`: redact single activities manually, or the earlier ones of their contacts."""

from __future__ import annotations

from typing import Annotated

import typer

from redaction.cli.actor import current_actor
from redaction.cli.facts import announce_step, run_facts
from redaction.cli.output import Json, err, open_deployment, out, print_facts, print_json, print_table, read_id
from redaction.control.manual import ManualPreview, ManualRequest, begin_manual, preview_manual
from redaction.gate.expiry import end_expired_holds
from redaction.pipeline.run import complete_run
from redaction.reporting.kinds import find_name, find_report
from redaction.words import say_count

_SHOWN = 50


def activity(
    ids: Annotated[list[int], typer.Argument(parser=read_id, metavar="ID...", help="Ids of activities.")],
    account: Annotated[int, typer.Option("--account", parser=read_id, metavar="A", help="Id of their account.")],
    reason: Annotated[str, typer.Option(help="Why; a ticket, never a name or number.")],
    past: Annotated[
        bool, typer.Option("--past-from-contact", help="Also all earlier activities of their contacts.")
    ] = False,
    acknowledged: Annotated[
        bool, typer.Option("--acknowledge-irreversible", help="I know that redacted data cannot be recovered.")
    ] = False,
    expect: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Refuse unless the preview still has this digest.")
    ] = None,
    json: Json = False,
) -> None:
    """Redact activities manually. Irreversible. Without the acknowledgement it shows what would be redacted, and
    exits with 2.
    """
    request = ManualRequest(account, tuple(ids), reason, current_actor(), past_from_contact=past)
    with open_deployment(account) as deployment:
        if not acknowledged:
            end_expired_holds(deployment, account)
            preview = preview_manual(deployment.database, request)
            print_json(preview) if json else _print(preview)
            err.print("nothing was changed: add --acknowledge-irreversible to redact", highlight=False)
            raise typer.Exit(2)
        run = begin_manual(deployment, request, "cli", acknowledged, expect)
        record = complete_run(deployment, run.id, None if json else announce_step)
    if json:
        print_json(record)
        return
    print_facts(f"Run {record['id']} of account {account}", run_facts(record))


def _print(preview: ManualPreview) -> None:
    counted = say_count(len(preview.activities), "activity", "activities")
    print_table(
        f"Account {preview.account_id}: {counted} would be redacted",
        [vars(listed) for listed in preview.activities[:_SHOWN]],
    )
    if len(preview.activities) > _SHOWN:
        out.print(f"  ... and {len(preview.activities) - _SHOWN:,} more")
    changes = [{**vars(change), "report": find_report(find_name(change.report)).title} for change in preview.reports]
    print_table("Reports", changes[:_SHOWN])
    if preview.held:
        out.print(f"held, and left out: {', '.join(map(str, preview.held[:_SHOWN]))}", highlight=False)
    if preview.already_redacted:
        out.print(f"redacted already: {', '.join(map(str, preview.already_redacted[:_SHOWN]))}", highlight=False)
    if preview.names > 1:
        out.print(f"their callers have {preview.names} different names: see that it is not a shared number")
    out.print(f"recordings and files: {preview.objects:,}")
    out.print(f"digest: {preview.digest}", highlight=False, soft_wrap=True)
