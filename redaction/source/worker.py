"""A worker process of the load: parses, copies and upserts blocks, with a connection of its own.

Blocks are parsed and copied side by side, and upserted in the order of the files: of two records with one identity the
later one wins, whichever process has it.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.context import SpawnContext
from multiprocessing.util import Finalize

from redaction.database import Database
from redaction.settings import Settings
from redaction.source.ctm import CallSettings
from redaction.source.parse import Parsed, parse_block
from redaction.source.reader import Block
from redaction.source.store import Store, Stored

CONTEXT: SpawnContext = multiprocessing.get_context("spawn")
"""Spawned, not forked: a forked process would share the connections of its parent."""


class Turns:
    """Whose turn it is to upsert, shared by the processes of one load."""

    def __init__(self) -> None:
        """Begin with block 0."""
        self._changed = CONTEXT.Condition()
        self._next = CONTEXT.Value("q", 0, lock=False)

    def wait(self, number: int) -> None:
        """Return when all blocks before this one are done."""
        with self._changed:
            self._changed.wait_for(lambda: self._next.value >= number)

    def advance(self, number: int) -> None:
        """Let the block after this one go on."""
        self.wait(number)
        with self._changed:
            self._next.value = max(self._next.value, number + 1)
            self._changed.notify_all()


class _Worker:
    def __init__(self, url: str, settings: Settings, call_settings: Mapping[int, CallSettings], turns: Turns) -> None:
        self.database = Database(url, settings)
        self.store = Store(self.database, settings)
        self.call_settings = call_settings
        self.turns = turns


_WORKERS: list[_Worker] = []


def start_worker(url: str, settings: Settings, call_settings: Mapping[int, CallSettings], turns: Turns) -> None:
    """Give a worker process what all its blocks need."""
    worker = _Worker(url, settings, call_settings, turns)
    _WORKERS[:] = [worker]
    Finalize(worker, worker.database.close, exitpriority=10)


def load_block(number: int, block: Block) -> tuple[Parsed, Stored]:
    """Load the block of that number in the order of the load; return what was parsed, without its rows, and stored."""
    [worker] = _WORKERS
    try:
        parsed = parse_block(block, worker.call_settings)
        stored = worker.store.put(parsed, lambda: worker.turns.wait(number))
        return replace(parsed, lines={}), stored
    finally:
        worker.turns.advance(number)
