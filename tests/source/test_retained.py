"""A retained value has the type of its column: numbers, ids, times and words; everything else, and no more, is
unlisted.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from redaction.contacts.numbers import line_key
from redaction.source.rows import CallSettings, build_row

CALLER = "+12125550143"
HOP = {"route_name": "Desk", "route_id": 4, "route_type": "voice_menu", "started_at": "2026-10-05T20:15:00Z"}


CALL = {"id": 1, "account_id": 7, "unix_time": 1_790_812_800}


def row(**fields: Any) -> dict[str, Any]:
    return build_row({**CALL, "caller_number": CALLER, **fields}, {7: CallSettings()})


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("+17203584118", "+17203584118"),
        ("(720) 358-4118", "(720) 358-4118"),
        ("720.358.4118", "720.358.4118"),
        ("00 44 20 7946 0123", "00 44 20 7946 0123"),
        (" 80123 ", "80123"),
        ("whatsapp:+17203584118", "+17203584118"),
        ("tel:+1-720-358-4118", "+1-720-358-4118"),
        ("viber:jane", None),
        ("\uff18\uff10\uff11\uff12\uff13", "80123"),
        (17203584118, "17203584118"),
        (17203584118.0, "17203584118"),
        ("Jane Doe", None),
        ("720-358-4118 Jane", None),
        ("sip:jane@example.com", None),
        ("1" * 19, None),
        ("+", None),
        # A card number, and a US social security number.
        ("4111 1111 1111 1111", None),
        (4111111111111111, None),
        ("078-05-1120", None),
        (True, None),
        ({"number": "+17203584118"}, None),
    ],
)
def test_a_tracking_number_is_a_number(said: Any, kept: str | None) -> None:
    built = row(tracking_number=said)
    assert built.get("tracking_number") == kept
    assert ("unlisted" in built) == (kept is None)
    if kept is None:
        assert built["unlisted"] == {"tracking_number": said}


@pytest.mark.parametrize(
    ("country", "caller", "said"),
    [
        ("DE", "+436641234567", "0664 1234567"),
        ("DE", "+41791234567", "079 123 45 67"),
        ("GB", CALLER, "212-555-0143"),
        ("GB", "+33612345678", "06 12 34 56 78"),
        ("US", CALLER, "02125550143"),
        ("US", CALLER, "0 212 555 0143"),
        ("US", CALLER, "00 212 555 0143"),
        ("US", "+4520123456", "20 12 34 56"),
        ("US", "+4520123456", "011 45 20 12 34 56"),
        ("US", "+3612345678", "06 1 234 5678"),
        ("US", "+32475123456", "+32 (0)475 12 34 56"),
    ],
)
def test_a_tracking_number_that_is_the_contacts_in_another_country_is_unlisted(
    country: str, caller: str, said: str
) -> None:
    def build(**settings: Any) -> dict[str, Any]:
        known = {7: CallSettings(country=country, **settings)}
        return build_row(CALL | {"caller_number": caller, "tracking_number": said}, known)

    built = build()
    assert (built["contact_key"], built.get("tracking_number")) == (caller, None)
    assert built["unlisted"] == {"tracking_number": said}
    # A number in the settings of the account is its own.
    assert build(by_number={line_key(said, country): (True, True)})["tracking_number"] == said


@pytest.mark.parametrize(
    "said",
    [
        *("912125550143", "99 1 212 555 0143", "11212555014300", "1-212-555-0143-99", "21255501430", "2125550143 1"),
        "+1 212 555 0143 99",
    ],
)
def test_a_tracking_number_or_an_id_with_the_contacts_number_among_more_digits_is_unlisted(said: str) -> None:
    digits = int("".join(filter(str.isdecimal, said)))
    built = row(tracking_number=said, source_id=digits, call_path=[HOP | {"route_id": digits}])
    assert not {"tracking_number", "source_id"} & built.keys()
    assert built["unlisted"].keys() == {"tracking_number", "source_id", "call_path"}
    assert "route_id" not in built["call_path"][0]
    known = {7: CallSettings(by_number={line_key(said, "US"): (True, True)})}
    assert build_row(CALL | {"caller_number": CALLER, "tracking_number": said}, known)["tracking_number"] == said


@pytest.mark.parametrize("line", ["whatsapp:+17203584118", "rcs:+17203584118", "sms:+17203584118"])
@pytest.mark.parametrize("direction", ["inbound", "outbound", None])
def test_a_line_of_a_client_is_a_tracking_number(line: str, direction: str | None) -> None:
    sides = (line, CALLER) if direction == "outbound" else (CALLER, line)
    sent = CALL | {"direction": direction, "from_number": sides[0], "to_number": sides[1]}
    known = {7: CallSettings(by_number={"+17203584118": (True, True)})}
    built = build_row(sent, known)
    assert (built["contact_key"], "contact_keys" in built) == (CALLER, False)
    if direction is not None:
        assert built["tracking_number"] == "+17203584118"


@pytest.mark.parametrize("said", ["9920123456", "+4520123457", "4520123456 1"])
def test_a_short_number_is_in_other_digits_by_chance(said: str) -> None:
    assert row(caller_number="+4520123456", tracking_number=said)["tracking_number"] == said


@pytest.mark.parametrize("said", ["20123457", "206 555 0143", "5550143", "+442125550143", "+12125550144"])
def test_a_tracking_number_that_only_ends_as_the_contacts_stays(said: str) -> None:
    built = row(caller_number="+4520123456" if said[0] == "2" and " " not in said else CALLER, tracking_number=said)
    assert (built.get("tracking_number"), "unlisted" in built) == (said, False)


@pytest.mark.parametrize(
    ("caller", "said"),
    [
        ("+447911123456", "07911123456"),
        ("+447911123456", 7911123456),
        ("+447911123456", "447911123456"),
        ("+447911123456", "00447911123456"),
        ("+61412345678", "0412345678"),
        ("+819012345678", "09012345678"),
        ("+390612345679", 612345679),
        ("+34612345678", 612345678),
        ("+4520123456", 20123456),
        ("+4520123456", "4520123456"),
        ("+6591234567", 91234567),
        (CALLER, 5550143),
    ],
)
def test_an_id_that_is_a_number_of_the_contact_is_unlisted(caller: str, said: Any) -> None:
    hop = HOP | {"route_id": said}
    built = row(caller_number=caller, source_id=said, tracking_number_id=said, call_path=[HOP, hop])
    assert not {"source_id", "tracking_number_id"} & built.keys()
    assert built["call_path"] == [HOP, {key: value for key, value in HOP.items() if key != "route_id"}]
    assert built["unlisted"].keys() == {"source_id", "tracking_number_id", "call_path"}
    assert str(said).lstrip("0") in json.dumps(built["unlisted"])


def test_an_id_of_as_many_digits_that_is_nobodys_number_stays() -> None:
    built = row(caller_number="+4520123456", source_id=20123457, call_path=[HOP | {"route_id": "20123457"}])
    assert (built["source_id"], built["call_path"][0]["route_id"]) == (20123457, "20123457")
    assert "unlisted" not in built


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (7, 7),
        (7.0, 7),
        ("7", 7),
        ("123456789", 123456789),
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        (7.5, None),
        (1e300, None),
        ("4_711", None),
        ("-7", -7),
        ("+12125550143", None),
        ("2125550143", None),
        (2125550143, None),
        (12125550143.0, None),
        ("\u0667", None),
        (True, None),
        # A card number: thirteen digits or more, with the right check digit.
        (4111111111111111, None),
        ("4111111111111111", None),
        (4111111111111112, 4111111111111112),
        (378282246310005.0, None),
    ],
)
def test_an_id_of_a_column_is_an_integer(said: Any, kept: int | None) -> None:
    for field, column in (("source_id", "source_id"), ("tracking_number_id",) * 2, ("tracking_source_id", "source_id")):
        built = row(**{field: said})
        assert built.get(column) == kept
        assert built.get("unlisted") == (None if kept is not None else {field: said})


@pytest.mark.parametrize("said", [9, 9.0, "9", "VMENU123", "VMENU1234567", "TSO00000000000000000005", "ab-12_c", None])
def test_an_id_of_a_hop_is_an_integer_or_a_short_id(said: Any) -> None:
    built = row(call_path=[{"route_name": "A", "route_id": said}])
    assert built["call_path"] == [{"route_name": "A", "route_id": said}]
    assert "unlisted" not in built


@pytest.mark.parametrize(
    ("key", "said"),
    [
        *(
            ("route_id", said)
            for said in (
                CALLER,
                "2125550143",
                2125550143,
                12125550143,
                "212-555-0143",
                "TEL2125550143",
                "Jane Doe",
                2**63,
                1.5,
                # A name in letters, and the numbers of documents.
                "JaneDoe",
                "jane-doe",
                "jane_doe",
                4111111111111111,
                "4111111111111111",
                "4111-1111-1111-1111",
                "123-45-6789",
            )
        ),
        *(("route_id", said) for said in ("x" * 41, True, ["9"], "")),
        *(("route_type", said) for said in (f"dial {CALLER}", "Jane Doe", "x" * 41, 7, True, "ivr2", "", "_")),
        *(("started_at", said) for said in (CALLER, "2125550143", "20121212312", "x", 2125550143, 5, True, 1.5, "")),
        *(("route_name", said) for said in (True, ["x"], {"x": 1})),
    ],
)
def test_what_does_not_fit_in_a_hop_is_unlisted_and_that_alone(key: str, said: Any) -> None:
    built = row(call_path=[HOP, {**HOP, key: said}, HOP])
    assert built["call_path"] == [HOP, {k: v for k, v in HOP.items() if k != key}, HOP]
    assert built["unlisted"] == {"call_path": [{}, {key: said}, {}]}


@pytest.mark.parametrize(
    "said",
    [
        "2026-10-05T20:15:00Z",
        "2026-10-05 20:15:00.123+02:00",
        "2013-05-01 11:48 PM -04:00",
        "2013-05-01 11:48:10 PM",
        1_790_812_800,
        None,
    ],
)
def test_when_a_hop_started_is_a_time(said: Any) -> None:
    assert row(call_path=[{"started_at": said}])["call_path"] == [{"started_at": said}]


@pytest.mark.parametrize("bad", [None, "Jane Doe +12125550143", 7, ["x"]])
def test_what_is_no_hop_does_not_cost_the_path(bad: Any) -> None:
    built = row(call_path=[bad, HOP])
    assert built["call_path"] == [HOP]
    assert built.get("unlisted") == (None if bad is None else {"call_path": [bad, {}]})


def test_a_path_may_be_a_text_of_json() -> None:
    for path in ([HOP], [HOP, {**HOP, "x": 1}]):
        assert row(call_path=orjson.dumps(path).decode()) == row(call_path=path)
    assert row(call_path="[]") == row(call_path=[])


def test_a_path_that_is_none_is_unlisted() -> None:
    for path in ("Jane Doe", {"route_name": "Desk"}, 7, "[Jane Doe]", '{"route_name": "Desk"}', '"Desk"'):
        built = row(call_path=path)
        assert "call_path" not in built
        assert built["unlisted"] == {"call_path": path}


def test_a_name_that_is_a_number_is_the_text_of_it_and_scrubbed() -> None:
    built = row(call_path=[{"route_name": 12125550143}, {"route_name": 12125550143.0}, {"route_name": 5}])
    assert built["call_path"] == [{"route_name": "[redacted]"}, {"route_name": "[redacted]"}, {"route_name": "5"}]
    assert CALLER[1:] not in json.dumps(built["call_path"])


def test_other_whole_floats_are_written_as_integers() -> None:
    built = row(tracking_label=5.0, source=5.5, status=1e300)
    assert (built["tracking_label"], built["source"], built["status"]) == ("5", "5.5", "1e+300")


def test_a_copy_that_its_source_has_written_in_the_future_is_not_the_newest_for_ever() -> None:
    built = row(indexed_at=1_999_999_999)
    assert "indexed_at" not in built
    assert built["unlisted"] == {"indexed_at": 1_999_999_999}
    assert row(indexed_at=1_790_812_800)["indexed_at"].year == 2026
