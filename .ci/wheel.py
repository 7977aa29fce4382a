"""The wheel in an Airflow of somebody else: `.venv/bin/python .ci/wheel.py`, at most three minutes on two idle cores.

A fresh environment gets a plain Airflow, then the wheel; no version may change. That Airflow has a DAG and a plugin of
its own, and is reached below `/airflow`. The commands of `docs/how-to/install.md` are run as they stand there. The
account's run has to succeed, its pages to open, and a database of the first schema to be upgraded. Every process ends
with this.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from sqlalchemy.engine import make_url

from redaction.demo.airflow import free_port
from redaction.demo.processes import Processes

ROOT = Path(__file__).resolve().parents[1]
AIRFLOW = "apache-airflow==3.3.*"
MOST_COMMANDS = 8
LOGIN = "redaction_app"
SERVER = """
import sys
from pathlib import Path
from redaction.db.create import ensure_database
from redaction.embedded import start_embedded
url = start_embedded(Path(sys.argv[1]))
for name in ("shop", "baseline"):
    print(ensure_database(url, name), flush=True)
sys.stdin.read()
"""
BASELINE = """
from redaction.db.database import open_database
from redaction.db.migrations.scripts import upgrade
from redaction.settings import load_settings
with open_database(load_settings()).transaction("owner") as session:
    upgrade(session, None, "0001")
"""
THEIR_DAG = """
from airflow.sdk import DAG
dag = DAG("theirs", schedule=None)
"""
THEIR_PLUGIN = """
from airflow.plugins_manager import AirflowPlugin
from fastapi import FastAPI
app = FastAPI()
app.get("/hello")(lambda: "theirs")
class Theirs(AirflowPlugin):
    name = "theirs"
    fastapi_apps = [{"app": app, "url_prefix": "/theirs", "name": "theirs"}]
"""
CALL = {
    "id": 4711,
    "account_id": 7,
    "called_at": "2026-02-03 10:15 AM -05:00",
    "tracking_number": "+18005550100",
    "source": "Google Ads",
    "status": "answered",
    "name": "Zoe Canary",
    "caller_number_complete": "+12125550143",
}


class Failed(Exception):
    """Something is not as it has to be."""


def main() -> None:
    """Do all of it; prints seconds by step."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="redaction-wheel-") as folder:
        work = Path(folder)
        work.chmod(0o755)
        step = _steps()
        step("build", lambda: _run([sys.executable, "-m", "build", "-n", "-o", str(work / "dist"), str(ROOT)]))
        step("environment with Airflow", lambda: _make_environment(work / "env"))
        before = _versions(work / "env")
        with _server(work / "postgres") as urls:
            environment = _settle(work, _environment(work, urls[0]))
            commands = _commands(work)
            step("pip install", lambda: _shell(commands[0], work, environment))
            changed = before - _versions(work / "env")
            if changed:
                raise Failed(f"the wheel changed {sorted(changed)}")
            step("what the image installs", lambda: _resolve_image(work / "env"))
            step("upgrade from the first schema", lambda: _upgrade(work, urls[1]))
            for command in commands[1:]:
                step(command[:40], lambda command=command: _shell(command, work, environment))
            step("the database as a connection", lambda: _connect(work, environment))
            with _airflow(work, environment) as address:
                token = step("Airflow is healthy", lambda: _await(lambda: _log_in(address), "Airflow"))
                api = requests.Session()
                api.headers["Authorization"] = f"Bearer {token}"
                step("the account's run", lambda: _await(lambda: _succeeded(api, address), "a run of the account", 120))
                step("what is theirs, and our pages", lambda: _look(api, address))
    print(f"the wheel works: {time.monotonic() - started:.0f} s in all", flush=True)


def _steps() -> Callable[[str, Callable[[], Any]], Any]:
    def step(name: str, work: Callable[[], Any]) -> Any:
        began = time.monotonic()
        done = work()
        print(f"{time.monotonic() - began:6.1f} s  {name}", flush=True)
        return done

    return step


def _run(command: list[str], **more: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if done.returncode:
        raise Failed(f"{' '.join(command)[:200]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _make_environment(folder: Path) -> None:
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    _pip(folder, "install", "--constraint", str(ROOT / "constraints.txt"), AIRFLOW)


def _pip(folder: Path, *words: str) -> str:
    quiet = ["--quiet", "--disable-pip-version-check"]
    return _run([sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), *quiet, *words])


def _resolve_image(folder: Path) -> None:
    """Have pip find everything that the Dockerfile installs before the program; it installs nothing here."""
    steps = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [extras] = re.findall(r"docker/requirements.py pyproject.toml ([a-z0-9 ]+) >", steps)
    [further] = re.findall(r"--requirement requirements.txt([ \w]*)$", steps, re.M)
    script, pyproject = str(ROOT / "docker" / "requirements.py"), str(ROOT / "pyproject.toml")
    listed = _run([sys.executable, script, pyproject, *extras.split()]).splitlines()
    _pip(folder, "install", "--dry-run", "--constraint", str(ROOT / "constraints.txt"), *listed, *further.split())


def _versions(folder: Path) -> set[str]:
    return set(_pip(folder, "freeze").split("\n")) - {""}


def _commands(work: Path) -> list[str]:
    """Return the commands of the installation as documented; pip is this environment's, for the fresh one has none."""
    text = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```sh\n(pip install .*?)```", text, re.S)
    commands = block.strip().splitlines()
    if len(commands) > MOST_COMMANDS or not commands[0].startswith("pip install "):
        raise Failed(f"docs/how-to/install.md has {len(commands)} commands, the first is {commands[0]!r}")
    pip = f"{sys.executable} -m pip --python {work}/env/bin/python --quiet --disable-pip-version-check"
    return [commands[0].replace("pip", pip, 1), *commands[1:]]


def _environment(work: Path, owner: str, name: str = "airflow") -> dict[str, str]:
    """Return an environment without anything of this process but its search path, for the Airflow of a folder."""
    return {
        "PATH": f"{work / 'env' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(work),
        "AIRFLOW_HOME": str(work / name),
        "REDACTION_DATABASE_URL": make_url(owner).set(username=LOGIN).render_as_string(hide_password=False),
        "REDACTION_OWNER_URL": owner,
    }


def _settle(work: Path, environment: dict[str, str]) -> dict[str, str]:
    """Give somebody's Airflow its own DAG, plugin and address; return its environment."""
    (work / "calls.json").write_text(json.dumps({"calls": [CALL]}))
    for name, text in {"dags/theirs.py": THEIR_DAG, "plugins/theirs.py": THEIR_PLUGIN}.items():
        path = work / "airflow" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    port = free_port()
    return environment | {
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}/airflow",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    }


def _shell(command: str, work: Path, environment: dict[str, str]) -> str:
    return _run(["/bin/sh", "-c", command], cwd=work, env=environment)


def _upgrade(work: Path, owner: str) -> None:
    environment = _environment(work, owner, "baseline")
    _run([str(work / "env" / "bin" / "python"), "-c", BASELINE], cwd=work, env=environment)
    said = _shell("redaction init", work, environment)
    if not re.search(r"schema: 0001 -> \d{4}", said):
        raise Failed(f"redaction init said {said!r} of a database of the first schema")


def _connect(work: Path, environment: dict[str, str]) -> None:
    """Let somebody's Airflow know the database by a connection of our type, which its processes alone then have."""
    _shell("airflow db migrate", work, environment)
    uri = make_url(environment["REDACTION_DATABASE_URL"]).set(drivername="redaction")
    _shell(f"airflow connections add redaction_default --conn-uri '{uri.render_as_string(False)}'", work, environment)
    kept = _shell("airflow connections get redaction_default --output json", work, environment)
    _check(json.loads(kept.splitlines()[-1])[0]["conn_type"], "redaction", "the type of the connection")


@contextmanager
def _server(data: Path) -> Iterator[list[str]]:
    """Hold a PostgreSQL of the checkout's environment; gives the owner's URLs of two empty databases."""
    holder = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(data)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        yield [holder.stdout.readline().strip() for _ in range(2)]
    finally:
        holder.stdin.close()
        holder.wait(60)


@contextmanager
def _airflow(work: Path, environment: dict[str, str]) -> Iterator[str]:
    """Run the Airflow that is there, while the context is open: without the owner's login, by its connection."""
    named = ("REDACTION_OWNER_URL", "REDACTION_DATABASE_URL")
    given = {name: value for name, value in environment.items() if name not in named}
    with Processes(work / "processes") as processes:
        processes.start("airflow", [str(work / "env" / "bin" / "airflow"), "standalone"], given)
        try:
            yield environment["AIRFLOW__API__BASE_URL"]
        except Exception:
            sys.stderr.write((work / "processes" / "airflow.log").read_text(errors="replace")[-20_000:])
            raise


def _await(ask: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if found := ask():
                return found
        except requests.RequestException:
            pass
        time.sleep(0.5)
    raise Failed(f"{what}: not within {seconds:.0f} s")


def _log_in(address: str) -> str | None:
    answer = requests.get(f"{address}/auth/token", timeout=5)
    return answer.json()["access_token"] if answer.status_code == 201 else None


def _succeeded(api: requests.Session, address: str) -> bool:
    answer = api.get(f"{address}/api/v2/dags/redact_account_7/dagRuns", timeout=10)
    states = [run["state"] for run in answer.json()["dag_runs"]] if answer.ok else []
    if "failed" in states:
        raise Failed("the run of the account failed")
    return "success" in states


def _look(api: requests.Session, address: str) -> None:
    dags = {dag["dag_id"] for dag in _get(api, f"{address}/api/v2/dags").json()["dags"]}
    ours = {
        "redact_account_7",
        "redact_on_demand",
        "answer_request",
        "close_account",
        "release_hold",
        "refresh_reports",
        "erase_residue",
        "retention_watch",
    }
    _check(dags, {"theirs", *ours}, "DAGs")
    plugins = {plugin["name"] for plugin in _get(api, f"{address}/api/v2/plugins").json()["plugins"]}
    _check(plugins & {"theirs", "redaction"}, {"theirs", "redaction"}, "plugins")
    _check(_get(api, f"{address}/api/v2/plugins/importErrors").json()["import_errors"], [], "errors of plugins")
    _check(_get(api, f"{address}/theirs/hello").json(), "theirs", "their page")
    [run] = _get(api, f"{address}/api/v2/dags/redact_account_7/dagRuns").json()["dag_runs"]
    tasks = f"{address}/api/v2/dags/redact_account_7/dagRuns/{quote(run['dag_run_id'])}/taskInstances"
    done = _get(api, tasks).json()["task_instances"]
    _check({task["state"] for task in done}, {"success"}, "states of the tasks")
    _check(len(done), 5, "tasks")
    for task in done:
        address_of_log = f"{tasks}/{task['task_id']}/logs/{task['try_number']}"
        log = _get(api, address_of_log, headers={"Accept": "application/json"}).json()["content"]
        worse = [line for line in log if isinstance(line, dict) and line.get("level") not in (None, "info", "debug")]
        _check(worse, [], f"what the log of {task['task_id']} complains of")
    for page in ("/", "/accounts/7", "/runs/1", "/accounts/7/reports/sources?first=2026-02-01&last=2026-02-28"):
        text = _get(api, f"{address}/redaction{page}").text
        links = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', text))
        _check([link for link in links if not link.startswith("/airflow/")], [], f"links of {page} that lead elsewhere")
        if not links:
            raise Failed(f"{page} has no links")
    _get(api, f"{address}/redaction/static/redaction.css")
    _check("<svg" in text, True, "a chart on the page of a report")


def _get(api: requests.Session, address: str, **more: Any) -> requests.Response:
    answer = api.get(address, timeout=30, **more)
    if answer.status_code != 200:
        raise Failed(f"{address} answered {answer.status_code}: {answer.text[:300]}")
    return answer


def _check(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise Failed(f"{what}: {found!r}, not {wanted!r}")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"the wheel: {error}")
