"""`redaction sample`, `demo`, `up` and `down`: sample data, and Airflow itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import psutil
import typer

from redaction.cli.output import Json, open_deployment, out, parse_instant, print_json, print_table
from redaction.db.admission import admit_login
from redaction.db.schema import migrate
from redaction.demo.processes import Interrupted, signals_end
from redaction.errors import BadInput
from redaction.ledger.external import check_ledger
from redaction.settings import load_settings

Port = Annotated[int, typer.Option(envvar="REDACTION_PORT", help="Port of the Airflow UI, on 127.0.0.1.")]
_HEADS = {"policy": "rule", "stripped": "redacted", "objects": "recordings and files", "missing": "missing in reports"}


def sample(
    accounts: Annotated[int, typer.Option(min=1, help="Number of accounts.")] = 8,
    activities: Annotated[int, typer.Option(min=0, help="Number of activities.")] = 40_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data.")] = 1,
    until: Annotated[str | None, typer.Option(metavar="T", help="Newest activity; default: now.")] = None,
    directory: Annotated[Path | None, typer.Option("--out", help="Folder; default: .redaction/sample.")] = None,
    create: Annotated[bool, typer.Option("--create/--no-create", help="Create the agencies and accounts too.")] = True,
    json: Json = False,
) -> None:
    """Write realistic activities with their recordings, ready for `redaction load`."""
    from redaction.demo.sample import sample_agencies, write_sample
    from redaction.demo.tenants import create_tenants, declare_sample_store

    settings = load_settings()
    at = parse_instant(until)
    target = directory or settings.home / "sample"
    tenants = sample_agencies(accounts, seed, at.date())
    summary = write_sample(target, tenants, activities, seed, at, settings.sample_objects_path.as_uri())
    if create:
        with open_deployment() as deployment:
            create_tenants(deployment, tenants)
            declare_sample_store(deployment)
    if json:
        print_json(summary)
        return
    print_table(f"Sample in {target}", [vars(summary)])


def demo(port: Port = 8080) -> None:
    """Sample data, a real Airflow, every account's DAG to success; stays up on a terminal until Ctrl-C."""
    from redaction.demo.demo import AccountOutcome, on_terminal, run_demo

    def say(line: str) -> None:
        out.print(line, markup=False, highlight=False)

    def show(outcomes: Sequence[AccountOutcome]) -> None:
        rows = [{_HEADS.get(name, name): value for name, value in vars(outcome).items()} for outcome in outcomes]
        print_table("What the DAGs did, and what the reports say now", rows)

    with signals_end():
        try:
            run_demo(load_settings(), port, say, show, on_terminal())
        except (KeyboardInterrupt, Interrupted):
            say("ended")


def up(port: Port = 8080) -> None:
    """Run Airflow on your own database, in the foreground, until Ctrl-C or `redaction down`."""
    from redaction.demo.airflow import AirflowApi, AirflowStack, airflow_database
    from redaction.demo.demo import pid_file

    with signals_end(), open_deployment(allow_restored=True) as deployment:
        if deployment.database.owner_url is not None:
            migrate(deployment.database)
            admit_login(deployment.database)
        check_ledger(deployment)
        url = deployment.database.url.render_as_string(hide_password=False)
        metadata = os.environ.get("REDACTION_AIRFLOW_DATABASE_URL")
        if metadata is None:
            if deployment.database.owner_url is None:
                raise BadInput("Airflow needs a database: set REDACTION_AIRFLOW_DATABASE_URL, or REDACTION_OWNER_URL")
            metadata = airflow_database(deployment.database.owner_url.render_as_string(hide_password=False), url)
        stack = AirflowStack(deployment.settings.home / "airflow", metadata, url, deployment.settings.home, port)
        stack.migrate()
        pid = pid_file(deployment.settings)
        try:
            with stack.running() as processes:
                pid.write_text(str(os.getpid()))
                AirflowApi(stack).wait_healthy(processes, 180)
                out.print(f"Airflow: {stack.url}   login: admin   password in {stack.home / 'passwords.json'}")
                while True:
                    processes.check()
                    time.sleep(1)
        except (KeyboardInterrupt, Interrupted):
            out.print("ended")
        finally:
            pid.unlink(missing_ok=True)


def down() -> None:
    """End the stack that `redaction up` runs."""
    from redaction.demo.demo import pid_file

    path = pid_file(load_settings())
    try:
        process = psutil.Process(int(path.read_text()))
        # A killed stack leaves its file, and its process id may belong to another process by now.
        if process.create_time() > path.stat().st_mtime:
            raise psutil.NoSuchProcess(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    except (FileNotFoundError, psutil.NoSuchProcess):
        path.unlink(missing_ok=True)
        raise BadInput("no stack is up") from None
    out.print("ended")
