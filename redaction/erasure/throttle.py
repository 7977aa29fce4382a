"""Turns: partitions are rewritten side by side, but one at a time, with rests, while others are at work.

Two processes that copy take both of two cores, and with them the log: who writes meanwhile would wait for either. One
that never rests still makes every hundredth write wait, when old files are emptied and new log is begun.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from redaction.deployment import Deployment


class Turns:
    """The turns of the threads of one run."""

    def __init__(self, deployment: Deployment) -> None:
        """Take the database that others may be at work in."""
        self._database = deployment.database
        self._gently = deployment.settings.rewrite_gently
        self._alone = Lock()
        self._rested_at = 0.0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn and hold it. Who is at work is asked each time, as far as the login may see it.

        While somebody is, a turn comes after a rest, which is as long as the turn before it was.
        """
        if not (self._gently and self._others_at_work()):
            yield
            return
        with self._alone:
            time.sleep(max(0.0, self._rested_at - time.monotonic()))
            began = time.monotonic()
            yield
            ended = time.monotonic()
            self._rested_at = ended + (ended - began)

    def _others_at_work(self) -> bool:
        with self._database.transaction("redaction_worker") as session:
            return bool(session.one("others_at_work")["at_work"])
