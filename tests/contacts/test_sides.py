"""Which side of a text is the contact: by words of directions, by the account's own numbers, else both are personal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.source.rows import CallSettings, build_row
from tests.contacts.test_cases import LINE, NUMBER, left_after, past_of, rows
from tests.objects_of import AT, World

Sql = Callable[..., list[dict[str, Any]]]
OTHER = "+12125550199"
TEXT = {"account_id": 7, "type": "text", "body": "hi", "caller_number": None, "caller_number_complete": None}


@pytest.fixture
def world(deployment: Deployment, sql: Sql, tmp_path: Path) -> World:
    found = World(deployment, sql, tmp_path / "objects")
    found.account(7)
    return found


def _numbers(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["tracking_number"], row["contact_key"], row["contact_keys"]


@pytest.mark.parametrize(
    "direction",
    [
        *("outbound", "OUTBOUND", "msg_outbound", "outbound-api", "Outbound-API", "outboundDial", "OutboundAPI"),
        *("out", "OUT", "out-going", "outgoing", "sent", "SENT", "send", "mt", "text out", "sms-outbound", "dialed"),
        ["outbound"],
    ],
)
def test_a_word_for_out_makes_the_receiver_the_contact(world: World, direction: Any) -> None:
    world.load(TEXT | {"id": 1, "direction": direction, "from_number": LINE, "to_number": NUMBER})
    assert _numbers(rows(world)[1]) == (LINE, NUMBER, None)
    assert left_after(world, NUMBER) == [1]


@pytest.mark.parametrize("direction", ["inbound", "msg_inbound", "IN", "incoming", "received", "mo", "Inbound-Text"])
def test_a_word_for_in_makes_the_sender_the_contact(world: World, direction: str) -> None:
    world.load(TEXT | {"id": 1, "direction": direction, "from_number": NUMBER, "to_number": LINE})
    assert _numbers(rows(world)[1]) == (LINE, NUMBER, None)


@pytest.mark.parametrize(
    ("direction", "contact"),
    [
        *((each, NUMBER) for each in ("o", "O", "click-to-call", "to_customer", "agentToCustomer")),
        *((each, NUMBER) for each in ("ausgehend", "Ausgehender Anruf", "saliente", "sortant", "saída", "sai\u0301da")),
        *((each, NUMBER) for each in ("chiamata in uscita", "enviado", "uitgaand", "utgående", "wychodzące", "giden")),
        *((each, NUMBER) for each in ("Исходящий", "発信", "呼出", "발신", "صادرة", "יוצאת", "kimenő", "odchozí")),
        *((each, LINE) for each in ("i", "I", "customer_to_agent", "from customer", "eingehend", "entrante", "reçu")),
        *((each, LINE) for each in ("in entrata", "recebida", "inkomend", "inkommande", "przychodzące", "gelen")),
        *((each, LINE) for each in ("входящий", "着信", "呼入", "수신", "واردة", "נכנסת", "bejövő", "příchozí")),
    ],
)
def test_directions_are_known_in_other_languages(direction: str, contact: str) -> None:
    sent = {"id": 1, "unix_time": 1_772_400_000, "direction": direction, "from_number": LINE, "to_number": NUMBER}
    row = build_row(TEXT | sent, {7: CallSettings()})
    assert (row["contact_key"], row.get("contact_keys"), row["tracking_number"]) == (
        contact,
        None,
        NUMBER if contact == LINE else LINE,
    )


def test_a_number_of_the_call_settings_is_no_contact_where_a_record_contradicts_itself() -> None:
    sent = {"direction": "outbound", "from_number": NUMBER, "to_number": LINE, "tracking_number": LINE}
    settings = CallSettings(by_number={LINE: (True, True)})
    row = build_row(TEXT | {"id": 1, "unix_time": 1_772_400_000} | sent, {7: settings})
    assert (row["contact_key"], row.get("contact_keys"), row["tracking_number"]) == (NUMBER, None, LINE)


UNKNOWN = [
    "routed",
    "both",
    "inbound outbound",
    "?",
    "",
    None,
    2,
    True,
    {"type": "outbound"},
    ["in", "out"],
    "без",
]


@pytest.mark.parametrize("direction", UNKNOWN)
def test_without_a_word_both_sides_are_personal(world: World, direction: Any) -> None:
    sent = {"direction": direction, "from_number": OTHER, "to_number": NUMBER}
    world.load(TEXT | {"id": 1, "tracking_label": f"for {NUMBER}", "from_city": "Austin", "to_city": "Dallas", **sent})
    row = rows(world)[1]
    assert _numbers(row) == (None, OTHER, [OTHER, NUMBER])
    assert row["tracking_label"] == "for [redacted]"
    assert left_after(world, NUMBER) == [1]


@pytest.mark.parametrize("direction", UNKNOWN)
@pytest.mark.parametrize("sides", [("from_number", "to_number"), ("to_number", "from_number")])
@pytest.mark.parametrize("told", ["its tracking number", "its contact", "a line of the account"])
def test_without_a_word_what_the_other_side_is_known_as_decides(
    world: World, direction: Any, sides: tuple[str, str], told: str
) -> None:
    ours, theirs = sides
    sent = {"direction": direction, ours: "(720) 358-4118", theirs: NUMBER}
    if told == "its tracking number":
        sent["tracking_number"] = LINE
    elif told == "its contact":
        sent["contact_number"] = NUMBER
    else:
        world.sql(
            "INSERT INTO tracking.call_settings (account_id, name, tracking_numbers) VALUES (7, 'x', ARRAY[:line])",
            line=LINE,
        )
    world.load(TEXT | {"id": 1, **sent})
    tracking, key, keys = _numbers(rows(world)[1])
    assert (tracking in (LINE, "(720) 358-4118"), key, keys) == (True, NUMBER, None)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        # The source calls the customer its tracking number.
        ({"direction": "outbound", "from_number": LINE, "to_number": NUMBER, "tracking_number": NUMBER}, None),
        ({"direction": "inbound", "from_number": NUMBER, "to_number": LINE, "tracking_number": NUMBER}, None),
        ({"direction": "routed", "from_number": NUMBER, "to_number": NUMBER, "tracking_number": NUMBER}, None),
        ({"direction": "inbound", "from_number": LINE, "to_number": NUMBER}, None),
        ({"direction": "inbound", "to_number": LINE, "from_number": None}, LINE),
        ({"direction": "outbound", "to_number": NUMBER}, None),
        ({"to_number": NUMBER}, None),
    ],
)
def test_a_number_of_the_contact_is_never_retained(world: World, sent: dict[str, Any], kept: str | None) -> None:
    if sent.get("from_number") == LINE and "tracking_number" not in sent:
        sent = sent | {"contact_number": NUMBER}
    world.load(TEXT | {"id": 1, **sent})
    assert rows(world)[1]["tracking_number"] == kept


@pytest.mark.parametrize(
    ("numbers", "keys"),
    [
        ([2125550143], [NUMBER]),
        ([12125550143.0, "+12125550199"], [NUMBER, OTHER]),
        ({"number": NUMBER}, [NUMBER]),
        ([{"phone": "(212) 555-0143", "name": "Zoe"}, {"phone": OTHER}], [NUMBER, OTHER]),
        (f"{NUMBER}, {OTHER}", [NUMBER, OTHER]),
        (f"{NUMBER};{OTHER}", [NUMBER, OTHER]),
        (f'["{NUMBER}","{OTHER}"]', [NUMBER, OTHER]),
    ],
)
def test_each_number_of_a_list_or_object_is_a_contact(world: World, numbers: Any, keys: list[str]) -> None:
    world.load(
        TEXT | {"id": 1, "direction": "outbound", "from_number": LINE, "to_number": numbers},
        TEXT | {"id": 2, "direction": "outbound", "from_number": LINE, "to_number": "+13035550150", "unix_time": AT},
    )
    tracking, key, found = _numbers(rows(world)[1])
    assert (tracking, key, found or [key]) == (LINE, keys[0], keys)
    assert left_after(world, keys[-1]) == [1]


@pytest.mark.parametrize("field", ["caller_number", "contact_number", "caller_number_complete"])
def test_each_number_of_a_call_is_a_contact(world: World, field: str) -> None:
    sent = {"account_id": 7, "caller_number": None, "tracking_number": LINE, "tracking_label": f"{OTHER} {NUMBER}"}
    world.load(sent | {"id": 1, field: [OTHER, 2125550143]})
    row = rows(world)[1]
    assert (row["contact_keys"], row["tracking_label"]) == ([OTHER, NUMBER], "[redacted] [redacted]")
    assert left_after(world, NUMBER) == [1]


@pytest.mark.parametrize(
    ("sent", "line", "key"),
    [
        # An outbound call is from the business's own number, and says who the contact is.
        ({"direction": "outbound", "caller_number": LINE, "contact_number": NUMBER}, LINE, NUMBER),
        ({"direction": "outbound", "caller_number": LINE, "to_number": NUMBER}, LINE, NUMBER),
        ({"direction": "outbound", "caller_number": NUMBER, "contact_number": LINE}, LINE, NUMBER),
        # Which of them is the business is not known.
        ({"direction": "inbound", "caller_number": LINE, "contact_number": NUMBER}, None, LINE),
        ({"direction": "outbound", "caller_number": LINE}, None, LINE),
        ({"direction": "outbound", "caller_number": LINE, "email": "jane@x.example"}, None, LINE),
    ],
)
def test_the_number_of_the_business_is_no_contact_of_its_calls(
    world: World, sent: dict[str, Any], line: str | None, key: str
) -> None:
    world.load({"account_id": 7, "id": 1, "tracking_number": LINE, **sent})
    assert _numbers(rows(world)[1])[:2] == (line, key)
    assert line is None or rows(world)[1]["contact_keys"] is None


@pytest.mark.parametrize("direction", ["outbound", "inbound", None])
def test_a_number_of_the_call_settings_is_no_contact(world: World, direction: str | None) -> None:
    world.sql(
        "INSERT INTO tracking.call_settings (account_id, name, tracking_numbers) VALUES (7, 'main', ARRAY[:line])",
        line=LINE,
    )
    world.load({"account_id": 7, "id": 1, "tracking_number": LINE, "caller_number": LINE, "direction": direction})
    assert _numbers(rows(world)[1]) == (LINE, None, None)


def test_the_number_of_the_business_leads_to_no_stranger_where_the_direction_is_not_known(world: World) -> None:
    text = TEXT | {"direction": "routed", "to_number": LINE}
    world.load(text | {"id": 1, "from_number": OTHER})
    world.load(text | {"id": 2, "from_number": NUMBER})
    world.load(text | {"id": 3, "from_number": NUMBER})
    world.load(text | {"id": 4, "direction": "inbound", "from_number": "+12125550177"})
    assert rows(world)[3]["contact_keys"] == [NUMBER, LINE]
    assert past_of(world, 3) == [2, 3]
