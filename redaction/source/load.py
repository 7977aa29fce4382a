"""Files -> `tracking.activities`: parsed in worker processes, copied and upserted batch by batch.

Each block is one transaction: COPY into a staging table that goes with it, then an upsert by (account, id). Loading
twice changes nothing; what is redacted is never touched. The role of the load cannot read personal columns back.
"""

from __future__ import annotations

import io
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from redaction.catalog import load_catalog
from redaction.database import Database, check_schema
from redaction.errors import RedactionError
from redaction.pipeline.strip import patiently
from redaction.settings import Settings
from redaction.source.ctm import CallSettings
from redaction.source.numbers import to_e164
from redaction.source.parse import Parsed, Rejection, parse_block, parse_in_worker, start_worker
from redaction.source.reader import BLOCK, Block, check_file, list_files, read_blocks

_NAMED = 100


@dataclass
class LoadSummary:
    """What was loaded: records read; rows inserted, updated, left alone since redacted; records rejected."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    already_redacted: int = 0
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
    known_weeks: set[datetime] = set()
    for parsed in _parse(files, call_settings, settings):
        summary.read += parsed.read
        summary.rejected += len(parsed.rejections)
        summary.rejections += parsed.rejections[: _NAMED - len(summary.rejections)]
        if parsed.rows:
            _store(database, settings, parsed, known_weeks, summary)
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


def _parse(files: Sequence[Path], call_settings: Mapping[int, CallSettings], settings: Settings) -> Iterator[Parsed]:
    # A small load is parsed before a worker process has started.
    if settings.load_workers == 1 or sum(path.stat().st_size for path in files) < 2 * BLOCK:
        for block in _blocks(files):
            yield parse_block(block, call_settings)
        return
    with ProcessPoolExecutor(
        settings.load_workers, multiprocessing.get_context("spawn"), start_worker, (call_settings,)
    ) as pool:
        waiting: deque[Future[Parsed]] = deque()
        try:
            for block in _blocks(files):
                waiting.append(pool.submit(parse_in_worker, block))
                if len(waiting) > settings.load_workers + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise RedactionError("a worker process of the load was killed: load again, it goes on safely") from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _store(
    database: Database, settings: Settings, parsed: Parsed, known_weeks: set[datetime], summary: LoadSummary
) -> None:
    for attempt in patiently(settings):
        with attempt:
            new_weeks = sorted(parsed.weeks - known_weeks)
            if new_weeks:
                with database.transaction("redaction_loader") as session:
                    session.rows("ensure_partitions", weeks=new_weeks)
                known_weeks.update(new_weeks)
            with database.transaction("redaction_loader") as session:
                session.run("create_staging")
                session.copy_in("copy_staging", io.BytesIO(parsed.data))
                session.rows("lock_accounts", accounts=sorted(parsed.accounts))
                session.run("mark_moved_days")
                counts = session.one("upsert_activities")
    summary.inserted += counts["inserted"]
    summary.updated += counts["updated"]
    summary.already_redacted += counts["already_redacted"]
