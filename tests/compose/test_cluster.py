"""The main job on CeleryExecutor with two workers, as the compose file runs it, while machines die."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.settings import Settings
from tests.compose.image import Image
from tests.compose.stack import ComposeStack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FAST = {
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "20",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
    "AIRFLOW__API__WORKERS": "1",
    "REDACTION_STAGGER_MIN": "0",
    # A delayed step waits, and is not tried again meanwhile.
    "REDACTION_LOCK_TIMEOUT_MS": "60000",
    "REDACTION_SNAPSHOT_MAX_AGE_S": "1",
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
}
WORKERS = ("worker-1", "worker-2")
ACCOUNTS = 4


@pytest.fixture(scope="module")
def cluster(config: dict[str, Any], image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """The whole stack of the compose file with two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    # The server's own user must reach it.
    for place in (folder, *folder.parents):
        if place == Path(tempfile.gettempdir()):
            break
        place.chmod(place.stat().st_mode | 0o011)
    stack = ComposeStack(folder, image, config, FAST)
    with stack.up(*WORKERS):
        yield stack


@pytest.fixture(scope="module")
def there(cluster: ComposeStack) -> Iterator[Database]:
    """The database of that stack."""
    url = cluster.environment("worker")["REDACTION_DATABASE_URL"]
    database = Database(url, Settings(database_url=url), cluster.environment("init")["REDACTION_OWNER_URL"])
    with database.engine("owner").begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (1, 'North', true);"
            "INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since)"
            f" SELECT n, 1, 'Dental', 'daily', current_date - 10 FROM generate_series(1, {ACCOUNTS}) n"
        )
    yield database
    database.close()


Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ask(there: Database) -> Sql:
    """Run any SQL there, as the owner."""

    def run(statement: str, **values: Any) -> list[dict[str, Any]]:
        with there.engine("owner").begin() as connection:
            result = connection.execute(sa.text(statement), values)
            return [dict(row._mapping) for row in result] if result.returns_rows else []

    return run


def fill(ask: Sql, account: int, rows: int = 50) -> None:
    """Give an account due activities, each with a caller's name and number."""
    old = datetime.now(UTC) - timedelta(days=3)
    ask("SELECT tracking.ensure_partition(:at)", at=old)
    ask(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, caller_name, caller_number, recording_url)"
        " SELECT n + :first, :account, 'call', :at, 'Canary ' || n, '+12125550143', NULL"
        " FROM generate_series(1, :rows) n",
        account=account,
        at=old,
        rows=rows,
        first=int(time.time() * 1000),
    )


def wait_for(cluster: ComposeStack, what: Callable[[], bool], seconds: float = 180) -> None:
    """Wait until a condition is true."""
    ends = time.monotonic() + seconds
    while not what():
        cluster.restart_ended()
        assert time.monotonic() < ends, {
            path.name: path.read_text()[-1500:] for path in sorted((cluster.folder / "logs").glob("*.log"))
        }
        time.sleep(1)


def left(ask: Sql) -> int:
    """Return how many activities are due and not redacted."""
    return int(ask("SELECT count(*) AS n FROM tracking.activities WHERE redacted_at IS NULL")[0]["n"])


def test_a_second_scheduler_joins_before_there_is_work(cluster: ComposeStack) -> None:
    """So two workers share the runs of the next tests, until one of them dies."""
    cluster.start("scheduler", "scheduler-2")
    alive = "jobs?job_type=SchedulerJob&is_alive=true"
    wait_for(cluster, lambda: cluster.api("GET", alive)["total_entries"] == 2)


def test_two_workers_do_the_main_job(cluster: ComposeStack, ask: Sql) -> None:
    for account in range(1, ACCOUNTS + 1):
        fill(ask, account)
    wait_for(
        cluster,
        lambda: ask("SELECT count(*) AS n FROM redaction.runs WHERE state = 'succeeded'")[0]["n"] == ACCOUNTS,
    )
    assert left(ask) == 0
    tasks = cluster.api("GET", "dags/~/dagRuns/~/taskInstances?limit=100")["task_instances"]
    hosts = {task["task_id"] for task in tasks if task["state"] == "success"}
    assert {"select", "strip", "objects", "validate", "reports"} <= hosts
    logs = [(cluster.folder / "logs" / f"{host}.log").read_text() for host in WORKERS]
    assert all("succeeded" in log for log in logs), "both workers have worked"
    assert cluster.api("GET", "pools/redaction_strips")["slots"] == 4
    check_whole(cluster, ask, 1)


def begin(cluster: ComposeStack, account: int) -> str:
    """Start a manual run of an account's DAG; return its id."""
    run = cluster.api("POST", f"dags/redact_account_{account}/dagRuns", json={"logical_date": None})
    return str(run["dag_run_id"])


def state_of(cluster: ComposeStack, account: int, run: str) -> str:
    """Return the state of a DAG run."""
    return str(cluster.api("GET", f"dags/redact_account_{account}/dagRuns/{run}")["state"])


def task_of(cluster: ComposeStack, account: int, run: str, task: str) -> dict[str, Any]:
    """Return a task of a DAG run."""
    found: dict[str, Any] = cluster.api("GET", f"dags/redact_account_{account}/dagRuns/{run}/taskInstances/{task}")
    return found


def check_whole(cluster: ComposeStack, ask: Sql, account: int) -> None:
    """No row half done, the ledger whole and with one row a run, no unfinished run."""
    assert left(ask) == 0
    half = ask(
        "SELECT count(*) AS n FROM tracking.activities"
        " WHERE (redacted_at IS NULL) <> (redaction_run_id IS NULL) OR num_nonnulls(redacted_at, caller_name) <> 1"
    )
    assert half[0]["n"] == 0
    assert ask("SELECT count(*) AS n FROM redaction.runs WHERE state <> 'succeeded'")[0]["n"] == 0
    twice = ask("SELECT run_id FROM redaction.ledger WHERE kind = 'redaction' GROUP BY run_id HAVING count(*) <> 1")
    assert twice == []
    runs = ask("SELECT count(*) AS n FROM redaction.runs")[0]["n"]
    assert ask("SELECT count(*) AS n FROM redaction.ledger WHERE kind = 'redaction'")[0]["n"] == runs
    env = cluster.environment("worker")
    done = subprocess.run(["redaction", "ledger", "verify"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def held_up(there: Database, ask: Sql, after: dict[int, str]) -> Iterator[None]:
    """Lock the run of each account when the previous step has ended: the next step does its work, and waits where it
    would record it in its last transaction.
    """
    ends = time.monotonic() + 120
    waiting = dict(after)
    with ExitStack() as locked:
        while waiting:
            assert time.monotonic() < ends, f"no run came to be so: {waiting}"
            # A set exists with its state before its step has recorded its end.
            ended = "seconds -> 'select' IS NOT NULL"
            for run in ask(f"SELECT id, account_id, state FROM redaction.runs WHERE state <> 'succeeded' AND {ended}"):
                if waiting.get(run["account_id"]) == run["state"]:
                    connection = locked.enter_context(there.engine("owner").connect())
                    locked.enter_context(connection.begin())
                    connection.exec_driver_sql(f"SELECT FROM redaction.runs WHERE id = {run['id']} FOR UPDATE")
                    del waiting[run["account_id"]]
            time.sleep(0.02)
        yield


def test_the_workers_are_killed_at_work(cluster: ComposeStack, there: Database, ask: Sql) -> None:
    """In `strip`, in `delete_objects`, and in `rebuild_reports`: between the commit of the strip and the reports.
    The surviving worker has no plugin: the timetable belongs to the scheduler, and a worker needs only the DAGs.
    """
    tasks = {1: "strip", 2: "objects", 3: "reports"}
    after = {1: "selected", 2: "stripped", 3: "validated"}
    for account in tasks:
        fill(ask, account)
    runs = {account: begin(cluster, account) for account in tasks}
    at_work = [(account, runs[account], task) for account, task in tasks.items()]
    with held_up(there, ask, after):
        wait_for(cluster, lambda: all(task_of(cluster, *one)["state"] == "running" for one in at_work), 60)
        for host in WORKERS:
            cluster.kill(host)
    (cluster.folder / "nothing").mkdir()
    cluster.start("worker", "worker-3", AIRFLOW__CORE__PLUGINS_FOLDER=str(cluster.folder / "nothing"))
    wait_for(cluster, lambda: all(state_of(cluster, *one) in ("success", "failed") for one in runs.items()), 180)
    assert [state_of(cluster, *one) for one in runs.items()] == ["success"] * 3
    assert all(task_of(cluster, *one)["try_number"] > 1 for one in at_work)
    check_whole(cluster, ask, 1)


@pytest.mark.parametrize("service", ["redis", "postgres", "scheduler"])
def test_a_service_is_restarted_in_mid_run(cluster: ComposeStack, there: Database, ask: Sql, service: str) -> None:
    if "scheduler-2" in cluster.running:
        # The other worker finishes what one has begun; here there is only one.
        cluster.kill("scheduler-2")
    fill(ask, 2)
    run = begin(cluster, 2)
    wait_for(cluster, lambda: task_of(cluster, 2, run, "select")["state"] in ("queued", "running", "success"))
    if service == "postgres":
        there.close()
        cluster.stop_postgres("immediate")
        cluster.start_postgres()
    else:
        cluster.kill(service)
        cluster.start(service)
    cluster.wait_healthy(service)
    wait_for(cluster, lambda: state_of(cluster, 2, run) in ("success", "failed"), 240)
    assert state_of(cluster, 2, run) == "success"
    check_whole(cluster, ask, 2)


def test_init_does_not_upgrade_under_services_that_are_at_work(cluster: ComposeStack, ask: Sql) -> None:
    guard = ["sh", cluster.place("/opt/redaction/docker/may_upgrade.sh")]
    environment = cluster.environment("init")

    def may_upgrade(**more: str) -> int:
        return subprocess.run(guard, env=environment | more, capture_output=True, check=False).returncode

    # An up-to-date schema is not upgraded, so init may run meanwhile.
    assert may_upgrade() == 0
    [version] = [row["version_num"] for row in ask("SELECT version_num FROM redaction.alembic_version")]
    ask("UPDATE redaction.alembic_version SET version_num = '0008'")
    try:
        code, said = cluster.attempt("init")
        assert (code, "docker compose stop" in said) == (1, True), said
        assert ask("SELECT version_num FROM redaction.alembic_version") == [{"version_num": "0008"}]
        assert may_upgrade(UPGRADE_WHILE_RUNNING="yes") == 0
    finally:
        ask("UPDATE redaction.alembic_version SET version_num = :version", version=version)


def test_no_value_is_in_what_the_services_wrote_meanwhile(cluster: ComposeStack) -> None:
    looked = [
        path
        for place in ("logs", "airflow", "ledger", "home")
        for path in Path(cluster.folder / place).rglob("*")
        if path.is_file()
    ]
    assert len(looked) > 20
    found = [path for path in looked if b"Canary" in path.read_bytes() or b"2125550143" in path.read_bytes()]
    assert found == []
