"""Numbers and addresses with something before, between or behind them, as people and networks write them."""

from __future__ import annotations

from typing import Any

import pytest

from redaction.contacts.contacts import contact_key
from redaction.errors import BadInput
from redaction.source.rows import CallSettings, build_row

CALL = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000}


def _contacts(country: str = "US", **sent: Any) -> Any:
    row = build_row({**CALL, **sent}, {7: CallSettings(country=country)})
    return row.get("contact_keys") or [key for key in (row.get("contact_key"),) if key]


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("+1 212 555 0143 (mobile)", "US", ["+12125550143"]),
        ("212-555-0143 cell", "US", ["+12125550143"]),
        ("(212) 555-0143 - home, call after 5pm", "US", ["+12125550143"]),
        ("0151 12345678 (privat)", "DE", ["+4915112345678"]),
        ("06 12 34 56 78 - portable", "FR", ["+33612345678"]),
        ("+1 212 555 0143 / +1 212 555 0144", "US", ["+12125550143", "+12125550144"]),
        ("2125550143/2125550144", "US", ["+12125550143", "+12125550144"]),
        ("212-555-0143 or 212-555-0144", "US", ["+12125550143", "+12125550144"]),
        ("212-555-0143 & 212-555-0144", "US", ["+12125550143", "+12125550144"]),
        ("h323:+12125550143@gateway.example", "US", ["+12125550143"]),
        ("+12125550143@pbx.example", "US", ["+12125550143"]),
        ("12125550143@s.whatsapp.net", "US", ["+12125550143"]),
        ("12125550143@c.us", "US", ["+12125550143"]),
        ("12125550143:12@s.whatsapp.net", "US", ["+12125550143"]),
        # Several of them, whatever stands between.
        ("2125550143;2125550144", "US", ["+12125550143", "+12125550144"]),
        ("2125550143;ext=5;2125550144", "US", ["+12125550143", "+12125550144"]),
        ("212-555-0143, 212-555-0144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143|+12125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143 +12125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143+12125550144", "US", ["+12125550143", "+12125550144"]),
        ("tel:+12125550143,tel:+12125550144", "US", ["+12125550143", "+12125550144"]),
        # Users of clients without a number.
        ("client:jane", "US", ["client:jane"]),
        ("client:Jane_Doe", "US", ["client:jane_doe"]),
        ("CLIENT:+12125550143", "US", ["+12125550143"]),
        ("client:jane@x.example", "US", ["jane@x.example"]),
        ("skype:live:jane.doe", "US", ["skype:live:jane.doe"]),
        ("skype:jane.doe?call", "US", ["skype:jane.doe"]),
        ("messenger:1234567890123456", "US", ["messenger:1234567890123456"]),
        ("telegram:87654321", "US", ["telegram:87654321"]),
        ("sip:jane", "US", ["sip:jane"]),
        ("whatsapp:+12125550143", "US", ["+12125550143"]),
        ("client:anonymous", "US", []),
        ("client:", "US", []),
        ("note: call back", "US", []),
        # As they are dialled.
        ("*67 212-555-0143", "US", ["+12125550143"]),
        ("*672125550143", "US", ["+12125550143"]),
        ("+1 +1 2125550143", "US", ["+12125550143"]),
        ("212_555_0143", "US", ["+12125550143"]),
        ("212·555·0143", "US", ["+12125550143"]),
        ("212 • 555 • 0143", "US", ["+12125550143"]),
        ("03〜1234〜5678", "JP", ["+81312345678"]),
        ("011442079460018", "GB", ["+442079460018"]),
        ("011 52 1 55 1234 5678", "MX", ["+525512345678"]),
        ("0601 234 567", "PL", ["+48601234567"]),
        ("011 32 12 34 56 78", "BE", ["+3212345678"]),
        ("+1\t212\t555\t0143", "US", ["+12125550143"]),
        ("044 668'18'00", "CH", ["+41446681800"]),
        ("044 668’18’00", "CH", ["+41446681800"]),
        ("+1 (0) 212 555 0143", "US", ["+12125550143"]),
        ("+34 (0)612 345 678", "ES", ["+34612345678"]),
        ("+39 (0)6 1234 5678", "IT", ["+390612345678"]),
        ("+49 (0)30 901820", "DE", ["+4930901820"]),
        # A table has put commas or an exponent into a number.
        ("2,125,550,143", "US", ["+12125550143"]),
        ("12,125,550,143", "US", ["+12125550143"]),
        ("2.12555014300E+09", "US", ["+12125550143"]),
        # A mobile number with the code of its country and no plus is no number of another place.
        ("4915123456789", "DE", ["+4915123456789"]),
        ("49-151-23456789", "DE", ["+4915123456789"]),
        ("62812345678", "ID", ["+62812345678"]),
        # Several of them, in other words and with other marks between.
        ("2125550143 2125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143 (home) +12125550144 (cell)", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143 then +12125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143->+12125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143 — +12125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143、+12125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143；+12125550144", "US", ["+12125550143", "+12125550144"]),
        ("<+12125550143> <+12125550144>", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143<br>+12125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143%0A+12125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143%2C%2B12125550144", "US", ["+12125550143", "+12125550144"]),
        ("+12125550143 ​+12125550144", "US", ["+12125550143", "+12125550144"]),
        # Nobody, in other digits, and as the user of a host.
        ("２６６６９６６８７", "DE", []),
        ("８６５６６９６", "DE", []),
        ("anonymous@pbx.example", "US", []),
        ("+1266696687@pbx.example", "US", []),
        ("266696687@c.us", "US", []),
        ("sip:anonymous.invalid", "US", []),
        # Plans that got more digits.
        ("+22997123456", "US", ["+2290197123456"]),
        ("97123456", "BJ", ["+2290197123456"]),
        ("+22507123456", "US", ["+2250707123456"]),
        ("+22505123456", "US", ["+2250505123456"]),
        # What was right before.
        ("0151/12345678", "DE", ["+4915112345678"]),
        ("+1-800-FLOWERS", "US", ["+18003569377"]),
        ("212-555-0143 ext. 5", "US", ["+12125550143"]),
        ("jane@x.example", "US", ["jane@x.example"]),
        ("2125550143@x.example", "US", ["2125550143@x.example"]),
        ("anonymous@anonymous.invalid", "US", []),
        ("unknown@unknown.invalid", "US", []),
        ("Suite 212", "US", []),
        ("call after 5pm", "US", []),
    ],
)
def test_a_number_is_read_with_what_stands_around_it(number: str, country: str, expected: list[str]) -> None:
    assert _contacts(country, caller_number=number) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("a@x.example|b@x.example", ["a@x.example", "b@x.example"]),
        ("jane%40x.example", ["jane@x.example"]),
        ("'jane'@x.example", ["jane@x.example"]),
        ("'o'neil'@x.example", ["o'neil@x.example"]),
        ('"Jane Doe"@x.example, b@x.example', ['"jane doe"@x.example', "b@x.example"]),
        ('"Jane Doe" <jane@x.example>', ["jane@x.example"]),
        ("mailto:jane%2Bnews%40x.example?subject=50%25", ["jane+news@x.example"]),
        ("jane&#64;x.example", ["jane@x.example"]),
        ("anonymous@anonymous.invalid", []),
        ("100%@x.example", ["100%@x.example"]),
        # The name of a host in its own letters, and as the name server has it.
        ("jane@xn--mnchen-3ya.example", ["jane@münchen.example"]),
        ("Jane@MÜNCHEN.example", ["jane@münchen.example"]),
        ("jane@mu\u0308nchen.example", ["jane@münchen.example"]),
        ("jane@XN--80A1ACNY.xn--p1ai", ["jane@почта.рф"]),
        ("jane@xn--strae-oqa.example", ["jane@straße.example"]),
        ("jane@x。example", ["jane@x.example"]),
        ("jane@xn--.example", ["jane@xn--.example"]),
        ("jane@xn--\u00fc.example", ["jane@xn--ü.example"]),
        ("'jane@x.example'", ["jane@x.example"]),
        ("“jane@x.example”", ["jane@x.example"]),
        ("‘jane@x.example’", ["jane@x.example"]),
        ("«jane@x.example»", ["jane@x.example"]),
        ("•jane@x.example", ["jane@x.example"]),
        ("`jane@x.example`", ["jane@x.example"]),
        ("*jane@x.example*", ["jane@x.example"]),
        ("jane@x&#46;example", ["jane@x.example"]),
        ("jane@x..example", ["jane@x.example"]),
        ("email=jane@x.example", ["jane@x.example"]),
        ("https://x.example/?email=jane@x.example", ["jane@x.example"]),
        # As people write it for people.
        ("jane @ x.example", ["jane@x.example"]),
        ("jane (at) x.example", ["jane@x.example"]),
        ("jane[at]x[dot]example", ["jane@x.example"]),
        ("jane at x dot example", ["jane@x.example"]),
        ("jane@@x.example", ["jane@x.example"]),
        ('"jane"@x.example', ["jane@x.example"]),
        ("meet @ 5", []),
        ("jane=bob@x.example", ["jane=bob@x.example"]),
    ],
)
def test_an_address_is_read_however_it_is_joined_or_encoded(sent: str, expected: list[str]) -> None:
    assert _contacts(kind="form", email=sent) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        *(
            (said, "+12125550143")
            for said in ("+12125550143@pbx.example", "h323:+12125550143@gateway", "+1 212 555 0143 (mobile)")
        ),
        *(
            (said, "+12125550143")
            for said in ("tel:+1-212-555-0143;phone-context=+1", "*67 212 555 0143", "client:+12125550143")
        ),
        *(
            (said, "jane@x.example")
            for said in ("xmpp:jane@x.example", "im:Jane@x.example", "mailto:jane@x.example?subject=b")
        ),
        *(
            (said, "jane@x.example")
            for said in ("'jane@x.example'", "jane＠x.example", "jane%40x.example", "jane&#64;x.example")
        ),
        *((said, "jane@münchen.example") for said in ("jane@münchen.example", "JANE@xn--mnchen-3ya.example")),
        ("client:Jane", "client:jane"),
        ("skype:live:jane", "skype:live:jane"),
    ],
)
def test_a_hold_is_placed_on_the_same_contact(said: str, expected: str) -> None:
    assert contact_key(said, "US") == expected
    assert expected in _contacts(caller_number=said)


@pytest.mark.parametrize(
    "said",
    [
        *("anonymous@anonymous.invalid", "212-555-0143 / 212-555-0144", "2125550143;2125550144", "jane@x .example"),
        *("jane at x", "+12125550143 then +12125550144", "2125550143 2125550144"),
        *("note: call back", "client:", "client:anonymous", "+12125550143+12125550144"),
    ],
)
def test_nobody_and_several_are_refused(said: str) -> None:
    with pytest.raises(BadInput):
        contact_key(said, "US")
