"""The letter to the person: what was given and erased, what stays and why, and nothing that nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from redaction.db.database import Database
from redaction.errors import DatabaseBusy
from redaction.gate.holds import place_hold
from redaction.placements.resolve import Placements
from redaction.requests.exports import fetch_export, make_export
from redaction.requests.letter import write_answer_letter
from redaction.requests.records import get_home
from tests.requests.test_erase import erase
from tests.requests.test_requests import NOWHERE, Sql, ask


def say_letter(placements: Placements, request_id: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the content of a request's letter, before it is typeset."""
    said: dict[str, Any] = {}
    with monkeypatch.context() as context:
        context.setattr("redaction.requests.letter.render_letter", lambda what: said.update(what) or b"")
        write_answer_letter(placements, request_id)
    return said


def test_it_is_not_written_while_a_placement_is_down(
    both: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_hold(placements.at("west"), 9, "case 4", "eve", [1])
    request = ask(placements, kind="erasure").request
    erase(placements, request.id)
    facts = dict(say_letter(placements, request.id, monkeypatch)["facts"])
    assert (facts["Erased"].split()[0], facts["Not erased: a legal duty keeps it"]) == ("4", "1")
    monkeypatch.setenv("AIRFLOW_CONN_WEST", NOWHERE)
    placements.close()
    with pytest.raises(DatabaseBusy, match=r"west does not answer .* no letter was written"):
        say_letter(placements, request.id, monkeypatch)


def test_it_says_what_stays_after_the_erasure(
    both: Database, placements: Placements, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql("INSERT INTO tracking.integrations (account_id, name, fields) VALUES (7, 'CRM', '{email}')")
    sql("INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (7, 1, 'https://vendor.example.com/1')")
    place_hold(get_home(placements), 7, "case 4", "eve", [3])
    request = ask(placements, kind="erasure").request
    assert erase(placements, request.id).answered
    # No number of the account leads to them any more, after the hold has ended too.
    sql("UPDATE tracking.activities SET contact_key = NULL, contact_keys = NULL, emails = NULL WHERE id = 3")
    said = say_letter(placements, request.id, monkeypatch)
    sections = dict(said["sections"])
    assert sections["Others who have received some of it"] == ["CRM"]
    stays = " ".join(sections["What stays, and why"])
    assert "files that lie with another company, where we do not know them to be erased: 1." in stays
    assert said["opening"] == ["You asked us to erase what we keep of you."]


def test_it_promises_nothing_of_what_is_held(
    both: Database, placements: Placements, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_hold(get_home(placements), 7, "case 4", "eve", [3])
    request = ask(placements, kind="erasure").request
    erase(placements, request.id)
    stays = dict(say_letter(placements, request.id, monkeypatch)["sections"])["What stays, and why"]
    assert "is erased when" not in " ".join(stays)
    assert "When that duty has ended you may ask us again" in " ".join(stays)


def test_one_for_access_says_what_was_given_and_nothing_of_an_erasure(
    both: Database, placements: Placements, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("typst")
    request = ask(placements, kind="access").request
    assert dict(say_letter(placements, request.id, monkeypatch)["facts"])["Given to you"] == "nothing yet"
    with fetch_export(get_home(placements), make_export(placements, request.id, "eve").id, "eve") as pieces:
        assert b"".join(pieces)
    # A later copy of less takes back nothing of what was given.
    sql("UPDATE tracking.activities SET contact_key = NULL, contact_keys = NULL, emails = NULL WHERE id = 3")
    with fetch_export(get_home(placements), make_export(placements, request.id, "eve").id, "eve") as pieces:
        assert b"".join(pieces)
    said = say_letter(placements, request.id, monkeypatch)
    facts = dict(said["facts"])
    assert facts["Given to you"] == "5 calls, texts, chats and forms"
    assert not [name for name in facts if "rased" in name]
    assert [name for name, _ in said["sections"]] == ["Where it is kept"]
