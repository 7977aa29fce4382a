"""The inbox: raw files that arrive there are loaded and then deleted, in every version.

A file is taken when it has not changed for a while. It is deleted when all of it is stored, its rejected records are in
the quarantine, and it is unchanged since it was read. A file that stays is loaded again the next time, which changes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from redaction.errors import BadAddress, BadInput, RedactionError, SourceUnreachable
from redaction.extras import open_address
from redaction.objects.access import read_connection
from redaction.objects.addresses import SAME_SCHEMES, parse_prefix
from redaction.objects.registry import list_stores
from redaction.objects.s3 import S3Access
from redaction.objects.s3_client import connect
from redaction.objects.stores import Store, check_store
from redaction.placements.resolve import Placements
from redaction.settings import Settings
from redaction.source.collect.places import BucketInbox, FolderInbox, InboxPlace, OtherInbox, RawFile, as_input
from redaction.source.collect.readiness import find_failure, find_problem, find_wait, keep_failures, read_failures
from redaction.source.load import LoadSummary
from redaction.source.routing import load_everywhere
from redaction.words import say_count

_TOGETHER_BYTES = 16 * 1024 * 1024
_TOGETHER = 100


@dataclass
class InboxSummary:
    """What was loaded, how many raw files are gone, and for each that is left, by its id, why."""

    files: int = 0
    waiting: int = 0
    """How many others may still be written, so that they were not taken: `list_inbox` says why."""
    deleted: int = 0
    loaded: LoadSummary = field(default_factory=LoadSummary)
    left: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What is unknown about the deleted files."""
    retryable: bool = False
    """Whether the files that are left may be deleted later without help."""

    def check(self) -> None:
        """Raise what has kept files from being deleted: SourceUnreachable if that may pass, else BadInput."""
        if self.left:
            kind = SourceUnreachable if self.retryable else BadInput
            first, why = next(iter(self.left.items()))
            files = say_count(self.files, "raw file", "raw files")
            raise kind(
                f"{len(self.left):,} of {files} left in the inbox; inbox file {first}: {why}; "
                "`redaction inbox list` has their names"
            )


@dataclass(frozen=True)
class ListedFile:
    """A raw file in the inbox: its id and name, its bytes, since when (UTC), and whether that is too long.

    `kept_by` says why it would not be loaded now, or why the last collection left it.
    """

    id: str
    name: str
    bytes: int
    since: datetime | None
    late: bool
    kept_by: str | None


def list_inbox(settings: Settings, now: datetime | None = None) -> list[ListedFile]:
    """Return the files in the inbox, oldest first; none if there is no inbox.

    A file with an unknown or future time is late, because its age is unknown. Raises BadInput for an invalid place,
    SourceUnreachable if it does not answer.
    """
    if settings.inbox_url is None:
        return []
    now = now or datetime.now(UTC)
    latest = now - timedelta(hours=settings.watch_inbox_h)
    failures = read_failures(settings)
    return [
        ListedFile(
            file.id,
            file.name,
            file.size,
            file.since,
            not (file.since and latest <= file.since <= now),
            find_wait(file, settings.inbox_quiet_s, now)
            or find_problem(file, settings.inbox_quiet_s)
            or find_failure(file, failures),
        )
        for file in _list(open_inbox(settings, []))
    ]


def collect_inbox(placements: Placements, now: datetime | None = None) -> InboxSummary:
    """Load every file of the inbox into the placements of its accounts, oldest first, and delete loaded files.

    Files that may still be written wait. A failure of one file stops no other. Raises BadInput without an inbox, or for
    a place that is invalid or overlaps a store, our home or a ledger; SourceUnreachable if it does not answer.
    """
    settings = placements.settings
    if settings.inbox_url is None:
        raise BadInput("there is no inbox, so nothing was loaded: set REDACTION_INBOX_URL")
    stores = [store for one in placements.each(allow_restored=True) for store in list_stores(one.database)]
    place = open_inbox(settings, stores)
    done, quiet_s, now = InboxSummary(), settings.inbox_quiet_s, now or datetime.now(UTC)
    listed = _list(place)
    ready = [file for file in listed if find_wait(file, quiet_s, now) is None]
    done.waiting = len(listed) - len(ready)
    for some in _group(ready):
        done.files += len(some)
        _take(placements, place, some, done)
    try:
        keep_failures(settings, listed, done.left)
    except RedactionError as error:
        done.notes.append(f"why files are left could not be kept for `redaction inbox list`: {error}")
    return done


def _list(place: InboxPlace) -> list[RawFile]:
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(place.list(), key=lambda file: (file.since or never, file.name))


def _group(files: Sequence[RawFile]) -> Iterator[list[RawFile]]:
    """Yield files in order, small ones together: a page of an API is not worth a load of its own."""
    some: list[RawFile] = []
    for file in files:
        if some and (len(some) == _TOGETHER or sum(one.size for one in some) + file.size > _TOGETHER_BYTES):
            yield some
            some = []
        some.append(file)
    if some:
        yield some


def _take(placements: Placements, place: InboxPlace, files: list[RawFile], done: InboxSummary) -> None:
    problems = {file.id: find_problem(file, placements.settings.inbox_quiet_s) for file in files}
    done.left |= {file_id: why for file_id, why in problems.items() if why}
    wanted = [file for file in files if not problems[file.id]]
    if not wanted:
        return
    try:
        loaded = load_everywhere(placements, [as_input(place, file) for file in wanted])
    except RedactionError as error:
        if len(wanted) > 1 and not error.retryable:
            # One of them blocks the others.
            for file in wanted:
                _take(placements, place, [file], done)
            return
        done.retryable = done.retryable or error.retryable
        done.left |= {file.id: str(error).removeprefix(f"inbox file {file.id}: ") for file in wanted}
        return
    done.loaded.add(loaded)
    if loaded.not_kept:
        done.left |= {file.id: f"it was loaded, but {loaded.not_kept}" for file in wanted}
        return
    for file in wanted:
        settled = place.delete(file)
        if settled.outcome == "deleted":
            done.deleted += 1
            if settled.reason and settled.reason not in done.notes:
                done.notes.append(settled.reason)
        elif settled.outcome != "not_found":
            done.left[file.id] = f"it was loaded, but {settled.reason}"


def open_inbox(settings: Settings, stores: Sequence[Store]) -> InboxPlace:
    """Return the inbox, opened; `stores` are all declared stores.

    Raises BadInput for a place that is invalid or overlaps something of ours, ExtraMissing for a missing library.
    """
    given = settings.inbox_url
    assert given is not None
    # It is protected against every store, and is a store itself.
    without = settings.at(settings.placement, inbox_url=None)
    if "://" not in given:
        path = Path(given).resolve()
        _check(Store(0, "inbox", path.as_uri(), None, "delete", None, None, None), stores, without)
        return FolderInbox(path)
    parts = urlsplit(given)
    scheme = SAME_SCHEMES.get(parts.scheme.lower(), parts.scheme.lower())
    address = f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if scheme in ("s3", "gs", "abfs"):
        _check(Store(0, "inbox", address, None, "delete", None, None, None), stores, without)
    if scheme != "s3":
        return OtherInbox(open_address(given, "REDACTION_INBOX_URL"))
    store = Store(0, "inbox", address, parts.username, "delete", None, None, None)
    prefix = parse_prefix(address)
    try:
        client = connect(read_connection("inbox", parts.username), prefix.host)
        return BucketInbox(S3Access(store, prefix, without), client, prefix)
    except BadInput as error:
        raise BadInput(f"REDACTION_INBOX_URL: {str(error).removeprefix('store inbox: ')}; nothing was loaded") from None


def _check(store: Store, stores: Sequence[Store], settings: Settings) -> None:
    try:
        check_store(store, stores, settings)
    except (BadInput, BadAddress) as error:
        raise BadInput(f"REDACTION_INBOX_URL: {str(error).removeprefix('store inbox: ')}; nothing was loaded") from None
