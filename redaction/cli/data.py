"""`redaction init`, `load`, `sample`, `catalog`, `expectations`, `reports`: the database and its content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from redaction.catalog import catalog_table, load_catalog
from redaction.cli.actor import current_actor
from redaction.cli.loaded import code_of, count_reports, follow_placements, print_counts, print_followed, print_rejected
from redaction.cli.output import (
    Json,
    ask_first,
    each_deployment,
    err,
    exit_code,
    open_deployment,
    open_placements,
    out,
    plain,
    print_error,
    print_json,
    print_table,
    print_warnings,
    read_id,
    works_on_several,
)
from redaction.db.admission import admit_login
from redaction.db.outflow import list_log_warnings
from redaction.db.schema import check_program, migrate, needs_code, needs_upgrade, schema_version
from redaction.deployment import Deployment
from redaction.errors import RedactionError
from redaction.gate.guard import record_limits
from redaction.words import say_activities, say_count

if TYPE_CHECKING:
    from redaction.source.inputs import Input
    from redaction.source.load import LoadSummary


def init(
    json: Json = False,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit code 1 if init would.")] = False,
) -> None:
    """Create or upgrade the database schema, and admit the login of tasks and pages, as the owner. Adopts an
    unpartitioned table; running it twice changes nothing.
    """
    if check:
        check_init(json)
        return
    several = works_on_several()
    done: dict[str, dict[str, Any]] = {}
    failed: list[RedactionError] = []
    for deployment in each_deployment(allow_restored=True):
        try:
            done[deployment.placement] = _init_one(deployment, json, f"placement {deployment.placement}: " * several)
        except RedactionError as error:
            # A placement that fails does not stop the others.
            if not several:
                raise
            print_error(f"placement {deployment.placement}: {error}")
            failed.append(error)
    if json:
        print_json(done if several else next(iter(done.values())))
    if failed:
        raise typer.Exit(max(exit_code(error) for error in failed))


def _init_one(deployment: Deployment, json: bool, where: str) -> dict[str, Any]:
    from redaction.db.migrations.adoption import adopt_rows, count_aside
    from redaction.source.own import check_own_fields

    check_own_fields(load_catalog())
    replaced = needs_code(deployment.database, "owner")
    before, after = migrate(deployment.database)
    record_limits(deployment.database, deployment.settings)
    refused = admit_login(deployment.database)
    aside = count_aside(deployment.database)
    if not json:
        was = f"schema {after} is there already" if before == after else f"schema: {before or 'none'} -> {after}"
        was += "; its functions are those of this program now" * replaced
        out.print(f"{where}{was}")
    columns = (TextColumn("bringing over"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=json or not aside or not err.is_terminal, transient=True) as progress:
        task = progress.add_task("bringing over", total=aside)
        adopted = adopt_rows(deployment.database, deployment.settings, lambda rows: progress.advance(task, rows))
    # Each login may have its own settings, and the owner moves values too.
    warnings = list_log_warnings(deployment.database, as_owner=True)
    warnings += list_log_warnings(deployment.database) if refused is None else []
    print_warnings(list(dict.fromkeys(warnings)))
    if refused is not None:
        err.print(f"redaction: {refused}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if aside is not None and not json:
        out.print(f"brought over from the table of before: {say_activities(adopted)}, none is left; it is dropped")
    return {"before": before, "after": after, "adopted": adopted}


def check_init(json: bool) -> None:
    """Print for each placement whether `init` would upgrade its schema or replace its functions; exit code 1 if it
    would. Changes nothing.
    """
    found = {}
    for deployment in each_deployment(allow_restored=True):
        version = schema_version(deployment.database, "owner")
        check_program(version)
        older = needs_upgrade(deployment.database, "owner")
        other = needs_code(deployment.database, "owner")
        found[deployment.placement] = {"older": older, "other_functions": other}
        if not json:
            schema = f"the schema ({version or 'none'})"
            what = f"{schema} would be upgraded by `redaction init`" if older else f"{schema} is that of this program"
            if other:
                what = f"the functions of {schema} would be replaced by `redaction init`"
            out.print(f"placement {deployment.placement}: {what}", soft_wrap=True)
    if json:
        print_json(found)
    if any(any(facts.values()) for facts in found.values()):
        raise typer.Exit(1)


def load(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Files, folders, addresses like s3://bucket/folder; - for standard input."
        ),
    ],
    follow: Annotated[
        bool,
        typer.Option(
            "--follow/--no-follow", help="Then redact what the source has redacted, for accounts that follow it."
        ),
    ] = True,
    count: Annotated[bool, typer.Option("--reports/--no-reports", help="Then count changed days again.")] = True,
    json: Json = False,
) -> None:
    """Load activities as CallTrackingMetrics sends them. A redacted activity stays redacted. Exit code 3 if
    something was rejected, 1 if nothing else was there. Afterwards it counts the reports and redacts for accounts
    that follow their source; a failure there is a warning.
    """
    from redaction.source.inputs import open_inputs

    columns = (TextColumn("loading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    hidden = json or not err.is_terminal
    # No thread of its own: see choose_context.
    progress = Progress(*columns, console=err, disable=hidden, transient=True, auto_refresh=False)
    with open_inputs(paths) as files, progress:
        task = progress.add_task("loading", total=sum(file.size for file in files))
        summary = load_placements(files, lambda done: progress.update(task, advance=done, refresh=True))
    if count:
        # First, so that the runs that follow know the earlier reports.
        count_reports()
    followed = follow_placements() if follow else []
    code = code_of(summary)
    if json:
        print_json({**plain(summary), "followed": followed})
        raise typer.Exit(code)
    print_counts("Loaded", summary)
    print_followed(followed)
    print_rejected(summary)
    raise typer.Exit(code)


def load_placements(files: list[Input], progress: Callable[[int], None]) -> LoadSummary:
    """Load into the chosen placement, or into each placement the records of its accounts."""
    from redaction.source.load import load_files
    from redaction.source.routing import load_everywhere

    with open_placements() as placements:
        if len(placements.names) == 1:
            return load_files(placements.of(None), files, progress)
        return load_everywhere(placements, files, progress)


catalog_app = typer.Typer(no_args_is_help=True, help="The class of each column, and whether the databases agree.")


@catalog_app.command("show")
def show_catalog(json: Json = False) -> None:
    """Print the class of each column, as a Markdown table."""
    from redaction.source.own import check_own_fields

    check_own_fields(load_catalog())
    print_json(load_catalog().model_dump(by_alias=True)) if json else typer.echo(
        catalog_table(load_catalog()), nl=False
    )


def _preview(json: bool) -> bool:
    """Print how each database's catalog differs; return whether one does."""
    from redaction.control.reclassify import preview_catalog

    found = {deployment.placement: preview_catalog(deployment.database) for deployment in each_deployment()}
    if json:
        print_json(
            {
                name: {"changes": plan.changes, "accounts": plan.accounts, "unlisted": plan.unlisted}
                for name, plan in found.items()
            }
        )
        return any(plan.changes for plan in found.values())
    for name, plan in found.items():
        where = f"placement {name}: " if works_on_several() else ""
        for line in plan.lines or ["the database was prepared for the catalog of this program"]:
            out.print(f"{where}{line}", highlight=False, soft_wrap=True)
        if plan.accounts:
            redacted = say_count(sum(plan.accounts.values()), "redacted activity", "redacted activities")
            accounts = say_count(len(plan.accounts), "account", "accounts")
            out.print(
                f"{where}values of {', '.join(plan.taken_away)} go for good: of {redacted} of {accounts}",
                highlight=False,
                soft_wrap=True,
            )
        if plan.unlisted:
            out.print(
                f"{where}what fits its type moves out of `unlisted`: of {say_activities(plan.unlisted)} not redacted",
                highlight=False,
                soft_wrap=True,
            )
    return any(plan.changes for plan in found.values())


@catalog_app.command("check")
def check_catalog(json: Json = False) -> None:
    """Print what `redaction catalog apply` would change; exit code 1 if it would change anything."""
    if _preview(json):
        raise typer.Exit(1)


@catalog_app.command("apply")
def apply_catalog(
    reason: Annotated[str, typer.Option(help="Why; it is kept in the ledger: name a ticket, never a person.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Apply this program's catalog to the databases, as their owner. Values that may not stay are removed for good."""
    from redaction.control.reclassify import apply_catalog as apply

    if not _preview(json=False):
        return
    ask_first("Apply this? Nobody can load or redact meanwhile.", yes)
    for deployment in each_deployment():
        done = apply(deployment, current_actor(), reason)
        where = f"placement {deployment.placement}: " if works_on_several() else ""
        changed = say_count(len(done.changes), "column", "columns")
        gone = say_count(sum(done.accounts.values()), "redacted activity", "redacted activities")
        out.print(f"{where}{changed} changed, {gone} lost a value")
        if done.moved.activities:
            out.print(f"{where}{say_activities(done.moved.activities)} got a value out of `unlisted`", highlight=False)
        for name, values in sorted(done.moved.left.items()):
            unfit = say_count(values, "value does not fit and stays", "values do not fit and stay")
            out.print(f"{where}{name}: {unfit} in `unlisted`", highlight=False)


def expectations(
    check: Annotated[bool, typer.Option("--check", help="Only check whether they are fresh.")] = False,
) -> None:
    """Generate the expectation suites from the catalog."""
    from redaction.pipeline.suites import EXPECTATIONS, stale_suites, write_suites

    if check:
        stale = stale_suites(EXPECTATIONS, load_catalog())
        if stale:
            raise RedactionError(f"stale: {', '.join(stale)}: run `redaction expectations`")
        out.print("the suites are those of the catalog")
        return
    for path in write_suites(EXPECTATIONS, load_catalog()):
        out.print(str(path), highlight=False)


def reports(
    account: Annotated[
        int | None, typer.Argument(parser=read_id, metavar="[ACCOUNT]", help="Id of the account; default: all.")
    ] = None,
    json: Json = False,
) -> None:
    """Count all days of an account again; without an account, the changed days of all accounts."""
    from redaction.pipeline.reports import rebuild_account, refresh_accounts

    started = datetime.now(UTC)
    if account is not None:
        with open_deployment(account, known=True) as deployment:
            counted = {account: rebuild_account(deployment.database, account)}
    else:
        counted = {
            number: summary
            for deployment in each_deployment()
            for number, summary in refresh_accounts(deployment.database).items()
        }
    seconds = round((datetime.now(UTC) - started).total_seconds(), 1)
    if json:
        print_json(counted[account] if account is not None else counted)
    elif account is not None:
        print_table(f"Reports of account {account}", [{**vars(counted[account]), "seconds": seconds}])
    else:
        rows = [{"account": number, **vars(summary)} for number, summary in counted.items()]
        print_table(f"Reports counted in {seconds:,} s", rows)
