"""`redaction status`, `downstream`, `certificate`: what is late, what others still have, what is proven."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from redaction.cli.actor import current_actor
from redaction.cli.output import (
    Json,
    ask_placements,
    open_deployment,
    out,
    print_json,
    print_table,
    print_warnings,
    read_id,
)
from redaction.db.outflow import list_log_warnings
from redaction.db.schema import needs_code
from redaction.deployment import Deployment
from redaction.errors import BadInput, RedactionError
from redaction.evidence.downstream import list_downstream, mark_done, record_deliveries
from redaction.placements.connections import loading_airflow, names_airflow
from redaction.settings import load_settings
from redaction.shared import check_place
from redaction.words import say_count

RunId = Annotated[int, typer.Argument(parser=read_id, metavar="RUN", help="Id of the run.")]


class _RunFirst(TyperGroup):
    """Takes `certificate 12` for `certificate issue 12`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, ["issue", *args] if args and args[0].isdigit() else args)


downstream_app = typer.Typer(no_args_is_help=True, help="What other systems have received of redacted activities.")
certificate_app = typer.Typer(
    cls=_RunFirst, no_args_is_help=True, help="Signed certificates: `certificate RUN`, `certificate verify FILE`."
)


def status(json: Json = False) -> None:
    """Show what should be gone or decided by now, and what Airflow lacks. Exit code 1 if something is late."""
    from redaction.evidence.watch import list_late, watch

    found = ask_placements(watch, allow_restored=True)
    figures = [figure for part in found.values() for figure in part]
    late = list_late(figures)
    for lines in ask_placements(_ask_database, allow_restored=True).values():
        print_warnings(lines)
    print_warnings([*_ask_shared(), *_ask_airflow()])
    if json:
        print_json({"late": bool(late), "figures": figures})
    else:
        shown = [figure for figure in figures if figure.late or figure.count]
        print_table("Retention", [vars(figure) for figure in shown])
        out.print(f"{len(late)} late" if late else "nothing is late")
    raise typer.Exit(1 if late else 0)


def _ask_database(deployment: Deployment) -> list[str]:
    """Return what the server's log would keep, and whether the functions are those of another program."""
    warnings = list_log_warnings(deployment.database)
    if needs_code(deployment.database):
        warnings.append(
            f"placement {deployment.placement}: the functions of the database are those of another program of this "
            "version: if this program is the newer, run `redaction init`, else install the newer one here"
        )
    return warnings


def _ask_shared() -> list[str]:
    """Return why nothing can be shared with other processes; empty if it can."""
    try:
        check_place(load_settings())
    except RedactionError as error:
        return [str(error)]
    return []


def _ask_airflow() -> list[str]:
    """Return what the Airflow of this shell lacks, or that it does not answer; empty without an Airflow."""
    if not names_airflow():
        return []
    try:
        with loading_airflow("what it lacks is not known"):
            from redaction.airflow.advice import list_advice

            return list_advice(load_settings())
    except RedactionError as error:
        return [str(error)]


@downstream_app.command("list")
def list_(
    account: Annotated[int | None, typer.Option(parser=read_id, metavar="A", help="Only this account.")] = None,
    run: Annotated[int | None, typer.Option(parser=read_id, metavar="R", help="Only this run.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is marked as done.")] = False,
    json: Json = False,
) -> None:
    """Show what is not marked as erased there. A line without an activity is about its whole run."""
    with open_deployment(account) as deployment:
        received = list_downstream(deployment.database, account, run, everything)
    print_json(received) if json else print_table("Downstream", [vars(item) for item in received])


@downstream_app.command()
def done(
    run: RunId,
    integration: Annotated[
        int | None, typer.Option(parser=read_id, metavar="I", help="Id of the integration; default: all.")
    ] = None,
    activity: Annotated[int | None, typer.Option(parser=read_id, metavar="ID", help="Only this activity.")] = None,
) -> None:
    """Mark it as erased there; the ids of the records there are forgotten."""
    with open_deployment() as deployment:
        marked = mark_done(deployment, run, current_actor(), integration, activity)
    out.print(say_count(marked, "record", "records") + " marked as erased")


@downstream_app.command()
def record(file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header line.")]) -> None:
    """Record which activities an integration has received: account_id, activity_id, integration, external_id."""
    with open_deployment() as deployment:
        recorded = record_deliveries(deployment, file)
    out.print(f"{recorded} deliveries recorded")


@certificate_app.command()
def issue(
    run: Annotated[int | None, typer.Argument(parser=read_id, metavar="RUN", help="Id of the run.")] = None,
    account: Annotated[
        int | None, typer.Option(parser=read_id, metavar="ID", help="Instead of a run: a closed account.")
    ] = None,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path(),
    json: Json = False,
) -> None:
    """Write the certificate of a run that has succeeded, or of a closed account: JSON, HTML and PDF, each signed."""
    from redaction.evidence.certificate import certify_run
    from redaction.evidence.closing import certify_account, write_account_certificate
    from redaction.evidence.keys import signing_key
    from redaction.evidence.render import write_certificate

    if (run is None) == (account is None):
        raise BadInput("say which run, or which closed account by --account ID: no certificate was issued")
    with open_deployment(account) as deployment:
        key = signing_key(deployment.settings)
        if run is not None:
            paths = write_certificate(certify_run(deployment, run), key, folder)
        else:
            paths = write_account_certificate(certify_account(deployment, account or 0), key, folder)
    if json:
        print_json({"files": paths})
        return
    for path in paths:
        out.print(str(path), markup=False, soft_wrap=True)


@certificate_app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A certificate: JSON, HTML or PDF.")],
    key: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Public key (PEM) to trust; default: your own.")
    ] = None,
) -> None:
    """Check that a certificate is unchanged and signed by a trusted key. Exit code 1 if not."""
    from redaction.evidence.keys import trusted_keys
    from redaction.evidence.render import verify_certificate

    name = verify_certificate(file, trusted_keys(load_settings(), key or []))
    out.print(f"{file} is unchanged since it was signed with {name}", markup=False, soft_wrap=True)


@certificate_app.command("new-key")
def new_key(file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key goes.")]) -> None:
    """Create a private key to sign with, readable only by its owner, and print the public key for verification."""
    from redaction.evidence.keys import make_key

    out.print(make_key(file), end="", markup=False)
