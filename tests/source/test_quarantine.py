"""Rejected records are kept as they were sent, only for their owner, until they are purged; no load fails by it."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
import orjson
import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import NotAllowed
from redaction.evidence.watch import list_late, watch
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source import load as loader
from redaction.source import quarantine, reader
from redaction.source.load import LoadSummary, load_files
from redaction.source.quarantine import QuarantineWriter, list_quarantine, purge_quarantine

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
Load = Callable[..., LoadSummary]
CANARY = "canary"


def record(activity_id: Any, **fields: Any) -> dict[str, Any]:
    return {"id": activity_id, "account_id": 7, "unix_time": 1_772_400_000, "notes": CANARY, **fields}


def lines(*records: Any) -> bytes:
    return b"".join((item if isinstance(item, bytes) else orjson.dumps(item)) + b"\n" for item in records)


@pytest.fixture
def load(database: Database, settings: Settings, tmp_path: Path, account: int) -> Load:
    def run(data: bytes, name: str = "x.json", **changes: Any) -> LoadSummary:
        (tmp_path / name).write_bytes(data)
        return load_files(deploy(database, settings.model_copy(update=changes)), [tmp_path / name])

    return run


def _kept(settings: Settings) -> list[bytes]:
    return [
        line
        for file in list_quarantine(settings)
        for line in (settings.quarantine_path / file.name).read_bytes().splitlines(keepends=True)
    ]


BAD = record(2, unix_time="soon", name="Zoë")


def test_what_is_rejected_is_kept_as_it_was_sent(load: Load, settings: Settings, sql: Sql) -> None:
    raw = b'{"id":  3, "account_id": 99, "notes": "\\ud83d canary"}'
    summary = load(lines(record(1), BAD, b"<html>canary</html>", raw, {"type": "STATE"}))
    assert (summary.inserted, summary.rejected, summary.quarantined, summary.not_kept) == (1, 3, 3, None)
    assert _kept(settings) == [orjson.dumps(BAD) + b"\n", b"<html>canary</html>\n", raw + b"\n"]
    [file] = list_quarantine(settings)
    path = settings.quarantine_path / file.name
    assert summary.quarantine == [str(path)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (file.records, file.bytes, file.late) == (3, path.stat().st_size, False)
    assert CANARY not in file.name
    # Mended, they are loaded from there.
    sql("INSERT INTO tracking.accounts (id, agency_id, timezone) VALUES (99, 1, 'UTC')")
    mended = path.read_bytes().replace(b'"soon"', b"1772400000").replace(b"99,", b'99, "unix_time": 1772400000,')
    assert load(mended).inserted == 2


@pytest.mark.parametrize("form", ["page", "list", "page over lines", "singer"])
def test_a_record_of_a_page_is_kept_alone(load: Load, settings: Settings, form: str) -> None:
    deep = b'{"id": 3, "account_id": 7, "x": ' + b"[" * 2_000 + b"]" * 2_000 + b"}"
    sent = [orjson.dumps(record(1)), orjson.dumps(BAD), deep]
    data = {
        "page": b'{"calls": [' + b", ".join(sent) + b"]}",
        "list": b"[" + b", ".join(sent) + b"]",
        "page over lines": b'{"calls": [\n' + b",\n".join(sent) + b"\n]}",
        "singer": b"\n".join(b'{"type": "RECORD", "stream": "call", "record": %s}' % each for each in sent),
    }[form]
    summary = load(data)
    assert (summary.rejected, summary.quarantined) == (2, 2)
    assert [line.endswith(deep + b"}\n" if form == "singer" else deep + b"\n") for line in _kept(settings)] == [
        False,
        True,
    ]
    assert b"canary" in _kept(settings)[0]


def test_what_the_database_refuses_is_kept_too(load: Load, settings: Settings, sql: Sql) -> None:
    sql(
        "CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM 1 / (NEW.id % 100)::int; RETURN NEW; END $$"
    )
    sql("CREATE TRIGGER choke BEFORE INSERT ON tracking.activities FOR EACH ROW EXECUTE FUNCTION choke()")
    summary = load(lines(record(1), record(100), record(2), {"calls": [record(200), record(3)]}))
    assert (summary.inserted, summary.rejected, summary.quarantined) == (3, 2, 2)
    assert [json.loads(line)["id"] for line in _kept(settings)] == [100, 200]


def test_processes_of_a_load_give_what_they_reject(
    database: Database, settings: Settings, tmp_path: Path, account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reader, loader):
        monkeypatch.setattr(module, "BLOCK", 33_000)
    monkeypatch.setattr(quarantine, "PART", 20_000)
    (tmp_path / "x").write_bytes(
        lines(*[record(n, unix_time=None if n % 2 else 1, pad="x" * 100) for n in range(4_000)])
    )
    summary = load_files(deploy(database, settings.model_copy(update={"load_workers": 3})), [tmp_path / "x"])
    assert (summary.inserted, summary.rejected, summary.quarantined) == (2_000, 2_000, 2_000)
    assert len(summary.quarantine) > 5
    assert sorted(json.loads(line)["id"] for line in _kept(settings)) == list(range(1, 4_000, 2))


def test_the_same_is_kept_once(load: Load, settings: Settings) -> None:
    first = load(lines(BAD)).quarantine
    assert load(lines(record(1), BAD)).quarantine == first
    twice = load(lines(BAD, BAD))
    assert (twice.quarantine, twice.quarantined) == (first, 2)
    other = record(3, unix_time="soon")
    both = load(lines(BAD, other, other))
    assert (both.quarantine[0], len(both.quarantine), both.quarantined) == (first[0], 2, 3)
    assert sorted(_kept(settings)) == sorted(lines(BAD, other).splitlines(keepends=True))


def test_a_quarantine_that_is_loaded_stays_as_large_as_it_is(
    deployment: Deployment, load: Load, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "PART", 1_000)
    load(lines(*[record(number, unix_time="soon") for number in range(30)]))
    load(lines(*[record(number, unix_time="soon") for number in range(20, 40)]))
    kept = _kept(settings)
    assert len(kept) == 40
    for _ in range(3):
        assert load_files(deployment, [settings.quarantine_path]).quarantined == 40
    assert _kept(settings) == kept


def test_what_is_compared_is_bounded(load: Load, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "_MOST_COMPARED", 1)
    for _ in range(2):
        assert load(lines(BAD)).quarantined == 1
    assert len(_kept(settings)) == 2


def test_what_is_too_large_is_not_kept_and_said(load: Load, settings: Settings) -> None:
    summary = load(lines(record(1), record(2, pad=CANARY * 500), BAD), limit_line_bytes=2_000)
    assert (summary.inserted, summary.rejected, summary.quarantined) == (1, 2, 1)
    assert summary.not_kept is not None
    assert "1 rejected record is not kept: larger than" in summary.not_kept


def test_a_full_quarantine_is_one_line_and_no_reason_to_load_nothing(load: Load, settings: Settings) -> None:
    size = len(lines(BAD))
    assert load(lines(BAD), quarantine_bytes=size).quarantined == 1
    summary = load(lines(record(1), record(9, unix_time="soon")), quarantine_bytes=size)
    assert (summary.inserted, summary.rejected, summary.quarantined, summary.quarantine) == (1, 1, 0, [])
    assert summary.not_kept is not None
    assert "the quarantine is full" in summary.not_kept
    assert CANARY not in summary.not_kept
    assert _kept(settings) == [lines(BAD)]
    off = load(lines(record(9, unix_time="soon")), quarantine_bytes=0)
    assert (off.quarantined, off.not_kept) == (0, "1 rejected record is not kept: REDACTION_QUARANTINE_BYTES is 0")


@pytest.mark.parametrize("why", ["a file is there", "the disk is full"])
def test_a_quarantine_that_cannot_be_written_is_one_line(
    load: Load, settings: Settings, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why == "a file is there":
        settings.home.mkdir(exist_ok=True)
        (settings.home / "quarantine").write_text("x")
    else:
        (settings.home / "quarantine").mkdir(parents=True)
        # A limit of this process on the size of files, as a full disk: the write fails in its middle.
        import resource
        import signal

        monkeypatch.setattr(quarantine, "replace_file", _with_limit(resource, signal, quarantine.replace_file))
    summary = load(lines(record(1), *[record(n, unix_time="soon") for n in range(10, 2_000)]))
    assert (summary.inserted, summary.rejected, summary.quarantined) == (1, 1_990, 0)
    assert summary.not_kept is not None
    assert "1,990 rejected records are not kept" in summary.not_kept
    assert "quarantine" in summary.not_kept
    if why == "the disk is full":
        assert list((settings.home / "quarantine").iterdir()) == []


def _with_limit(resource: Any, signal: Any, write: Callable[..., None]) -> Callable[..., None]:
    def limited(*given: Any) -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        try:
            write(*given)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)

    return limited


def test_a_store_that_fails_is_one_line(load: Load, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(fsspec.get_filesystem_class("memory"), "find", fail)
    summary = load(lines(record(1), BAD), shared_url="memory://shared")
    assert (summary.inserted, summary.quarantined) == (1, 0)
    assert "REDACTION_SHARED_URL" in str(summary.not_kept)
    assert CANARY not in str(summary.not_kept)


@pytest.fixture
def memory() -> Iterator[Any]:
    files = fsspec.filesystem("memory")
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def test_a_store_of_objects_holds_it(load: Load, settings: Settings, memory: Any) -> None:
    shared = {"shared_url": "memory://shared"}
    summary = load(lines(BAD), **shared)
    assert summary.quarantine[0].startswith("memory://shared/quarantine/")
    assert load(lines(record(1), BAD), **shared).quarantine == summary.quarantine
    changed = settings.model_copy(update=shared)
    [file] = list_quarantine(changed)
    assert (file.records, file.bytes) == (1, len(lines(BAD)))
    purge_quarantine(changed, [file])
    assert list_quarantine(changed) == []


def test_it_is_late_after_its_tolerance(load: Load, deployment: Deployment) -> None:
    load(lines(BAD, record(3, unix_time="soon"), b"{"))
    now = datetime.now(UTC)

    def late(days: float) -> list[tuple[str, int]]:
        found = list_late(watch(deployment, now + timedelta(days=days)))
        return [(figure.what, figure.count) for figure in found if figure.what == "quarantined records"]

    assert late(6.9) == []
    assert late(7.1) == [("quarantined records", 3)]
    purge_quarantine(deployment.settings, list_quarantine(deployment.settings))
    assert late(7.1) == []


def test_a_quarantine_that_cannot_be_read_is_late(deployment: Deployment, account: int) -> None:
    deployment.settings.home.mkdir(exist_ok=True)
    deployment.settings.quarantine_path.symlink_to("quarantine")
    [figure] = [figure for figure in watch(deployment) if figure.what == "quarantined records"]
    assert figure.late
    assert "cannot be read" in figure.hint
    with pytest.raises(NotAllowed, match="cannot be read"):
        list_quarantine(deployment.settings)


def test_what_a_killed_load_left_is_listed_and_purged(settings: Settings) -> None:
    settings.quarantine_path.mkdir(parents=True)
    (settings.quarantine_path / ".20261129T160501Z-2-0a1b2c3d.jsonl8fk3").write_bytes(lines(BAD))
    [file] = list_quarantine(settings)
    assert file.records == 2
    purge_quarantine(settings, [file])
    assert list(settings.quarantine_path.iterdir()) == []


def test_the_commands_show_nothing_of_it(cli: Cli, account: int, tmp_path: Path, settings: Settings) -> None:
    for number in (1, 2):
        rejected = [record(10 * number + other, unix_time="soon") for other in range(number)]
        (tmp_path / f"{CANARY}-{number}.json").write_bytes(lines(*rejected))
    code, out, err = cli("load", str(tmp_path / f"{CANARY}-1.json"))
    assert code == 1
    assert "1 rejected record is kept as sent" in err
    assert "redaction quarantine purge" in err
    code, out, _ = cli("load", str(tmp_path / f"{CANARY}-2.json"), "--json")
    assert json.loads(out)["quarantined"] == 2
    listed = json.loads(cli("quarantine", "list", "--json")[1])
    assert sorted(file["records"] for file in listed) == [1, 2]
    assert CANARY not in cli("quarantine", "list")[1]
    one = next(file["name"] for file in listed if file["records"] == 1)
    code, _, err = cli("quarantine", "purge", one, "../../accounts.json")
    assert (code, err.count("\n")) == (2, 1)
    assert len(list_quarantine(settings)) == 2
    assert cli("quarantine", "purge", one)[1] == "1 record deleted\n"
    assert cli("quarantine", "purge")[:2] == (0, "2 records deleted\n")
    assert cli("quarantine", "purge")[:2] == (0, "0 records deleted\n")


def test_memory_of_a_writer_is_bounded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "PART", 1_000)
    writer = QuarantineWriter(settings)
    for number in range(100):
        writer.add(b"%096d\n" % number, 1)
    assert len(writer.files) == 9
    writer.flush()
    assert (writer.kept, writer.lost, len(writer.files)) == (100, 0, 10)
    assert sum(file.records for file in list_quarantine(settings)) == 100
