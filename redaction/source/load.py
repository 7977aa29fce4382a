"""Files -> `tracking.activities`: read in blocks, parsed and stored by worker processes, in constant memory."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from redaction.contacts.countries import country_of
from redaction.contacts.cut import NO_CUTS
from redaction.contacts.numbers import line_key, numbers_of
from redaction.db.database import Database
from redaction.db.schema import check_schema
from redaction.db.session import Row
from redaction.deployment import Deployment
from redaction.errors import RedactionError
from redaction.ledger.external import check_ledger
from redaction.source.cuts import read_cuts
from redaction.source.inputs import Input, open_inputs
from redaction.source.limits import Limits
from redaction.source.parse import MOST_NAMED, Parsed, Rejection, keep_refused, parse_blocks
from redaction.source.quarantine import QuarantineWriter
from redaction.source.reader import BLOCK, Block, check_file, read_batches
from redaction.source.rows import CallSettings, Known
from redaction.source.rules import load_rules
from redaction.source.store import ActivityWriter, Stored
from redaction.source.worker import BatchOrder, be_ready, choose_context, load_blocks, start_worker
from redaction.words import say_count

_Loading = Future[tuple[Parsed, Stored]]


@dataclass
class LoadSummary(Stored):
    """The result of a load: records read, outcomes of their rows, records rejected.

    Records of other streams than activities are counted separately from those read.
    """

    read: int = 0
    rejected: int = 0
    other_streams: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    """The first hundred of them."""
    quarantined: int = 0
    """Rejected records that are kept, in the files `quarantine`; for those that are not, `not_kept` says why."""
    quarantine: list[str] = field(default_factory=list)
    not_kept: str | None = None

    def add(self, other: LoadSummary) -> None:
        """Add the result of a load into another placement."""
        self.count(other)
        self.read += other.read
        self.rejected += other.rejected
        self.other_streams += other.other_streams
        self.rejections += other.rejections[: MOST_NAMED - len(self.rejections)]
        self.quarantined += other.quarantined
        self.quarantine += other.quarantine
        self.not_kept = self.not_kept or other.not_kept


def load_files(
    deployment: Deployment,
    paths: Sequence[str | Path | Input],
    progress: Callable[[int], None] | None = None,
    elsewhere: Collection[int] = (),
    only_own: bool = False,
    only_account: int | None = None,
    kept_first: bool = False,
) -> LoadSummary:
    """Load files, folders, addresses or standard input, as `open_inputs` takes them; `progress` is called with finished
    bytes.

    Records of the accounts `elsewhere` are skipped, and with `only_own` also rejected ones that belong to no account
    here. With `only_account` those of all other accounts are rejected. With `kept_first` `progress` is called when the
    rejected records of those bytes are in the quarantine, and no longer after that has failed.

    A record that is malformed, too large, or refused by the database is counted and reported, and the rest loads.
    Raises, before anything is loaded, BadInput (an unreadable file, an invalid source, another schema version),
    UnclassifiedColumn and DatabaseBehind (a database that was restored).
    """
    check_schema(deployment.database)
    load_rules()
    check_ledger(deployment)
    limits = Limits.of(deployment.settings)
    with _only_what_is_new(), open_inputs(paths) as files:
        for file in files:
            check_file(file, limits)
        call_settings = {**dict.fromkeys(elsewhere), **_call_settings(deployment.database)}
        if only_account is not None:
            call_settings = {only_account: call_settings[only_account]} if only_account in call_settings else {}
        summary = LoadSummary()
        quarantine = QuarantineWriter(deployment.settings)
        for parsed, stored in _store(files, deployment, call_settings, only_own):
            summary.read += parsed.read
            summary.count(stored)
            summary.rejected += parsed.rejected
            summary.other_streams += parsed.other_streams
            summary.rejections += parsed.rejections[: MOST_NAMED - len(summary.rejections)]
            quarantine.add(parsed.kept, parsed.kept_records, parsed.unkept)
            if kept_first:
                quarantine.flush()
            if progress is not None and not (kept_first and quarantine.lost):
                progress(parsed.bytes_read)
        quarantine.flush()
    summary.quarantined, summary.quarantine = quarantine.kept, quarantine.files
    if quarantine.lost:
        summary.not_kept = (
            f"{say_count(quarantine.lost, 'rejected record is', 'rejected records are')} not kept: {quarantine.problem}"
        )
    return summary


@contextmanager
def _only_what_is_new() -> Iterator[None]:
    """Search for garbage among the objects of the load, not among the modules of this process again and again: each
    such pass takes as long as a thousand records.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _call_settings(database: Database) -> dict[int, Known]:
    named: dict[int, list[Row]] = {}
    with database.transaction("redaction_loader") as session:
        for row in session.rows("list_call_settings"):
            named.setdefault(row["account_id"], []).append(row)
        accounts = session.rows("list_lookup_settings")
        cuts = read_cuts(session, None)
    found: dict[int, Known] = {}
    for row in accounts:
        if row["closed"]:
            found[row["id"]] = False
            continue
        country = country_of(row["country"], row["timezone"])
        numbers_of(country)  # what it needs is created here, once, not in each process of the load
        by_number = {
            line_key(number, country): (each["caller_id_enabled"], each["enhanced_caller_id_enabled"])
            for each in named.get(row["id"], ())
            for number in each["tracking_numbers"]
        }
        found[row["id"]] = CallSettings(
            row["caller_id_enabled"],
            row["enhanced_caller_id_enabled"],
            by_number,
            country,
            ZoneInfo(row["timezone"]),
            cuts.get(row["id"], NO_CUTS),
        )
    return found


def _store(
    files: Sequence[Input],
    deployment: Deployment,
    call_settings: Mapping[int, Known],
    only_own: bool,
) -> Iterator[tuple[Parsed, Stored]]:
    database, settings = deployment.database, deployment.settings
    store = ActivityWriter(database, settings, call_settings)
    limits = Limits.of(settings)
    # A small load is done before another process has started.
    helpers = settings.load_workers - 1 if sum(file.size for file in files) >= 2 * BLOCK else 0
    batches = enumerate(read_batches(files, limits, shared=helpers > 0))
    if not helpers:
        for _, batch in batches:
            parsed = parse_blocks(batch, call_settings, limits, only_own)
            stored = store.put(parsed)
            keep_refused(parsed, batch, limits)
            yield parsed, stored
        store.flush()
        return
    context = choose_context()
    order = BatchOrder(context)
    url = database.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(helpers, context, start_worker, (url, settings, call_settings, only_own, order)) as pool:
        started = [pool.submit(be_ready) for _ in range(helpers)]
        before: list[_Loading] = []
        try:
            for number, batch in batches:
                # This process takes a share of the work, and all of it until the others have started.
                ready = helpers if all([future.done() for future in started]) else 0
                after = [pool.submit(load_blocks, at, _detached(other)) for at, other in islice(batches, ready)]
                parsed = parse_blocks(batch, call_settings, limits, only_own)
                stored = store.put(parsed, partial(_join, before))
                done = _join(before)
                order.advance(number)
                keep_refused(parsed, batch, limits)
                yield from (*done, (parsed, stored))
                before = after
            yield from _join(before)
            store.flush()
        except BrokenProcessPool:
            raise RedactionError("a worker process of the load was killed: load again, it goes on safely") from None
        except BaseException:
            order.stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _join(loading: Sequence[_Loading]) -> list[tuple[Parsed, Stored]]:
    return [future.result() for future in loading]


def _detached(batch: Sequence[Block]) -> list[Block]:
    return [block.detached() for block in batch]
