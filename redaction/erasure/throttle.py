"""The throttle of one run: rewrites go side by side until others' writes wait for them.

Two processes that copy take both of two cores, and with them the log: a writer would wait for either. Sessions that
are only connected, or that ask something now and then, slow nothing down.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from redaction.deployment import Deployment
from redaction.errors import RedactionError

log = logging.getLogger(__name__)

_EVERY_S = 0.025
_FIRST = 8
"""Looks before a second rewrite begins."""
_KEPT = 40
"""Looks that are kept: those of the last second."""
_SHARE = 0.1
"""Share of the looks that have seen a write of somebody else from which rewrites pause."""


class Throttle:
    """Looks while it is entered, 40 times a second, at what others write; shared by the threads of one run.

    A look sees long writes more often than short ones. It hardly ever sees a write of a millisecond that comes once a
    second. It mostly sees writes that follow each other, or that wait for locks, the log or files. A write that has
    gone on for a second does not wait for the run. Where the server does not tell whose a write is, the throttle counts
    all writes, and only between rewrites. It needs a connection more than the rewrites. Without one it goes by the
    looks before.
    """

    def __init__(self, deployment: Deployment) -> None:
        """Take the deployment whose database others may be at work in."""
        self._deployment = deployment
        self._seen: deque[bool] = deque(maxlen=_KEPT)
        self._since: dict[int, float] = {}
        self._latest: int | None = None
        self._stop = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._first, self._alone, self._is_known = Lock(), Lock(), Event()
        self._paused_until = 0.0
        self._at_work = 0

    def __enter__(self) -> Throttle:
        """Begin to look, and go on during the rewrites; where the server does not tell whose a write is, look first."""
        if self._deployment.settings.throttle_when_busy:
            self._look()
            if self._latest is not None:
                self._look_first()
            self._thread.start()
        else:
            self._is_known.set()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    @contextmanager
    def passed(self, pauses: bool = True) -> Iterator[None]:
        """Wait until the next rewrite may begin: a single one while writes of others wait, with `pauses` each after a
        pause as long as the last rewrite took. The first begins at once, the others after the first looks.
        """
        is_first = self._first.acquire(blocking=False)
        if not is_first:
            self._is_known.wait()
        if not is_first and not self.is_felt():
            with self._counted():
                yield
            return
        with self._alone:
            if pauses:
                time.sleep(max(0.0, self._paused_until - time.monotonic()))
            began = time.monotonic()
            with self._counted():
                yield
            ended = time.monotonic()
            self._paused_until = ended + (ended - began)

    def is_felt(self) -> bool:
        """Say whether writes of others were seen in a tenth of the looks of the last second."""
        seen = list(self._seen)
        return bool(seen) and sum(seen) >= _SHARE * len(seen)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1

    def _watch(self) -> None:
        self._look_first()
        while not self._stop.wait(_EVERY_S):
            self._look()

    def _look_first(self) -> None:
        if not self._is_known.is_set():
            for _ in range(_FIRST - 1):
                time.sleep(_EVERY_S)
                self._look()
            self._is_known.set()

    def _look(self) -> None:
        try:
            found = self._deployment.one("writes_of_others")
        except RedactionError as error:
            # No connection is left, or the server is busy: what was seen before counts.
            log.debug("nobody could be asked who is at work: %s", error)
            return
        if found["is_known"]:
            now = time.monotonic()
            self._since = {xid: self._since.get(xid, now) for xid in found["xids"]}
            self._seen.append(found["waiting"] > 0 or any(now - since < 1 for since in self._since.values()))
            return
        # The numbers tell of every write, so they are looked at while none of ours is under way.
        before, self._latest = self._latest, found["latest"] if not self._at_work else None
        if before is not None and self._latest is not None:
            self._seen.append(self._latest > before)
