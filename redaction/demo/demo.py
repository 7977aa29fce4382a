"""The demo: sample data, a real Airflow, every account's DAG to success, and what it did."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from redaction.accounts.administrators import set_administrator
from redaction.db.admission import admit_login
from redaction.db.create import recreate_database
from redaction.db.database import Database
from redaction.db.schema import migrate
from redaction.db.urls import locate_database
from redaction.demo.airflow import USER, AirflowApi, AirflowStack, airflow_database
from redaction.demo.sample import sample_agencies, write_sample
from redaction.demo.tenants import create_tenants, declare_sample_store
from redaction.embedded import DATABASE_NAME, LOGIN
from redaction.errors import BadInput, RedactionError
from redaction.evidence.keys import make_key
from redaction.pipeline.preview import DuePreview, preview_due
from redaction.pipeline.reports import rebuild_account
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source.load import load_files
from redaction.words import say_activities, say_count

ACCOUNTS, ACTIVITIES, SEED = 8, 40_000, 1
_HEALTHY_S, _DONE_S = 120.0, 240.0


@dataclass(frozen=True)
class AccountOutcome:
    """What the DAG of one account did, and what the reports say afterwards."""

    account_id: int
    policy: str
    due: int
    stripped: int
    retained: int
    objects: int
    level: str
    reported: int
    of_them_redacted: int
    sessions: int
    missing: int


def prepare(settings: Settings, say: Callable[[str], None]) -> tuple[str, str, dict[int, DuePreview]]:
    """Create the databases again, write and load the sample; return both URLs and what is due for each account."""
    if settings.database_url is not None:
        raise BadInput("the demo has its own data: unset REDACTION_DATABASE_URL, or use `make up` for your database")
    home, marker = settings.home, settings.home / "demo"
    urls = locate_database(settings)
    assert urls.owner is not None
    if marker.exists():
        recreate_database(urls.owner, DATABASE_NAME)
        recreate_database(urls.owner, "airflow", LOGIN)
        for folder in (home / "sample", home / "airflow", home / "data_docs", settings.sample_objects_path):
            shutil.rmtree(folder, ignore_errors=True)
    database = Database(urls.login, settings, urls.owner)
    deployment = deploy(database, settings)
    try:
        before, _ = migrate(database)
        admit_login(database)
        if before is not None and not marker.exists():
            raise BadInput(f"the embedded database in {home} holds data of yours: set REDACTION_HOME to another folder")
        marker.touch()
        now = datetime.now(UTC).replace(microsecond=0)
        tenants = sample_agencies(ACCOUNTS, SEED, now.date())
        written = write_sample(home / "sample", tenants, ACTIVITIES, SEED, now, settings.sample_objects_path.as_uri())
        files = say_count(written.files, "file", "files")
        recordings = say_count(written.recordings, "recording", "recordings")
        say(f"sample: {say_activities(written.activities)} in {files}, {recordings}")
        create_tenants(deployment, tenants)
        declare_sample_store(deployment)
        started = time.monotonic()
        loaded = load_files(deployment, [home / "sample"])
        seconds = time.monotonic() - started
        say(f"loaded {say_activities(loaded.inserted)} in {seconds:.1f} s, {loaded.rejected} rejected")
        for account in tenants.accounts:
            set_administrator(deployment, account.id, USER, "demo")
            rebuild_account(database, account.id)
        due = {account.id: preview_due(deployment, account.id, now) for account in tenants.accounts}
    finally:
        database.close()
    return urls.login, airflow_database(urls.owner, urls.login), due


def _signing_key(settings: Settings) -> str:
    if settings.certificate_key is not None:
        return settings.certificate_key.get_secret_value()
    path = settings.home / "signing.pem"
    if not path.exists():
        make_key(path)
    return str(path.resolve())


def await_runs(api: AirflowApi, check: Callable[[], None], accounts: Sequence[int], say: Callable[[str], None]) -> None:
    """Wait until the DAG of each account has succeeded.

    Raises RedactionError with the log of a failed run, or if no further run ends for some minutes.
    """
    waiting = {f"redact_account_{account}" for account in accounts}
    ends = time.monotonic() + _DONE_S
    while waiting:
        check()
        for dag_id, run in api.runs().items():
            if run["state"] == "failed":
                raise RedactionError(api.failed_log(dag_id, run["dag_run_id"]))
            if run["state"] == "success" and dag_id in waiting:
                waiting.remove(dag_id)
                say(f"{dag_id}: success ({run['data_interval_end']})")
                # A slow machine needs longer for all of them, and is not stuck.
                ends = time.monotonic() + _DONE_S
        if time.monotonic() > ends:
            raise RedactionError(
                f"no run of {', '.join(sorted(waiting))} has ended within {_DONE_S:.0f} s; the demo has stopped, and "
                "nothing of yours was changed: run it again when the machine has less to do"
            )
        time.sleep(0.5)


def read_outcomes(database: Database, due: Mapping[int, DuePreview]) -> list[AccountOutcome]:
    """Return what was done for each account, and what its reports say now."""
    found = []
    with database.transaction("redaction_worker") as session:
        for account_id, preview in due.items():
            row = session.one("account_outcome", account_id=account_id)
            found.append(AccountOutcome(account_id=account_id, policy=preview.policy, due=preview.activities, **row))
    return found


def run_demo(
    settings: Settings,
    port: int,
    say: Callable[[str], None],
    show: Callable[[Sequence[AccountOutcome]], None],
    stay: bool,
) -> None:
    """Run the whole demo; with `stay` the stack then runs until it is interrupted. Raises RedactionError if a run
    failed.
    """
    started = time.monotonic()
    url, airflow_url, due = prepare(settings, say)
    home = settings.home
    stack = AirflowStack(home / "airflow", airflow_url, url, home, port, parse_every_s=10, key=_signing_key(settings))
    say("migrating Airflow's database")
    stack.migrate()
    say(f"starting Airflow on {stack.url}")
    with stack.running() as processes:
        api = AirflowApi(stack)
        api.wait_healthy(processes, _HEALTHY_S)
        say(f"Airflow is healthy; {len(due)} DAGs to go")
        await_runs(api, processes.check, list(due), say)
        database = Database(url, settings)
        try:
            show(read_outcomes(database, due))
        finally:
            database.close()
        say(f"done in {time.monotonic() - started:.0f} s")
        say(f"Airflow: {stack.url}   login: {USER}   password: {stack.password()}   pages: {stack.url}/redaction/")
        say(f"Validation results: {settings.data_docs_path}")
        while stay:
            processes.check()
            time.sleep(1)


def on_terminal() -> bool:
    """Say whether a person is there to press Ctrl-C."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def pid_file(settings: Settings) -> Path:
    """Return the file with the id of the process that runs the stack."""
    return settings.home / "stack.pid"
