"""The erasure of a person: one act over all accounts, bound to what was found; failures are shown and tried again."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.db.database import Database
from redaction.errors import ApproverRefused, DatabaseBusy, NotAllowed
from redaction.gate.guard import decide_approval
from redaction.gate.holds import place_hold
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.placements.resolve import Placements
from redaction.requests.erase import Erased, erase_person
from redaction.requests.find import find_person
from redaction.requests.records import get_home, get_request
from tests.requests.test_requests import NOWHERE, Sql, ask


def erase(placements: Placements, request_id: int, digest: str | None = None, **values: Any) -> Erased:
    expected = digest or find_person(placements, request_id).digest
    return erase_person(placements, request_id, "eve", **{"acknowledged": True, "expected": expected, **values})


def outcomes(erased: Erased) -> dict[int, str | None]:
    return {account.account_id: account.outcome for account in erased.accounts}


def left(database: Database) -> list[int]:
    with database.engine("owner").connect() as connection:
        rows = connection.exec_driver_sql("SELECT id FROM tracking.activities WHERE redacted_at IS NULL ORDER BY id")
        return [row[0] for row in rows]


def test_all_accounts_are_redacted_and_a_hold_is_left_out_and_said(
    both: Database, database: Database, placements: Placements
) -> None:
    request = ask(placements, kind="erasure").request
    place_hold(get_home(placements), 7, "case 4", "eve", [3])
    erased = erase(placements, request.id)
    assert (outcomes(erased), erased.complete, erased.answered) == ({7: "redacted", 9: "redacted"}, True, True)
    assert (left(database), left(both)) == ([3, 5], [])
    names = ("erasable", "held", "runs", "redacted")
    assert [[account.found[name] for name in names] for account in erased.accounts] == [
        [3, 1, {"default": [1]}, 3],
        [1, 0, {"west": [1]}, 1],
    ]
    assert get_request(placements, request.id).state == "answered"
    found = find_person(placements, request.id)
    assert found.counts == {"already redacted": 4, "on hold": 1}
    assert {group.ground for group in found.groups} == {"by run 1 of this request", "a legal hold keeps it"}
    told = [entry for entry in read_entries(database) if entry.kind == "request"]
    facts = {
        "change": "answered",
        "request_id": request.id,
        "redacted": 4,
        "held": 1,
        "accounts": {
            "7": {"redacted": 3, "held": 1, "runs": {"default": [1]}},
            "9": {"redacted": 1, "runs": {"west": [1]}},
        },
    }
    assert told[-1].facts == facts
    assert verify_ledger(get_home(placements)).unrecorded == ()
    # The reason of each run is the reference, and names nobody.
    assert [(entry.actor, entry.reason) for entry in read_entries(both) if entry.kind == "redaction"] == [
        ("eve", "DSR-12")
    ]


def test_what_a_hold_kept_that_has_ended_by_itself_is_erased(
    both: Database, database: Database, placements: Placements, sql: Sql
) -> None:
    place_hold(get_home(placements), 7, "case 4", "eve", [3], until=datetime.now(UTC).date() + timedelta(days=3))
    sql("UPDATE redaction.holds SET placed_at = now() - interval '2 days', expires_at = now() - interval '1 hour'")
    request = ask(placements, kind="erasure").request
    assert find_person(placements, request.id).counts == {"erasable": 5}
    assert erase(placements, request.id).answered
    assert left(database) == [5]


def test_it_is_bound_to_what_was_seen(both: Database, database: Database, placements: Placements, sql: Sql) -> None:
    request = ask(placements, kind="erasure").request
    seen = find_person(placements, request.id).digest
    sql("UPDATE tracking.activities SET notes = 'canary again' WHERE id = 1")
    for digest in (seen, "0" * 64, None):
        with pytest.raises(NotAllowed, match="has changed since"):
            erase_person(placements, request.id, "eve", True, digest)
    with pytest.raises(NotAllowed, match="not acknowledged"):
        erase(placements, request.id, acknowledged=False)
    with pytest.raises(NotAllowed, match="for access"):
        erase(placements, ask(placements, "zoe@example.com", kind="access").request.id)
    assert len(left(database)) + len(left(both)) == 6


def test_what_fails_in_one_account_is_shown_and_tried_again(
    both: Database, database: Database, placements: Placements
) -> None:
    request = ask(placements, kind="erasure").request
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = false")
    seen = find_person(placements, request.id).digest
    erased = erase_person(placements, request.id, "eve", True, seen)
    assert (outcomes(erased), erased.complete, erased.answered) == ({7: "redacted", 9: "failed"}, False, False)
    assert "manual redaction is off for account 9" in str(erased.accounts[1].failure)
    assert (left(database), left(both)) == ([5], [1])
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = true")
    # What was seen of that account is still valid; another digest is of something else.
    with pytest.raises(NotAllowed, match="has changed since"):
        erase_person(placements, request.id, "eve", True, "0" * 64)
    again = erase_person(placements, request.id, "eve", True, seen)
    assert (outcomes(again), again.answered, left(both)) == ({7: "redacted", 9: "redacted"}, True, [])
    assert again.accounts[1].failure is None
    # A refused run has no certificate.
    assert again.accounts[1].runs == {"west": [2]}


def test_a_run_that_was_stopped_is_ended_by_the_same_call_without_a_digest(
    both: Database, database: Database, placements: Placements, sql: Sql
) -> None:
    request = ask(placements, kind="erasure").request
    sql("INSERT INTO redaction.pauses (account_id, reason, paused_by) VALUES (7, 'audit', 'bob')")
    erased = erase(placements, request.id)
    assert (outcomes(erased)[7], left(database), left(both)) == ("failed", [1, 2, 3, 4, 5], [])
    assert "Paused" in str(erased.accounts[0].failure)
    sql("DELETE FROM redaction.pauses")
    again = erase_person(placements, request.id, "eve", True, None)
    assert (outcomes(again), again.answered, left(database)) == ({7: "redacted", 9: "redacted"}, True, [5])
    assert sql("SELECT count(*) AS n FROM redaction.runs") == [{"n": 1}]


def test_more_than_one_act_may_name_is_redacted_by_several_runs(
    both: Database, database: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redaction.requests.find.MOST_IDS", 3)
    erased = erase(placements, ask(placements, kind="erasure").request.id)
    assert (erased.accounts[0].runs, left(database), erased.answered) == ({"default": [1, 2]}, [5], True)


def test_a_placement_that_is_down_begins_nothing(
    both: Database, database: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(placements, kind="erasure").request
    digest = find_person(placements, request.id).digest
    monkeypatch.setenv("AIRFLOW_CONN_WEST", NOWHERE)
    placements.close()
    with pytest.raises(DatabaseBusy, match="west"):
        erase(placements, request.id, digest)
    assert left(database) == [1, 2, 3, 4, 5]


def test_only_an_administrator_of_each_account_if_that_is_asked(
    both: Database, database: Database, placements: Placements, sql: Sql
) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'eve')")
    erased = erase(placements, ask(placements, kind="erasure").request.id, administrator=True)
    assert (outcomes(erased), left(both)) == ({7: "redacted", 9: "failed"}, [1])


def test_where_two_pairs_of_eyes_are_wanted_the_runs_wait_and_the_same_call_ends_them(
    both: Database, database: Database, placements: Placements, sql: Sql
) -> None:
    sql("UPDATE tracking.accounts SET needs_approval = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'eve'), (7, 'bob')")
    request = ask(placements, kind="erasure").request
    erased = erase(placements, request.id)
    assert (outcomes(erased), erased.answered) == ({7: "waits", 9: "redacted"}, False)
    assert outcomes(erase_person(placements, request.id, "eve", True, None))[7] == "waits"
    run_id = erased.accounts[0].run_id
    assert run_id is not None
    with pytest.raises(ApproverRefused):
        decide_approval(get_home(placements), run_id, True, "eve")
    assert left(database) == [1, 2, 3, 4, 5]
    decide_approval(get_home(placements), run_id, True, "bob")
    again = erase_person(placements, request.id, "eve", True, None)
    assert (outcomes(again)[7], again.answered, left(database)) == ("redacted", True, [5])


def test_the_command(both: Database, cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("212 555 0143\n"))
    words = ("request", "open", "--kind", "erasure", "--identity", "called back", "--reference", "DSR-12")
    assert cli(*words, "--agency", "1", "--law", "CCPA")[0] == 0
    code, said, _ = cli("request", "erase", "1", "--json")
    digest = json.loads(said)["digest"]
    assert (code, len(digest)) == (2, 64)
    sure = "--acknowledge-irreversible"
    assert cli("request", "erase", "1", sure)[0] == 1
    assert cli("request", "erase", "1", sure, "--expect", "x")[0] == 1
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = false")
    code, said, _ = cli("request", "erase", "1", sure, "--expect", digest)
    assert (code, "manual redaction is off for account 9: `redaction account set 9 --manual`" in said) == (1, True)
    assert "repeat the command" in said
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = true")
    code, said, _ = cli("request", "erase", "1", sure, "--expect", digest)
    assert (code, "is answered" in said) == (0, True)
    assert cli("request", "close", "1")[0] == 0


def test_the_command_names_what_it_waits_for(
    both: Database, placements: Placements, sql: Sql, cli: Callable[..., tuple[int, str, str]]
) -> None:
    sql("UPDATE tracking.accounts SET needs_approval = true")
    request = ask(placements, kind="erasure").request
    digest = str(find_person(placements, request.id).digest)
    code, said, _ = cli("request", "erase", "1", "--acknowledge-irreversible", "--expect", digest)
    assert (code, "another administrator runs `redaction approve RUN`" in said) == (1, True)
