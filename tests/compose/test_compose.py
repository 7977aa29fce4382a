"""docker-compose.yml: valid, without a default password, closed, and all its services start and are healthy."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

from redaction.settings import Settings
from tests.checkout import ROOT
from tests.compose.image import Image
from tests.compose.stack import make_env, read_compose

Secrets = tuple[Path, dict[str, str]]
EXTRAS = ("celery", "certificates", "pages", "s3")
"""What the services need in addition to every worker."""
ENDING = ("init", "s3-login", "s3-buckets")
"""Services that do something and end."""


def test_every_secret_is_fresh_and_private(secrets: Secrets, tmp_path: Path) -> None:
    path, values = secrets
    assert path.stat().st_mode & 0o077 == 0
    random = {name: value for name, value in values.items() if name != "VERSION"}
    assert len(set(random.values())) == len(random) > 8
    assert all(len(value) >= 44 for value in random.values())
    again = subprocess.run(
        [sys.executable, str(ROOT / "docker" / "make_env.py"), str(path)], capture_output=True, text=True, check=False
    )
    assert (again.returncode, "keeps its secrets" in again.stdout) == (0, True)
    assert dict(line.split("=", 1) for line in path.read_text().splitlines()) == values
    assert path.stat().st_mode & 0o077 == 0


def test_compose_refuses_without_the_secrets(secrets: Secrets, tmp_path: Path) -> None:
    _, values = secrets
    path = tmp_path / ".env"
    path.with_name("redaction.env").touch()
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items() if name != "S3_PASSWORD"))
    done = subprocess.run(
        ["docker-compose", "--env-file", str(path), "config", "-q"],
        cwd=ROOT,
        env={**os.environ, "SETTINGS_FILE": str(path.with_name("redaction.env"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "make compose-env" in done.stderr) == (1, True)
    # It checks the whole file, so each of them is refused alike.
    text = (ROOT / "docker-compose.yml").read_text()
    assert {name for name in values if f"${{{name}:?run make compose-env}}" not in text} == set()


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


def test_every_service_has_a_health_check_and_a_pinned_image(whole: dict[str, Any]) -> None:
    assert len(whole["services"]) == 11
    for name, service in whole["services"].items():
        assert "latest" not in service["image"]
        assert re.search(r":\S*\d+\.\d+|:RELEASE\.\d{4}", service["image"]), name
        assert ("healthcheck" in service) != (name in ENDING), name


def test_the_image_is_made_from_the_wheel_as_the_file_says(image: Image, tmp_path: Path) -> None:
    assert (image.done.count("FROM"), image.done[-1]) == (3, "USER")
    listed = (image.root / "opt/build/requirements.txt").read_text().splitlines()
    assert any("--requirement requirements.txt" in command for command in image.not_installed)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = {*project["dependencies"], *(line for name in EXTRAS for line in extras[name])}
    assert set(listed) == wanted
    assert not wanted & {*extras["embedded"], "pytest", "hypothesis"}

    def run(*words: str) -> str:
        command = [str(image.programs / words[0]), *words[1:]]
        env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        return subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, check=True).stdout

    assert run("redaction", "--version").split() == ["redaction", project["version"]]
    assert "caller_name" in run("redaction", "catalog", "show", "--json")
    assert run("python", "-c", "import redaction; print(redaction.__file__)").startswith(f"{image.root}/opt/venv/")
    assert {"AIRFLOW_HOME", "REDACTION_HOME", "REDACTION_LEDGER_URL", "PATH"} <= image.environment.keys()
    placed = {path.name for path in (image.root / "opt/redaction").iterdir()}
    assert placed == {"docker"}


def test_what_it_needs_is_installed_before_the_program() -> None:
    """So a change of the program installs nothing else again: the layer before it stays."""
    text = (ROOT / "Dockerfile").read_text()
    build = text[text.index(" AS build") :]
    assert build.index("--requirement requirements.txt") < build.index("COPY --from=wheel /opt/source/wheel")
    assert "COPY redaction" not in build


def test_a_folder_that_the_dockerfile_copies_is_let_in_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    assert {name for names in copied for name in names.split()} == let_in
    assert not let_in & {".env", "redaction.env", ".git", "tests"}


def test_version_and_secrets_of_an_env_from_before(tmp_path: Path) -> None:
    """Version 0.1 had fewer secrets, and some settings in it; existing secrets stay."""
    path = tmp_path / ".env"
    path.write_text("# mine\nPOSTGRES_PASSWORD=old\nLEDGER_URL=s3://ours\nPLACEMENTS=\nVERSION=0.0.9\n")
    values = make_env(path)
    assert values["POSTGRES_PASSWORD"] == "old"
    assert path.read_text().startswith("# mine\n")
    assert path.read_text().count("VERSION=") == 1
    assert values["VERSION"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert len(values["S3_ROOT_PASSWORD"]) == 64
    settings = path.with_name("redaction.env").read_text().splitlines()
    assert [line for line in settings if not line.startswith("#")] == ["REDACTION_LEDGER_URL=s3://ours"]


def test_every_setting_reaches_every_service(secrets: Secrets, tmp_path: Path) -> None:
    stated = {"database_url", "owner_url", "home"}
    names = [f"REDACTION_{field.upper()}" for field in Settings.model_fields if field not in stated]
    path = tmp_path / ".env"
    path.write_bytes(secrets[0].read_bytes())
    path.with_name("redaction.env").write_text("".join(f"{one}=7\n" for one in names))
    services = read_compose(path)["services"]
    for name in ("api-server", "scheduler", "dag-processor", "triggerer", "worker", "init"):
        environment = services[name]["environment"]
        assert {one: environment.get(one) for one in names} == dict.fromkeys(names, "7"), name


def test_every_service_has_limits_of_memory_and_log(whole: dict[str, Any]) -> None:
    for name, service in whole["services"].items():
        assert service["mem_limit"], name
        assert service["logging"]["options"]["max-size"], name


CHEAP = {"pg_isready", "redis-cli", "mc", "find", "python"}
"""Programs for a health check: some milliseconds of CPU each."""


def test_a_health_check_starts_no_airflow(whole: dict[str, Any]) -> None:
    """A check that starts Airflow takes 4 to 5 s of CPU each time, for ever; docs/how-to/compose.md has the figures."""
    for name, service in whole["services"].items():
        if name in ENDING:
            continue
        check = service["healthcheck"]
        program = check["test"][1]
        assert [one for one in CHEAP if re.search(rf"(^|[ (]){one}\b", program)], (name, program)
        if program == "python":
            assert check["test"][2] == "-I", name
            assert any(word.endswith("docker/health.py") for word in check["test"]), name
        assert check["interval"] in ("10s", "15s", "30s"), name
    tree = ast.parse((ROOT / "docker" / "health.py").read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "os", "pathlib", "psycopg2", "socket", "sys"}


def test_the_root_of_the_store_is_known_to_it_and_to_its_login_alone(whole: dict[str, Any], secrets: Secrets) -> None:
    knowing = {name for name, one in whole["services"].items() if secrets[1]["S3_ROOT_PASSWORD"] in json.dumps(one)}
    assert knowing == {"s3", "s3-login"}


def test_init_runs_once() -> None:
    assert yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["init"]["restart"] == "no"
