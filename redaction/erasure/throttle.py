"""Partitions are rewritten side by side, but one at a time, with pauses, while others are at work in the database.

Two processes that copy take both of two cores, and with them the log: a writer would wait for either. One that never
pauses still makes every hundredth write wait, when old files are emptied and new log is begun.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from redaction.deployment import Deployment


class Throttle:
    """The throttle of one run, shared by its threads."""

    def __init__(self, deployment: Deployment) -> None:
        """Take the deployment whose database others may be at work in."""
        self._deployment = deployment
        self._alone = Lock()
        self._paused_until = 0.0

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Wait until the next rewrite may begin. Who is at work is asked each time, as far as the login may see it.

        While somebody is, a rewrite begins after a pause as long as the rewrite before it.
        """
        if not (self._deployment.settings.throttle_when_busy and self._others_at_work()):
            yield
            return
        with self._alone:
            time.sleep(max(0.0, self._paused_until - time.monotonic()))
            began = time.monotonic()
            yield
            ended = time.monotonic()
            self._paused_until = ended + (ended - began)

    def _others_at_work(self) -> bool:
        return bool(self._deployment.one("others_at_work")["at_work"])
