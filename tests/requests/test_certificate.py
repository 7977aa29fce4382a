"""One certificate for an erasure in all accounts, and the letter that answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from redaction.db.database import Database
from redaction.errors import NotAllowed, SignatureWrong
from redaction.evidence.keys import make_key, trusted_keys
from redaction.evidence.render import verify_certificate
from redaction.gate.holds import place_hold
from redaction.placements.resolve import Placements
from redaction.requests.certificate import write_answer_files
from redaction.requests.records import close_request, get_home
from redaction.settings import load_settings
from tests.requests.test_erase import erase
from tests.requests.test_requests import ask

pytest.importorskip("typst")


@pytest.fixture
def placements(both: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Placements:
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    return Placements(load_settings())


def test_it_covers_all_accounts_and_names_nobody(both: Database, placements: Placements, tmp_path: Path) -> None:
    request = ask(placements, kind="erasure").request
    with pytest.raises(NotAllowed, match="erased nothing"):
        write_answer_files(placements, request.id, tmp_path / "out")
    place_hold(get_home(placements), 7, "case 4", "eve", [3])
    erase(placements, request.id)
    paths = write_answer_files(placements, request.id, tmp_path / "out")
    assert [path.name for path in paths] == ["request-1.json", "request-1.html", "request-1.pdf", "answer-1.pdf"]
    trusted = trusted_keys(placements.settings, [])
    for path in paths[:3]:
        assert verify_certificate(path, trusted) in trusted
        assert b"5550143" not in path.read_bytes()
    content = json.loads(paths[0].read_text())["certificate"]
    assert [(run["placement"], run["account_id"], run["stripped_count"]) for run in content["runs"]] == [
        ("default", 7, 3),
        ("west", 9, 1),
    ]
    assert (content["held"], content["reference"]) == (1, "DSR-12")
    page = paths[1].read_text()
    assert "4 activities in 2 accounts" in page
    paths[1].write_text(page.replace("4 activities in 2", "9 activities in 2"))
    with pytest.raises(SignatureWrong):
        verify_certificate(paths[1], trusted)
    close_request(placements, request.id, "eve")
    # Whom it is of is forgotten, and the certificate needs nobody.
    assert len(write_answer_files(placements, request.id, tmp_path / "later")) == 3


def test_the_command(
    both: Database, placements: Placements, cli: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    request = ask(placements, kind="erasure").request
    assert cli("request", "answer", str(request.id), "--out", str(tmp_path / "out"))[0] == 1
    erase(placements, request.id)
    code, said, _ = cli("request", "answer", str(request.id), "--out", str(tmp_path / "out"), "--json")
    assert (code, len(json.loads(said)["files"])) == (0, 4)
