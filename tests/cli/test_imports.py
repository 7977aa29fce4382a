"""A command imports what it uses: its own module when it is asked for, and no library of another one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from redaction.cli.main import get_command
from tests.checkout import ROOT

_HEAVY = ("airflow", "altair", "great_expectations", "numpy", "pandas", "pyarrow", "redaction.web", "typst")
_DATABASE = (*_HEAVY, "pydantic", "rich", "sqlalchemy", "redaction.cli.output", "redaction.db", "redaction.settings")
_RUNS = (*_HEAVY, "phonenumbers", "redaction.control", "redaction.pipeline", "redaction.source")
_ASKED = """
import sys
from redaction.cli.main import get_command, main
sys.argv = ["redaction", *sys.argv[1:]]
try:
    {}
finally:
    print("loaded:", *sorted(sys.modules))
"""


def _loaded(code: str, *words: str, home: Path) -> set[str]:
    """Return the modules that a process of its own has imported at its end."""
    command = [sys.executable, "-c", _ASKED.format(code), *words]
    environment = {**os.environ, "REDACTION_HOME": str(home), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return set(done.stdout.rpartition("loaded: ")[2].split())


def _above(names: tuple[str, ...], loaded: set[str]) -> list[str]:
    return [name for name in names if name in loaded]


def test_the_version_imports_nothing_else(tmp_path: Path) -> None:
    loaded = _loaded("main()", "--version", home=tmp_path)
    assert "redaction.cli.main" in loaded
    assert _above(_DATABASE, loaded) == []


def test_a_command_that_is_not_there_imports_no_command(tmp_path: Path) -> None:
    loaded = _loaded("main()", "no-such-command", home=tmp_path)
    assert "redaction.cli.lazy" in loaded
    assert _above((*_HEAVY, "redaction.cli.output", "redaction.db", "sqlalchemy"), loaded) == []


@pytest.mark.parametrize(
    ("command", "not_there"),
    [
        ("runs", _RUNS),
        ("load", (*_RUNS, "great_expectations")),
        ("account", (*_HEAVY, "redaction.control", "redaction.pipeline", "redaction.source")),
        ("hold", (*_HEAVY, "redaction.pipeline", "redaction.source")),
        ("certificate", (*_RUNS, "cryptography")),
    ],
)
def test_a_command_imports_nothing_of_what_others_use(command: str, not_there: tuple[str, ...], tmp_path: Path) -> None:
    loaded = _loaded(f"get_command().commands[{command!r}]", home=tmp_path)
    assert "redaction.cli.output" in loaded
    assert _above(not_there, loaded) == []


def test_every_command_is_imported_without_the_libraries_of_pages_and_validation(tmp_path: Path) -> None:
    loaded = _loaded("dict(get_command().commands)", home=tmp_path)
    assert "redaction.pipeline.run" in loaded
    assert _above(_HEAVY, loaded) == []


def test_a_command_is_built_once() -> None:
    commands = get_command().commands
    assert commands["runs"] is commands["runs"]
    assert ("sauce" in commands, commands.get("sauce")) == (False, None)
