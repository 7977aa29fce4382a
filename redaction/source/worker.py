"""The further processes of one load: each parses and stores batches of blocks, with a connection of its own.

Batches are parsed in parallel, and stored in the order of the files: of two records with one identity the later one is
kept, whichever process has it, and nothing is stored after a batch that failed.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from multiprocessing.util import Finalize

from redaction.db.database import Database
from redaction.errors import RedactionError
from redaction.settings import Settings
from redaction.source.limits import Limits
from redaction.source.parse import Parsed, keep_refused, parse_blocks
from redaction.source.reader import Block
from redaction.source.rows import Known
from redaction.source.store import ActivityWriter, Stored


def choose_context() -> BaseContext:
    """Return how the processes of a load start: forked if this process has one thread, else spawned.

    A command has one. Another thread may hold a lock, for which a forked process would wait for ever. A spawned process
    imports everything again, for 0.3 s of a core. A forked one opens its own connections, and leaves its parent's alone
    when it ends.
    """
    forks = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if forks else "spawn")


class BatchOrder:
    """The number of the batch that may be stored next, shared by the processes of one load."""

    def __init__(self, context: BaseContext) -> None:
        """Start with batch 0; `context` is that of the processes."""
        self._changed = context.Condition()
        self._next = context.Value("q", 0, lock=False)

    def wait(self, number: int) -> None:
        """Return when all batches before this one are stored; raises RedactionError if one of them was not."""
        with self._changed:
            self._changed.wait_for(lambda: self._next.value in (number, _STOPPED))
            if self._next.value == _STOPPED:
                raise RedactionError(f"batch {number} was not stored, since one before it failed: load again")

    def advance(self, number: int) -> None:
        """Let the next batch be stored."""
        self._set(number + 1)

    def stop(self) -> None:
        """Let no further batch be stored."""
        self._set(_STOPPED)

    def _set(self, value: int) -> None:
        with self._changed:
            self._next.value = value
            self._changed.notify_all()


_STOPPED = -1


class _Worker:
    def __init__(
        self,
        url: str,
        settings: Settings,
        call_settings: Mapping[int, Known],
        only_own: bool,
        order: BatchOrder,
    ) -> None:
        self.database = Database(url, settings)
        self.store = ActivityWriter(self.database, settings, call_settings)
        self.call_settings = call_settings
        self.only_own = only_own
        self.limits = Limits.of(settings)
        self.order = order


_WORKERS: list[_Worker] = []


def start_worker(
    url: str, settings: Settings, call_settings: Mapping[int, Known], only_own: bool, order: BatchOrder
) -> None:
    """Give a worker process what all its batches need."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()
    worker = _Worker(url, settings, call_settings, only_own, order)
    _WORKERS[:] = [worker]
    Finalize(worker, worker.database.close, exitpriority=10)


def _end_with_parent() -> None:
    """End this process when the process of the load is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def be_ready() -> None:
    """Do nothing: a worker that has done it has started."""


def load_blocks(number: int, blocks: Sequence[Block]) -> tuple[Parsed, Stored]:
    """Load the batch of that number in its turn; return what was parsed, without its rows, and stored."""
    [worker] = _WORKERS
    try:
        attached = [block.attached() for block in blocks]
        parsed = parse_blocks(attached, worker.call_settings, worker.limits, worker.only_own)
        stored = worker.store.put(parsed, lambda: worker.order.wait(number))
        worker.order.wait(number)
    except BaseException:
        worker.order.stop()
        raise
    worker.order.advance(number)
    keep_refused(parsed, attached, worker.limits)
    return replace(parsed, rows={}, named={}, places={}, objects={}, redacted={}), stored
