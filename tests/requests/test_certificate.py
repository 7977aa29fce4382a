"""One certificate for an erasure in all accounts, and the letter of reply."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.control.manual import ManualRequest, begin_manual
from redaction.control.move import move_account
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import DatabaseBusy, LedgerBroken, NotAllowed, SignatureWrong
from redaction.evidence.keys import make_key, trusted_keys
from redaction.evidence.render import verify_certificate
from redaction.gate.holds import place_hold
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.run import complete_run, run_step
from redaction.placements.resolve import Placements
from redaction.requests.certificate import write_answer_files, write_certificate_of
from redaction.requests.ending import close_request
from redaction.requests.erase import erase_person
from redaction.requests.records import get_home, get_request
from redaction.settings import load_settings
from tests.conftest import PERSONAL_VALUES
from tests.requests.conftest import AT, Insert
from tests.requests.test_erase import erase, outcomes
from tests.requests.test_letter import say_letter
from tests.requests.test_requests import Sql, ask

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
    # The person is forgotten, and the certificate does not need them.
    assert len(write_answer_files(placements, request.id, tmp_path / "later")) == 3


def certify(placements: Placements, request_id: int, folder: Path) -> tuple[Any, str]:
    """Return the content of a request's certificate, and the text of its page."""
    home = get_home(placements)
    paths = write_certificate_of(placements, home, get_request(placements, request_id), folder)
    page = " ".join(re.sub(r"<[^>]+>", " ", paths[1].read_text()).split())
    return json.loads(paths[0].read_text())["certificate"], page


def test_runs_are_those_of_the_placement_where_the_account_was(
    both: Database, placements: Placements, insert: Insert, sql: Sql, tmp_path: Path
) -> None:
    """At west, run 1 belongs to a stranger; the request has that of account 7, which then moves to west."""
    with both.engine("owner").begin() as connection:
        row: dict[str, Any] = {"id": 50, "account_id": 9, "kind": "call", "called_at": AT, **PERSONAL_VALUES}
        row |= {"contact_key": "+12125550199", "contact_keys": ["+12125550199"], "emails": None}
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f"INSERT INTO tracking.activities ({names}) VALUES ({values})"), row)
    west = placements.at("west")
    complete_run(west, begin_manual(west, ManualRequest(9, (50,), "ticket 99", "eve"), "cli", True).id)
    request = ask(placements, kind="erasure").request
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO redaction.pauses (account_id, reason, paused_by) VALUES (9, 'x', 'bob')"
        )
    assert outcomes(erase(placements, request.id)) == {7: "redacted", 9: "failed"}
    move_account(placements.settings, 7, "west", "eve")
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("DELETE FROM redaction.pauses")
    again = erase_person(placements, request.id, "eve", True, None)
    assert (again.answered, [account.runs for account in again.accounts]) == (True, [{"default": [1]}, {"west": [2]}])
    assert [(account.placement, account.run_id) for account in again.accounts] == [("default", 1), ("west", 2)]
    content, page = certify(placements, request.id, tmp_path / "out")
    rows = [(run["placement"], run["run_id"], run["account_id"], run["stripped_count"]) for run in content["runs"]]
    assert rows == [("default", 1, 7, 4), ("west", 2, 9, 1)]
    assert "ticket 99" not in repr(content)
    assert "5 activities in 2 accounts" in page
    # Whatever a record says, no run of another account is certified.
    sql("""UPDATE redaction.request_accounts SET found = found || '{"runs": {"west": [1]}}' WHERE account_id = 7""")
    with pytest.raises(LedgerBroken, match="run 1 at placement west is not recorded as one of account 7"):
        certify(placements, request.id, tmp_path / "wrong")
    assert not (tmp_path / "wrong").exists()


def test_it_says_which_account_failed(both: Database, placements: Placements, tmp_path: Path) -> None:
    request = ask(placements, kind="erasure").request
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = false")
    assert not erase(placements, request.id).complete
    content, page = certify(placements, request.id, tmp_path / "out")
    assert [(account["account_id"], account["outcome"]) for account in content["not_complete"]] == [(9, "failed")]
    assert "Not complete 1 account, see below" in page
    assert "Account 9 at west is not erased (failed): NotAllowed: manual redaction is off for account 9" in page


def test_what_an_abandoned_run_has_redacted_is_counted_as_in_the_letter(
    both: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    request = ask(placements, kind="erasure").request
    run_id = _stop_after_strip(placements, request.id, monkeypatch)
    abandon_run(get_home(placements), run_id, "ticket 9", "eve")
    again = erase(placements, request.id)
    assert again.answered
    assert (again.accounts[0].abandoned, again.accounts[0].runs) == ({"default": [run_id]}, {})
    content, page = certify(placements, request.id, tmp_path / "out")
    assert [(run["placement"], run["stripped_count"]) for run in content["abandoned"]] == [("default", 4)]
    assert "5 activities in 2 accounts" in page
    assert f"Run {run_id} at default was abandoned after it had redacted 4 activities of account 7" in page
    assert dict(say_letter(placements, request.id, monkeypatch)["facts"])["Erased"].startswith("5 ")


def _stop_after_strip(placements: Placements, request_id: int, monkeypatch: pytest.MonkeyPatch) -> int:
    def stop(deployment: Deployment, run_id: int) -> Any:
        if deployment.placement == "west":
            return complete_run(deployment, run_id)
        run_step(deployment, run_id, "strip")
        raise DatabaseBusy("the connection was cut off")

    with monkeypatch.context() as stopped:
        stopped.setattr("redaction.requests.erase.complete_run", stop)
        erased = erase(placements, request_id)
    assert erased.accounts[0].run_id is not None
    return erased.accounts[0].run_id


def test_the_command(
    both: Database, placements: Placements, cli: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    request = ask(placements, kind="erasure").request
    assert cli("request", "answer", str(request.id), "--out", str(tmp_path / "out"))[0] == 1
    erase(placements, request.id)
    code, said, _ = cli("request", "answer", str(request.id), "--out", str(tmp_path / "out"), "--json")
    assert (code, len(json.loads(said)["files"])) == (0, 4)
