"""The loader: a source record becomes a row, every field in the column of its category, nothing smuggled past."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.catalog import load_catalog
from redaction.contacts.numbers import numbers_of
from redaction.source.rows import CallSettings, Rejected, build_row
from redaction.source.scrub import Caller
from tests.checkout import ROOT

ALL = {7: CallSettings()}
BASE: dict[str, Any] = {"id": 1, "account_id": 7, "unix_time": 1_700_000_000}
TSV = (ROOT / "source" / "calltrackingmetrics" / "fields.tsv").read_text(encoding="utf-8").splitlines()[1:]
FIELDS = [line.split("\t") for line in TSV]


def row(settings: CallSettings | None = None, **fields: Any) -> dict[str, Any]:
    return build_row({**BASE, **fields}, {7: settings} if settings else ALL)


def _category_columns(category: str) -> list[str]:
    return [name for name, entry in load_catalog().columns.items() if entry.category == category.partition(" (")[0]]


@pytest.mark.parametrize(("field", "kind", "category"), [(f[0], f[1], f[3]) for f in FIELDS if f[2] == "personal"])
def test_a_personal_field_goes_to_a_column_of_its_category_and_nowhere_else(
    field: str, kind: str, category: str
) -> None:
    name = field.rpartition("] ")[2] if field.startswith("[") else field
    parts = name.replace("[]", "").split(".")
    value: Any = "canary-value"
    if parts[-1] in ("emails", "tag_list", "media"):
        value = ["canary-value"]
    for part in reversed(parts[1:]):
        value = {part: value}
    if "[]" in name:
        value = [value]
    built = row(**{parts[0]: value})
    holders = [column for column, held in built.items() if b"canary-value" in orjson.dumps(held)]
    if name == "is_s3_link":
        # A flag about the address of a recording says nothing once the recording is known, and is dropped.
        assert holders == []
        return
    assert holders, f"{field} was lost"
    assert set(holders) <= set(_category_columns(category)) | {"contact_key"}, field


@pytest.mark.parametrize("field", [f[0] for f in FIELDS if f[2] != "personal" and "." not in f[0] and "[" not in f[0]])
def test_a_retained_field_of_the_wrong_shape_smuggles_nothing_in(field: str) -> None:
    if field in ("id", "account_id", "unix_time", "called_at", "redacted"):
        # Without them there is no row.
        return
    built = row(**{field: {"secret": "canary-value"}})
    held = [column for column, value in built.items() if b"canary-value" in orjson.dumps(value)]
    assert set(held) <= {"unlisted"}


def test_what_nobody_listed_is_personal() -> None:
    assert row(shoe_size=44, duration=12)["unlisted"] == {"shoe_size": 44, "duration": 12}


def test_call_path_keeps_its_four_keys() -> None:
    hop = {
        "route_name": "Desk",
        "route_id": 4,
        "route_type": "queue",
        "started_at": "2026-10-05T20:15:00Z",
        "agent": "canary",
    }
    built = row(call_path=[hop, {"route_name": {"nested": "canary"}}])
    assert built["call_path"] == [{k: hop[k] for k in load_catalog().path_keys}, {}]
    assert built["unlisted"]["call_path"] == [{"agent": "canary"}, {"route_name": {"nested": "canary"}}]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"kind": "form"}, "form"),
        ({"type": "Chat", "body": "hi"}, "chat"),
        ({"type": "weird", "body": "hi"}, "text"),
        ({"body": "hi"}, "text"),
        *(
            ({"kind": said}, "text")
            for said in ("TextMessage", "InboundSMS", "SMSMessage", "sms-inbound", "WhatsApp", "RCS")
        ),
        *(({"kind": said}, "chat") for said in ("ChatMessage", "WebChat", "LiveChat", "live_chat")),
        *(({"kind": said}, "form") for said in ("FormSubmission", "FormReactor", "WebForm")),
        ({"kind": "PhoneCall", "body": "hi"}, "call"),
        ({"media": ["x"]}, "text"),
        ({"chat_messages": [{"a": 1}]}, "chat"),
        ({"form": {"name": "x"}}, "form"),
        ({"form": {"name": "x"}, "duration": 0}, "call"),
        ({"form": {"name": "x"}, "call_path": [{"route_name": "x"}]}, "call"),
        ({}, "call"),
    ],
)
def test_the_kind(fields: dict[str, Any], kind: str) -> None:
    assert row(**fields)["kind"] == kind


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"unix_time": None, "called_at": "2013-05-01 11:48 PM -04:00"}, datetime(2013, 5, 2, 3, 48, tzinfo=UTC)),
        ({"unix_time": None, "called_at": "2013-05-01 12:05 AM +05:45"}, datetime(2013, 4, 30, 18, 20, tzinfo=UTC)),
        ({"unix_time": None, "called_at": "2013-05-01T12:05:00-07:00"}, datetime(2013, 5, 1, 19, 5, tzinfo=UTC)),
        ({"unix_time": 0, "called_at": "2013-05-01T12:05:00Z"}, datetime(2013, 5, 1, 12, 5, tzinfo=UTC)),
        ({"unix_time": "1367380100", "called_at": "2013-05-01T12:05:00Z"}, datetime(2013, 5, 1, 3, 48, 20, tzinfo=UTC)),
    ],
)
def test_the_time(fields: dict[str, Any], expected: datetime) -> None:
    found = row(**fields)["called_at"]
    assert (found, found.tzinfo) == (expected, UTC)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"id": None}, "id"),
        ({"id": "canary"}, "id"),
        ({"id": 2**63}, "id"),
        ({"account_id": 12125550143}, "^its account does not exist here$"),
        ({"unix_time": None}, "called_at"),
        ({"unix_time": None, "called_at": "canary o'clock"}, "called_at"),
        ({"unix_time": 10**20}, "unix_time"),
    ],
)
def test_what_cannot_be_loaded_is_rejected_without_its_content(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(Rejected, match=says) as caught:
        row(**fields)
    assert "canary" not in str(caught.value)


LOOKUPS: dict[str, Any] = {
    "cnam": "C",
    "city": "Austin",
    "geo": {"lat": 1},
    "extended_lookup": {"first_name": "F"},
    "tracking_number": "+18005550100",
}


OTHERWISE_NAMED = (
    *("callerCity", "caller-state", "CallerCountry", "location_city", "customer_city", "ip_city", "zip_code", "City"),
    *("fromZipCode", "region", "contact_region", "province", "callerLat", "caller_lng", "postalCode"),
)


def test_caller_id_settings_apply_at_the_door() -> None:
    assert row(**LOOKUPS)["caller_id"] == "C"
    without = row(CallSettings(caller_id=False), **LOOKUPS)
    assert "caller_id" not in without
    assert without["enhanced_caller_id"] == {"extended_lookup": {"first_name": "F"}}
    assert "enhanced_caller_id" not in row(CallSettings(enhanced=False), **LOOKUPS)
    named = CallSettings(by_number={"+18005550100": (False, False)})
    otherwise = {name: "Austin" for name in OTHERWISE_NAMED}
    assert row(**otherwise)["unlisted"] == otherwise
    assert "unlisted" not in row(CallSettings(caller_id=False), **otherwise)
    lookups = {"CNAM": "C", "callerIdName": "C", "extendedLookup": "E"}
    assert row(CallSettings(caller_id=False), **lookups, mood="m")["unlisted"] == {"extendedLookup": "E", "mood": "m"}
    assert set(row(CallSettings(enhanced=False), **lookups, **otherwise)["unlisted"]) == {"CNAM", "callerIdName"}
    assert not {"caller_id", "enhanced_caller_id"} & set(row(named, **LOOKUPS))
    assert row(named, **{**LOOKUPS, "tracking_number": "+18005550101"})["caller_id"] == "C"


@pytest.mark.parametrize("withheld", ["anonymous", "", "+0000000000", "Restricted", "unknown", "+266696687", "0000000"])
def test_withheld_numbers_are_nobodys(withheld: str) -> None:
    assert "contact_key" not in row(caller_number=withheld)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"caller_number": "(212) 555-0143"}, "+12125550143"),
        ({"caller_number_complete": "+442079460123"}, "+442079460123"),
        ({"from_number": "12125550143"}, "+12125550143"),
        ({"email": "Zoe@Example.com"}, "zoe@example.com"),
        ({"form": {"email": "a@example.com"}}, "a@example.com"),
        ({"form": {"customer_number_to_dial": "(212) 555-0143"}}, "+12125550143"),
    ],
)
def test_the_contact_key(fields: dict[str, Any], key: str) -> None:
    assert row(**fields)["contact_key"] == key


_SEPARATORS = st.sampled_from(["", " ", "-", ".", ") ", " - ", "\u2011", "/"])


@given(
    st.integers(2_000_000_000, 9_899_999_999).map(str),
    st.lists(_SEPARATORS, min_size=9, max_size=9),
    st.sampled_from(["", "+1", "1 ", "+1 (", "001 "]),
)
def test_every_format_of_the_callers_number_is_replaced(digits: str, gaps: list[str], prefix: str) -> None:
    written = prefix + "".join(digit + gap for digit, gap in zip(digits, [*gaps, ""], strict=True))
    scrubbed = Caller(numbers=["+1" + digits]).scrub(f"Call from {written} ext")
    assert "[redacted]" in scrubbed
    assert not any(character.isdigit() for character in scrubbed), scrubbed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Referred by Zoë  Canary", "Referred by [redacted]"),
        ("ZOË CANARY via web", "[redacted] via web"),
        ("mail Zoe@Example.com", "mail [redacted]"),
        ("Office (800) 555-0100", "Office (800) 555-0100"),
        ("Google Ads", "Google Ads"),
        ("田中太郎様", "[redacted]様"),
        ("STRASSE GROẞ at the door", "[redacted] at the door"),
        ("12125550143 or +1+212+555+0143", "[redacted] or [redacted]"),
    ],
)
def test_retained_text_loses_its_own_caller_and_nothing_else(text: str, expected: str) -> None:
    caller = Caller(
        numbers=["+12125550143"],
        emails=[" zoe@example.com "],
        names=["Zoë Canary", "Google", "田中太郎", "Straße Gross"],
    )
    assert caller.scrub(text) == expected


def test_the_whole_row_is_scrubbed() -> None:
    built = row(
        name="Zoë Canary",
        caller_number="+12125550143",
        source="from 212-555-0143",
        status="Zoë Canary",
        tracking_label="+1 (212) 555 0143",
        call_path=[{"route_name": "to Zoë Canary"}],
        tracking_number="+18005550100",
    )
    assert built["source"] == "from [redacted]"
    assert built["status"] == built["tracking_label"] == "[redacted]"
    assert built["call_path"] == [{"route_name": "to [redacted]"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"cnam": "Zoë Canary"},
        {"callerid": "ZOË CANARY"},
        {"form": {"name": "Zoë Canary"}},
        {"extended_lookup": {"first_name": "Zoë", "last_name": "Canary"}},
    ],
)
def test_a_name_is_known_from_wherever_it_stands(fields: dict[str, Any]) -> None:
    built = row(source="for Zoë Canary", call_path=[{"route_name": "for zoë canary"}], **fields)
    assert (built["source"], built["call_path"]) == ("for [redacted]", [{"route_name": "for [redacted]"}])


def test_a_number_beyond_bigint_is_no_number_and_no_end() -> None:
    assert row(source_id="9" * 19)["unlisted"] == {"source_id": "9" * 19}
    assert row(source_id="9" * 5000)["unlisted"] == {"source_id": "9" * 5000}


def test_numbers() -> None:
    assert numbers_of("US")["+1 (212) 555-0143"] == "+12125550143"
    assert numbers_of("US")["12345"] is None
