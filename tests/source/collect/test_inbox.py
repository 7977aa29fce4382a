"""Raw files are loaded and then deleted: if all of them is stored, and they have not changed since."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from redaction.errors import BadInput, SourceUnreachable
from redaction.objects.stores import Store, check_store
from redaction.placements.resolve import Placements
from redaction.settings import Settings
from redaction.source.collect import inbox
from redaction.source.collect.inbox import InboxSummary, collect_inbox, list_inbox

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
Collect = Callable[..., InboxSummary]


def lines(*ids: int, account: int = 7, **fields: Any) -> bytes:
    at = 1_772_400_000
    return b"".join(
        json.dumps({"id": number, "account_id": account, "unix_time": at, **fields}).encode() + b"\n" for number in ids
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


@pytest.fixture
def collect(settings: Settings, account: int, folder: Path) -> Collect:
    def run(**changes: Any) -> InboxSummary:
        with Placements(
            settings.at("default", **{"inbox_url": str(folder), "inbox_quiet_s": 0, **changes})
        ) as placements:
            return collect_inbox(placements)

    return run


def _ids(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities ORDER BY id")]


def _there(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_what_was_loaded_is_gone(collect: Collect, folder: Path, sql: Sql) -> None:
    (folder / "a.jsonl").write_bytes(lines(1, 2))
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "b.jsonl.gz").write_bytes(gzip.compress(lines(3)))
    done = collect()
    assert _ids(sql) == [1, 2, 3]
    assert (done.files, done.deleted, done.left, _there(folder)) == (2, 2, {}, [])
    assert collect().files == 0


def test_rejected_lines_are_in_the_quarantine_before_the_file_goes(
    collect: Collect, folder: Path, settings: Settings
) -> None:
    (folder / "a.jsonl").write_bytes(lines(1) + b"{oops\n" + lines(2, account=99))
    done = collect()
    assert (done.loaded.inserted, done.loaded.rejected, done.loaded.quarantined) == (1, 2, 2)
    assert _there(folder) == []
    kept = b"".join(path.read_bytes() for path in settings.quarantine_path.iterdir())
    assert b"{oops" in kept


@pytest.mark.parametrize("most", [0, 10])
def test_a_file_whose_rejected_lines_are_not_kept_stays(collect: Collect, folder: Path, sql: Sql, most: int) -> None:
    (folder / "a.jsonl").write_bytes(lines(1) + b"".join(b"{oops %d\n" % number for number in range(5)))
    done = collect(quarantine_bytes=most)
    assert (_ids(sql), done.deleted, _there(folder)) == ([1], 0, ["a.jsonl"])
    assert "REDACTION_QUARANTINE_BYTES" in next(iter(done.left.values()))
    with pytest.raises(BadInput, match="1 of 1 raw file left in the inbox"):
        done.check()


@pytest.mark.parametrize("change", ["append", "replace", "same size", "touch"])
def test_a_file_that_changes_meanwhile_stays_and_comes_the_next_time(
    collect: Collect, folder: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = folder / "a.jsonl"
    path.write_bytes(lines(1))
    real = inbox.load_everywhere

    def load(*given: Any) -> Any:
        done = real(*given)
        if change == "append":
            with path.open("ab") as file:
                file.write(lines(2))
        elif change == "replace":
            (folder / "b").write_bytes(lines(2))
            (folder / "b").replace(path)
        elif change == "same size":
            path.write_bytes(lines(3))
        else:
            os.utime(path, ns=(5, 5))
        return done

    monkeypatch.setattr(inbox, "load_everywhere", load)
    done = collect()
    assert (done.deleted, _there(folder)) == (0, ["a.jsonl"])
    assert list(done.left.values()) == ["it was loaded, but it is not the file that was read any more"]
    monkeypatch.setattr(inbox, "load_everywhere", real)
    assert collect().deleted == 1
    assert _ids(sql) == {"append": [1, 2], "replace": [1, 2], "same size": [1, 3], "touch": [1]}[change]


def test_a_file_that_is_replaced_before_it_is_read_is_not_read(
    collect: Collect, folder: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.jsonl").write_bytes(lines(1))
    real = inbox.load_everywhere

    def load(*given: Any) -> Any:
        (folder / "a.jsonl").unlink()
        (folder / "a.jsonl").symlink_to("/etc/hostname")
        return real(*given)

    monkeypatch.setattr(inbox, "load_everywhere", load)
    done = collect()
    assert (_ids(sql), done.deleted, len(done.left)) == ([], 0, 1)
    assert "hostname" not in repr(done)


def test_a_damaged_file_keeps_no_other(collect: Collect, folder: Path, sql: Sql) -> None:
    (folder / "a.jsonl").write_bytes(lines(1))
    (folder / "Zoe Canary +12125550143.jsonl.gz").write_bytes(gzip.compress(lines(2))[:-5])
    (folder / "c.jsonl").write_bytes(lines(3))
    done = collect()
    assert (_ids(sql), done.deleted, len(_there(folder))) == ([1, 3], 2, 1)
    assert "is truncated or damaged" in next(iter(done.left.values()))
    with pytest.raises(BadInput) as told:
        done.check()
    for words in (str(told.value), repr(done)):
        assert "Zoe" not in words
        assert "5550143" not in words


def test_links_and_what_is_no_file_are_left_alone_and_listed(
    collect: Collect, folder: Path, tmp_path: Path, sql: Sql, settings: Settings
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.jsonl").write_bytes(lines(1))
    (folder / "file").symlink_to(outside / "x.jsonl")
    (folder / "dir").symlink_to(outside)
    os.mkfifo(folder / "pipe")
    done = collect()
    assert (done.files, done.waiting, done.left) == (0, 3, {})
    assert (_ids(sql), (outside / "x.jsonl").exists()) == ([], True)
    kept = {file.name: file.kept_by for file in list_inbox(settings.at("default", inbox_url=str(folder)))}
    link = "it is a symbolic link, which is neither loaded nor deleted: remove it"
    assert kept == {"file": link, "dir": link, "pipe": link.replace("symbolic link", "pipe, socket or device")}


def test_a_kill_between_load_and_deletion_loses_nothing(
    collect: Collect, folder: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.jsonl").write_bytes(lines(1))
    real = inbox.load_everywhere

    def die(*given: Any) -> Any:
        real(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(inbox, "load_everywhere", die)
    with pytest.raises(KeyboardInterrupt):
        collect()
    assert _there(folder) == ["a.jsonl"]
    monkeypatch.setattr(inbox, "load_everywhere", real)
    done = collect()
    assert (done.loaded.unchanged, _there(folder), _ids(sql)) == (1, [], [1])


def test_a_database_that_does_not_answer_keeps_all(
    collect: Collect, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redaction.errors import DatabaseBusy

    (folder / "a.jsonl").write_bytes(lines(1))
    (folder / "b.jsonl").write_bytes(lines(2))

    def busy(*_: Any) -> Any:
        raise DatabaseBusy("the database is busy")

    monkeypatch.setattr(inbox, "load_everywhere", busy)
    done = collect()
    assert (done.deleted, len(done.left), len(_there(folder))) == (0, 2, 2)
    with pytest.raises(SourceUnreachable):
        done.check()


@pytest.mark.parametrize("where", ["home", "above home", "ledger", "shared", "store", "none", "file"])
def test_an_inbox_that_is_something_else_is_refused(
    collect: Collect, tmp_path: Path, settings: Settings, sql: Sql, where: str
) -> None:
    settings.home.mkdir(exist_ok=True)
    (tmp_path / "shared").mkdir()
    (tmp_path / "store").mkdir()
    (tmp_path / "file").touch()
    sql("INSERT INTO redaction.stores (name, prefix, mode) VALUES ('s', :at, 'delete')", at=f"file://{tmp_path}/store")
    places = {"home": settings.home / "in", "above home": tmp_path, "ledger": settings.home / "ledger"}
    place = places.get(where, tmp_path / where)
    with pytest.raises(BadInput, match="REDACTION_INBOX_URL"):
        collect(inbox_url=str(place), shared_url=str(tmp_path / "shared"))
    assert (tmp_path / "file").exists()


def test_no_store_may_hold_the_inbox(folder: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", inbox_url=str(folder))
    store = Store(1, "s", folder.parent.as_uri(), None, "delete", None, None, None)
    with pytest.raises(BadInput, match="overlaps the"):
        check_store(store, [], settings)
    bucket = Settings(home=tmp_path / "home", inbox_url="s3://conn@raw/in")
    with pytest.raises(BadInput, match="overlaps the inbox"):
        check_store(Store(1, "s", "s3://raw", None, "delete", None, None, None), [], bucket)


def test_what_lies_there_too_long_is_late(folder: Path, settings: Settings) -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    for name, hours in (("young", 1), ("old", 30), ("ahead", -50)):
        (folder / name).write_bytes(b"x")
        at = (now - timedelta(hours=hours)).timestamp()
        os.utime(folder / name, (at, at))
    found = list_inbox(settings.at("default", inbox_url=str(folder)), now)
    assert {file.name: file.late for file in found} == {"old": True, "young": False, "ahead": True}
    assert list_inbox(settings) == []


def test_other_stores_that_airflow_opens(settings: Settings, account: int, sql: Sql) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/raw/in/a.jsonl", lines(1))
    memory.pipe("/raw/other.jsonl", lines(2))
    with Placements(settings.at("default", inbox_url="memory://raw/in")) as placements:
        assert collect_inbox(placements).waiting == 1
        done = collect_inbox(placements, datetime.now(UTC) + timedelta(minutes=2))
    assert (_ids(sql), done.left, memory.exists("/raw/in/a.jsonl")) == ([1], {}, False)
    assert "unknown" in done.notes[0]
    assert memory.exists("/raw/other.jsonl")


def test_the_commands(cli: Cli, account: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = cli("inbox", "collect")
    assert (code, "set REDACTION_INBOX_URL" in err) == (2, True)
    monkeypatch.setenv("REDACTION_INBOX_URL", str(folder))
    monkeypatch.setenv("REDACTION_INBOX_QUIET_S", "0")
    (folder / "Zoe.jsonl").write_bytes(lines(1) + b"oops\n")
    (folder / "cut.gz").write_bytes(gzip.compress(lines(2))[:-5])
    listed = json.loads(cli("inbox", "list", "--json")[1])
    assert [file["name"] for file in listed] == ["Zoe.jsonl", "cut.gz"]
    code, out, err = cli("inbox", "collect")
    assert (code, "1 of 2 raw files deleted" in out) == (1, True)
    assert listed[1]["id"] in err
    assert "Zoe" not in out + err
    [left] = json.loads(cli("inbox", "list", "--json")[1])
    assert (left["name"], "is truncated or damaged" in left["kept_by"]) == ("cut.gz", True)
    # What is there now was not tried yet.
    (folder / "cut.gz").write_bytes(gzip.compress(lines(2))[:-4])
    assert [file["kept_by"] for file in json.loads(cli("inbox", "list", "--json")[1])] == [None]
    (folder / "cut.gz").unlink()
    code, out, _ = cli("inbox", "collect", "--json")
    assert (code, json.loads(out)["files"]) == (0, 0)
