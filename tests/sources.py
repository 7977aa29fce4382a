"""A program that was started with another source, for the tests of sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from redaction.contacts.numbers import numbers_of
from redaction.contacts.placeholders import users_of_nobody
from redaction.mapping.folder import load_source
from redaction.source import asked, fields, kinds, sides
from redaction.source.copyformat import Encoder
from redaction.source.naming import field_names
from redaction.source.rules import load_rules

Choose = Callable[[Path | str], None]


def forget() -> None:
    """Forget what this process has read of its source."""
    for cached in (load_source, load_rules, field_names, Encoder.of, numbers_of, users_of_nobody):
        cached.cache_clear()
    fields.forget_shapes()
    asked.forget_names()
    for remembered in (kinds.kind_of, sides.direction_of):
        remembered.clear()


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Iterator[Choose]:
    """Make this a program that was started with a source: its name, or the folder that declares it."""

    def chosen(source: Path | str) -> None:
        monkeypatch.setenv("REDACTION_SOURCE", str(source))
        forget()

    yield chosen
    monkeypatch.delenv("REDACTION_SOURCE", raising=False)
    forget()
