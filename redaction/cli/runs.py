"""`redaction due`, `run`, `approve`, `abandon`: the work of the DAGs without Airflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from redaction.accounts.accounts import get_account
from redaction.cli.actor import current_actor
from redaction.cli.facts import announce_step, due_facts, run_facts
from redaction.cli.output import (
    AccountId,
    Json,
    err,
    open_deployment,
    out,
    parse_instant,
    print_facts,
    print_json,
    print_warnings,
    read_id,
)
from redaction.control.follow import follow_account, redact_ahead
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, RedactionError
from redaction.gate.guard import Approval, decide_approval, describe_set, find_approval, list_waiting
from redaction.gate.question import pose_question, say_next
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.preview import DuePreview, preview_due
from redaction.pipeline.run import describe_run, run_account
from redaction.pipeline.runs import NOTHING_DUE
from redaction.pipeline.steps import Step
from redaction.placements.resolve import Placements
from redaction.requests.records import check_open
from redaction.settings import load_settings
from redaction.words import say_activities

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="T", help="ISO 8601 instant; default: now.")]
RunId = Annotated[int, typer.Argument(parser=read_id, metavar="RUN", help="Id of the run.")]


def due(account: AccountId, as_of: AsOf = None, json: Json = False) -> None:
    """Show what a run would redact: by kind, oldest, objects, report rows. Changes nothing."""
    at = parse_instant(as_of)
    with open_deployment(account) as deployment:
        preview = preview_due(deployment, account, at, ahead=as_of is None)
    _show(preview, json)


def _show(preview: DuePreview, json: bool) -> None:
    if json:
        print_json(preview)
        return
    print_facts(f"Account {preview.account_id}: {preview.policy}", due_facts(preview))


def run(
    account: AccountId,
    as_of: AsOf = None,
    source: Annotated[
        bool, typer.Option("--source", help="Only what the source has redacted, whatever its age.")
    ] = False,
    json: Json = False,
) -> None:
    """Redact an account up to the cutoff of the latest run due. Irreversible. A stopped run is finished first, and
    shown too; exit code 1 if it fails again. If far more is due than usual, the run waits: the command shows its
    counts and exits with 2. Another administrator of the account then runs `redaction approve RUN`.
    """
    if source and as_of is not None:
        raise BadInput("--source redacts what the source has redacted, whatever its age: name no --as-of with it")
    at = parse_instant(as_of)
    announce = None if json else announce_step
    resumed: list[Mapping[str, Any]] = []

    def keep(record: Mapping[str, Any]) -> None:
        resumed.append(record)
        if not json:
            ahead = "is of what was dated in the future" if record["trigger"] == "ahead" else None
            print_run(record, ahead or ("follows the source" if source else "was begun before and has ended now"))

    record: Mapping[str, Any] | None = None
    with open_deployment(account) as deployment:
        try:
            if source:
                for ended in follow_account(deployment, account, current_actor(), announce):
                    keep(ended)
            else:
                if as_of is None:
                    _redact_ahead(deployment, account, announce, keep)
                record = run_account(deployment, account, at, announce, requested_by=current_actor(), resumed=keep)
        except RedactionError as error:
            if json and resumed:
                # Finished runs stay finished, whatever happens to the new one.
                print_json({"resumed": resumed})
            if not isinstance(error, ApprovalNeeded):
                raise
            # JSON is one document.
            show_waiting(deployment, error, json, shown=not (json and resumed))
            raise typer.Exit(2) from None
        left = [
            row["id"]
            for trigger in (["source"] if source else ["ahead", "cli"])
            for row in deployment.rows("unfinished_runs", account_id=account, trigger=trigger)
            if not row["waits"]
        ]
    _print_ended(account, record, resumed, json)
    for run_id in left:
        err.print(f"run {run_id} of account {account} has not ended: `redaction runs` says why", soft_wrap=True)
    if left:
        raise typer.Exit(1)


def _print_ended(
    account: int, record: Mapping[str, Any] | None, resumed: Sequence[Mapping[str, Any]], json: bool
) -> None:
    """Print the record of the new run, if there is one; those that were finished first are printed as they end."""
    if record is None:
        if json:
            print_json({"runs": resumed})
        elif not resumed:
            out.print(f"nothing of account {account} that the source has redacted is left to redact")
        return
    # The record of an account without automatic redaction is that of the last run that was finished.
    others = [run for run in resumed if run["id"] != record["id"]]
    if json:
        print_json({**record, "resumed": others})
        return
    if len(others) == len(resumed):
        print_run(record, "is new" if resumed else None)
    if record["state"] == NOTHING_DUE:
        out.print(f"nothing is due of account {account}: nothing was changed")
    if others:
        redacted = sum(run["stripped_count"] for run in (*others, record))
        out.print(f"{len(others) + 1} runs have ended and have redacted {say_activities(redacted)}")


def _redact_ahead(
    deployment: Deployment,
    account: int,
    announce: Callable[[Step], None] | None,
    keep: Callable[[Mapping[str, Any]], None],
) -> None:
    """Redact what was dated in the future; a failure there does not stop the requested run."""
    try:
        for ended in redact_ahead(deployment, account, current_actor(), announce):
            keep(ended)
    except BadInput:
        raise
    except RedactionError as error:
        print_warnings([str(error)])


def print_run(record: Mapping[str, Any], what: str | None) -> None:
    """Print the record of a run as a table, with a word about which run it is."""
    title = f"Run {record['id']} of account {record['account_id']}{f', which {what}' if what else ''}"
    print_facts(title, run_facts(record))


def show_waiting(deployment: Deployment, error: ApprovalNeeded, json: bool, shown: bool = True) -> None:
    """Print what a run that waits for approval would redact, and why it waits. Other runs of the account may wait
    too.
    """
    for asked in list_waiting(deployment.database):
        if asked.run_id == error.subject and shown:
            _show_question(deployment, asked, json)
    err.print(f"redaction: {error}", style="red", markup=False, soft_wrap=True)


def _show_question(deployment: Deployment, asked: Approval, json: bool) -> None:
    found = describe_set(deployment.database, asked)
    if json:
        print_json(found)
        return
    question = pose_question(get_account(deployment.database, asked.account_id), asked, found)
    for line in (f"Run {asked.run_id} waits. {question.subject}", *question.lines):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def approve(
    run: RunId,
    refuse: Annotated[bool, typer.Option("--no", help="Refuse: the run ends as refused.")] = False,
    json: Json = False,
) -> None:
    """Approve a run that waits, or refuse it with `--no`, as an administrator of the account who has not requested
    it.
    """
    with open_deployment() as deployment:
        asked = find_approval(deployment.database, run)
        if asked is None:
            raise BadInput(f"run {run} does not wait for approval: nothing was decided")
        if not json:
            _show_question(deployment, asked, json)
        if not refuse:
            with Placements(load_settings()) as placements:
                check_open(placements, run, asked.run_key)
        decided = decide_approval(deployment, run, not refuse, current_actor())
    if json:
        print_json(decided)
        return
    out.print(f"run {run}: {say_next(decided)}", markup=False, highlight=False, soft_wrap=True)


def abandon(
    run: RunId,
    reason: Annotated[str, typer.Option(help="Why; a ticket, never a name or number.")],
    json: Json = False,
) -> None:
    """End a run that cannot finish. Its redacted activities stay redacted; the rest is due with the next run."""
    with open_deployment() as deployment:
        ended = abandon_run(deployment, run, reason, current_actor())
        record = describe_run(deployment.database, run)
    if json:
        print_json(record)
        return
    out.print(
        f"run {run} of account {ended.account_id} is abandoned: redacted are {record['stripped_count']:,} "
        f"of its {say_activities(record['due_count'])}, the others are due with the next run",
        soft_wrap=True,
    )
