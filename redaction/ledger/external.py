"""The ledger outside the database: each row once more, and before each strip what is about to be done.

Below `REDACTION_LEDGER_URL`, in a folder for each ledger: `entries/` has the rows by their position, `begun/` the runs
by the position that came next when they began to strip, `founded.json` says that the place is the right one. Nothing is
ever overwritten, so a store that forbids it serves. What lies here and not in the database tells that it was restored.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from redaction.db.database import Database
from redaction.errors import DatabaseBehind, LedgerBroken, LedgerUnreachable, NotAllowed, RedactionError
from redaction.ledger.entries import Entry, canonical, read_entries
from redaction.settings import Settings

_SHARD = 1000


class Intent(BaseModel):
    """A run that is about to strip: whose it is, up to when, who asked, the ids of what was asked for by hand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: int
    account_id: int
    kind: str
    cutoff: AwareDatetime
    started_at: AwareDatetime
    actor: str
    reason: str | None
    ids: list[int] | None


class Anchor:
    """The place of one ledger outside the database. Every method raises LedgerUnreachable if the place fails."""

    def __init__(self, settings: Settings, ledger_id: str) -> None:
        """Take the settings and which ledger it is."""
        self.url = (settings.ledger_url or str(settings.home.resolve() / "ledger")).removeprefix("file://")
        self.shown = re.sub(r"//[^/@]*@|\?.*", lambda found: "//" if found[0].startswith("//") else "", self.url)
        """The address without what may be a password, for messages."""
        self._ledger_id = ledger_id

    def found(self) -> None:
        """Mark the place as that of this ledger."""
        self._write("founded.json", canonical({"ledger_id": self._ledger_id}))

    def is_founded(self) -> bool:
        """Return whether the place is that of this ledger."""
        return self._read("founded.json") is not None

    def read_entry(self, position: int) -> Entry | None:
        """Return the row of a position; None if there is none. Raises LedgerBroken for one that was altered."""
        name = _entry_name(position)
        text = self._read(name)
        if text is None:
            return None
        entry = Entry.parse(text, name)
        if entry.position != position:
            raise LedgerBroken(f"{name} holds row {entry.position} of the ledger: somebody has moved it")
        return entry

    def write_entry(self, entry: Entry) -> None:
        """Keep a row; raises LedgerBroken if another one of its position is kept already."""
        name = _entry_name(entry.position)
        if self._write(name, entry.serialize()) != entry.serialize():
            raise LedgerBroken(
                f"row {entry.position} of the ledger is one thing in the database and another in {self.shown}: two "
                "databases write to one place, or somebody has altered it; `redaction ledger verify` says more"
            )

    def find_last(self) -> int:
        """Return the last position that something here tells of: a row, or a run that began after it."""
        shards = self._list("entries", "")
        rows = [int(name[:-5]) for name in self._list(f"entries/{max(shards)}")] if shards else []
        begun = [int(name) - 1 for name in self._list("begun", "")]
        return max((*rows, *begun), default=0)

    def write_intent(self, position: int, intent: Intent) -> None:
        """Keep what a run is about to do, under the position of the row that comes next."""
        text = canonical(intent.model_dump())
        if self._write(f"begun/{position:012d}/{intent.run_id}.json", text) != text:
            raise DatabaseBehind(_BEHIND)

    def list_intents(self, position: int) -> list[Intent]:
        """Return the runs that began to strip when the row of this position was the next."""
        folder = f"begun/{position:012d}"
        intents = []
        for name in self._list(folder):
            text = self._read(f"{folder}/{name}")
            try:
                intents.append(Intent.model_validate_json(text or b""))
            except ValidationError:
                raise LedgerBroken(f"{folder}/{name} is no run that began: somebody has altered it") from None
        return sorted(intents, key=lambda intent: intent.run_id)

    def _place(self, name: str) -> Any:
        if "://" not in self.url:
            return Path(self.url) / self._ledger_id / name
        from airflow.sdk import ObjectStoragePath

        return ObjectStoragePath(self.url) / self._ledger_id / name

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except RedactionError:
            raise
        except Exception:  # a store may raise anything, with credentials in its message
            raise LedgerUnreachable(
                f"the ledger outside the database could not be read or written at {self.shown}: "
                "see REDACTION_LEDGER_URL and that the store answers, then try again"
            ) from None

    def _read(self, name: str) -> bytes | None:
        with self._reached():
            try:
                return bytes(self._place(name).read_bytes())
            except FileNotFoundError:
                return None

    def _list(self, folder: str, ending: str = ".json") -> list[str]:
        """Return the names in a folder: of objects, or with an empty ending of folders."""
        with self._reached():
            try:
                names = [path.name for path in self._place(folder).iterdir()]
                return [name for name in names if (name.endswith(ending) if ending else name.isdecimal())]
            except (FileNotFoundError, NotADirectoryError):  # the second of object stores, which have no folders
                return []

    def _write(self, name: str, text: bytes) -> bytes:
        """Keep an object unless there is one of that name; return what is kept."""
        with self._reached():
            place = self._place(name)
            if isinstance(place, Path):
                _write_once(place, text)
            elif not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(text)
            return bytes(place.read_bytes())


_BEHIND = (
    "the ledger outside the database records acts that the database does not know: it was restored from a backup, and "
    "holds again what was redacted since; `redaction ledger replay` redacts it again; until then nothing is done"
)


def _entry_name(position: int) -> str:
    return f"entries/{position // _SHARD:09d}/{position:012d}.json"


def _write_once(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link fails where there is one already, and nobody ever sees half a file.
        with suppress(FileExistsError):
            os.link(beside, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        Path(beside).unlink()


def open_anchor(database: Database, settings: Settings) -> tuple[Anchor, int, str]:
    """Return the place of the database's ledger, and the position and hash of the database's last row."""
    with database.transaction("redaction_worker") as session:
        head = session.one("ledger_head")
    return Anchor(settings, head["ledger_id"]), head["position"], head["hash"]


def publish(database: Database, settings: Settings) -> int:
    """Write the rows of the database that are not outside yet; return how many.

    Raises LedgerUnreachable: the rows are safe in the database, and whatever comes next writes them. Raises NotAllowed
    if the place has never been that of this ledger, though the ledger has rows: `found_ledger` is for that.
    """
    anchor, head, _ = open_anchor(database, settings)
    if not anchor.is_founded():
        if head > 1:
            raise NotAllowed(
                f"{anchor.shown} is not where the ledger of this database was kept, which has {head} rows: name "
                "the right place in REDACTION_LEDGER_URL; only if it has moved for good, `redaction ledger publish`"
            )
        anchor.found()
    kept = head
    while kept and anchor.read_entry(kept) is None:
        kept -= 1
    for entry in read_entries(database, kept):
        anchor.write_entry(entry)
    return head - kept


def found_ledger(database: Database, settings: Settings) -> int:
    """Make the place of the settings that of this ledger and write all its rows there; return how many were missing."""
    open_anchor(database, settings)[0].found()
    return publish(database, settings)


def check_ledger(database: Database, settings: Settings) -> None:
    """Refuse to go on with a database that was restored, or whose ledger is not the one outside; repair what is missing
    outside.

    Raises DatabaseBehind, LedgerBroken, LedgerUnreachable. Three look-ups, however long the ledger is; a database
    without a ledger passes.
    """
    with database.transaction("redaction_worker") as session:
        if not session.one("has_ledger")["present"]:
            return
    anchor, head, digest = open_anchor(database, settings)
    while anchor.read_entry(head + 1) is not None:
        seen, (anchor, head, digest) = head, open_anchor(database, settings)
        if head == seen:
            raise DatabaseBehind(_BEHIND)
    unknown = find_unknown(database, anchor.list_intents(head + 1))
    if unknown:
        raise DatabaseBehind(_BEHIND)
    last = anchor.read_entry(head) if head else None
    if last is None:
        publish(database, settings)
    elif last.hash != digest:
        anchor.write_entry(next(read_entries(database, head - 1)))


def find_unknown(database: Database, intents: list[Intent]) -> list[Intent]:
    """Return those of some runs that the database does not know as the same."""
    if not intents:
        return []
    with database.transaction("redaction_worker") as session:
        rows = session.rows("begun_runs", run_ids=[intent.run_id for intent in intents])
    known = {row["id"]: row["started_at"] for row in rows}
    return [intent for intent in intents if known.get(intent.run_id) != intent.started_at]


def announce_strip(database: Database, settings: Settings, run_id: int) -> None:
    """Keep outside what a run is about to do, before the first of it is done. Raises as `check_ledger` does."""
    check_ledger(database, settings)
    anchor, head, _ = open_anchor(database, settings)
    with database.transaction("redaction_worker") as session:
        intent = Intent(**session.one("describe_intent", run_id=run_id))
    anchor.write_intent(head + 1, intent)
