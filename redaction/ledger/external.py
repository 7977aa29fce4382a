"""The ledger outside the database: a copy of each row, and before each strip a note of what it is about to do.

Below `REDACTION_LEDGER_URL` each ledger has a folder. `entries/` has the rows by position. `begun/` has the runs by the
next free position when they began to strip. `founded.json` marks the right place. Nothing is ever overwritten, so a
store that forbids it works. A record that is here and not in the database means that the database was restored.
"""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ValidationError

from redaction.db.database import Database
from redaction.db.schema import check_version
from redaction.deployment import Deployment, LedgerPlace
from redaction.errors import DatabaseBehind, LedgerBroken, NotAllowed
from redaction.ledger.entries import Entry, canonical, read_entries

_SHARD = 1000


class BegunRun(BaseModel, frozen=True, extra="forbid"):
    """A run that is about to strip: account, cutoff, requester, the ids of a manual request, the cutoff for
    recordings.
    """

    run_id: int
    account_id: int
    kind: str
    cutoff: AwareDatetime
    started_at: AwareDatetime
    actor: str
    reason: str | None
    ids: list[int] | None
    recordings_cutoff: AwareDatetime | None = None

    def serialize(self) -> bytes:
        """Return the text that is stored; without a clock for recordings it is the same as before clocks existed."""
        return canonical(self.model_dump(exclude={"recordings_cutoff"} if self.recordings_cutoff is None else None))


class ExternalLedger:
    """The place of one ledger outside the database. Every method raises LedgerUnreachable if the place fails."""

    def __init__(self, place: LedgerPlace, ledger_id: str) -> None:
        """Take the place of ledgers, and the id of this one."""
        self._place = place
        self.shown = place.shown
        """The address for messages, without anything that may be a password."""
        self.ledger_id = ledger_id

    def mark(self) -> None:
        """Mark the place as that of this ledger."""
        self._write("founded.json", canonical({"ledger_id": self.ledger_id}))

    def is_marked(self) -> bool:
        """Return whether the place is that of this ledger."""
        return self._read("founded.json") is not None

    def read_entry(self, position: int) -> Entry | None:
        """Return the row of a position; None if there is none. Raises LedgerBroken for an altered row."""
        name = _entry_name(position)
        text = self._read(name)
        if text is None:
            return None
        entry = Entry.parse(text, name)
        if entry.position != position:
            raise LedgerBroken(f"{name} holds row {entry.position} of the ledger: somebody has moved it")
        return entry

    def write_entry(self, entry: Entry) -> None:
        """Store a row; raises LedgerBroken if another row with its position exists."""
        name = _entry_name(entry.position)
        if self._write(name, entry.serialize()) != entry.serialize():
            raise LedgerBroken(
                f"row {entry.position} of the ledger is one thing in the database and another in {self.shown}: two "
                "databases write to one place, or somebody has altered it; `redaction ledger verify` says more"
            )

    def find_last(self) -> int:
        """Return the last position recorded here: of a row, or of a run that began after it."""
        shards = self._list("entries", "")
        rows = [int(name[:-5]) for name in self._list(f"entries/{max(shards)}")] if shards else []
        begun = [int(name) - 1 for name in self._list("begun", "")]
        return max((*rows, *begun), default=0)

    def write_begun(self, position: int, run: BegunRun) -> None:
        """Record what a run is about to do, under the position of the next row."""
        text = run.serialize()
        if self._write(f"begun/{position:012d}/{run.run_id}.json", text) != text:
            raise DatabaseBehind(_RESTORED)

    def list_begun(self, position: int) -> list[BegunRun]:
        """Return the runs that began to strip when this position was the next one."""
        folder = f"begun/{position:012d}"
        runs = []
        for name in self._list(folder):
            text = self._read(f"{folder}/{name}")
            try:
                run = BegunRun.model_validate_json(text or b"")
            except ValidationError:
                run = None
            if run is None or run.serialize() != text:
                raise LedgerBroken(f"{folder}/{name} is no run that began, as one is written: somebody has altered it")
            runs.append(run)
        return sorted(runs, key=lambda run: run.run_id)

    def _read(self, name: str) -> bytes | None:
        return self._place.read(f"{self.ledger_id}/{name}")

    def _list(self, folder: str, ending: str = ".json") -> list[str]:
        return self._place.list_names(f"{self.ledger_id}/{folder}", ending)

    def _write(self, name: str, text: bytes) -> bytes:
        return self._place.write(f"{self.ledger_id}/{name}", text)


_RESTORED = (
    "the ledger outside the database records acts that the database does not know: it was restored from a backup, and "
    "holds again what was redacted since; `redaction ledger replay` redacts it again; until then nothing is done"
)


def _entry_name(position: int) -> str:
    return f"entries/{position // _SHARD:09d}/{position:012d}.json"


def open_external(deployment: Deployment) -> tuple[ExternalLedger, int, str]:
    """Return the place of the database's ledger, and the position and hash of the database's last row."""
    head = deployment.one("ledger_head")
    return ExternalLedger(deployment.outside, head["ledger_id"]), head["position"], head["hash"]


def publish(deployment: Deployment) -> int:
    """Write the database's rows that are not outside yet; return how many.

    Raises LedgerUnreachable: the rows are safe in the database, and the next act writes them. Raises NotAllowed if the
    place was never that of this ledger, although the ledger has rows; see `publish_all`.
    """
    external, head, _ = open_external(deployment)
    if not external.is_marked():
        if head > 1:
            raise NotAllowed(
                f"{external.shown} is not where the ledger of this database was kept, which has {head} rows: name "
                "the right place in REDACTION_LEDGER_URL; only if it has moved for good, `redaction ledger publish`"
            )
        external.mark()
    kept = head
    while kept and external.read_entry(kept) is None:
        kept -= 1
    for entry in read_entries(deployment.database, kept):
        external.write_entry(entry)
    return head - kept


def publish_all(deployment: Deployment) -> int:
    """Make the place in the settings that of this ledger and write all its rows there; return how many were missing."""
    open_external(deployment)[0].mark()
    return publish(deployment)


def check_ledger(deployment: Deployment) -> None:
    """Refuse a database that was restored, or whose ledger differs from the one outside; write rows that are missing
    outside.

    Raises DatabaseBehind, LedgerBroken, LedgerUnreachable. Every act calls it, so it raises BadInput or ProgramOlder
    for a schema of another version too. It takes four look-ups, however long the ledger is; a database without a ledger
    passes.
    """
    with deployment.transaction("redaction_worker") as session:
        if not session.one("has_ledger")["present"]:
            return
        check_version(session)
    external, head, digest = open_external(deployment)
    while external.read_entry(head + 1) is not None:
        seen, (external, head, digest) = head, open_external(deployment)
        if head == seen:
            raise DatabaseBehind(_RESTORED)
    unknown = find_unknown_runs(deployment.database, external.list_begun(head + 1))
    if unknown:
        raise DatabaseBehind(_RESTORED)
    last = external.read_entry(head) if head else None
    if last is None:
        publish(deployment)
    elif last.hash != digest:
        external.write_entry(next(read_entries(deployment.database, head - 1)))


def find_unknown_runs(database: Database, runs: list[BegunRun]) -> list[BegunRun]:
    """Return the runs that the database does not know, or knows differently."""
    if not runs:
        return []
    rows = database.rows("begun_runs", run_ids=[run.run_id for run in runs])
    known = {row["id"]: row["started_at"] for row in rows}
    return [run for run in runs if known.get(run.run_id) != run.started_at]


def announce_strip(deployment: Deployment, run_id: int) -> None:
    """Record outside what a run is about to do, before its first change. Raises as `check_ledger` does."""
    check_ledger(deployment)
    external, head, _ = open_external(deployment)
    run = BegunRun(**deployment.one("describe_begun_run", run_id=run_id))
    external.write_begun(head + 1, run)
