"""The places of files and state: in a checkout, and once installed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from redaction import resources
from redaction.errors import BadInput
from redaction.settings import Settings
from tests.checkout import ROOT


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package: its folders are inside it, and no checkout is around it."""
    package = tmp_path / "site-packages" / "redaction"
    for name in resources.FOLDERS:
        (package / name).mkdir(parents=True)
    monkeypatch.setattr(resources, "PACKAGE", package)
    return package


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing about the place of state."""
    for name in ("REDACTION_HOME", "AIRFLOW_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_a_checkout_has_its_folders_beside_the_package() -> None:
    assert {name: resources.find_folder(name) for name in resources.FOLDERS} == {
        name: ROOT / name for name in resources.FOLDERS
    }


def test_an_installed_package_has_them_in_it(installed: Path) -> None:
    assert {name: resources.find_folder(name) for name in resources.FOLDERS} == {
        name: installed / name for name in resources.FOLDERS
    }


def test_a_folder_that_is_not_there_is_an_error_that_names_it(installed: Path) -> None:
    (installed / "sql").rmdir()
    with pytest.raises(BadInput, match=r"sql.*is missing.*install redaction again"):
        resources.find_folder("sql")


def test_no_other_module_looks_for_files_by_its_own_path() -> None:
    looking = re.compile(r"__file__|\.parents\[|_path__")
    found = {path.name for path in (ROOT / "redaction").rglob("*.py") if looking.search(path.read_text())}
    assert found == set()
    assert "files(" in (ROOT / "redaction" / "resources.py").read_text()


@pytest.mark.usefixtures("nowhere")
class TestHome:
    def test_is_what_the_environment_names(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REDACTION_HOME", str(tmp_path / "named"))
        monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
        assert Settings().home == tmp_path / "named"

    def test_is_else_below_that_of_airflow(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
        assert Settings().home == tmp_path / "airflow" / "redaction"

    def test_is_else_below_the_state_of_the_user(
        self, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        assert Settings().home == tmp_path / ".local" / "state" / "redaction"
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        assert Settings().home == tmp_path / "state" / "redaction"

    def test_is_else_that_of_a_checkout(self) -> None:
        assert Settings().home == ROOT / ".redaction"

    def test_never_lies_in_the_package(self, installed: Path) -> None:
        assert installed not in Settings().home.parents
        assert installed.parent not in Settings().home.parents


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(BadInput, match=r"file/home cannot be written \(Not a directory\).*REDACTION_HOME"):
        resources.make_folder(taken / "home")


def test_a_folder_that_this_user_may_not_write_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests may run as root, who may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(BadInput, match=r"cannot be written \(Permission denied\).*REDACTION_HOME"):
        resources.make_folder(tmp_path / "home")
