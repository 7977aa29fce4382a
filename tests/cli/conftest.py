"""The command line in this process, through the very entry point."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from redaction.cli.main import main
from redaction.settings import Settings

Run = Callable[..., Any]


@pytest.fixture
def cli(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process, through the very entry point; returns (exit code, stdout, stderr)."""
    assert settings.database_url is not None
    monkeypatch.setenv("REDACTION_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("REDACTION_HOME", str(settings.home))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["redaction", *words])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
