"""The answer as a file: everything found, fetched once by its maker, then deleted."""

from __future__ import annotations

import io
import json
import sys
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from errno import ENOSPC
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import BadInput, DatabaseBusy, NotAllowed, SharedUnreachable
from redaction.evidence.watch import watch
from redaction.gate.holds import place_hold
from redaction.ledger.entries import read_entries
from redaction.placements.resolve import Placements
from redaction.requests.ending import close_request
from redaction.requests.exports import Export, end_exports, fetch_export, list_exports, make_export
from redaction.requests.letter import write_answer_letter
from redaction.requests.records import get_home, get_request
from tests.requests.conftest import AT, Insert
from tests.requests.test_erase import erase, left
from tests.requests.test_requests import NOWHERE, Sql, ask

pytest.importorskip("typst")


def fetch(placements: Placements, export: Export, who: str = "eve") -> ZipFile:
    with fetch_export(get_home(placements), export.id, who) as pieces:
        return ZipFile(io.BytesIO(b"".join(pieces)))


def files(placements: Placements) -> list[str]:
    folder = get_home(placements).settings.exports_path
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_all_that_is_found_is_in_it_and_nothing_of_anybody_else(
    both: Database, placements: Placements, sql: Sql
) -> None:
    sql("INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (7, 1, 'https://vendor.example.com/1')")
    sql("UPDATE tracking.activities SET caller_name = '<script>alert(1)</script>' WHERE id = 2")
    place_hold(get_home(placements), 7, "case 4", "eve", [3])
    request = ask(placements, kind="access").request
    made = make_export(placements, request.id, "eve")
    assert (made.activities, made.ready, files(placements)) == (5, True, [made.name])
    place = get_home(placements).settings.exports_path / made.name
    assert (place.stat().st_mode & 0o777, place.stat().st_size) == (0o600, made.bytes)
    archive = fetch(placements, made)
    assert archive.testzip() is None
    assert archive.namelist() == ["activities.json", "activities.html", "files.json", "summary.pdf"]
    told = json.loads(archive.read("activities.json"))
    assert [(one["account_id"], one["id"]) for one in told] == [(7, 1), (7, 2), (7, 3), (7, 4), (9, 1)]
    first = told[0]
    assert (first["objects"], first["caller_name"], first["visitor"]["visitor_ip"], first["source"]) == (
        ["https://vendor.example.com/1"],
        "Zoë Canary",
        "192.0.2.7",
        "Google Ads",
    )
    assert "redacted_at" not in first
    page = archive.read("activities.html").decode()
    assert page.count("<h2>") == 5
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert archive.read("summary.pdf").startswith(b"%PDF-")
    assert get_request(placements, request.id).state == "answered"
    [answered] = [entry for entry in read_entries(get_home(placements).database) if entry.facts.get("exported")]
    assert (answered.actor, answered.facts["exported"]) == ("eve", 5)


def test_it_is_fetched_once_by_who_has_made_it(both: Database, placements: Placements, sql: Sql) -> None:
    request = ask(placements, kind="access").request
    made = make_export(placements, request.id, "eve")
    for who in ("mallory", ""):
        with pytest.raises(BadInput, match="make another one"):
            fetch(placements, made, who)
    assert get_request(placements, request.id).state == "open"
    with fetch_export(get_home(placements), made.id, "Eve ") as pieces:
        # Nor by a second person while it is sent.
        with pytest.raises(BadInput, match="fetched once"):
            fetch(placements, made)
        assert ZipFile(io.BytesIO(b"".join(pieces))).testzip() is None
    assert files(placements) == []
    with pytest.raises(BadInput, match="fetched once"):
        fetch(placements, made)
    [listed] = list_exports(get_home(placements), request.id)
    assert (listed.fetched_at is not None, listed.deleted_at is not None) == (True, True)
    # A person who has lost it makes another one, until the request has ended.
    fetch(placements, make_export(placements, request.id, "eve"))
    close_request(placements, request.id, "eve")
    with pytest.raises(NotAllowed, match="closed"):
        make_export(placements, request.id, "eve")


def _break_off(home: Deployment, made: Export, after: int) -> None:
    with fetch_export(home, made.id, "eve") as pieces:
        for _ in range(after):
            next(pieces)
        raise OSError("no space left")


def test_one_that_was_cut_off_is_not_fetched_and_may_be_fetched_again(
    both: Database, database: Database, placements: Placements
) -> None:
    home = get_home(placements)
    access = ask(placements, "+12125550199", kind="access").request
    request = ask(placements).request
    for number, most in ((request.id, 1), (access.id, 0), (request.id, 0)):
        made = make_export(placements, number, "eve")
        with pytest.raises(OSError, match="no space"):
            _break_off(home, made, most)
        # Nor by a reader who stops without an error.
        with fetch_export(home, made.id, "eve"):
            pass
        listed = list_exports(home, number)[0]
        assert (listed.ready, listed.fetched_at, listed.deleted_at) == (True, None, None)
        assert made.name in files(placements)
    assert {get_request(placements, number).state for number in (request.id, access.id)} == {"open"}
    with pytest.raises(NotAllowed, match="fetch it"):
        erase(placements, request.id)
    assert left(database) == [1, 2, 3, 4, 5]
    assert fetch(placements, made).testzip() is None
    assert erase(placements, request.id).answered


def test_one_that_nobody_fetched_goes_and_nothing_is_lost(both: Database, placements: Placements, sql: Sql) -> None:
    home = get_home(placements)
    request = ask(placements, kind="access").request
    made, kept = make_export(placements, request.id, "eve"), make_export(placements, request.id, "bob")
    (home.settings.exports_path / "request-9-of-nobody.zip").write_bytes(b"left by a restore")
    (home.settings.exports_path / f".{kept.name}x1").write_bytes(b"being written")
    (home.settings.exports_path / f".{made.name}x1").write_bytes(b"killed")
    expired = "UPDATE redaction.request_exports SET expires_at = now() - interval '3 days' WHERE id = :id"
    sql(expired, id=made.id)
    assert [figure.late for figure in watch(home) if figure.what == "answers kept"] == [True]
    with pytest.raises(BadInput):
        fetch(placements, made)
    assert end_exports(home) == 3
    assert files(placements) == [f".{kept.name}x1", kept.name]
    assert [figure.late for figure in watch(home) if figure.what == "answers kept"] == [False]
    assert get_request(placements, request.id).state == "open"
    close_request(placements, request.id, "eve", "taken back")
    end_exports(home)
    assert files(placements) == []


def test_nothing_is_half_answered(
    both: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    request = ask(placements).request
    with pytest.raises(NotAllowed, match="asks for access too"):
        erase(placements, request.id)
    make_export(placements, request.id, "eve")
    with pytest.raises(NotAllowed, match="fetch it"):
        erase(placements, request.id)
    monkeypatch.setenv("AIRFLOW_CONN_WEST", NOWHERE)
    placements.close()
    with pytest.raises(DatabaseBusy, match="west"):
        make_export(placements, request.id, "eve")
    monkeypatch.undo()


def test_first_the_answer_then_the_erasure(both: Database, database: Database, placements: Placements) -> None:
    request = ask(placements).request
    fetch(placements, make_export(placements, request.id, "eve"))
    assert get_request(placements, request.id).state == "open"
    assert erase(placements, request.id).answered
    assert (left(database), left(both)) == ([5], [])
    letter = write_answer_letter(placements, request.id)
    assert letter.startswith(b"%PDF-")


def test_what_came_after_the_export_is_not_erased_before_it_was_given(
    both: Database, database: Database, placements: Placements, insert: Insert, sql: Sql
) -> None:
    request = ask(placements).request
    fetch(placements, make_export(placements, request.id, "eve"))
    for change in (
        lambda: insert(77, called_at=AT + timedelta(days=9)),
        lambda: sql("UPDATE tracking.activities SET notes = 'canary again' WHERE id = 1"),
    ):
        change()
        # A file that nobody has fetched was not given.
        make_export(placements, request.id, "eve")
        with pytest.raises(NotAllowed, match=r"account 7 has activities .* written again, by a load or as files"):
            erase(placements, request.id)
        assert (left(both), get_request(placements, request.id).state) == ([1], "open")
        fetch(placements, make_export(placements, request.id, "eve"))
    assert left(database) == [1, 2, 3, 4, 5, 77]
    # What fails in one account need not be given twice.
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = false")
    assert not erase(placements, request.id).complete
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = true")
    assert erase(placements, request.id).answered
    assert (left(database), left(both)) == ([5], [])


def test_what_was_given_is_erased_at_once_though_a_run_rewrites_what_others_take(
    both: Database, database: Database, placements: Placements, sql: Sql
) -> None:
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key)"
        " SELECT n, 7, 'call', timestamptz '2026-03-02 15:00Z', '+12125550143' FROM generate_series(1000, 3499) n"
    )
    request = ask(placements).request
    fetch(placements, make_export(placements, request.id, "eve"))
    erased = erase(placements, request.id)
    assert (erased.answered, erased.accounts[0].failure, left(database)) == (True, None, [5])
    assert len(erased.accounts[0].runs["default"]) == 3


def test_what_is_written_is_what_was_found_whatever_happens_meanwhile(
    both: Database, placements: Placements, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(placements, kind="access").request
    said: dict[str, Any] = {}

    def change(summary: Any) -> bytes:
        said.update(summary["facts"])
        other = "contact_key = '+12125550199', contact_keys = '{+12125550199}', emails = NULL"
        sql(f"UPDATE tracking.activities SET {other}, notes = 'secret of another' WHERE id = 1 AND account_id = 7")
        sql("UPDATE tracking.activities SET called_at = called_at + interval '1 second' WHERE id = 2")
        return b"%PDF-"

    monkeypatch.setattr("redaction.requests.document.render_letter", change)
    made = make_export(placements, request.id, "eve")
    archive = fetch(placements, made)
    told = json.loads(archive.read("activities.json"))
    assert (said["Calls"], said["Texts"], said["Forms"], made.activities, len(told)) == ("3", "1", "1", 5, 5)
    assert b"secret of another" not in archive.read("activities.json") + archive.read("activities.html")


def test_what_cannot_be_written_leaves_nothing_behind(
    both: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(placements, kind="access").request

    def fail(*_: Any) -> int:
        raise OSError(ENOSPC, "disk full")

    monkeypatch.setattr("redaction.requests.exports.write_answer", fail)
    with pytest.raises(SharedUnreachable, match=r"exports could not be written \(disk full\)"):
        make_export(placements, request.id, "eve")
    assert files(placements) == []
    [listed] = list_exports(get_home(placements), request.id)
    assert (listed.ready, listed.deleted_at is not None) == (False, True)


def test_memory_does_not_grow_with_what_is_found(both: Database, placements: Placements, sql: Sql) -> None:
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key, transcription)"
        " SELECT n, 7, 'call', timestamptz '2026-03-02 15:00Z', '+12125550143', repeat(md5(n::text), 300)"
        " FROM generate_series(1000, 4999) n"
    )
    request = ask(placements, kind="access").request
    make_export(placements, request.id, "eve")
    tracemalloc.start()
    made = make_export(placements, request.id, "eve")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.activities == 4_005
    assert peak < 30_000_000, "40 MB of text were held at once"


def test_the_command_writes_a_new_file_for_its_user_alone(
    both: Database, cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("212 555 0143\n"))
    words = ("request", "open", "--kind", "access", "--identity", "called back", "--reference", "DSR-12")
    assert cli(*words, "--agency", "1")[0] == 0
    target = tmp_path / "answer.zip"
    target.write_bytes(b"")
    assert cli("request", "export", "1", "--out", str(target))[0] == 2
    target.unlink()
    code, said, _ = cli("request", "export", "1", "--out", str(target))
    assert (code, "5 activities" in said) == (0, True)
    assert target.stat().st_mode & 0o777 == 0o600
    assert len(ZipFile(target).namelist()) == 3
    assert "kept until" in cli("request", "export", "1")[1]
    assert cli("request", "close", "1")[0] == 0
    assert cli("request", "export", "1", "--out", str(tmp_path / "other.zip"))[0] == 1
    assert not (tmp_path / "other.zip").exists()


def test_the_command_on_a_full_disk_has_fetched_nothing(
    both: Database,
    cli: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    placements: Placements,
) -> None:
    request, target = ask(placements).request, tmp_path / "answer.zip"

    def fail(_: int) -> None:
        # On file systems that report a full disk late, such as NFS, a write does not fail.
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("redaction.cli.requests.os.fsync", fail)
        code, said, error = cli("request", "export", str(request.id), "--out", str(target))
    assert (code, said, target.exists()) == (2, "", False)
    assert "answer.zip could not be written whole (No space left on device)" in " ".join(error.split())
    with pytest.raises(NotAllowed, match="fetch it"):
        erase(placements, request.id)
    assert cli("request", "export", str(request.id), "--out", str(target))[0] == 0
    assert erase(placements, request.id).answered
