"""A file that may still be written waits in the inbox: it would be loaded in part, and deleted as a whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from redaction.objects.writers import is_written, keep_from_writers
from redaction.placements.resolve import Placements
from redaction.settings import Settings
from redaction.source.collect.inbox import InboxSummary, collect_inbox, list_inbox
from redaction.source.collect.places import RawFile
from redaction.source.collect.readiness import find_problem, find_wait
from redaction.source.routing import load_everywhere
from tests.source.collect.test_inbox import lines

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
Collect = Callable[..., InboxSummary]
LATER = timedelta(minutes=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


@pytest.fixture
def collect(settings: Settings, account: int, folder: Path) -> Collect:
    """Collect as of some time after now."""

    def run(after: timedelta = timedelta(0), **changes: Any) -> InboxSummary:
        with Placements(settings.at("default", **{"inbox_url": str(folder), **changes})) as placements:
            return collect_inbox(placements, datetime.now(UTC) + after)

    return run


def _ids(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities ORDER BY id")]


def test_a_file_that_is_still_being_written_is_loaded_when_it_is_whole(
    collect: Collect, folder: Path, sql: Sql
) -> None:
    data = lines(1, 2, 3, 4, 5, 6)
    with (folder / "a.jsonl").open("wb") as slow:
        slow.write(data[: len(data) // 2 + 20])
        slow.flush()
        done = collect()
        assert (done.files, done.waiting, done.left, _ids(sql)) == (0, 1, {}, [])
        slow.write(data[len(data) // 2 + 20 :])
    done = collect(LATER)
    assert (done.deleted, _ids(sql), list(folder.iterdir())) == (1, [1, 2, 3, 4, 5, 6], [])


def test_a_file_whose_time_was_set_back_is_as_young_as_it_is(collect: Collect, folder: Path) -> None:
    """`cp -p`, `rsync -t` and `scp -p` do."""
    (folder / "a.jsonl").write_bytes(lines(1))
    os.utime(folder / "a.jsonl", (5, 5))
    assert (collect().waiting, collect(LATER).deleted) == (1, 1)


def test_a_file_whose_time_lies_ahead_does_not_wait_for_it(collect: Collect, folder: Path) -> None:
    (folder / "a.jsonl").write_bytes(lines(1))
    os.utime(folder / "a.jsonl", (4_000_000_000, 4_000_000_000))
    assert collect(LATER).deleted == 1


def test_an_empty_file_stays_until_something_is_in_it(collect: Collect, folder: Path, sql: Sql) -> None:
    with (folder / "a.jsonl").open("wb") as slow:
        done = collect(LATER, inbox_quiet_s=0)
        assert (done.waiting, done.left) == (1, {})
        slow.write(lines(1))
    assert (collect(LATER).deleted, _ids(sql)) == (1, [1])


@pytest.mark.parametrize(
    "name",
    [".a.jsonl.Xy12zZ", ".~tmp~/a.jsonl", ".rsync-partial/a.jsonl", "a.jsonl.part", "a.tmp", "a.filepart", "a.jsonl~"],
)
def test_a_name_of_a_file_that_is_being_written_stays(collect: Collect, folder: Path, sql: Sql, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(lines(1))
    done = collect(LATER, inbox_quiet_s=0)
    assert (done.files, done.waiting, done.left, _ids(sql), (folder / name).exists()) == (0, 1, {}, [], True)
    (folder / name).rename(folder / "whole.jsonl")
    assert (collect(LATER).deleted, _ids(sql)) == (1, [1])


def test_the_same_size_and_time_is_another_file(
    collect: Collect, folder: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.jsonl"
    path.write_bytes(lines(1))
    os.utime(path, ns=(5, 5))

    def load(*given: Any) -> Any:
        done = load_everywhere(*given)
        with path.open("r+b") as file:
            file.write(lines(2))
        os.utime(path, ns=(5, 5))
        return done

    monkeypatch.setattr("redaction.source.collect.inbox.load_everywhere", load)
    assert list(collect(LATER).left.values()) == ["it was loaded, but it is not the file that was read any more"]
    monkeypatch.undo()
    assert (collect(LATER).deleted, _ids(sql)) == (1, [1, 2])


def test_what_waits_is_listed_with_why_and_is_late_like_all_else(folder: Path, settings: Settings) -> None:
    now = datetime.now(UTC)
    for name, data in (("young", b"x"), (".hidden", b"x"), ("empty", b"")):
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1, 1))
    found = {file.name: file for file in list_inbox(settings.at("default", inbox_url=str(folder)), now)}
    assert {name: file.kept_by for name, file in found.items()} == {
        "young": "it has changed within 60 s (REDACTION_INBOX_QUIET_S)",
        ".hidden": "its name is that of a file that is being written",
        "empty": "it is empty",
    }
    assert all(file.late for file in found.values())
    later = list_inbox(settings.at("default", inbox_url=str(folder)), now + LATER)
    assert {file.name for file in later if file.kept_by is None} == {"young"}


def test_a_store_that_does_not_tell_when_has_to_be_allowed() -> None:
    now = datetime.now(UTC)
    file = RawFile("a.jsonl", 5, None, (5,), None)
    assert find_wait(file, 60, now) is None
    assert "REDACTION_INBOX_QUIET_S=0 loads it" in str(find_problem(file, 60))
    assert find_problem(file, 0) is None


def test_the_commands_say_what_waits(cli: Cli, account: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDACTION_INBOX_URL", str(folder))
    (folder / "Zoe.jsonl").write_bytes(lines(1))
    code, out, err = cli("inbox", "collect")
    assert (code, err, "Zoe" in out) == (0, "", False)
    assert "0 of 0 raw files deleted\n1 more wait: `redaction inbox list` says why" in out
    assert "it has changed within 60 s" in cli("inbox", "list")[1]


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_a_name_that_is_no_text_is_listed(account: int, deployed: None, folder: Path, encoding: str) -> None:
    names = [os.fsdecode(b"Zoe \xff.jsonl"), "a\x1b[31mred\n.jsonl", "日本.jsonl"]
    for name in names:
        (folder / name).write_bytes(b"{}\n")
    env = {**os.environ, "REDACTION_INBOX_URL": str(folder), "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-c", "from redaction.cli.main import main; main()", "inbox", "list"]
    table, listed = (
        subprocess.run([*command, *more], env=env, capture_output=True, check=False) for more in ([], ["--json"])
    )
    assert (table.returncode, table.stderr, listed.returncode, listed.stderr) == (0, b"", 0, b"")
    assert b"\x1b" not in table.stdout
    assert rb"\udcff" in table.stdout
    assert {file["name"] for file in json.loads(listed.stdout.decode("utf-8"))} == set(names)


def test_a_file_that_grows_between_the_load_and_its_deletion_is_loaded_again_whole(
    collect: Collect, folder: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.jsonl"
    path.write_bytes(lines(1, 2))

    def load(*given: Any) -> Any:
        done = load_everywhere(*given)
        with path.open("ab") as file:
            file.write(lines(3))
        return done

    monkeypatch.setattr("redaction.source.collect.inbox.load_everywhere", load)
    assert list(collect(LATER).left.values()) == ["it was loaded, but it is not the file that was read any more"]
    assert path.read_bytes() == lines(1, 2) + lines(3)
    monkeypatch.undo()
    again = collect(LATER)
    assert (again.deleted, again.loaded.read, _ids(sql)) == (1, 3, [1, 2, 3])


def test_a_file_that_a_program_has_open_waits_however_long_its_writer_rests(
    collect: Collect, folder: Path, sql: Sql
) -> None:
    path = folder / "a.jsonl"
    with path.open("wb") as slow:
        slow.write(lines(1))
        slow.flush()
        done = collect(timedelta(hours=5))
        assert (done.files, done.waiting, done.left, _ids(sql)) == (0, 1, {}, [])
        slow.write(lines(2))
    with path.open("rb"):
        assert (collect(LATER).deleted, _ids(sql)) == (1, [1, 2])


def test_a_file_that_a_program_opens_after_the_load_is_not_deleted(
    collect: Collect, folder: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.jsonl"
    path.write_bytes(lines(1))
    opened: list[Any] = []

    def load(*given: Any) -> Any:
        done = load_everywhere(*given)
        opened.append(path.open("ab"))
        return done

    monkeypatch.setattr("redaction.source.collect.inbox.load_everywhere", load)
    assert list(collect(LATER).left.values()) == ["it was loaded, but a program has it open to write to it"]
    monkeypatch.undo()
    [file] = opened
    file.write(lines(2))
    file.close()
    assert (collect(LATER).deleted, _ids(sql)) == (1, [1, 2])


def test_who_opens_a_file_that_is_looked_at_ends_nobody(folder: Path) -> None:
    """The kernel informs the holder of a lease by a signal that would end the process."""
    path = folder / "a.jsonl"
    path.write_bytes(b"x")
    descriptor = os.open(path, os.O_RDONLY)
    with keep_from_writers(descriptor) as is_alone:
        assert is_alone
        with pytest.raises(BlockingIOError):
            os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.close(descriptor)
    assert not is_written(str(path))
    assert not is_written(str(folder / "gone"))


def test_the_list_says_that_a_program_writes(settings: Settings, folder: Path) -> None:
    path = folder / "a.jsonl"
    path.write_bytes(b"x")
    with path.open("ab"):
        [file] = list_inbox(settings.at("default", inbox_url=str(folder)), datetime.now(UTC) + LATER)
    assert file.kept_by == "a program has it open to write to it"
