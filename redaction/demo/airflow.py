"""A real Airflow on this machine: its environment, its processes, and the few API calls that we need."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from sqlalchemy.engine import make_url

from redaction.db.create import ensure_database
from redaction.demo.processes import Processes
from redaction.errors import BadInput, RedactionError
from redaction.resources import make_folder

HOST = "127.0.0.1"
USER = "admin"
_KEPT_BACK = re.compile(r"AIRFLOW__|_AIRFLOW|REDACTION_OWNER_URL$|AIRFLOW_CONN_\w+_OWNER$")
"""Variables of the caller's environment that are removed: another Airflow's settings, and the logins of owners."""
_BUNDLES = json.dumps([{"name": "redaction", "classpath": "redaction.airflow.bundle.RedactionDagBundle", "kwargs": {}}])
_COMPONENTS = {
    "api-server": ("api-server", "--host", HOST),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}


def airflow_database(owner_url: str, login_url: str) -> str:
    """Create Airflow's own database on our server if it is missing; return its URL.

    It belongs to the login of the tasks, so that no process of Airflow knows a superuser.
    """
    login = make_url(login_url)
    made = make_url(ensure_database(owner_url, "airflow", owner=login.username))
    return login.set(database=made.database).render_as_string(hide_password=False)


@dataclass(frozen=True)
class AirflowStack:
    """An Airflow: home folder, metadata database (URL), port, folders, seconds between two parses.

    `key` signs the certificates there, unless the environment has one.
    """

    home: Path
    database_url: str
    redaction_url: str
    redaction_home: Path
    port: int = 8080
    parse_every_s: int = 30
    parallelism: int = 4
    key: str | None = None

    @property
    def url(self) -> str:
        """Return the address of the UI and the API."""
        return f"http://{HOST}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the whole environment of an Airflow process; secrets are created once for each home."""
        kept = self._secrets()
        values = {
            "CORE__EXECUTOR": "LocalExecutor",
            # An empty folder; our DAGs come as a bundle.
            "CORE__DAGS_FOLDER": str(self.home / "dags"),
            "DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": _BUNDLES,
            "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(self.home / "bundles"),
            # Our plugin comes with the package.
            "CORE__PLUGINS_FOLDER": str(self.home / "plugins"),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__PARALLELISM": str(self.parallelism),
            "CORE__FERNET_KEY": kept["fernet"],
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.home / "passwords.json"),
            "DATABASE__SQL_ALCHEMY_CONN": self.database_url,
            "API__BASE_URL": self.url,
            "API__PORT": str(self.port),
            "API__HOST": HOST,
            "API__WORKERS": "1",
            "API__SECRET_KEY": kept["api"],
            "API_AUTH__JWT_SECRET": kept["jwt"],
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": str(self.parse_every_s),
            "DAG_PROCESSOR__REFRESH_INTERVAL": str(self.parse_every_s),
            # An account that is switched off loses its DAG after these two, at the latest.
            "DAG_PROCESSOR__STALE_DAG_THRESHOLD": str(self.parse_every_s + 10),
            "SCHEDULER__PARSING_CLEANUP_INTERVAL": str(self.parse_every_s + 10),
            "DAG_PROCESSOR__PARSING_PROCESSES": "2",
            "DAG_PROCESSOR__DAG_VERSION_INFLATION_CHECK_LEVEL": "error",
            "LOGGING__BASE_LOG_FOLDER": str(self.home / "logs"),
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        }
        ours = {f"AIRFLOW__{name}": value for name, value in values.items()}
        return {
            # Parsing a file costs 0.07 s of CPU, whatever its content; these two are enough for 3,000 accounts.
            "REDACTION_DAG_SHARDS": "2",
            **{name: value for name, value in os.environ.items() if not _KEPT_BACK.match(name)},
            **ours,
            "AIRFLOW_HOME": str(self.home),
            "REDACTION_DATABASE_URL": self.redaction_url,
            "REDACTION_HOME": str(self.redaction_home),
            **({"REDACTION_CERTIFICATE_KEY": self.key} if self.key else {}),
            "GX_ANALYTICS_ENABLED": "false",
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        }

    def _secrets(self) -> dict[str, str]:
        from cryptography.fernet import Fernet

        path = self.home / "secrets.json"
        if not path.exists():
            make_folder(self.home)
            made = {
                "fernet": Fernet.generate_key().decode(),
                "api": secrets.token_hex(32),
                "jwt": secrets.token_hex(64),
            }
            _write_private(path, made)
        loaded: dict[str, str] = json.loads(path.read_text())
        return loaded

    def password(self) -> str:
        """Return the password of the administrator, created once for each home."""
        path = self.home / "passwords.json"
        if not path.exists():
            make_folder(self.home)
            _write_private(path, {USER: secrets.token_urlsafe(16)})
        return str(json.loads(path.read_text())[USER])

    def migrate(self) -> None:
        """Create or upgrade Airflow's metadata database; raises RedactionError if that fails."""
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"], env=self.environment(), capture_output=True, check=False
        )
        if done.returncode:
            log = self.home / "migrate.log"
            log.write_bytes(done.stdout + done.stderr)
            raise RedactionError(f"Airflow's database could not be migrated: read {log}")

    @contextmanager
    def running(self) -> Iterator[Processes]:
        """Run Airflow's four processes while the context is open; raises BadInput if the port is taken."""
        check_port(self.port)
        self.password()
        for stale in self.home.glob("*.pid"):
            stale.unlink()
        environment = self.environment()
        with Processes(self.home / "processes") as processes:
            for name, arguments in _COMPONENTS.items():
                processes.start(name, [sys.executable, "-m", "airflow", *arguments], environment)
            yield processes


def _write_private(path: Path, value: dict[str, str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file)


def check_port(port: int) -> None:
    """Raise BadInput if something listens on a port: tasks would talk to it and hang in `queued`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise BadInput(f"port {port} is taken: end what listens on it, or set REDACTION_PORT") from None


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class AirflowApi:
    """The REST API of a running stack, as its administrator."""

    def __init__(self, stack: AirflowStack) -> None:
        self._stack = stack
        self._http = requests.Session()

    def wait_healthy(self, processes: Processes, seconds: float) -> None:
        """Wait until scheduler, DAG processor and triggerer are healthy; raises RedactionError after `seconds`."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            processes.check()
            try:
                health = self._http.get(f"{self._stack.url}/api/v2/monitor/health", timeout=5).json()
                parts = [health[name]["status"] for name in ("metadatabase", "scheduler", "dag_processor", "triggerer")]
                if all(status == "healthy" for status in parts):
                    self._login()
                    return
            except (requests.RequestException, ValueError, KeyError):
                pass
            time.sleep(0.5)
        raise RedactionError(f"Airflow was not healthy after {seconds:.0f} s: read {processes.logs}")

    def _login(self) -> None:
        answer = self._http.post(
            f"{self._stack.url}/auth/token",
            json={"username": USER, "password": self._stack.password()},
            timeout=10,
        )
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, **parameters: Any) -> Any:
        """Return what the API answers to GET below `/api/v2`."""
        answer = self._http.get(f"{self._stack.url}/api/v2/{path}", params=parameters, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return what the API answers to POST below `/api/v2`."""
        answer = self._http.post(f"{self._stack.url}/api/v2/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Return what the API answers to PATCH below `/api/v2`."""
        answer = self._http.patch(f"{self._stack.url}/api/v2/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def runs(self) -> dict[str, dict[str, Any]]:
        """Return the latest run of each DAG by its id."""
        found: dict[str, dict[str, Any]] = {}
        for run in self.get("dags/~/dagRuns", limit=100, order_by="run_after")["dag_runs"]:
            found[run["dag_id"]] = run
        return found

    def failed_log(self, dag_id: str, run_id: str) -> str:
        """Return the log of the first failed task of a run."""
        tasks = self.get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        for task in tasks:
            if task["state"] == "failed":
                name, tries = task["task_id"], task["try_number"]
                log = self.get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{name}/logs/{tries}")
                lines = [line for entry in log["content"] for line in _lines(entry)]
                return f"{dag_id} {name}, try {tries}:\n" + "\n".join(lines)
        return f"{dag_id}: no task of {run_id} has failed"


def _lines(entry: Any) -> list[str]:
    """Return the text of a task log entry, including the errors it names."""
    if not isinstance(entry, dict):
        return [str(entry)]
    errors = [f"{error.get('exc_type')}: {error.get('exc_value')}" for error in entry.get("error_detail") or ()]
    return [str(entry.get("event", "")), *errors]
