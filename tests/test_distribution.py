"""The wheel: everything of the checkout, at the places where an installed package looks for it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from configparser import ConfigParser
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

from hatch_build import FOLDERS
from redaction import resources
from tests.checkout import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make dist` leaves: an sdist, and the wheel that was built only from it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> ZipFile:
    """The wheel."""
    [path] = built.glob("*.whl")
    return ZipFile(path)


def _files(folder: Path) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "."], cwd=folder, capture_output=True, text=True, check=True
    )
    return set(listed.stdout.split())


def test_the_wheel_has_the_package_with_all_its_folders_and_nothing_else(wheel: ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = {f"redaction/{name}" for name in _files(ROOT / "redaction")}
    for folder in FOLDERS:
        found = _files(ROOT / folder)
        assert found, folder
        wanted |= {f"redaction/{folder}/{name}" for name in found}
    assert names == wanted


def test_the_build_and_the_package_agree_on_the_folders() -> None:
    assert FOLDERS == resources.FOLDERS


def test_what_is_in_the_wheel_is_what_is_in_the_checkout(wheel: ZipFile) -> None:
    for folder in FOLDERS:
        for name in _files(ROOT / folder):
            assert wheel.read(f"redaction/{folder}/{name}") == (ROOT / folder / name).read_bytes()


def test_airflow_finds_what_is_ours_by_entry_points_that_exist(wheel: ZipFile) -> None:
    [name] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    found = ConfigParser()
    found.read_string(wheel.read(name).decode())
    points = {f"{group}: {key}": value for group in found.sections() for key, value in found[group].items()}
    assert points == {
        "console_scripts: redaction": "redaction.cli.main:main",
        "airflow.plugins: redaction": "redaction.airflow.plugin:RedactionPlugin",
        "apache_airflow_provider: provider_info": "redaction.airflow.provider:get_provider_info",
    }
    for value in points.values():
        assert value.split(":")[0].replace(".", "/") + ".py" in wheel.namelist()


def test_the_metadata_says_what_it_runs_on(wheel: ZipFile) -> None:
    [name] = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    metadata = Parser().parsestr(wheel.read(name).decode())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert metadata["Version"] == project["version"]
    assert metadata["Requires-Python"] == "<3.14,>=3.11"
    classifiers = metadata.get_all("Classifier") or []
    assert {"Framework :: Apache Airflow :: Provider", "Programming Language :: Python :: 3.13"} <= set(classifiers)
    extras = set(metadata.get_all("Provides-Extra") or [])
    assert extras >= {"core", "pages", "certificates", "embedded", "demo", "celery", "s3"}
    assert metadata["License-Expression"] == "Apache-2.0"
