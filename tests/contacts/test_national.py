"""Numbers in forms next to a country: they are read as that country writes them, or are nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from redaction.contacts.countries import read_country
from redaction.source.rows import CallSettings, build_row

CALL = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000}


def _keys(form: Any, field: str = "form", country: str = "US") -> list[str]:
    row = build_row({**CALL, field: form}, {7: CallSettings(country=country)})
    return row.get("contact_keys") or [key for key in (row.get("contact_key"),) if key]


@pytest.mark.parametrize("field", ["form", "custom_fields"])
@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"country_code": "44", "phone": "7867234567"}, "+447867234567"),
        ({"country_code": 44, "phone": "07867234567"}, "+447867234567"),
        ({"phone": "7867234567", "countryCode": "GB"}, "+447867234567"),
        ({"Phone Country": "+91", "Phone": "7022345678"}, "+917022345678"),
        ({"calling code": "United Kingdom (+44)", "mobile": "07867234567"}, "+447867234567"),
        ({"country": "United Kingdom", "phone": "07867234567"}, "+447867234567"),
        ({"País": "Deutschland", "Telefon": "0170 1234567"}, "+491701234567"),
        ({"country": "de", "phone": "0170 1234567"}, "+491701234567"),
        ({"phone": {"countryCode": "GB", "number": "07867234567"}}, "+447867234567"),
        ({"phone": {"country": "44", "area": "20", "number": "71234567"}}, "+442071234567"),
        ({"country": "GB", "contact": {"phone": "07867234567"}}, "+447867234567"),
        ([{"name": "country_code", "value": "44"}, {"name": "phone", "value": "7867234567"}], "+447867234567"),
        (
            {"fields": [{"label": "Phone Country", "value": "IN"}, {"label": "Phone", "value": "7022345678"}]},
            "+917022345678",
        ),
        ("country_code=%2B44&phone=7867234567", "+447867234567"),
        # Two numbers, each with its own country; that of numbers before that of an address.
        ({"phone_country": "GB", "phone": "07867234567", "fax_country": "US"}, "+447867234567"),
        ({"country": "US", "phone_country": "GB", "phone": "07867234567"}, "+447867234567"),
        # The same country, or a number that says its own.
        ({"country": "US", "phone": "(212) 555-0143"}, "+12125550143"),
        ({"country": "CA", "phone": "(212) 555-0143"}, "+12125550143"),
        ({"country": "United States", "phone": "2125550143"}, "+12125550143"),
        ({"country_code": "44", "phone": "+1 212 555 0143"}, "+12125550143"),
        ({"country_code": "44", "phone": "447867234567"}, "+447867234567"),
        ({"country": "Elsewhere", "phone": "2125550143"}, "+12125550143"),
        ({"Land (acres)": "7", "phone": "2125550143"}, "+12125550143"),
        ({"country": "", "phone": "2125550143"}, "+12125550143"),
    ],
)
def test_a_country_next_to_a_number_says_how_to_read_it(form: Any, expected: str, field: str) -> None:
    assert _keys(form, field) == [expected]


@pytest.mark.parametrize(
    "form",
    [
        {"country_code": "44", "dial_code": "91", "phone": "7867234567"},
        {"country_code": "44", "phone": "2125550143"},
        {"country": "FR", "phone": "7867234567"},
        {"phone": {"countryCode": "FR", "number": "(212) 555-0143"}},
    ],
)
def test_a_number_that_contradicts_the_country_next_to_it_is_nobodys(form: Any) -> None:
    assert _keys(form) == []


def test_the_text_of_the_contact_is_cut_as_its_country_writes_it() -> None:
    sent = {**CALL, "form": {"country_code": "44", "phone": "7867234567"}, "source": "Ad 07867 234567"}
    assert build_row(sent, {7: CallSettings()})["source"] == "Ad [redacted]"


@pytest.mark.parametrize(
    ("said", "country"),
    [
        *(("GB", "GB"), ("uk", "GB"), ("+44", "GB"), ("0044", "GB"), ("1", "US"), (1, "US"), ("1-868", "US")),
        *(("España", "ES"), ("germany", "DE"), ("Österreich", "AT"), ("US +1", "US")),
        *(("", None), (None, None), ("XX", None), ("999", None), ("2125550143", None), (True, None), (["GB"], "GB")),
    ],
)
def test_a_country_is_two_letters_a_calling_code_or_a_name(said: Any, country: str | None) -> None:
    assert read_country(said) == country
