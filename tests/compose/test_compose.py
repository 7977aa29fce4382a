"""docker-compose.yml: valid, without a default password, closed, and every service of it starts and is healthy."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checkout import ROOT
from tests.compose.stack import read_compose

Secrets = tuple[Path, dict[str, str]]


def test_every_secret_is_fresh_and_private(secrets: Secrets, tmp_path: Path) -> None:
    path, values = secrets
    assert path.stat().st_mode & 0o077 == 0
    assert len(set(values.values())) == len(values) > 8
    assert all(len(value) >= 44 for value in values.values())
    again = subprocess.run(
        [sys.executable, str(ROOT / "docker" / "make_env.py"), str(path)], capture_output=True, text=True, check=False
    )
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert path.read_text() == "".join(f"{name}={value}\n" for name, value in sorted(values.items()))


def test_compose_refuses_without_the_secrets(secrets: Secrets, tmp_path: Path) -> None:
    _, values = secrets
    for name in values:
        path = tmp_path / name
        path.write_text("".join(f"{other}={value}\n" for other, value in values.items() if other != name))
        done = subprocess.run(
            ["docker-compose", "--env-file", str(path), "--profile", "s3", "config", "-q"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "make compose-env" in done.stderr) == (1, True), name


def test_no_secret_stands_in_the_file_and_only_the_api_server_is_published(config: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for line in text.splitlines():
        if re.search(r"(PASSWORD|SECRET|FERNET_KEY|S3_USER)\w*: ", line) and "_FILE" not in line:
            assert "${" in line, line
    published = {name: service["ports"] for name, service in config["services"].items() if service.get("ports")}
    assert published == {"api-server": ["127.0.0.1:8080:8080/tcp"]}
    assert config["networks"]["inner"]["internal"] is True
    for name in ("postgres", "redis"):
        assert list(config["services"][name]["networks"]) == ["inner"]


def test_the_owners_login_is_known_to_the_server_and_to_init_alone(config: dict[str, Any], secrets: Secrets) -> None:
    knowing = {
        name
        for name, service in config["services"].items()
        if secrets[1]["POSTGRES_PASSWORD"] in json.dumps(service) or "REDACTION_OWNER_URL" in service["environment"]
    }
    assert knowing == {"postgres", "init"}
    for name in ("api-server", "scheduler", "dag-processor", "triggerer", "worker"):
        environment = config["services"][name]["environment"]
        assert f"//redaction:{secrets[1]['LOGIN_PASSWORD']}@" in environment["REDACTION_DATABASE_URL"], name
    assert config["services"]["postgres"]["environment"]["POSTGRES_USER"] == "redaction_owner"


def test_every_service_has_a_health_check_and_a_pinned_image(secrets: Secrets) -> None:
    config = read_compose(secrets[0], "--profile", "s3")
    assert len(config["services"]) == 9
    for name, service in config["services"].items():
        assert "latest" not in service["image"]
        assert re.search(r":\S*\d+\.\d+|:RELEASE\.\d{4}", service["image"]), name
        assert ("healthcheck" in service) != (name == "init"), name


@pytest.mark.slow
def test_the_image_is_made_as_the_file_says(tmp_path: Path) -> None:
    """Every step of the Dockerfile, in a fresh folder that stands for the root of the image; then it works."""
    done: list[str] = []
    folder = tmp_path

    def place(text: str) -> str:
        # Everything but the making of a system user, which would be one of this machine.
        text = text.replace("useradd --uid 50000 --create-home redaction", "true").replace(
            "-o redaction -g redaction", ""
        )
        return re.sub(r"(?<![\w.])/(opt|var/lib)/", rf"{tmp_path}/\1/", text)

    steps = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    for step in re.findall(r"^(FROM|WORKDIR|COPY|RUN|USER) +(.+)$", steps, re.M):
        kind, rest = step[0], place(step[1])
        done.append(kind)
        if kind == "WORKDIR":
            folder = Path(rest)
            folder.mkdir(parents=True, exist_ok=True)
        elif kind == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            for source in sources:
                there = folder / target / (Path(source).name if target.endswith("/") else "")
                there.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-rT", str(ROOT / source), str(there)], check=True)
        elif kind == "RUN":
            # The image's `python` is this one.
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            # Modules are not compiled, for what is started once: pip asks for a false value to mean so.
            env = {**os.environ, "PATH": path, "PIP_NO_COMPILE": "0"}
            subprocess.run(rest, shell=True, cwd=folder, env=env, check=True, capture_output=True)
    assert (done.count("FROM"), done.count("RUN"), done[-1]) == (2, 4, "USER")

    said = subprocess.run(
        [str(tmp_path / "opt/venv/bin/redaction"), "catalog", "show", "--json"],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "caller_name" in said.stdout
    for needed in ("sql/schema", "dags/accounts.py", "plugins", "templates", "expectations", "docker/init.sh"):
        assert (tmp_path / "opt/redaction" / needed).exists(), needed


def test_what_the_dockerfile_names_is_what_it_needs() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"--from=build (\S+) (\S+)", text)) == {("/opt/venv", "/opt/venv")}
    assert ".env" in (ROOT / ".dockerignore").read_text().split()
    assert yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["init"]["restart"] == "no"
