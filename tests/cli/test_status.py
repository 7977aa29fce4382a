"""`redaction status` and failures around it: an Airflow that prints or cannot be loaded, an odd place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fsspec.registry import _registry
from typer.main import get_command

from redaction.cli.main import app
from redaction.errors import BadInput, ExtraMissing, RedactionError
from redaction.settings import load_settings
from redaction.shared import read_file, replace_file
from tests.checkout import ROOT

Cli = Callable[..., tuple[int, str, str]]

NOISE = """
import os
print("a plugin prints")
os.system("echo a program prints")
"""
UNREACHABLE = "postgresql+psycopg2://u:hidden@127.0.0.1:1/airflow"


def _status(airflow_home: Path, *words: str, **environment: str) -> tuple[int, str, list[str]]:
    """What the command does in a process of its own, which loads the Airflow of that folder."""
    command = [sys.executable, "-c", "from redaction.cli.main import main; main()", "status", *words]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    given = {**kept, "AIRFLOW_HOME": str(airflow_home), **environment}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=given, check=False)
    return done.returncode, done.stdout, done.stderr.splitlines()


def test_nothing_but_json_gets_to_standard_output(deployed: None, tmp_path: Path) -> None:
    """An Airflow whose database does not answer is one line, and the rest is as usual."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "airflow_local_settings.py").write_text(NOISE)
    code, out, err = _status(tmp_path, "--json", AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=UNREACHABLE)
    assert (code, json.loads(out)["late"]) == (0, False)
    assert {"a plugin prints", "a program prints"} < set(err)
    told = "warning: Airflow's database does not answer, so its pools were not checked: see `airflow db check`"
    assert [line for line in err if not line.endswith("prints")] == [told]
    assert "hidden" not in told


def test_every_command_with_json_prints_nothing_else() -> None:
    found: dict[str, bool] = {}

    def look(command: Any, name: str) -> None:
        for option in command.params:
            if "--json" in option.opts:
                found[name] = option.callback is not None
        for word, below in getattr(command, "commands", {}).items():
            look(below, f"{name} {word}")

    look(get_command(app), "redaction")
    assert len(found) > 20
    assert [name for name, alone in found.items() if not alone] == []


def test_a_json_that_fails_is_followed_by_what_is_printed_as_usual(cli: Cli, account: int) -> None:
    assert cli("due", "7", "--json", "--as-of", "soon")[:2] == (2, "")
    assert cli("due", "--json", "none")[:2] == (2, "")
    assert "cutoff" in cli("due", "7")[1]


@pytest.mark.parametrize("named", [True, False], ids=["database named", "by its connection"])
def test_an_airflow_that_cannot_be_loaded_is_one_line(
    deployed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    (tmp_path / "airflow.cfg").write_text("[core]\nexecutor = %(nothing)s\n" if named else "[core\n")
    if not named:
        monkeypatch.delenv("REDACTION_DATABASE_URL")
        monkeypatch.delenv("REDACTION_OWNER_URL")
    code, out, err = _status(tmp_path)
    assert len(err) == 1
    if named:
        assert (code, out.splitlines()[-1]) == (0, "nothing is late")
        assert err[0].startswith(
            "warning: Airflow cannot be loaded (InterpolationMissingOptionError), so what it lacks"
        )
    else:
        assert (code, out) == (2, "")
        assert err[0].startswith("redaction: Airflow cannot be loaded (MissingSectionHeaderError), so its connection")


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        (
            "nosuch://x",
            BadInput,
            "REDACTION_SHARED_URL is no place that can be opened (ValueError): write the path of a",
        ),
        ("s3://bucket/folder", ExtraMissing, "pip install redaction[s3]"),
        ("a/folder", BadInput, "REDACTION_SHARED_URL: Value error, must be an absolute path"),
        ("{file}", BadInput, "): set REDACTION_SHARED_URL (or, without it, REDACTION_HOME) to a folder"),
        ("file://{file}/below", BadInput, "): set REDACTION_SHARED_URL (or, without it, REDACTION_HOME) to a folder"),
    ],
)
def test_a_place_for_others_that_is_none_is_one_line_at_its_first_use_and_in_the_status(
    cli: Cli,
    account: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    error: type[RedactionError],
    says: str,
) -> None:
    (tmp_path / "file").touch()
    # An installation without the extra.
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(_registry, "s3", raising=False)
    monkeypatch.setenv("REDACTION_SHARED_URL", url.format(file=tmp_path / "file"))
    code, out, err = cli("account", "snapshot")
    assert (code, out, err.count("\n"), says in err) == (2, "", 1, True)
    code, out, err = cli("status")
    assert [says in line for line in err.splitlines() if "SHARED_URL" in line] == [True]
    # An unreadable setting stops every command, and nothing is kept below the working folder.
    assert code == (2 if url == "a/folder" else 0)
    with pytest.raises(error):
        replace_file(load_settings().snapshot_path, b"accounts")
    if "file" in url:
        assert read_file(load_settings().snapshot_path) is None
