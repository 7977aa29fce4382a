"""Forms as builders of forms send them: each field is an object with its name, its type and its value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from redaction.alphabet import MAYBE_NAME_FIELD
from redaction.source.named import names_in_fields
from redaction.source.rows import CallSettings, build_row

CALL = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000}
NUMBER, TEXT = "+12125550190", "(212) 555-0190"
NUMBERS: tuple[Any, ...] = (
    {"fields": {"2": {"name": "Phone", "value": TEXT, "type": "phone"}}},
    {"1": {"name": "Phone", "value": TEXT}},
    {"5": {"key": "phone_1", "value": TEXT}},
    {"a7": {"id": 3, "type": "phone", "value": TEXT}},
    {"fields": {"tel": {"id": "field_1", "type": "tel", "title": "How do we get hold of you?", "value": TEXT}}},
    [{"type": "Phone", "value": TEXT}],
    {"form_response": {"answers": [{"type": "phone_number", "phone_number": NUMBER, "field": {"id": "x"}}]}},
    {"lead": {"answers": [{"questionId": 3, "name": "phone", "answer": TEXT}]}},
    {"q": [[{"name": "Phone", "value": TEXT}]]},
    [["phone", TEXT], ["email", ""]],
    {"pairs": [["Phone", TEXT]]},
    [{"k": "phone", "v": TEXT}],
    [{"key": "phone", "val": TEXT, "required": True}],
    [{"title": "Phone", "text": TEXT}],
    {"rawRequest": orjson.dumps({"q3_phone": {"full": TEXT}}).decode()},
    {"area_code": "212", "phone": "5550190"},
    {"phone_area": 212, "phone": 5550190, "plan": 7},
    f"Phone: {TEXT}\nCity: New York\n",
    f"Name:Jane Roe, Phone:{TEXT}, City:New York",
)
NOBODYS: tuple[Any, ...] = (
    {"1": {"id": 3, "label": "Store", "type": "tel", "value": TEXT}},
    {"1": {"name": "phone", "label": "Store phone", "value": TEXT}},
    [{"key": "phone", "title": "Agent phone", "text": TEXT}],
    {"crm": {"agent_user": {"contact": {"phone": TEXT}}}},
    f"I saw your ad, phone: {TEXT}",
    f"Store phone: {TEXT}\nCity: New York",
    {"text": "phone", "value": TEXT},
)
NAMED: tuple[Any, ...] = (
    {"fields": {"1": {"name": "Name", "value": "Jane Wills", "type": "name", "first": "Jane", "last": "Wills"}}},
    {"1": {"name": "First name", "value": "Jane"}, "2": {"name": "Last name", "value": "Wills"}},
    {"1": {"id": 7, "type": "name", "value": "Jane Wills"}},
    [{"title": "Who are you", "type": "fullname", "value": "Jane Wills"}],
    [{"title": "Your name", "text": "Jane Wills"}],
    [{"k": "name", "v": "Jane Wills"}],
    [{"key": "first_name", "val": "Jane"}, {"key": "last_name", "val": "Wills"}],
    [["Name", "Jane Wills"], ["Phone", "x"]],
    {"form_fields[name]": "Jane Wills"},
    {"wpforms[fields][name]": "Jane Wills", "a[b]": "c"},
    {"fields[first_name]": "Jane", "fields[last_name]": "Wills"},
    {"Caller's Name": "Jane Wills"},
    {"Patient’s Full Name": "Jane Wills"},
    {"homeowner_name": "Jane Wills"},
    {"What's your first name?": "Jane", "What’s your last name?": "Wills"},
    {"contact": {"given": "Jane", "family": "Wills"}},
    {"name": {"label": "Jane Wills", "value": "x"}},
    {"lead": {"name": "Jane Wills", "value": "1200"}},
    {"f": [{"1": {"name": "name", "value": "Jane Wills"}}]},
    "Name: Jane Wills\nPhone: x",
    "Name:Jane Wills, City:New York",
)
OTHER_WORDS: tuple[Any, ...] = (
    {"1": {"name": "Preferred Store", "value": "x"}},
    "I am Jane, name: Jane Wills",
    [{"title": "name", "text": "Jane Wills", "price": 5}],
    [["name", "Jane Wills", "x"]],
    [{"type": "text", "text": "Jane Wills", "field": {"id": "x"}}],
)


def _form(form: Any, **sent: Any) -> dict[str, Any]:
    return build_row({**CALL, "kind": "form", "form": form, **sent}, {7: CallSettings()})


@pytest.mark.parametrize("form", NUMBERS)
def test_a_field_is_an_object_with_its_name_or_type_and_its_value(form: Any) -> None:
    row = _form(form, source=f"Ad {TEXT}")
    assert (row["contact_key"], row.get("contact_keys"), row["source"]) == (NUMBER, None, "Ad [redacted]")


def test_a_type_says_what_a_field_asks_for_if_its_name_does_not() -> None:
    form = [{"title": "Where can we write to?", "type": "email", "value": "Jane@x.example"}]
    assert _form(form)["contact_key"] == "jane@x.example"


def test_a_name_that_asked_for_nothing_may_have_an_object_later() -> None:
    assert "contact_key" not in _form({"about_you": "x"})
    assert _form({"about_you": {"phone": TEXT}})["contact_key"] == NUMBER


@pytest.mark.parametrize("form", NOBODYS)
def test_a_field_of_somebody_else_stays_that_with_a_type_or_a_second_name(form: Any) -> None:
    assert "contact_key" not in _form(form)


@pytest.mark.parametrize("field", ["form", "custom_fields"])
@pytest.mark.parametrize("form", NAMED)
def test_a_name_is_found_in_such_a_field(form: Any, field: str) -> None:
    row = build_row({**CALL, field: form, "source": "Jane Wills ad"}, {7: CallSettings()})
    assert row["source"] == "[redacted] ad"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("form", NAMED + OTHER_WORDS + NUMBERS + NOBODYS)
def test_the_database_finds_the_same_names(sql: Callable[..., list[dict[str, Any]]], form: Any) -> None:
    [found] = sql(
        "SELECT redaction.names_in_fields(CAST(:form AS jsonb)) AS names, CAST(CAST(:form AS jsonb) AS text) AS text",
        form=orjson.dumps(form).decode(),
    )
    assert set(found["names"]) == set(names_in_fields(form))
    if form in NAMED:
        assert "Jane Wills" in found["names"]
        assert re.search(MAYBE_NAME_FIELD, found["text"], re.IGNORECASE)
    elif form in OTHER_WORDS:
        assert found["names"] == []
