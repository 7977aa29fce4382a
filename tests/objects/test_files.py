"""Files of a store: what is deleted, what stays, and that nothing outside is reached."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from redaction.errors import RedactionError
from redaction.objects import files
from redaction.objects.access import OUTSIDE, Settled, StoreAccess
from redaction.objects.addresses import Address, parse_address
from redaction.objects.opened import open_store
from redaction.objects.stores import find_store
from redaction.settings import Settings

DELETED = Settled("deleted")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    return folder


@pytest.fixture
def access(base: Path, settings: Settings, make: Any) -> StoreAccess:
    return open_store(make(base.as_uri()), settings)


def put(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF")
    return path


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("call one é.wav", "file://{base}/call%20one%20%C3%A9.wav"),
        ("local.wav", "file://localhost{base}/local.wav"),
        ("host.wav", "file://127.0.0.1{base}/host.wav"),
        ("sig.wav", "file://{base}/sig.wav?sig=1"),
        ("plain.wav", "file://{base}/plain.wav"),
        ("space name.wav", "file://{base}/space name.wav"),
        ("hash#1.wav", "file://{base}/hash#1.wav"),
        ("what?.wav", "file://{base}/what%3F.wav"),
        ("a%20b.wav", "file://{base}/a%2520b.wav"),
        ("x/y.wav", "file:{base}/./x//z/../y.wav"),
        ("back\\slash.wav", "file://{base}/back\\slash.wav"),
        ("e\u0301.wav", "file://{base}/e%CC%81.wav"),
    ],
)
def test_each_spelling_deletes_its_file(access: StoreAccess, base: Path, name: str, spelling: str) -> None:
    path, other = put(base, name), put(base, "other.wav")
    address = parse_address(spelling.replace("{base}", str(base)))
    assert access.delete(address, 1, 1) == DELETED
    assert not path.exists()
    assert other.exists()
    assert access.delete(address, 1, 1) == Settled("not_found")


def test_a_folder_that_may_be_an_empty_mount_is_not_believed(access: StoreAccess, base: Path) -> None:
    (base / "empty").mkdir()
    for folder in ("empty", "missing", "empty/below"):
        settled = access.delete(parse_address(f"{base.as_uri()}/{folder}/never-mounted.wav"), 1, 1)
        assert settled.outcome == "remains"
        assert "could not tell" in settled.reason


@pytest.mark.parametrize("left", [".keep", ".gitkeep", ".DS_Store", "lost+found/", ".Trash-1000/"])
def test_what_a_mount_point_or_a_new_disk_has_in_it_is_no_recording(access: StoreAccess, base: Path, left: str) -> None:
    (base / "1.wav").unlink(missing_ok=True)
    for folder in (base, base / "mount"):
        folder.mkdir(exist_ok=True)
        (folder / left).mkdir() if left.endswith("/") else (folder / left).touch()
    settled = access.delete(parse_address(f"{base.as_uri()}/mount/1.wav"), 1, 1)
    assert "could not tell" in settled.reason
    (base / "mount" / left).rmdir() if left.endswith("/") else (base / "mount" / left).unlink()
    (base / "mount").rmdir()
    assert "empty" in access.probe().reason
    assert any("no marker was written" in note for note in access.check().notes)


def test_a_folder_that_was_emptied_just_now_is_believed(access: StoreAccess, base: Path) -> None:
    put(base, "once/1.wav")
    for name, outcome in (("1.wav", "deleted"), ("2.wav", "not_found")):
        assert access.delete(parse_address(f"{base.as_uri()}/once/{name}"), 1, 1).outcome == outcome


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        ("sig.wav?sig=1", "sig.wav"),
        ("call%20one.wav", "call one.wav"),
        ("e\u0301.wav", "\u00e9.wav"),
        ("\u00e9.wav", "e\u0301.wav"),
        ("call one.wav", "call+one.wav"),
        ("call+one.wav", "call one.wav"),
        ("a%20b/1.wav", "a b/1.wav"),
        ("a b/1.wav", "a%20b/1.wav"),
        ("e\u0301/1.wav", "\u00e9/1.wav"),
        ("\u00e9/x/1.wav", "e\u0301/x/1.wav"),
        ("1.wav", "1.wav#t=5"),
        ("1.wav", "1.wav "),
        ("1.wav", "1.wav\u00a0"),
        ("1.wav", " 1.wav"),
        ("1.wav", "1.wav;v=1"),
        ("1.wav", "1.wav&x=1"),
        ("1.wav", "1.wav?x=1"),
        ("a&b.wav", "a&amp;b.wav"),
        ("A.WAV", "a.wav"),
        ("\u00e9.wav", "\u00c3\u00a9.wav"),
        *(
            ("1.wav", f"1.wav{end}")
            for end in (",", ".", ")", '"', ">", "!", ":", "\\", "|", "~", " +", " -", " (12 s)", "<br>", ",2.wav")
        ),
        ("1.wav", "1.wav\u200b"),
        ("1.wav", "\u200b1.wav"),
        ("1.wav", "<1.wav>"),
        ("one.wav", "\uff4fne.wav"),
        ("one.wav", "o%6Ee.wav,"),
        ("a b.wav", "a%20b.wav;x"),
    ],
)
def test_a_file_of_another_spelling_is_neither_deleted_nor_called_not_found(
    access: StoreAccess, base: Path, there: str, asked: str
) -> None:
    path = put(base, there)
    settled = access.delete(Address("file", "", f"{base}/{asked}"), 1, 1)
    assert settled.outcome == "remains"
    assert "spelling" in settled.reason
    assert path.exists()


def test_only_regular_files_go(access: StoreAccess, base: Path) -> None:
    (base / "folder").mkdir()
    os.mkfifo(base / "pipe")
    assert access.delete(Address("file", "", f"{base}/folder"), 1, 1) == Settled("remains", "it is a directory")
    assert access.delete(Address("file", "", f"{base}/pipe"), 1, 1) == Settled("remains", "it is no regular file")


def test_more_names_of_a_file_are_noted(access: StoreAccess, base: Path) -> None:
    path = put(base, "1.wav")
    os.link(path, base.parent / "copy.wav")
    settled = access.delete(Address("file", "", str(path)), 1, 1)
    assert settled.outcome == "deleted"
    assert "hard links" in settled.reason


def test_a_link_that_leads_out_is_not_followed(access: StoreAccess, base: Path) -> None:
    victim = put(base.parent / "elsewhere", "victim.txt")
    (base / "link.wav").symlink_to(victim)
    (base / "out").symlink_to(victim.parent)
    for name in ("link.wav", "out/victim.txt"):
        settled = access.delete(Address("file", "", f"{base}/{name}"), 1, 1)
        assert settled == Settled("remains", "a symbolic link on its way leads out of the store")
    assert victim.exists()
    assert (base / "link.wav").is_symlink()


def test_a_link_within_the_store_is_resolved_and_goes_with_its_file(access: StoreAccess, base: Path) -> None:
    path = put(base, "2026/1.wav")
    (base / "latest").symlink_to("2026")
    (base / "link.wav").symlink_to("latest/1.wav")
    assert access.delete(Address("file", "", f"{base}/link.wav"), 1, 1) == DELETED
    assert not path.exists()
    assert not (base / "link.wav").is_symlink()
    assert (base / "latest").is_symlink()


def test_a_link_that_leads_nowhere_is_not_called_not_found(access: StoreAccess, base: Path) -> None:
    (base / "link.wav").symlink_to("mount/1.wav")
    (base / "a").symlink_to("b")
    (base / "b").symlink_to("a")
    assert access.delete(Address("file", "", f"{base}/link.wav"), 1, 1).outcome == "remains"
    assert access.delete(Address("file", "", f"{base}/a/1.wav"), 1, 1).outcome == "remains"
    assert access.delete(Address("file", "", f"{base}/a"), 1, 1).outcome == "remains"


def test_a_prefix_that_is_a_link_is_resolved(base: Path, settings: Settings, make: Any) -> None:
    path = put(base, "1.wav")
    link = base.parent / "by-link"
    link.symlink_to(base)
    store = make(link.as_uri())
    assert find_store([store], parse_address(path.as_uri())) is store
    access = open_store(store, settings)
    assert access.delete(parse_address(path.as_uri()), 1, 1) == DELETED
    put(base, "1.wav")
    assert access.delete(parse_address(f"{link.as_uri()}/1.wav"), 1, 1) == DELETED


def test_a_folder_swapped_for_a_link_after_it_was_looked_at(
    access: StoreAccess, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(base, "in/victim.txt")
    victim = put(base.parent / "elsewhere", "victim.txt")
    look = files.real_address

    def swap(address: Address) -> Address:
        found = look(address)
        if address.path.endswith("victim.txt") and not (base / "in").is_symlink():
            (base / "in").rename(base / "was")
            (base / "in").symlink_to(victim.parent)
        return found

    monkeypatch.setattr(files, "real_address", swap)
    assert access.delete(Address("file", "", f"{base}/in/victim.txt"), 1, 1).outcome == "remains"
    assert victim.exists()


def test_outside_the_prefix_nothing_is_touched_even_if_called_wrongly(access: StoreAccess, base: Path) -> None:
    victim = put(base.parent, "victim.txt")
    beside = put(base.parent / "recordings2", "1.wav")
    for address in (
        Address("file", "", str(victim)),
        Address("file", "", str(beside)),
        Address("file", "", f"{base}/../victim.txt"),
        Address("file", "nas", f"{base}/1.wav"),
        Address("s3", "rec", "1.wav"),
        Address("file", "", str(base)),
    ):
        assert access.delete(address, 1, 1) == OUTSIDE
    assert victim.exists()
    assert beside.exists()


def test_below_a_data_directory_or_the_home_nothing_is_deleted(base: Path, tmp_path: Path, make: Any) -> None:
    row = put(base, "home/ledger/entries/1.json")
    table = put(base, "server/base/5/1259")
    put(base, "server/PG_VERSION")
    settings = Settings(home=base / "home")
    access = open_store(make(base.as_uri()), settings)
    for path in (row, table):
        settled = access.delete(Address("file", "", str(path)), 1, 1)
        assert settled.outcome == "remains"
        assert "nothing is deleted" in settled.reason
        assert path.exists()


def test_a_missing_base_is_not_not_found(base: Path, settings: Settings, make: Any) -> None:
    access = open_store(make(f"{base.as_uri()}/never"), settings)
    assert access.delete(parse_address(f"{base.as_uri()}/never/1.wav"), 1, 1).outcome == "remains"
    assert not access.probe().sound


def test_a_name_that_is_too_long_remains_without_its_name(access: StoreAccess, base: Path) -> None:
    settled = access.delete(Address("file", "", f"{base}/{'a' * 300}"), 1, 1)
    assert settled.outcome == "remains"
    assert "aaa" not in settled.reason


def test_the_probe_believes_the_marker_alone(access: StoreAccess, base: Path) -> None:
    assert not access.probe().sound
    assert "empty" in access.probe().reason
    promise = access.check()
    assert promise.may_delete is True
    assert any("no marker was written" in note for note in promise.notes)
    assert list(base.iterdir()) == []
    put(base, "1.wav")
    assert not access.probe().sound
    assert any("marker was written" in note for note in access.check().notes)
    assert access.probe().sound
    assert sorted(path.name for path in base.iterdir()) == [".redaction-store-1", "1.wav"]
    assert access.delete(Address("file", "", f"{base}/.redaction-store-1"), 1, 1) == OUTSIDE
    assert access.probe().sound


def test_the_marker_of_another_store_is_not_believed(base: Path, settings: Settings, make: Any) -> None:
    put(base, "in/1.wav")
    open_store(make(f"{base.as_uri()}/in"), settings).check()
    (base / "in").rename(base / "moved")
    assert not open_store(make(f"{base.as_uri()}/moved"), settings).probe().sound


def test_a_check_says_what_a_file_system_promises(access: StoreAccess, base: Path) -> None:
    promise = access.check()
    assert (promise.versioning, promise.lock, promise.soft_delete) == (False, False, False)
    assert any("snapshots" in note for note in promise.notes)


def test_nothing_that_fails_is_raised(access: StoreAccess, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(base, "secret.wav")

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "I/O error", str(path))

    monkeypatch.setattr(files.os, "unlink", fail)
    settled = access.delete(Address("file", "", str(path)), 1, 1)
    assert settled == Settled("remains", "the file system failed")
    monkeypatch.setattr(files, "_unlink", lambda _: 1 / 0)
    settled = access.delete(Address("file", "", str(path)), 1, 1)
    assert settled == Settled("remains", "the deletion failed (ZeroDivisionError)")
    assert not isinstance(settled, RedactionError)
