"""The certificate: only for successful runs, with the facts of the ledger, and every alteration is found."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from pypdf import PdfReader

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.residue import erase_residue
from redaction.errors import BadInput, LedgerBroken, NotAllowed, Paused, SignatureWrong
from redaction.evidence.certificate import certify_run
from redaction.evidence.keys import make_key, signing_key, trusted_keys
from redaction.evidence.render import verify_certificate, write_certificate
from redaction.evidence.seals import seal_json
from redaction.gate.pauses import pause
from redaction.ledger.entries import Entry, read_entries, reckon_hash, restore_entry
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import PERSONAL_VALUES
from tests.servers import reached

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


@pytest.fixture
def signing(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a key that signs; its public one lies in `public.pem`."""
    (tmp_path / "public.pem").write_text(make_key(tmp_path / "key.pem"))
    return settings.model_copy(update={"certificate_key": SecretStr(str(tmp_path / "key.pem"))})


@pytest.fixture
def run_id(deployment: Deployment, account: int, insert: Insert) -> int:
    """A run of three that has succeeded."""
    for number in range(1, 4):
        insert(number)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    return run.id


def _issue(database: Database, signing: Settings, run_id: int, folder: Path) -> list[Path]:
    return write_certificate(certify_run(deploy(database, signing), run_id), signing_key(signing), folder)


def test_it_says_what_when_by_whom_and_how_far(
    database: Database, signing: Settings, run_id: int, tmp_path: Path
) -> None:
    first = certify_run(deploy(database, signing), run_id)
    assert (first.stripped_count, first.due_count, first.by_kind) == (3, 3, {"call": 3})
    assert first.by_category["caller name"] == 3
    assert (first.validation["rows"], first.ledger.position) == (3, 1)
    assert first.level < "L3"
    assert any(line.startswith("L4: backups") for line in first.not_covered)
    early = write_certificate(first, signing_key(signing), tmp_path / "early")[1].read_text()
    assert "Files on disk will be rewritten by the nightly job" in early
    assert "were rewritten" not in early
    erase_residue(deploy(database, signing))
    later = certify_run(deploy(database, signing), run_id)
    assert later.level > first.level
    assert later.level_at_end == first.level_at_end
    assert len(later.not_covered) < len(first.not_covered)
    files = _issue(database, signing, run_id, tmp_path / "out")
    assert [path.name for path in files] == [f"certificate-{run_id}.{kind}" for kind in ("json", "html", "pdf")]
    pages = PdfReader(files[2]).pages
    assert len(pages) == 1
    printed = pages[0].extract_text()
    for text in (files[1].read_text(), printed):
        for part in (
            "3 of 3 activities",
            "Daily (New York)",
            "caller name: 3",
            "3 calls",
            first.ledger.hash[:20],
            "Dental (7), agency North",
            "no personal value left in 3 activities (",
            "Not yet covered",
            f"{first.finished_at.astimezone(ZoneInfo('America/New_York')):%H:%M:%S} New York",
            f"{first.finished_at:%H:%M:%S} UTC",
        ):
            assert part in text
        assert "anary" not in text
    told = json.loads(files[0].read_text())["certificate"]
    assert (told["account_name"], told["agency_name"], told["timezone"]) == ("Dental", "North", "America/New_York")
    for value in PERSONAL_VALUES.values():
        for text in (value,) if isinstance(value, str) else value:
            assert text not in files[0].read_text()


def test_what_is_to_come_has_its_day(database: Database, signing: Settings, run_id: int, tmp_path: Path) -> None:
    erase_residue(deploy(database, signing))
    known = signing.model_copy(update={"backup_retention_days": 30})
    found = certify_run(deploy(database, known), run_id)
    assert found.level == reached(database)
    assert found.backups_expire == found.finished_at + timedelta(days=30)
    # Said as a day of the account, as on its pages.
    ends = found.backups_expire.astimezone(ZoneInfo("America/New_York"))
    page = write_certificate(found, signing_key(signing), tmp_path)[1].read_text()
    assert f"Backups and archived logs will expire by {ends.day} {ends:%b}" in page
    unknown = write_certificate(certify_run(deploy(database, signing), run_id), signing_key(signing), tmp_path)
    assert "the time until they expire is not set" in unknown[1].read_text()


def test_a_certificate_of_before_is_verified_as_it_was_signed(signing: Settings, tmp_path: Path) -> None:
    """An older certificate still verifies, with every field that it had then."""
    old = {"format": "redaction certificate 2", "run_id": 1, "stripped_count": 3, "not_covered": ["L4: (not reached)"]}
    path = tmp_path / "certificate-1.json"
    path.write_bytes(seal_json(old, signing_key(signing)))
    assert verify_certificate(path, trusted_keys(signing, []))


def test_a_certificate_is_verified_by_who_trusts_the_key(
    database: Database, signing: Settings, run_id: int, tmp_path: Path
) -> None:
    trusted = trusted_keys(signing, [tmp_path / "public.pem"])
    assert trusted_keys(signing, []).keys() == trusted.keys()
    for path in _issue(database, signing, run_id, tmp_path / "out"):
        assert verify_certificate(path, trusted) in trusted
    make_key(tmp_path / "other.pem")
    other = signing.model_copy(update={"certificate_key": SecretStr((tmp_path / "other.pem").read_text())})
    for path in _issue(database, other, run_id, tmp_path / "forged"):
        with pytest.raises(SignatureWrong, match="none of"):
            verify_certificate(path, trusted)


def test_a_run_of_version_0_1_gets_one_that_claims_no_more_than_is_known(
    database: Database, signing: Settings, run_id: int, sql: Sql, tmp_path: Path
) -> None:
    """Its row has neither why some were left out nor the outcome of each recording."""
    [entry] = read_entries(database)
    told = entry.model_dump(exclude={"hash"})
    told["facts"] = {
        name: value
        for name, value in entry.facts.items()
        if name not in ("left_out", "objects", "requested_by", "policy")
    } | {"recordings_deleted": 2, "due_count": 5, "erasure_level": "L1"}
    sql("ALTER TABLE redaction.ledger DISABLE TRIGGER USER")
    sql("DELETE FROM redaction.ledger")
    sql("ALTER TABLE redaction.ledger ENABLE TRIGGER USER")
    for path in (signing.home / "ledger").glob("*/entries/*/*.json"):
        path.unlink()
    sql("UPDATE redaction.runs SET due_count = 5")
    with database.transaction("redaction_worker") as session:
        restore_entry(session, Entry(**told, hash=reckon_hash(told)))
    found = certify_run(deploy(database, signing), run_id)
    assert (found.left_out, found.level, found.level_at_end) == ({"not_recorded": 2}, "L0", "L0")
    assert any(line.startswith("2 recordings, counted as deleted by version 0.1") for line in found.not_covered)
    assert "not recorded: 2" in write_certificate(found, signing_key(signing), tmp_path)[1].read_text()


@pytest.mark.parametrize("kind", ["json", "html", "pdf"])
def test_every_alteration_is_found(
    database: Database, signing: Settings, run_id: int, tmp_path: Path, kind: str
) -> None:
    trusted = trusted_keys(signing, [])
    [path] = [path for path in _issue(database, signing, run_id, tmp_path / "out") if path.suffix == f".{kind}"]
    whole = path.read_bytes()
    places = range(0, len(whole), max(len(whole) // 60, 1))
    if kind == "json":
        told = json.loads(whole)
        altered = [
            json.dumps({**told, "certificate": {**told["certificate"], name: value}}).encode()
            for name, value in (("stripped_count", 4), ("level", "L4"), ("not_covered", []), ("asked_by", "x"))
        ]
    else:
        altered = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in places]
    for text in (*altered, whole[:-3], whole[: len(whole) // 2], b""):
        path.write_bytes(text)
        with pytest.raises((SignatureWrong, BadInput)):
            verify_certificate(path, trusted)
    path.write_bytes(whole + b"more\n")
    with pytest.raises((SignatureWrong, BadInput)):
        verify_certificate(path, trusted)


def test_what_failed_or_was_killed_gets_none(
    database: Database, signing: Settings, account: int, insert: Insert, sql: Sql
) -> None:
    insert(1)
    run = begin_run(deploy(database, signing), 7, CUTOFF, "cli")
    run_step(deploy(database, signing), run.id, "strip")
    with pytest.raises(NotAllowed, match="stripped"):
        certify_run(deploy(database, signing), run.id)
    insert(2)
    other = begin_run(deploy(database, signing), 7, CUTOFF, "cli")
    pause(deploy(database, signing), 7, "ticket 1", "eve")
    with pytest.raises(Paused):
        run_step(deploy(database, signing), other.id, "strip")
    with pytest.raises(NotAllowed, match="failed"):
        certify_run(deploy(database, signing), other.id)
    # Not even if its record says so.
    sql("UPDATE redaction.runs SET state = 'succeeded', finished_at = now() WHERE id = :id", id=other.id)
    with pytest.raises(NotAllowed):
        certify_run(deploy(database, signing), other.id)
    with pytest.raises(BadInput, match="no run 99"):
        certify_run(deploy(database, signing), 99)


def test_a_ledger_that_was_altered_gives_none(database: Database, signing: Settings, run_id: int, sql: Sql) -> None:
    sql("ALTER TABLE redaction.ledger DISABLE TRIGGER USER")
    sql("UPDATE redaction.ledger SET facts = facts || '{\"stripped_count\": 9}'")
    with pytest.raises(LedgerBroken, match="no certificate"):
        certify_run(deploy(database, signing), run_id)


def test_a_key_that_is_missing_or_none_is_said_without_quoting_it(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="new-key"):
        signing_key(settings)
    (tmp_path / "rubbish").write_text("secret rubbish")
    for given in (str(tmp_path / "nowhere"), str(tmp_path / "rubbish"), "-----BEGIN PRIVATE KEY-----\nAAAA\n"):
        with pytest.raises(BadInput, match="REDACTION_CERTIFICATE_KEY") as raised:
            signing_key(settings.model_copy(update={"certificate_key": SecretStr(given)}))
        assert "AAAA" not in str(raised.value)
        assert "secret" not in str(raised.value)
    with pytest.raises(BadInput):
        trusted_keys(settings, [tmp_path / "rubbish"])


def test_the_commands(
    cli: Cli, settings: Settings, run_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, said = cli("certificate", str(run_id), "--out", str(tmp_path))
    assert (code, "new-key" in said) == (2, True)
    code, public, _ = cli("certificate", "new-key", str(tmp_path / "key.pem"))
    assert (code, "BEGIN PUBLIC KEY" in public) == (0, True)
    assert stat.S_IMODE(os.stat(tmp_path / "key.pem").st_mode) == 0o600
    assert cli("certificate", "new-key", str(tmp_path / "key.pem"))[0] == 2
    (tmp_path / "public.pem").write_text(public)
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    code, said, _ = cli("certificate", str(run_id), "--out", str(tmp_path), "--json")
    files = json.loads(said)["files"]
    assert (code, len(files)) == (0, 3)
    monkeypatch.delenv("REDACTION_CERTIFICATE_KEY")
    for path in files:
        assert cli("certificate", "verify", path, "--key", str(tmp_path / "public.pem"))[0] == 0
    Path(files[1]).write_text(Path(files[1]).read_text().replace("3 of 3", "9 of 9"))
    code, _, said = cli("certificate", "verify", files[1], "--key", str(tmp_path / "public.pem"))
    assert (code, "altered" in said) == (1, True)
    assert cli("certificate", "99", "--out", str(tmp_path))[0] == 2
