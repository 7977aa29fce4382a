"""Output that cannot be written: no traceback, the work is done to its end, and the exit code tells what was stored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import ROOT
from tests.objects_of import World

Sql = Callable[..., list[dict[str, Any]]]
CALL = {"account_id": 7, "id": 1, "unix_time": 1790812800, "name": "Jane Doe"}
GONE = {"account_id": 7, "id": 1, "unix_time": 1790812800, "redacted": True}


@pytest.fixture
def world(world: World, deployed: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """Account 7, which follows its source, with a call that the source has not redacted yet."""
    world.account(7)
    world.sql("UPDATE tracking.accounts SET follow_source = true")
    world.load(CALL)
    return world


def run(*words: str, out: str = "/dev/full", err: Any = subprocess.PIPE, **environment: str) -> tuple[int, str]:
    """Run a command whose output goes to a full disk, to a reader that has gone (""), or nowhere ("-")."""
    closed = -1
    if not out:
        reading, closed = os.pipe()
        os.close(reading)
    code = "from redaction.cli.main import main; main()"
    command = [sys.executable, "-c", code, *words]
    if out == "-":
        command = ["sh", "-c", '"$0" "$@" >&-', *command]
    with open(os.devnull if out == "-" else out or closed, "w") as sink:
        done = subprocess.run(
            command, stdout=sink, stderr=err, text=True, env={**os.environ, **environment}, cwd=ROOT, check=False
        )
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize("out", ["/dev/full", "", "-"])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_load_is_stored_and_followed(world: World, tmp_path: Path, out: str, more: tuple[str, ...]) -> None:
    file = tmp_path / "calls.json"
    file.write_text(json.dumps(GONE))
    code, said = run("load", *more, str(file), out=out)
    assert code == 0, said
    assert "Traceback" not in said
    assert ("No space left" in said) is (out == "/dev/full")
    assert world.sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL") == [{"id": 1}]
    assert world.sql("SELECT FROM reporting.stale_days") == []


def test_a_rejected_part_is_still_the_exit_code(world: World, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(json.dumps(CALL | {"id": 2}) + "\n{}\n")
    with Path("/dev/full").open("w") as full:
        assert run("load", str(file), err=full)[0] == 3
    file.write_text("{}\n")
    assert run("load", str(file), PYTHONUNBUFFERED="1")[0] == 1


def test_another_command_fails_in_one_line(world: World) -> None:
    for words in (("account", "list"), ("account", "list", "--json"), ("--version",), ("load", "--help")):
        code, said = run(*words)
        assert (code, said.count("\n")) == (1, 1), said
        assert said.startswith("redaction: the output could not be written: No space left on device")
    # A reader that has gone has seen enough.
    assert run("account", "list", out="") == (1, "")
    assert run("account", "list", err=subprocess.DEVNULL, out=os.devnull)[0] == 0
    with Path("/dev/full").open("w") as full:
        assert run("account", "list", out=os.devnull, err=full)[0] == 0
        assert run("due", "99", out=os.devnull, err=full)[0] == 2
