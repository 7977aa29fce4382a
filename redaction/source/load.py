"""Files -> `tracking.activities`: read in blocks, parsed and stored by worker processes, in constant memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from redaction.catalog import load_catalog
from redaction.database import Database, check_schema
from redaction.errors import RedactionError
from redaction.settings import Settings
from redaction.source.ctm import CallSettings
from redaction.source.numbers import to_e164
from redaction.source.parse import Parsed, Rejection, parse_block
from redaction.source.reader import BLOCK, Block, check_file, list_files, read_blocks
from redaction.source.store import Store, Stored
from redaction.source.worker import CONTEXT, Turns, load_block, start_worker

_NAMED = 100


@dataclass
class LoadSummary(Stored):
    """What was loaded: records read, what became of their rows, records rejected."""

    read: int = 0
    rejected: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    """The first hundred of them."""


def load_files(
    database: Database, paths: Sequence[Path], settings: Settings, progress: Callable[[int], None] | None = None
) -> LoadSummary:
    """Load files, a folder standing for all files below it; `progress` is called with bytes that were done.

    A malformed record is counted and reported, and the rest loads. Raises BadInput for a file that cannot be read,
    nothing of which is loaded then; UnclassifiedColumn and BadInput (schema version) before anything is loaded.
    """
    check_schema(database, load_catalog())
    files = list_files(paths)
    for path in files:
        check_file(path)
    call_settings = _call_settings(database)
    summary = LoadSummary()
    for parsed, stored in _store(files, database, call_settings, settings):
        summary.read += parsed.read
        summary.count(stored)
        summary.rejected += len(parsed.rejections)
        summary.rejections += parsed.rejections[: _NAMED - len(summary.rejections)]
        if progress is not None:
            progress(parsed.bytes_read)
    return summary


def _call_settings(database: Database) -> dict[int, CallSettings]:
    found: dict[int, CallSettings] = {}
    with database.transaction("redaction_loader") as session:
        named = session.rows("list_call_settings")
        for row in session.rows("list_lookup_settings"):
            by_number = {
                to_e164(number) or number: (setting["caller_id_enabled"], setting["enhanced_caller_id_enabled"])
                for setting in named
                if setting["account_id"] == row["id"]
                for number in setting["tracking_numbers"]
            }
            found[row["id"]] = CallSettings(row["caller_id_enabled"], row["enhanced_caller_id_enabled"], by_number)
    return found


def _blocks(files: Sequence[Path]) -> Iterator[Block]:
    for path in files:
        yield from read_blocks(path)


def _store(
    files: Sequence[Path], database: Database, call_settings: Mapping[int, CallSettings], settings: Settings
) -> Iterator[tuple[Parsed, Stored]]:
    # A small load is done before a worker process has started.
    if settings.load_workers == 1 or sum(path.stat().st_size for path in files) < 2 * BLOCK:
        store = Store(database, settings)
        for block in _blocks(files):
            parsed = parse_block(block, call_settings)
            yield parsed, store.put(parsed)
        return
    url = database.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(
        settings.load_workers, CONTEXT, start_worker, (url, settings, call_settings, Turns())
    ) as pool:
        waiting: deque[Future[tuple[Parsed, Stored]]] = deque()
        try:
            for number, block in enumerate(_blocks(files)):
                waiting.append(pool.submit(load_block, number, block))
                if len(waiting) > settings.load_workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise RedactionError("a worker process of the load was killed: load again, it goes on safely") from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
