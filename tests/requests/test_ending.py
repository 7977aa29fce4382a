"""The end of a request without an answer: nothing redacts in its name any more, and what it redacted is on record."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.control import manual
from redaction.db.database import Database
from redaction.errors import BadInput, DatabaseBusy, NotAllowed
from redaction.evidence.keys import make_key
from redaction.gate.guard import decide_approval, list_waiting
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.run import complete_run
from redaction.placements.resolve import Placements
from redaction.requests.certificate import write_certificate_of
from redaction.requests.ending import close_request, refuse_request
from redaction.requests.erase import Erased, erase_person
from redaction.requests.letter import write_answer_letter
from redaction.requests.records import PersonRequest, get_home, get_request, list_accounts_of
from redaction.requests.restored import restore_request
from redaction.settings import load_settings
from tests.requests.test_erase import erase, left, outcomes
from tests.requests.test_requests import NOWHERE, Sql, ask

ACTOR = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def two_people(both: Database, sql: Sql) -> None:
    """Account 7 needs two people, eve and bob administer it."""
    sql("UPDATE tracking.accounts SET needs_approval = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'eve'), (7, 'bob')")


def _waiting(placements: Placements, account_ids: list[int] | None = None) -> tuple[PersonRequest, Erased, int]:
    about: dict[str, Any] = {"account_ids": account_ids} if account_ids else {}
    request = ask(placements, kind="erasure", **about).request
    erased = erase(placements, request.id)
    run_id = erased.accounts[0].run_id
    assert outcomes(erased)[7] == "waits"
    assert run_id is not None
    return request, erased, run_id


def _give_up(database: Database, placements: Placements, run_id: int) -> None:
    """Nobody can let a run redact any more."""
    home = get_home(placements)
    assert list_waiting(database) == []
    with pytest.raises(BadInput, match="does not wait"):
        decide_approval(home, run_id, True, "bob")
    with pytest.raises(NotAllowed, match="abandoned"):
        complete_run(home, run_id)
    assert left(database) == [1, 2, 3, 4, 5]
    assert verify_ledger(home).unrecorded == ()


@pytest.mark.parametrize("approved", [False, True], ids=["waiting", "approved"])
def test_a_refused_request_redacts_nothing_any_more(
    two_people: None, database: Database, placements: Placements, approved: bool
) -> None:
    request, _, run_id = _waiting(placements, [7])
    if approved:
        decide_approval(get_home(placements), run_id, True, "bob")
    refuse_request(placements, request.id, "not the person", "eve")
    _give_up(database, placements, run_id)
    with pytest.raises(NotAllowed, match="is refused"):
        erase_person(placements, request.id, "eve", True, None)


def test_what_was_redacted_cannot_be_refused_and_is_told_by_the_end_of_the_request(
    two_people: None,
    both: Database,
    database: Database,
    placements: Placements,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request, erased, run_id = _waiting(placements)
    assert outcomes(erased)[9] == "redacted"
    with pytest.raises(NotAllowed, match="1 activity is redacted"):
        refuse_request(placements, request.id, "not the person", "eve")
    assert get_request(placements, request.id).state == "open"
    assert len(list_waiting(database)) == 1
    close_request(placements, request.id, "eve", "taken back")
    _give_up(database, placements, run_id)
    told = [entry for entry in read_entries(database) if entry.kind == "request"][-1]
    assert told.facts == {
        "change": "closed",
        "request_id": request.id,
        "redacted": 1,
        "accounts": {"9": {"redacted": 1, "runs": {"west": [1]}}},
    }
    home = get_home(placements)
    assert {found.account_id: found.outcome for found in list_accounts_of(home, request.id)} == {
        7: "nothing",
        9: "redacted",
    }
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    with Placements(load_settings()) as signing:
        over = get_request(signing, request.id)
        [path, *_] = write_certificate_of(signing, get_home(signing), over, tmp_path)
    assert [run["account_id"] for run in json.loads(path.read_text())["certificate"]["runs"]] == [9]


def test_a_run_that_has_begun_to_redact_is_finished_first(
    both: Database, database: Database, placements: Placements, sql: Sql
) -> None:
    request = ask(placements, kind="erasure").request
    erase(placements, request.id)
    sql("UPDATE redaction.runs SET state = 'failed', failed_step = 'objects'")
    sql("UPDATE redaction.requests SET state = 'open', answered_at = NULL, answered_by = NULL")
    ends: list[Callable[[], object]] = [
        lambda: close_request(placements, request.id, "eve", "taken back"),
        lambda: refuse_request(placements, request.id, "not the person", "eve"),
    ]
    for end in ends:
        with pytest.raises(NotAllowed, match="has not ended"):
            end()
    assert get_request(placements, request.id).state == "open"


def test_a_placement_that_does_not_answer_keeps_the_request_open(
    two_people: None, database: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, _, _ = _waiting(placements)
    monkeypatch.setenv("AIRFLOW_CONN_WEST", NOWHERE)
    placements.close()
    with pytest.raises(DatabaseBusy):
        close_request(placements, request.id, "eve", "taken back")
    assert get_request(placements, request.id).state == "open"
    assert len(list_waiting(database)) == 1


def test_a_run_that_was_begun_while_the_request_ended_does_not_redact(
    both: Database, database: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other session ends the request after the erasure has looked whether it is open, and before its first run."""
    request = ask(placements, kind="erasure").request
    begin = manual.begin_manual

    def end_first(*given: Any, **more: Any) -> Any:
        if get_request(placements, request.id).closed_at is None:
            close_request(placements, request.id, "bob", "taken back")
        return begin(*given, **more)

    monkeypatch.setattr("redaction.requests.erase.begin_manual", end_first)
    erased = erase(placements, request.id)
    assert (set(outcomes(erased).values()), erased.answered) == ({"failed"}, False)
    assert (left(database), left(both)) == ([1, 2, 3, 4, 5], [1])
    assert {entry.kind for entry in read_entries(both)} >= {"abandonment"}


def test_a_run_that_redacts_while_the_request_is_being_refused_keeps_it_open(
    two_people: None, database: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another session approves the run after the look at it, and ends it."""
    request, _, run_id = _waiting(placements, [7])
    home = get_home(placements)

    def approve_first(*given: Any) -> Any:
        decide_approval(home, run_id, True, "bob")
        complete_run(home, run_id)
        return abandon_run(*given)

    monkeypatch.setattr("redaction.requests.ending.abandon_run", approve_first)
    with pytest.raises(NotAllowed, match="4 activities are redacted"):
        refuse_request(placements, request.id, "not the person", "eve")
    assert (get_request(placements, request.id).state, left(database)) == ("open", [5])


def test_a_certificate_tells_an_account_that_waits(
    two_people: None,
    database: Database,
    placements: Placements,
    cli: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    placements.close()
    request, _, _ = _waiting(placements)
    assert cli("request", "answer", str(request.id), "--out", str(tmp_path))[0] == 0
    [path] = tmp_path.glob("request-*.json")
    content = json.loads(path.read_text())["certificate"]
    assert [run["account_id"] for run in content["runs"]] == [9]
    assert [(account["account_id"], account["outcome"]) for account in content["not_complete"]] == [(7, "waits")]
    # Another kind of end loses nothing of the request.
    code, said, _ = cli("request", "close", str(request.id), "--reason", "DSR-12")
    assert (code, "1 activity" in said, "redaction request answer" in said) == (0, True, True)


def _forget_west(monkeypatch: pytest.MonkeyPatch) -> Placements:
    monkeypatch.delenv("REDACTION_PLACEMENTS")
    return Placements(load_settings())


def test_an_account_whose_placement_is_gone_keeps_no_request_open(
    two_people: None, database: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch, sql: Sql
) -> None:
    request, _, run_id = _waiting(placements, [7, 9])
    sql("UPDATE redaction.request_accounts SET found = '{}', outcome = NULL, run_id = NULL WHERE account_id = 9")
    with _forget_west(monkeypatch) as fewer:
        gone = "account 9: placement west is not configured any more, so what is kept or erased there is not known"
        for act in (lambda: erase(fewer, request.id), lambda: write_answer_letter(fewer, request.id)):
            with pytest.raises(NotAllowed, match=gone):
                act()
        assert get_request(fewer, request.id).state == "open"
        close_request(fewer, request.id, "eve", "placement given up")
        _give_up(database, fewer, run_id)
        [_, lost] = list_accounts_of(get_home(fewer), request.id)
        assert (lost.account_id, lost.outcome, str(lost.failure)) == (9, "unknown", gone.removeprefix("account 9: "))
        assert sql("SELECT FROM redaction.request_contacts") == []
        told = [entry for entry in read_entries(database) if entry.kind == "request"][-1]
        assert told.facts["unknown"] == {"9": lost.failure}
        # After a restore the ledger knows it too.
        sql("UPDATE redaction.request_accounts SET outcome = NULL, failure = NULL")
        with get_home(fewer).transaction("redaction_worker") as session:
            restore_request(session, told)
        assert list_accounts_of(get_home(fewer), request.id)[1].outcome == "unknown"


def test_what_was_erased_at_a_placement_that_is_gone_is_not_told_as_complete(
    both: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    request = ask(placements, kind="erasure").request
    assert erase(placements, request.id).answered
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    with _forget_west(monkeypatch) as fewer:
        close_request(fewer, request.id, "eve")
        over = get_request(fewer, request.id)
        assert over.state == "closed"
        paths = write_certificate_of(fewer, get_home(fewer), over, tmp_path)
        content = json.loads(paths[0].read_text())["certificate"]
        assert [run["account_id"] for run in content["runs"]] == [7]
        assert [(one["account_id"], one["outcome"]) for one in content["not_complete"]] == [(9, "unknown")]
        assert "could not tell what is erased" in paths[1].read_text()


def test_what_is_on_record_as_redacted_there_cannot_be_refused(
    two_people: None, both: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, erased, _ = _waiting(placements)
    assert outcomes(erased)[9] == "redacted"
    with _forget_west(monkeypatch) as fewer, pytest.raises(NotAllowed, match="1 activity is redacted"):
        refuse_request(fewer, request.id, "not the person", "eve")


@pytest.mark.parametrize("placement", ["default", "west"])
def test_no_run_of_a_request_that_is_over_is_approved_or_redacts(
    two_people: None,
    both: Database,
    database: Database,
    placements: Placements,
    cli: Callable[..., tuple[int, str, str]],
    sql: Sql,
    placement: str,
) -> None:
    """The end of the request was killed before it abandoned the run."""
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET needs_approval = true")
        connection.exec_driver_sql(f"INSERT INTO tracking.account_users (account_id, username) VALUES (9, '{ACTOR}')")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :name)", name=ACTOR)
    request = ask(placements, kind="erasure").request
    erased = erase(placements, request.id)
    run_id = next(str(each.run_id) for each in erased.accounts if each.placement == placement)
    sql("UPDATE redaction.requests SET state = 'closed', ground = 'x', closed_by = 'eve', closed_at = now()")
    placements.close()
    code, _, err = cli("--placement", placement, "approve", run_id)
    assert (code, f"request {request.id} is closed" in err) == (1, True)
    assert len(list_waiting(both if placement == "west" else database)) == 1
    # To refuse it is no harm.
    assert cli("--placement", placement, "approve", run_id, "--no")[0] == 0


def test_the_database_lets_no_run_of_a_request_that_is_over_redact(
    two_people: None, database: Database, placements: Placements, sql: Sql
) -> None:
    _, _, run_id = _waiting(placements, [7])
    decide_approval(get_home(placements), run_id, True, "bob")
    sql("UPDATE redaction.requests SET state = 'closed', ground = 'x', closed_by = 'eve', closed_at = now()")
    with pytest.raises(NotAllowed):
        complete_run(get_home(placements), run_id)
    assert left(database) == [1, 2, 3, 4, 5]
