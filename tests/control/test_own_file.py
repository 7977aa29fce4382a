"""An invalid file of own fields: one clear line, and nothing is created."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.own_fields import Decide, decide, forget

__all__ = ["decide"]

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\n  status: {class: retained, type: text}", "status is a column of the product"),
        ("\n  called_at: {class: retained, type: text}", "called_at is a column of the product"),
        ("\n  unix_time: {class: retained, type: bigint}", "unix_time is a key, retained or a side"),
        ("\n  caller_number_bare: {class: retained, type: text}", r"caller_number_bare is personal \(caller number\)"),
        ("\n  from_number: {class: retained, type: text}", "from_number is a key, retained or a side"),
        ("\n  name: {class: retained, type: text}", r"name is personal \(caller name\)"),
        ("\n  audio: {class: personal, category: call audio, type: text}", "audio is personal"),
        (
            "\n  voicemail_file: {class: personal, category: other, type: text}",
            "voicemail_file is a field of objects",
        ),
        (
            "\n  duration: {class: retained, type: bigint}\n  duration: {class: retained, type: text}",
            "duration occurs twice",
        ),
        ("\n  duration: {class: retained, type: money}", "duration.type: Input should be"),
        ("\n  duration: {class: retained, field: weather, type: text}", "duration.field: Input should be"),
        ("\n  duration: {class: key, type: text}", "duration: the class must be retained or personal"),
        ("\n  duration: {class: personal, type: text}", "duration: .*has a category"),
        ("\n  duration: {class: retained, category: other, type: text}", "duration: .*has a category"),
        ("\n  duration: {class: retained}", "duration must have a class and a type"),
        ("\n  duration: {class: retained, type: text, scrub: false}", "duration must have a class and a type"),
        ("\n  Dur'; DROP: {class: retained, type: text}", "is no name of a field"),
        (f"\n  {'d' * 60}: {{class: retained, type: text}}", "is no name of a field"),
        ("\n  duration", "`fields` of .* must name fields"),
        (" [", "line 3 of .* is not YAML|line 2 of .* is not YAML"),
        ("\n  1: {class: retained, type: text}", "is no name of a field"),
        ("\n  a: {class: retained, type: text}\nother: 1", "must have `version: 1` and `fields`"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(
    account: int, sql: Sql, cli: Cli, decide: Decide, text: str, says: str
) -> None:
    decide(text)
    for words in (("show",), ("check",), ("apply", "--yes", "--reason", "ticket 9")):
        code, told, err = cli("catalog", *words)
        assert (code, told, err.count("\n")) == (1, "", 1), err
        assert re.search(says, err), err
    assert sql("SELECT FROM pg_attribute WHERE starts_with(attname, 'own_')") == []


def test_a_file_that_is_not_there_is_named(
    account: int, cli: Cli, decide: Decide, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REDACTION_CATALOG", str(tmp_path / "none.yml"))
    forget()
    code, _, err = cli("catalog", "check")
    assert (code, err.count("\n")) == (1, 1)
    assert "none.yml cannot be read: No such file" in err


def test_a_process_that_is_started_with_a_wrong_file_says_so_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text("version: 2")
    code = "from redaction.cli.main import main; main()"
    environment = {**os.environ, "REDACTION_CATALOG": str(path), "REDACTION_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code, "catalog", "show"], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "must have `version: 1` and `fields`" in done.stderr
