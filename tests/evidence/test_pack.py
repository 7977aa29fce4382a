"""The evidence pack: an auditor without a login checks it offline, and every alteration is found."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr
from pypdf import PdfReader

from redaction.accounts.accounts import get_account, set_account
from redaction.accounts.administrators import set_administrator
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.evidence.keys import fingerprint, make_key, public_pem, signing_key
from redaction.evidence.pack import write_pack
from redaction.evidence.pack_scope import PackScope
from redaction.evidence.pack_verify import is_signed
from redaction.evidence.seals import sign_sums
from redaction.gate.holds import place_hold
from redaction.gate.pauses import pause, resume
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.policy import latest_due
from redaction.settings import Settings
from tests.conftest import PERSONAL_VALUES, ReadyMade
from tests.evidence.acts import redact, redact_by_hand

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]
Names = dict[str, bytes]


@pytest.fixture
def signed(settings: Settings, deployment: Deployment, tmp_path: Path) -> Deployment:
    """The deployment with a key that signs."""
    make_key(tmp_path / "key.pem")
    return deploy(
        deployment.database, settings.model_copy(update={"certificate_key": SecretStr(str(tmp_path / "key.pem"))})
    )


@pytest.fixture
def busy(request: pytest.FixtureRequest, insert: Insert, deployment: Deployment, ready_made: ReadyMade) -> int:
    """Accounts 7 and 8 with a hold, a run each, a manual one, a pause and its end, a changed setting."""

    def act() -> None:
        request.getfixturevalue("filled")
        for number in range(20, 23):
            insert(number)
        place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[20])
        redact(deployment, 7)
        redact(deployment, 8)
        insert(30)
        redact_by_hand(deployment, 30)
        pause(deployment, 7, "ticket 3", "eve")
        resume(deployment, 7, "eve")
        set_account(deployment, 7, "ada", retention_mode="rolling")

    ready_made("packed", act)
    return 7


def _today() -> date:
    return datetime.now(UTC).date()


def _pack(signed: Deployment, path: Path, account: int | None = None, agency: int | None = None) -> Names:
    """Write a pack of today; return its files."""
    scope = PackScope(_today(), _today(), account, agency)
    with path.open("wb") as file:
        file.writelines(write_pack(signed, scope, signing_key(signed.settings)))
    with zipfile.ZipFile(path) as pack:
        assert pack.testzip() is None
        return {name: pack.read(name) for name in pack.namelist()}


def _lay(folder: Path, names: Names) -> Path:
    for name, text in names.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    return folder


def _verify(folder: Path, *words: str) -> tuple[int, str]:
    """Run the script of a pack as an auditor does: with an interpreter without any of our packages."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def _sum(names: Names) -> bytes:
    listed = sorted(set(names) - {"SHA256SUMS", "SHA256SUMS.sig"})
    return "".join(f"{hashlib.sha256(names[name]).hexdigest()}  {name}\n" for name in listed).encode()


def test_a_whole_pack_is_verified_by_python_alone(signed: Deployment, busy: int, tmp_path: Path) -> None:
    names = _pack(signed, tmp_path / "pack.zip")
    assert set(names) >= {
        *("README.txt", "verify.py", "SHA256SUMS", "SHA256SUMS.sig", "public.pem", "summary.pdf", "summary.json"),
        *("ledger.jsonl", "settings.json", "holds.json", "elsewhere.json", "validation.json"),
        *(f"certificates/run-{run}.{kind}" for run in (1, 2, 3) for kind in ("json", "pdf")),
    }
    folder = _lay(tmp_path / "out", names)
    code, said = _verify(folder)
    assert (code, "The pack is whole." in said, "NOT WHOLE" in said) == (0, True, False), said
    assert "3 certificates" in said
    assert "not checked: whose key this is" in said
    name = fingerprint(signing_key(signed.settings).public_key())
    assert _verify(folder, str(tmp_path / "pack.zip"), "--key", name)[0] == 0
    assert _verify(folder, str(tmp_path / "nowhere"))[0] == 2


def _swap_byte(names: Names, name: str, old: bytes, new: bytes) -> None:
    assert names[name].count(old) >= 1, (name, old)
    names[name] = names[name].replace(old, new, 1)


def _change_certificate(names: Names) -> None:
    _swap_byte(names, "certificates/run-2.json", b'"stripped_count": 2', b'"stripped_count": 3')


def _change_printed(names: Names) -> None:
    names["certificates/run-2.pdf"] = names["certificates/run-2.pdf"].replace(b"obj", b"obi", 1)


def _remove_certificate(names: Names) -> None:
    del names["certificates/run-2.json"], names["certificates/run-2.pdf"]


def _change_row(names: Names) -> None:
    _swap_byte(names, "ledger.jsonl", b'"stripped_count":2', b'"stripped_count":3')


def _remove_row(names: Names) -> None:
    lines = names["ledger.jsonl"].splitlines(keepends=True)
    names["ledger.jsonl"] = b"".join(lines[:1] + lines[2:])


def _cut_tail(names: Names) -> None:
    names["ledger.jsonl"] = b"".join(names["ledger.jsonl"].splitlines(keepends=True)[:-1])


def _change_figures(names: Names) -> None:
    _swap_byte(names, "summary.json", b'"late"', b'"lote"')


def _add_file(names: Names) -> None:
    names["certificates/run-9.txt"] = b"all is well"


def _move_certificate(names: Names) -> None:
    names["certificates/run-1.json"], names["certificates/run-2.json"] = (
        names["certificates/run-2.json"],
        names["certificates/run-1.json"],
    )


@pytest.mark.parametrize(
    ("alter", "says", "own"),
    [
        (_change_certificate, "run-2.json is not the file", "run-2.json is not as it was signed"),
        (_change_printed, "run-2.pdf is not the file", "run-2.pdf is not as it was signed"),
        (_remove_certificate, "run-2.json is listed in SHA256SUMS, and is gone", "the pack has no certificate of it"),
        (_move_certificate, "run-1.json is not the file", "run-1.json is not what row"),
        (_change_row, "ledger.jsonl is not the file", "of the ledger was changed: its hash is another"),
        (_remove_row, "ledger.jsonl is not the file", "row 2 of the ledger is gone"),
        (_cut_tail, "ledger.jsonl is not the file", "the ledger ends at row 6, and summary.json says"),
        (_change_figures, "summary.json is not the file", ""),
        (_add_file, "SHA256SUMS does not list it", ""),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_every_alteration_is_found_by_the_sums_and_again_without_them(
    signed: Deployment, busy: int, tmp_path: Path, alter: Callable[[Names], None], says: str, own: str
) -> None:
    names = _pack(signed, tmp_path / "pack.zip")
    alter(names)
    code, said = _verify(_lay(tmp_path / "altered", names))
    assert (code, says in said) == (1, True), said
    # Somebody who alters a file can compute its digest again: then the signature of the sums is wrong, and the file
    # does not fit the rest.
    names["SHA256SUMS"] = _sum(names)
    code, said = _verify(_lay(tmp_path / "swapped", names))
    assert (code, says in said, own in said) == (1, False, True), said
    assert "SHA256SUMS was changed or exchanged" in said


def test_a_pack_that_somebody_else_has_signed_anew_needs_the_key_to_be_compared(
    signed: Deployment, busy: int, tmp_path: Path
) -> None:
    names, other = _pack(signed, tmp_path / "pack.zip"), Ed25519PrivateKey.generate()
    for name in [name for name in names if name.startswith("certificates/")]:
        del names[name]
    names["ledger.jsonl"] = b""
    stated = json.loads(names["summary.json"])
    stated["ledger"] |= {"last": stated["ledger"]["first"] - 1, "hash": "", "rows": 0, "withheld": 0}
    names["summary.json"] = json.dumps(stated).encode()
    names["public.pem"] = public_pem(other.public_key()).encode()
    names["SHA256SUMS"] = _sum(names)
    names["SHA256SUMS.sig"] = sign_sums(names["SHA256SUMS"], other)
    folder = _lay(tmp_path / "forged", names)
    assert _verify(folder)[0] == 0
    code, said = _verify(folder, "--key", fingerprint(signing_key(signed.settings).public_key()))
    assert (code, "and not by" in said) == (1, True)


def test_a_zip_with_a_file_twice_is_not_whole(signed: Deployment, busy: int, tmp_path: Path) -> None:
    names = _pack(signed, tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip", "a") as pack, pytest.warns(UserWarning, match="Duplicate"):
        pack.writestr("summary.pdf", names["summary.pdf"])
    code, said = _verify(_lay(tmp_path / "out", names), str(tmp_path / "pack.zip"))
    assert (code, "summary.pdf is in the pack twice" in said) == (1, True)


def _wrap(pack: bytes, names: Names, path: Path) -> None:
    """Put a forged pack before the true one: a tool that reads from the start finds the forged one."""
    forged = io.BytesIO()
    with zipfile.ZipFile(forged, "w") as file:
        for name, text in names.items():
            file.writestr(name, text.replace(b'"late"', b'"lote"'))
    path.write_bytes(forged.getvalue() + pack)


def _add_slash(pack: bytes, names: Names, path: Path) -> None:
    path.write_bytes(pack)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("letter.txt/", b"we certify more")


def _comment(pack: bytes, names: Names, path: Path) -> None:
    path.write_bytes(pack)
    with zipfile.ZipFile(path, "a") as file:
        file.comment = b"trust me"


def _append(pack: bytes, names: Names, path: Path) -> None:
    path.write_bytes(pack + b"we certify more")


def _insert(pack: bytes, names: Names, path: Path) -> None:
    """Put an unlisted entry between the entries and the list of files."""
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as file:
        file.writestr("letter.txt", b"we certify more")
        length = file.start_dir
    with zipfile.ZipFile(io.BytesIO(pack)) as file:
        begin = file.start_dir
    moved = (int.from_bytes(pack[-6:-2], "little") + length).to_bytes(4, "little")
    path.write_bytes(pack[:begin] + hidden.getvalue()[:length] + pack[begin:-6] + moved + pack[-2:])


def _hide_in_stream(pack: bytes, names: Names, path: Path) -> None:
    """Give an entry bytes after the end of its compressed stream."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in names.items():
            file.writestr(name, text)
        last = file.filelist[-1]
        assert file.fp is not None
        file.fp.seek(0, io.SEEK_END)
        file.fp.write(b"we certify more")
        file.start_dir += 15
        last.compress_size += 15
        at = last.header_offset + 18
        file.fp.seek(at)
        file.fp.write(last.compress_size.to_bytes(4, "little"))


@pytest.mark.parametrize("hide", [_wrap, _add_slash, _comment, _append, _insert, _hide_in_stream])
def test_a_zip_that_tools_read_differently_is_not_whole(
    signed: Deployment, busy: int, tmp_path: Path, hide: Callable[[bytes, Names, Path], None]
) -> None:
    names = _pack(signed, tmp_path / "pack.zip")
    hide((tmp_path / "pack.zip").read_bytes(), names, tmp_path / "hiding.zip")
    code, said = _verify(_lay(tmp_path / "out", names), str(tmp_path / "hiding.zip"))
    assert (code, said.count("NOT WHOLE")) == (1, 1), said


def test_a_pack_that_was_packed_again_is_whole(signed: Deployment, busy: int, tmp_path: Path) -> None:
    names = _pack(signed, tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "again.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.mkdir("certificates")
        for name, text in names.items():
            with file.open(name, "w", force_zip64=name == "summary.pdf") as entry:
                entry.write(text)
    code, said = _verify(_lay(tmp_path / "out", names), str(tmp_path / "again.zip"))
    assert code == 0, said


def test_a_folder_with_a_link_is_not_whole(signed: Deployment, busy: int, tmp_path: Path) -> None:
    folder = _lay(tmp_path / "out", _pack(signed, tmp_path / "pack.zip"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run-99.pdf").write_bytes(b"x")
    (folder / "more").symlink_to(tmp_path / "other")
    code, said = _verify(folder)
    assert (code, "more is a link" in said) == (1, True), said


def test_a_damaged_zip_is_a_line(signed: Deployment, busy: int, tmp_path: Path) -> None:
    folder = _lay(tmp_path / "out", _pack(signed, tmp_path / "pack.zip"))
    whole = (tmp_path / "pack.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "pack.zip") as pack:
        begin, [summary] = pack.start_dir, [entry for entry in pack.infolist() if entry.filename == "summary.pdf"]
    # In a stream, in a header, in its name, in the list of files, in its method there, at the end.
    places = (summary.header_offset + 90, summary.header_offset + 8, summary.header_offset + 31, begin + 60, begin + 10)
    for at in (*places, begin + 8, begin + 30, len(whole) - 3, len(whole) - 21, len(whole) // 2, len(whole) // 3):
        changed = bytearray(whole)
        changed[at] ^= 1 << at % 8
        (tmp_path / "bad.zip").write_bytes(changed)
        code, said = _verify(folder, str(tmp_path / "bad.zip"))
        assert code in (1, 2), (at, said)
    for length in (10, begin - 10, begin + 100, len(whole) - 1):
        (tmp_path / "bad.zip").write_bytes(whole[:length])
        assert _verify(folder, str(tmp_path / "bad.zip"))[0] in (1, 2), length


def test_words_that_the_script_does_not_know_are_refused(signed: Deployment, busy: int, tmp_path: Path) -> None:
    folder = _lay(tmp_path / "out", _pack(signed, tmp_path / "pack.zip"))
    pack, wrong = str(tmp_path / "pack.zip"), "SHA256:" + "A" * 43
    for words in ((f"--key={wrong}",), ("--key",), ("-k", wrong), (wrong,), ("--key", wrong, "--key", wrong)):
        code, said = _verify(folder, pack, *words)
        assert (code, said.startswith("usage: ")) == (2, True), (words, said)


@hypothesis_settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=200), at=st.integers(0, 63), bit=st.integers(0, 7))
def test_signatures_are_checked_as_the_library_checks_them(text: bytes, at: int, bit: int) -> None:
    key = Ed25519PrivateKey.generate()
    signature, public = key.sign(text), key.public_key().public_bytes_raw()
    assert is_signed(public, signature, text)
    wrong = bytearray(signature)
    wrong[at] ^= 1 << bit
    assert not is_signed(public, bytes(wrong), text)
    assert not is_signed(public, signature, text + b"x")
    # The same signature in the other spelling that its numbers allow.
    order = 2**252 + 27742317777372353535851937790883648493
    twin = int.from_bytes(signature[32:], "little") + order
    assert not is_signed(public, signature[:32] + twin.to_bytes(32, "little"), text)


def test_no_personal_value_is_in_it(signed: Deployment, busy: int, tmp_path: Path) -> None:
    names = _pack(signed, tmp_path / "pack.zip")
    printed = {
        name: "".join(page.extract_text() for page in PdfReader(io.BytesIO(text)).pages).encode()
        for name, text in names.items()
        if name.endswith(".pdf")
    }
    values = [text for value in PERSONAL_VALUES.values() for text in ((value,) if isinstance(value, str) else value)]
    assert len(values) > 15
    for name, text in [*names.items(), *printed.items()]:
        for value in (*values, "anary-", "anary", "other-1"):
            assert value.encode() not in text, (name, value)


def test_rows_of_other_accounts_are_withheld(signed: Deployment, busy: int, tmp_path: Path) -> None:
    names = _pack(signed, tmp_path / "pack.zip", account=8)
    assert [name for name in names if name.startswith("certificates/")] == [
        "certificates/run-2.json",
        "certificates/run-2.pdf",
    ]
    rows = [json.loads(line) for line in names["ledger.jsonl"].splitlines()]
    assert [row["kind"] for row in rows if "kind" in row] == ["redaction"]
    assert all(row.keys() == {"position", "previous_hash", "hash"} for row in rows if "kind" not in row)
    assert len(rows) == 7
    assert not any(b"ticket" in text or b'"ada"' in text for name, text in names.items() if name.endswith(".jsonl"))
    assert _verify(_lay(tmp_path / "out", names))[0] == 0
    with pytest.raises(BadInput, match="no account 99"):
        _pack(signed, tmp_path / "none.zip", account=99)


def test_a_planned_run_with_nothing_due_is_in_time(
    signed: Deployment, account: int, insert: Insert, sql: Sql, tmp_path: Path
) -> None:
    begin = datetime.combine(_today(), time(), UTC)
    latest = latest_due(get_account(signed.database, 7).policy(), datetime.now(UTC)).cutoff
    assert begin_run(signed, 7, latest, "scheduled", "redact_account_7/one").state == "nothing_due"
    told = json.loads(_pack(signed, tmp_path / "pack.zip")["summary.json"])
    [seven] = told["accounts"]
    # Each day of UTC has one midnight of New York, which has come or is to come.
    came = int(latest >= begin)
    runs = {"planned": 1, "in_time": came, "late": 0, "pending": 1 - came, "nothing_due": came}
    assert (seven["runs"], told["certificates"], told["ledger_intact"]) == (runs, 0, True)
    # A run that redacts, later: each counts once, in order.
    insert(1, called_at=latest - timedelta(hours=1))
    complete_run(signed, begin_run(signed, 7, latest, "cli").id)
    names = _pack(signed, tmp_path / "again.zip")
    told = json.loads(names["summary.json"])
    assert told["accounts"][0]["runs"] == runs
    assert told["certificates"] == 1
    code, said = _verify(_lay(tmp_path / "out", names))
    assert code == 0, said


def test_the_summary_says_what_was_planned_and_done_and_what_was_not(
    signed: Deployment, busy: int, tmp_path: Path
) -> None:
    names = _pack(signed, tmp_path / "pack.zip", agency=1)
    told = json.loads(names["summary.json"])
    by_account = {account["id"]: account for account in told["accounts"]}
    seven = by_account[7]
    assert (seven["name"], seven["agency"], seven["redacted"]) == ("Dental", "North", 12)
    assert seven["runs"]["planned"] == seven["runs"]["in_time"] + seven["runs"]["late"] + seven["runs"]["pending"]
    [end] = seven["oldest"]
    assert end["oldest"].startswith("2026-03-02")
    said = "\n".join(told["exceptions"])
    assert "paused" in said
    assert "1 hold" in said
    page = "".join(page.extract_text() for page in PdfReader(io.BytesIO(names["summary.pdf"])).pages)
    for part in ("Evidence of redaction", "Dental", "1 hold", "verify.py", told["ledger"]["hash"][:16]):
        assert part in page, page
    settings = {entry["account_id"]: entry for entry in json.loads(names["settings.json"])}
    assert settings[7]["begin"]["retention_mode"] == "every"
    assert settings[7]["end"]["retention_mode"] == "rolling"
    [hold] = json.loads(names["holds.json"])
    assert (hold["account_id"], hold["reason"], hold["activities"]) == (7, "ticket 1", 1)
    validated = json.loads(names["validation.json"])
    assert {entry["run_id"] for entry in validated} == {1, 2, 3}
    assert all(entry["passed"] for entry in validated)


def test_who_administered_at_the_begin_and_at_the_end_is_a_setting(
    signed: Deployment, busy: int, sql: Sql, tmp_path: Path
) -> None:
    for number in (7, 8):
        sql("INSERT INTO tracking.account_users (account_id, username) VALUES (:number, 'bob')", number=number)
    set_administrator(signed, 7, "zoe", "ada", may_hold=False)
    names = _pack(signed, tmp_path / "pack.zip")
    settings = {entry["account_id"]: entry for entry in json.loads(names["settings.json"])}
    people = ("administrators", "may_not_hold")
    assert [[settings[7][when][name] for name in people] for when in ("begin", "end")] == [
        [["ada", "bob"], []],
        [["ada", "bob", "zoe"], ["zoe"]],
    ]
    # Nothing was changed of them, and they are still named.
    assert "bob" in settings[8]["begin"]["administrators"] == settings[8]["end"]["administrators"]
    assert _verify(_lay(tmp_path / "out", names))[0] == 0


def test_a_run_whose_certificate_is_refused_is_an_exception_in_words(
    signed: Deployment, busy: int, sql: Sql, tmp_path: Path
) -> None:
    sql("UPDATE redaction.runs SET stripped_count = 1 WHERE id = 2")
    names = _pack(signed, tmp_path / "pack.zip")
    told = json.loads(names["summary.json"])
    assert "certificates/run-2.json" not in names
    assert any(line.startswith("Run 2 has no certificate") for line in told["exceptions"])
    code, said = _verify(_lay(tmp_path / "out", names))
    assert (code, "run 2 is in the ledger, and the pack has no certificate of it" in said) == (1, True)


def test_a_period_without_a_row_has_a_pack_too(signed: Deployment, busy: int, tmp_path: Path) -> None:
    scope = PackScope(date(2026, 1, 1), date(2026, 1, 31))
    path = tmp_path / "pack.zip"
    path.write_bytes(b"".join(write_pack(signed, scope, signing_key(signed.settings))))
    with zipfile.ZipFile(path) as pack:
        names = {name: pack.read(name) for name in pack.namelist()}
    assert names["ledger.jsonl"] == b""
    told = json.loads(names["summary.json"])
    assert told["accounts"][0]["oldest"][0]["oldest"] is None
    assert _verify(_lay(tmp_path / "out", names))[0] == 0


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        (date(2026, 2, 1), date(2026, 1, 1), "ends before it begins"),
        (date(2036, 2, 1), date(2036, 3, 1), "has not begun"),
    ],
)
def test_a_period_that_is_none_is_refused(signed: Deployment, since: date, until: date, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        list(write_pack(signed, PackScope(since, until), signing_key(signed.settings)))


def test_the_command_writes_it_and_overwrites_nothing(
    cli: Cli, signed: Deployment, busy: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("pack", "--from", str(_today()), "--to", str(_today()), "--account", "7", str(tmp_path / "pack.zip"))
    code, _, said = cli(*words)
    assert (code, "no key to sign" in said, (tmp_path / "pack.zip").exists()) == (2, True, False)
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    code, said, _ = cli(*words)
    assert (code, str(tmp_path / "pack.zip") in said) == (0, True)
    with zipfile.ZipFile(tmp_path / "pack.zip") as pack:
        assert "summary.pdf" in pack.namelist()
    before = (tmp_path / "pack.zip").read_bytes()
    code, _, said = cli(*words)
    assert (code, "is there already" in said, (tmp_path / "pack.zip").read_bytes() == before) == (2, True, True)
    assert cli("pack", "--from", "soon", str(tmp_path / "x.zip"))[0] == 2
    assert sorted(path.name for path in tmp_path.glob("*.zip*")) == ["pack.zip"]
