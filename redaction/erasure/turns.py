"""Turns: partitions are rewritten side by side, but one at a time while others are at work in the database.

Two processes that copy take both of two cores, and with them the log: who writes meanwhile would wait for either.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from redaction.database import Database
from redaction.settings import Settings


class Turns:
    """The turns of the threads of one run."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Take the database that others may be at work in."""
        self._database = database
        self._gently = settings.rewrite_gently
        self._alone = Lock()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn and hold it. Who is at work is asked each time, as far as the login may see it."""
        if not (self._gently and self._others_at_work()):
            yield
            return
        with self._alone:
            yield

    def _others_at_work(self) -> bool:
        with self._database.transaction("redaction_worker") as session:
            return bool(session.one("others_at_work")["at_work"])
