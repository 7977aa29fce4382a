"""A program that was started with a file of own fields, for the tests of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.db.statements import get_statement
from redaction.source import fields
from redaction.source.copyformat import Encoder

Decide = Callable[[str], Path]
FIELDS = """
  direction: {class: retained, field: call flow, type: text}
  duration: {class: retained, type: bigint}
  agent: {class: personal, category: other, type: text}
"""


def forget() -> None:
    """Forget what this process has read of the catalog."""
    load_catalog.cache_clear()
    get_statement.cache_clear()
    Encoder.of.cache_clear()
    fields.forget_shapes()


@pytest.fixture
def decide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: Database) -> Iterator[Decide]:
    """Make this a program that was started with a file of own fields; the database exists before."""
    path = tmp_path / "own.yml"

    def decided(text: str) -> Path:
        path.write_text(f"version: 1\nfields:{text}", encoding="utf-8")
        monkeypatch.setenv("REDACTION_CATALOG", str(path))
        forget()
        return path

    yield decided
    monkeypatch.delenv("REDACTION_CATALOG", raising=False)
    forget()
