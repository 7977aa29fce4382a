"""`redaction runs`: states in words, and what to do about a failed run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from redaction.deployment import Deployment
from redaction.errors import Paused
from redaction.gate.pauses import pause, resume
from redaction.pipeline.run import begin_run, complete_run

Cli = Callable[..., tuple[int, str, str]]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


def test_the_last_runs_are_told_in_words(
    cli: Cli, deployment: Deployment, account: int, insert: Callable[..., None]
) -> None:
    insert(1)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    pause(deployment, 7, "an audit", "eve")
    with pytest.raises(Paused):
        complete_run(deployment, run.id)
    code, out, _ = cli("runs", "--account", "7")
    assert (code, "Failed" in out) == (0, True)
    assert "run 1: Redaction is paused. Nothing more was redacted. End the pause with `redaction resume`" in out
    assert "an audit" not in out
    resume(deployment, 7, "eve")
    complete_run(deployment, run.id)
    code, out, _ = cli("runs")
    assert ("Done" in out, "paused" in out) == (True, False)
    [told] = json.loads(cli("runs", "--json")[1])
    assert (told["state"], told["stripped_count"]) == ("succeeded", 1)
    assert cli("runs", "--account", "8", "--json")[1].strip() == "[]"
