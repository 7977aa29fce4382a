"""Requests: the person is stored in one place until they end, and what is found is reported with its reason."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.db.statements import get_statement
from redaction.erasure.residue import erase_residue, list_residue
from redaction.errors import BadInput, DatabaseBusy, NotAllowed
from redaction.evidence.watch import watch
from redaction.gate.holds import place_hold
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.placements.resolve import Placements
from redaction.requests.ending import close_request, refuse_request
from redaction.requests.erase import erase_person
from redaction.requests.find import Found, find_person
from redaction.requests.records import (
    Opened,
    check_administers,
    get_home,
    get_request,
    list_requests,
    open_request,
)
from tests.requests.conftest import AT, NUMBER

Sql = Callable[..., list[dict[str, Any]]]
NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/none"


def ask(placements: Placements, contact: str = "(212) 555-0143", **values: Any) -> Opened:
    given = {"kind": "both", "opened_by": "eve", "identity_check": "called back", "reference": "DSR-12"}
    about = {} if "account_ids" in values or "agency_id" in values else {"agency_id": 1}
    return open_request(placements, contact=contact, **{**given, **about, **values})


def kinds(found: Found) -> list[tuple[int, str, str, int]]:
    return [(group.account_id, group.kind, group.verdict, group.activities) for group in found.groups]


def test_it_is_opened_over_all_placements_and_shown_as_understood(both: Database, placements: Placements) -> None:
    opened = ask(placements)
    request = opened.request
    assert (opened.understood, request.country, request.accounts) == (NUMBER, "US", 2)
    assert (request.law, request.deadline - request.opened_at > timedelta(days=29)) == ("gdpr", True)
    assert "143" not in repr(request)
    assert list_requests(get_home(placements)) == [request]
    assert (ask(placements, "zoe@example.com", law="ccpa").request.deadline - request.deadline) > timedelta(days=14)


def test_what_is_found_is_told_by_kind_and_account_with_its_verdict(both: Database, placements: Placements) -> None:
    request = ask(placements).request
    place_hold(get_home(placements), 7, "case 4", "eve", [3])
    found = find_person(placements, request.id)
    assert kinds(found) == [
        (7, "call", "erasable", 2),
        (7, "form", "erasable", 1),
        (7, "text", "on hold", 1),
        (9, "call", "erasable", 1),
    ]
    [calls] = [group for group in found.groups if (group.account_id, group.kind) == (7, "call")]
    assert (calls.account, calls.first, calls.last) == ("Dental", AT + timedelta(days=1), AT + timedelta(days=2))
    assert found.counts == {"erasable": 4, "on hold": 1}
    assert get_request(placements, request.id).digest == found.digest
    # The same again, until something changes.
    assert find_person(placements, request.id).digest == found.digest
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.activities SET notes = 'canary again'")
    assert find_person(placements, request.id).digest != found.digest


def test_objects_at_a_vendor_or_in_no_store_and_systems_outside_are_told(
    both: Database, placements: Placements, sql: Sql
) -> None:
    sql("INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (7, 1, 'https://vendor.example.com/1')")
    sql("INSERT INTO tracking.integrations (account_id, name, fields) VALUES (7, 'CRM', '{email}')")
    found = find_person(placements, ask(placements).request.id)
    assert (7, "call", "at the vendor", 1) in kinds(found)
    assert found.recipients == {7: ["CRM"]}


def test_a_bare_number_of_accounts_in_two_countries_is_asked_for_its_country(
    both: Database, placements: Placements
) -> None:
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET country = 'AU'")
    with pytest.raises(BadInput, match=r"several countries \(AU, US\)"):
        ask(placements)
    assert ask(placements, country="us").understood == NUMBER
    assert ask(placements, "+61 412 345 678").understood == "+61412345678"
    with pytest.raises(BadInput, match="country"):
        ask(placements, country="XX")
    # No country makes an e-mail address of it.
    with pytest.raises(BadInput, match="no e-mail address"):
        ask(placements, "nobody@")


def test_two_open_requests_of_one_person_are_one(both: Database, placements: Placements) -> None:
    first = ask(placements).request
    with pytest.raises(BadInput, match=f"request {first.id} .* is of the same person"):
        ask(placements, "+1 212 555 0143", account_ids=[9])
    ask(placements, "+12125550155", account_ids=[9])
    close_request(placements, first.id, "eve", "taken back")
    assert ask(placements, "+1 212 555 0143", account_ids=[9]).request.id > first.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_ids": [99]},
        {"agency_id": 5},
        {"account_ids": [7], "agency_id": 1},
        {"account_ids": []},
        {"kind": "portability"},
        {"law": "lgpd"},
        {"reference": "asked by zoe@example.com"},
        {"identity_check": "called +1 212 555 0143"},
        {"reference": " "},
    ],
)
def test_what_makes_no_request_opens_none(both: Database, placements: Placements, sql: Sql, wrong: Any) -> None:
    with pytest.raises(BadInput):
        ask(placements, **wrong)
    assert sql("SELECT FROM redaction.requests") == []


def test_an_administrator_asks_of_their_own_accounts_alone(both: Database, placements: Placements, sql: Sql) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
    with pytest.raises(NotAllowed, match="no administrator of account 9"):
        ask(placements, account_ids=[7, 9], opened_by="ada", administrator=True)
    with pytest.raises(BadInput, match="that mallory administers"):
        ask(placements, opened_by="mallory", administrator=True)
    request = ask(placements, opened_by="ada", administrator=True).request
    assert request.accounts == 1
    check_administers(placements, request.id, "ada")
    with pytest.raises(NotAllowed):
        check_administers(placements, request.id, "mallory")


def test_a_placement_that_is_down_is_named_and_nothing_is_half_done(
    both: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(placements).request
    monkeypatch.setenv("AIRFLOW_CONN_WEST", NOWHERE)
    placements.close()
    found = find_person(placements, request.id)
    assert (kinds(found)[0], list(found.silent), found.digest) == (
        (7, "call", "erasable", 2),
        ["west", "account 9"],
        None,
    )
    assert "secret" not in repr(found.silent)
    with pytest.raises(DatabaseBusy, match="west"):
        ask(placements, "+12125550155")


def test_whom_it_is_of_is_gone_when_it_is_over_files_included(
    both: Database, placements: Placements, sql: Sql, server: tuple[str, Path | None]
) -> None:
    if server[1] is None:
        pytest.skip("the files of another server are out of reach")
    home = get_home(placements)
    first, second = ask(placements).request, ask(placements, "zoe@example.com").request
    assert [row["contact_key"] for row in sql("SELECT contact_key FROM redaction.request_contacts")] == [
        NUMBER,
        "zoe@example.com",
    ]
    with pytest.raises(NotAllowed, match="has not been answered"):
        close_request(placements, first.id, "eve")
    refused = refuse_request(placements, first.id, "not the person", "eve")
    closed = close_request(placements, second.id, "eve", "taken back")
    assert ((refused.state, refused.ground), closed.state) == (("refused", "not the person"), "closed")
    for again in (
        lambda: close_request(placements, first.id, "eve", "x"),
        lambda: refuse_request(placements, second.id, "x", "eve"),
        lambda: find_person(placements, first.id),
    ):
        with pytest.raises(BadInput, match=r"over|forgotten"):
            again()
    assert sql("SELECT FROM redaction.request_contacts") == []
    assert "redaction.request_contacts" in [one.partition_name for one in list_residue(home)]
    erase_residue(home)
    sql("CHECKPOINT")
    paths = sql(
        "SELECT pg_relation_filepath(c.oid) AS path FROM pg_class c"
        " WHERE c.oid = CAST('redaction.request_contacts' AS regclass)"
    )
    assert NUMBER.encode() not in (server[1].parent / paths[0]["path"]).read_bytes()
    assert list_residue(home) == []
    told = b"".join(entry.serialize() for entry in read_entries(home.database))
    assert b"5550143" not in told
    assert b"zoe" not in told
    changes = [entry.facts["change"] for entry in read_entries(home.database)]
    assert changes == ["opened", "opened", "refused", "closed"]
    assert verify_ledger(home).unrecorded == ()


def test_the_look_up_is_by_the_indexes_of_contacts(both: Database, sql: Sql) -> None:
    statement = get_statement("find_person").sql
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key, contact_keys, notes)"
            " SELECT n, 9, 'call', timestamptz '2026-03-02 15:00Z', '+1' || n, ARRAY['+1' || n], repeat('x', 200)"
            " FROM generate_series(1000, 20999) n"
        )
    with both.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # As the server does by itself: it learns nothing about the columns of contacts.
        connection.exec_driver_sql("VACUUM ANALYZE tracking.activities")
    with both.engine("owner").begin() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        values = {"account_ids": [9], "contact": NUMBER}
        plan = "\n".join(row[0] for row in connection.execute(sa.text(f"EXPLAIN {statement}"), values))
    assert "Seq Scan on activities" not in plan
    assert "rows_account_id_contact_key_called_at_idx" in plan
    assert plan.count("on activities_20260302_rows_contact_keys_emails_idx") == 2


def test_the_watch_knows_the_deadline(both: Database, placements: Placements) -> None:
    home, request = get_home(placements), ask(placements).request

    def late(days: int) -> list[bool]:
        figures = watch(home, datetime.now(UTC) + timedelta(days=days))
        return [figure.late for figure in figures if figure.what == "requests of persons"]

    assert (late(0), late(29), late(31)) == ([False], [False], [True])
    refuse_request(placements, request.id, "not the person", "eve")
    assert late(31) == []


def test_one_that_is_answered_and_that_nobody_closes_is_late_too(both: Database, placements: Placements) -> None:
    home, request = get_home(placements), ask(placements, kind="erasure").request
    assert erase_person(placements, request.id, "eve", True, find_person(placements, request.id).digest).answered

    def figures(days: int) -> list[tuple[bool, bool]]:
        listed = watch(home, datetime.now(UTC) + timedelta(days=days))
        hint = f"`redaction request close {request.id}`"
        return [(figure.late, hint in figure.hint) for figure in listed if figure.what == "requests of persons"]

    assert (figures(0), figures(31)) == ([(False, True)], [(True, True)])
    close_request(placements, request.id, "eve")
    assert figures(31) == []


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ("{}", "must name at least one law"),
        ('{"": 30}', "each with a name"),
        ('{" ": 30}', "each with a name"),
        ('{"gdpr": 3000000}', "1 to 366 days"),
        ('{"gdpr": 0}', "greater than 0"),
        ("[]", "dictionary"),
    ],
)
def test_days_that_no_law_has_are_refused(
    cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, days: str, why: str
) -> None:
    monkeypatch.setenv("REDACTION_REQUEST_DAYS", days)
    code, _, error = cli("request", "list")
    said = " ".join(error.split())
    assert (code, "REDACTION_REQUEST_DAYS" in said, why in said, "Traceback" in said) == (2, True, True, False)


def test_what_somebody_opened_beside_the_ledger_is_named(both: Database, placements: Placements, sql: Sql) -> None:
    request = ask(placements).request
    sql("UPDATE redaction.requests SET state = 'refused', ground = 'x', closed_by = 'eve', closed_at = now()")
    [unrecorded] = verify_ledger(get_home(placements)).unrecorded
    assert f"request {request.id}" in unrecorded


def test_the_commands(
    both: Database, cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def give(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    words = ("request", "open", "--kind", "both", "--identity", "called back", "--reference", "DSR-12")
    give("212 555 0143\n")
    code, said, _ = cli(*words, "--agency", "1")
    assert (code, "the person is +12125550143 (read as in US)" in said) == (0, True)
    code, said, _ = cli("request", "find", "1", "--json")
    assert (code, json.loads(said)["counts"]) == (0, {"erasable": 5})
    assert "erasable" in cli("request", "find", "1")[1]
    give("withheld\n")
    assert cli(*words, "--account", "7")[0] == 2
    assert cli(*words, "--account", "7", "212 555 0143")[0] == 2
    assert cli("request", "close", "1")[0] == 1
    assert "DSR-12" in cli("request", "list")[1]
    assert cli("request", "refuse", "1", "--reason", "ticket 9")[0] == 0
    assert json.loads(cli("request", "list", "--json")[1]) == []
    [over] = json.loads(cli("request", "list", "--all", "--json")[1])
    assert over["state"] == "refused"
    assert cli("request", "find", "99")[0] == 2
