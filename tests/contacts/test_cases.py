"""Contacts as sources really send them: who is held, found and redacted by a record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.control.manual import ManualRequest, begin_manual, preview_manual
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.gate.holds import list_holds, place_hold
from tests.objects_of import AT, World

Sql = Callable[..., list[dict[str, Any]]]
NUMBER, LINE = "+12125550143", "+17203584118"


@pytest.fixture
def world(deployment: Deployment, sql: Sql, tmp_path: Path) -> World:
    found = World(deployment, sql, tmp_path / "objects")
    found.account(7)
    return found


def rows(world: World) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in world.sql("SELECT * FROM tracking.activities ORDER BY id")}


def past_of(world: World, activity_id: int) -> list[int]:
    """The activities in a request for those of an activity's contact."""
    request = ManualRequest(7, (activity_id,), "ticket 1", "eve", content=False, past_from_contact=True)
    return [listed.id for listed in preview_manual(world.database, request).activities]


def left_after(world: World, contact: str) -> list[int]:
    """Hold a contact and run; return the activities that keep their values."""
    place_hold(world.deployment, 7, "case 1", "eve", contact=contact)
    world.run(7)
    return [row["id"] for row in rows(world).values() if row["redacted_at"] is None]


@pytest.mark.parametrize(
    "contact", ["0412 345 678", "(04) 1234 5678", "61412345678", "+61 412 345 678", "0011 61 412345678"]
)
def test_a_hold_is_read_as_in_the_country_of_the_account(world: World, contact: str) -> None:
    world.sql("UPDATE tracking.accounts SET timezone = 'Australia/Sydney'")
    world.load({"account_id": 7, "id": 1, "caller_number": "+61412345678", "tracking_number": "+61255501234"})
    world.load({"account_id": 7, "id": 2, "caller_number": "0412 999 999"})
    hold = place_hold(world.deployment, 7, "case 1", "eve", contact=contact)
    assert (hold.scope, hold.activities) == ("contact", 1)
    world.run(7)
    assert [row["redacted_at"] is None for row in rows(world).values()] == [True, False]


def test_a_country_that_was_named_goes_before_that_of_the_zone(world: World) -> None:
    world.sql("UPDATE tracking.accounts SET country = 'GB'")
    world.load({"account_id": 7, "id": 1, "caller_number": "020 7946 0018"})
    assert rows(world)[1]["contact_key"] == "+442079460018"


def test_a_hold_of_nobody_asks(world: World) -> None:
    world.load({"account_id": 7, "id": 1, "caller_number": NUMBER})
    with pytest.raises(BadInput, match="no activity of this contact"):
        place_hold(world.deployment, 7, "case 1", "eve", contact="+12125550144")
    assert list_holds(world.database) == []
    hold = place_hold(world.deployment, 7, "case 1", "eve", contact="+12125550144", anyway=True)
    assert hold.activities == 0
    world.load({"account_id": 7, "id": 2, "caller_number": "+12125550144"})
    assert [hold.activities for hold in list_holds(world.database)] == [1]


@pytest.mark.parametrize("contact", ["+1266696687", "+10000000000", "5550143", "+1212555014", "anonymous"])
def test_a_hold_of_no_valid_number_is_refused(world: World, contact: str) -> None:
    world.load({"account_id": 7, "id": 1, "caller_number": contact})
    with pytest.raises(BadInput, match="nothing was changed"):
        place_hold(world.deployment, 7, "case 1", "eve", contact=contact)


@pytest.mark.parametrize(
    ("full", "bare", "stranger"),
    [
        ("+442079460018", "2079460018", "+12079460018"),
        ("+442079460018", "020 7946 0018", "+12079460018"),
        ("+61412345678", "412345678", "+14123456789"),
        ("+4930901820", "030 901820", "+13090182000"),
    ],
)
def test_a_bare_number_is_of_the_country_of_the_full_one(world: World, full: str, bare: str, stranger: str) -> None:
    world.load({"account_id": 7, "id": 11, "caller_number": stranger, "unix_time": AT - 10_000})
    world.load({"account_id": 7, "id": 10, "caller_number": full, "caller_number_bare": bare})
    assert past_of(world, 10) == [10]
    assert rows(world)[10]["contact_keys"] is None


@pytest.mark.parametrize("number", ["+1266696687", "+10000000000", "266696687", "Anonymous", 8656696, "+19999999999"])
def test_withheld_callers_are_nobody(world: World, number: Any) -> None:
    world.load(*({"account_id": 7, "id": place, "caller_number": number} for place in (1, 2, 3)))
    assert [row["contact_key"] for row in rows(world).values()] == [None] * 3
    assert past_of(world, 1) == []


@pytest.mark.parametrize("number", [12125550143, 12125550143.0, "12125550143", 2125550143, "1 (212) 555.0143"])
def test_a_number_is_the_number_whatever_its_type(world: World, number: Any) -> None:
    label = "Line of (212) 555-0143"
    world.load({"account_id": 7, "id": 5, "caller_number": number, "tracking_label": label, "tracking_number": LINE})
    row = rows(world)[5]
    assert (row["contact_key"], row["tracking_label"]) == (NUMBER, "Line of [redacted]")
    assert left_after(world, NUMBER) == [5]


@pytest.mark.parametrize(
    ("number", "contact", "key"),
    [
        ("sip:+12125550143@pbx.example", NUMBER, NUMBER),
        ("sip:jane@pbx.example", "sip:jane@pbx.example", "jane@pbx.example"),
        ("<sips:Jane@pbx.example;transport=tls>", "jane@pbx.example", "jane@pbx.example"),
        ("+5215512345678", "+52 55 1234 5678", "+525512345678"),
        ("+525512345678", "+52 1 55 1234 5678", "+525512345678"),
        ("+541123456789", "+54 9 11 2345 6789", "+541123456789"),
        ("+551187654321", "+55 11 98765 4321", "+5511987654321"),
    ],
)
def test_callers_of_sip_and_of_two_spellings_are_held(world: World, number: str, contact: str, key: str) -> None:
    world.load({"account_id": 7, "id": 1, "caller_number": number})
    world.load({"account_id": 7, "id": 2, "caller_number": "+12125550199"})
    assert rows(world)[1]["contact_key"] == key
    assert left_after(world, contact) == [1]


@pytest.mark.parametrize(
    ("sent", "contact"),
    [
        ({"email": "Jane Doe <Jane@Example.com>"}, "jane@example.com"),
        ({"email": "a@x.example; b@y.example"}, "B@y.example"),
        ({"email": "a@x.example, b@y.example"}, "a@x.example"),
        ({"emails": [{"email": "j@x.example"}]}, "j@x.example"),
        ({"emails": ["'J@X.example'"]}, "j@x.example"),
        ({"form": {"email": "mailto:j@x.example"}}, "j@x.example"),
    ],
)
def test_each_address_is_a_contact(world: World, sent: dict[str, Any], contact: str) -> None:
    world.load({"account_id": 7, "id": 1, "caller_number": None, "tracking_label": f"for {contact}"} | sent)
    assert rows(world)[1]["tracking_label"] == "for [redacted]"
    assert left_after(world, contact) == [1]


@pytest.mark.parametrize("direction", ["outbound", "outbound-api", "msg_outbound", "Outgoing"])
@pytest.mark.parametrize("caller_id", [True, False])
def test_of_an_outbound_text_the_receiver_is_the_contact(world: World, direction: str, caller_id: bool) -> None:
    world.sql("UPDATE tracking.accounts SET caller_id_enabled = :kept", kept=caller_id)
    out = {"account_id": 7, "type": "text", "direction": direction, "from_number": LINE, "caller_number": None}
    world.load(
        out | {"id": 1, "to_number": NUMBER, "to_city": "Austin", "to_zip": "78701", "body": "hi"},
        out | {"id": 2, "to_number": "+12125550199", "to_city": "Dallas", "body": "other customer"},
        out | {"id": 3, "direction": "inbound", "from_number": NUMBER, "to_number": LINE, "unix_time": AT - 200},
    )
    found = rows(world)
    assert [row["contact_key"] for row in found.values()] == [NUMBER, "+12125550199", NUMBER]
    assert [row["tracking_number"] for row in found.values()] == [LINE] * 3
    assert [row["enhanced_caller_id"] is not None for row in found.values()] == [caller_id, caller_id, False]
    assert past_of(world, 1) == [1, 3]
    assert left_after(world, NUMBER) == [1, 3]
    assert NUMBER not in str(rows(world)[2])


def test_the_number_of_the_contact_is_no_tracking_number(world: World) -> None:
    world.load({"account_id": 7, "id": 1, "caller_number": NUMBER, "tracking_number": "(212) 555-0143"})
    row = rows(world)[1]
    assert (row["tracking_number"], row["unlisted"]) == (None, {"tracking_number": "(212) 555-0143"})


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ({"direction": "msg_inbound", "message_body": "call me", "duration": 0}, "text"),
        ({"direction": "form", "duration": 0, "form": {"q": "why"}}, "form"),
        ({"direction": "chat", "duration": 0}, "chat"),
        ({"direction": "sms-outbound", "type": "call"}, "text"),
        ({"direction": "inbound", "type": "call", "message_body": "voicemail note"}, "call"),
        ({"message_media": ["https://m.example.com/1.jpg"]}, "text"),
        ({"direction": "inbound"}, "call"),
    ],
)
def test_direction_type_and_kind_decide_together(world: World, sent: dict[str, Any], kind: str) -> None:
    world.load({"account_id": 7, "id": 1, "tracking_number": LINE} | sent)
    row = rows(world)[1]
    assert row["kind"] == kind
    assert set(row["message"] or {}) == sent.keys() & {"message_body", "message_media"}


def test_a_request_for_past_activities_of_a_contact_redacts_no_stranger(world: World) -> None:
    world.load({"account_id": 7, "id": 1, "caller_number": "+12079460018", "unix_time": AT - 10})
    world.load({"account_id": 7, "id": 2, "caller_number": "+442079460018", "caller_number_bare": "2079460018"})
    request = ManualRequest(7, (2,), "ticket 1", "eve", content=False, past_from_contact=True)
    run = begin_manual(world.deployment, request, "test", True)
    assert world.sql("SELECT due_count FROM redaction.runs WHERE id = :id", id=run.id) == [{"due_count": 1}]


@pytest.mark.parametrize(
    "email",
    ["None@none.com", "None@none.co.uk", "none@none.com.au", "undefined@undefined.com", "anonymous@anonymous.com"],
)
def test_an_address_that_is_written_to_have_none_leads_to_no_stranger(world: World, email: str) -> None:
    for number in (1, 2):
        call = {"account_id": 7, "id": number, "email": email, "caller_number": f"+1212555010{number}"}
        world.load(call)
    assert past_of(world, 2) == [2]


def test_a_made_up_number_that_was_loaded_before_leads_to_no_stranger(world: World) -> None:
    for number in (1, 2):
        world.load({"account_id": 7, "id": number, "caller_number": f"+1212555010{number}"})
    world.sql("UPDATE tracking.activities SET contact_key = '+61400000000'")
    assert past_of(world, 2) == []
