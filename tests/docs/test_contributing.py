"""A contributor's first change, done as CONTRIBUTING.md says, in a copy of the program."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hatch_build import FOLDERS
from redaction.settings import Settings
from tests.checkout import ROOT

VERSIONS = sorted(path.name[:4] for path in (ROOT / "sql" / "schema" / "versions").glob("*.sql"))
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("NNNN", "0099")
CHANGES = re.findall(r"^```diff\n(---|\+\+\+) (\S+)\n(.*?)^```$", PAGE, re.S | re.M)
CALL = {
    "id": 1,
    "account_id": 7,
    "called_at": "2026-02-03 10:15 AM -05:00",
    "name": "Zoe Canary",
    "caller_number_complete": "+12125550143",
    "dial_status": "answered",
    "hangup_status": "hung up by Zoe Canary",
}


END = "-- the end of a command --"
TYPE = f"""
import json, sys
from redaction.cli.main import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["redaction", *words]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
    print({END!r})
"""
"""Types some commands, all in one process."""


def apply(program: Path, kind: str, file: str, body: str) -> None:
    """Make a change: a new file (`+++`), or lines after the preceding context (`---`)."""
    path = program / file
    if kind == "+++":
        assert not path.exists(), file
        path.write_text("".join(f"{line[1:]}\n" for line in body.splitlines()), encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    [before] = [line[1:] for line in body.splitlines() if line.startswith(" ")]
    added = "".join(f"{line[1:]}\n" for line in body.splitlines() if line.startswith("+"))
    assert text.count(f"{before}\n") == 1, f"{file}: {before!r} stands there {text.count(before)} times"
    path.write_text(text.replace(f"{before}\n", f"{before}\n{added}"), encoding="utf-8")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program as it is installed, with the changes of the page."""
    ignore = shutil.ignore_patterns("__pycache__")
    copied = tmp_path / "program"
    shutil.copytree(ROOT / "redaction", copied / "redaction", ignore=ignore)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copied / "redaction" / folder, ignore=ignore, dirs_exist_ok=True)
        (copied / folder).symlink_to(copied / "redaction" / folder)
    for change in CHANGES:
        apply(copied, *change)
    return copied


def test_a_retained_column_is_added_as_the_page_says(
    program: Path, settings: Settings, tmp_path: Path, sql: Callable[..., list[dict[str, Any]]]
) -> None:
    assert len(CHANGES) == 5
    assert settings.database_url is not None
    assert settings.owner_url is not None
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("REDACTION_", "AIRFLOW"))},
        "PYTHONPATH": str(program),
        "REDACTION_DATABASE_URL": settings.database_url.get_secret_value(),
        "REDACTION_OWNER_URL": settings.owner_url.get_secret_value(),
        "REDACTION_HOME": str(tmp_path / "home"),
    }

    calls, later = tmp_path / "calls.json", tmp_path / "later.json"
    calls.write_text(json.dumps([CALL]))
    later.write_text(json.dumps([CALL | {"hangup_status": "cut off by Zoe Canary"}]))
    typed = [
        ["expectations"],
        ["init"],
        ["agency", "add", "1", "--allow"],
        ["account", "add", "7", "--agency", "1", "--auto", "30", "--since", "2026-01-01"],
        ["load", str(calls)],
        # A load updates existing rows with another statement.
        ["load", str(later)],
        ["run", "7", "--json"],
    ]
    command = [sys.executable, "-c", TYPE, json.dumps(typed)]
    done = subprocess.run(command, env=environment, cwd=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    printed = done.stdout.split(END)
    assert f"schema: {VERSIONS[-1]} -> 0099" in printed[1]
    assert json.loads(printed[-2])["state"] == "succeeded"
    [row] = sql("SELECT hangup_status, dial_status, caller_name, redacted_at FROM tracking.activities")
    assert row["dial_status"] == "answered"
    assert row["redacted_at"] is not None
    assert row["caller_name"] is None
    assert row["hangup_status"].startswith("cut off by")
    assert "Canary" not in row["hangup_status"]


def test_a_change_that_finds_no_place_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a\nb\n")
    with pytest.raises(AssertionError, match="stands there 0 times"):
        apply(tmp_path, "---", "file", " c\n+d\n")
    apply(tmp_path, "---", "file", " a\n+d\n")
    assert (tmp_path / "file").read_text() == "a\nd\nb\n"
