"""Spellings of numbers and addresses: one subscriber is one contact, and a withheld one is none."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from redaction.contacts.addresses import find_addresses
from redaction.contacts.contacts import contact_key, read_contact
from redaction.contacts.countries import check_country, country_of
from redaction.contacts.numbers import line_key, number_text, numbers_of
from redaction.contacts.placeholders import is_made_up
from redaction.errors import BadInput

EXAMPLES = [
    (region, number)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
    and not is_made_up(str(number.national_number))
]
SEPARATORS = (" ", "-", ".", "/", "\u2011", "\u2013", "\u00a0", "")


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 400


@given(st.sampled_from(EXAMPLES), st.data())
def test_a_hundred_spellings_of_a_number_are_one(
    example: tuple[str, phonenumbers.PhoneNumber], data: st.DataObject
) -> None:
    region, number = example
    full = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    key = numbers_of(region)[full]
    assert key is not None
    written = data.draw(
        st.sampled_from((PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.E164))
    )
    text = phonenumbers.format_number(number, written)
    text = text.replace(" ", data.draw(st.sampled_from(SEPARATORS))) if text[:1] == "+" else text
    around = data.draw(st.sampled_from(("{}", " {} ", "tel:{}", "{} ext. 7", "{};ext=7", "{} x12")))
    assert numbers_of(region)[around.format(text)] == key
    # The country of the account does not change a number that has its own.
    if text.startswith("+"):
        assert numbers_of("AU" if region != "AU" else "US")[text] == key


@given(st.sampled_from(EXAMPLES), st.integers(0, 9), st.integers(2, 14))
def test_valid_is_what_the_library_calls_valid(
    example: tuple[str, phonenumbers.PhoneNumber], digit: int, place: int
) -> None:
    full = phonenumbers.format_number(example[1], PhoneNumberFormat.E164)
    changed = full[:place] + str(digit) + full[place + 1 :]
    try:
        parsed = phonenumbers.parse(changed, None)
    except phonenumbers.NumberParseException:
        assert numbers_of("AU")[changed] is None
        return
    if phonenumbers.is_valid_number(parsed):
        assert (numbers_of("AU")[changed] is None) == is_made_up(changed)
    elif parsed.country_code not in (52, 54, 55, 225, 229):
        assert numbers_of("AU")[changed] is None


@pytest.mark.parametrize(
    ("country", "one", "other"),
    [
        ("US", "+5215512345678", "+525512345678"),
        ("MX", "044 55 1234 5678", "+52 55 1234 5678"),
        ("AR", "011 15 2345-6789", "+54 11 2345 6789"),
        ("US", "+5491123456789", "+541123456789"),
        ("BR", "(11) 8765-4321", "+55 11 98765-4321"),
        ("US", "+551187654321", "+5511987654321"),
        ("US", "1-800-FLOWERS", "+18003569377"),
        *(("US", text, "+18005552643") for text in ("800-555-2M43", "(800) 555-264D", "1 800.555.26HD")),
        ("CA", "+1 800-GO-52643", "+18004652643"),
        ("US", "442079460018", "+44 (0)20 7946 0018"),
        ("AU", "61412345678", "0412 345 678"),
        ("JP", "０３‐１２３４‐５６７８", "+81 3-1234-5678"),
        # As spreadsheets and programs write numbers.
        ("US", "12125550143.0", "+12125550143"),
        ("US", "2125550143.00", "+12125550143"),
        ("DE", "4930901820.0", "+4930901820"),
        ("US", "2.125550143E9", "+12125550143"),
        ("US", "1.2125550143e+10", "+12125550143"),
        ("US", '="12125550143"', "+12125550143"),
        ("US", "%2B12125550143", "+12125550143"),
        ("US", "%28212%29%20555-0143", "+12125550143"),
        ("US", "+1+12125550143", "+12125550143"),
        ("US", "1 212 555 0143#", "+12125550143"),
        ("US", "00 1 212 555 0143", "+12125550143"),
        ("US", "00 44 20 7946 0018", "+442079460018"),
        ("US", "\u202d+12125550143\u202c", "+12125550143"),
        ("US", "\u0662\u0661\u0662\u0665\u0665\u0665\u0660\u0661\u0664\u0663", "+12125550143"),
        # Trunk prefixes in wrong places.
        ("MX", "+52 044 55 1234 5678", "+525512345678"),
        ("MX", "+52 01 55 1234 5678", "+525512345678"),
        ("AR", "+54 9 11 15 1234 5678", "+541112345678"),
        ("AR", "+54 9 011 1234 5678", "+541112345678"),
        ("IN", "091 98765 43210", "+919876543210"),
        ("HU", "+36 06 1 234 5678", "+3612345678"),
        ("RU", "+7 8 495 123 45 67", "+74951234567"),
        ("BR", "(0XX11) 91234-5678", "+5511912345678"),
        # A plus before a number without its country.
        ("US", "+2125550143", "+12125550143"),
        ("US", "+(416) 555-0143", "+14165550143"),
        ("GB", "+07911 123456", "+447911123456"),
    ],
)
def test_two_spellings_of_one_subscriber(country: str, one: str, other: str) -> None:
    assert numbers_of(country)[one] == numbers_of(country)[other]
    assert numbers_of(country)[one] is not None


@pytest.mark.parametrize(
    ("country", "text"),
    [
        *(("DE", text) for text in ("+2125550143", "+4165550143")),
        *(("GB", text) for text in ("+7911123456", "+2125550143")),
        *(("US", text) for text in ("+7911123456", "+0412345678", "+266696687", "+5550143", "+1212555014")),
    ],
)
def test_a_plus_before_a_number_of_another_country_makes_it_nobodys(country: str, text: str) -> None:
    assert numbers_of(country)[text] is None


def test_a_full_number_is_never_read_without_its_plus() -> None:
    assert numbers_of("US")["+4791123456"] == "+4791123456"
    assert read_contact("2125550143@s.whatsapp.net", "US") == "2125550143@s.whatsapp.net"


@pytest.mark.parametrize("before", ["", "+", "+1", "1", "001"])
@pytest.mark.parametrize("digits", ["266696687", "7378742833", "2562533", "8656696", "86282452253", "0000000000"])
def test_what_networks_send_for_nobody(before: str, digits: str) -> None:
    assert numbers_of("US")[before + digits] is None or (before, digits) == ("001", digits)


@pytest.mark.parametrize(
    ("country", "text"),
    [
        *(("AU", "0400 000 000"), ("FR", "06 00 00 00 00"), ("GB", "07000 000000"), ("DE", "0170 0000000")),
        *(("BR", "(11) 99999-9999"), ("US", "+919999999999"), ("US", "+79999999999"), ("US", "+442000000000")),
        *(("US", "(212) 999-9999"), ("DE", "sip:+491700000000@pbx.example"), ("DE", "whatsapp:+491700000000")),
    ],
)
def test_a_number_of_only_zeros_or_nines_behind_its_prefix_is_nobodys(country: str, text: str) -> None:
    assert read_contact(text, country) is None
    with pytest.raises(BadInput, match="nothing was changed"):
        contact_key(text, country)


@pytest.mark.parametrize("text", ["+442070000001", "+6561000000", "+12125990000", "+12129099999"])
def test_fewer_of_them_may_be_somebodys(text: str) -> None:
    assert numbers_of("US")[text] == text


@pytest.mark.parametrize("text", ["1" * 99 + "x", "1 " * 49 + "x", "+" + "1-" * 48 + "x", "(" * 50 + "1" * 49 + "x"])
def test_many_digits_and_a_letter_are_no_number_at_once(text: str) -> None:
    assert numbers_of("US")[text] is None


def test_a_number_of_the_business_may_look_made_up() -> None:
    assert line_key("0800 000 0000", "GB") == line_key("+448000000000", "US") == "+448000000000"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "+10000000000",
            "+19999999999",
            "9999999999",
            "Anonymous",
            "RESTRICTED",
            "No Caller ID",
            "unavailable",
            "",
            "+",
        ),
        # A spreadsheet has rounded it: it might be anybody's.
        *("1.21256E+10", "2.12555E9", "1e309", "0e0", "12125550143.5"),
        *("sip:anonym@pbx.example", "sip:anonyme@pbx.example", "sip:unbekannt@x.example", "sip:desconocido@x.example"),
        *(
            "sip:privado@x.example",
            "sip:onbekend@x.example",
            "Num\u00e9ro masqu\u00e9",
            "\u975e\u901a\u77e5",
            "Unterdr\u00fcckt",
        ),
        *("sip:anonymous@anonymous.invalid", "sip:unknown@pbx.example", "5550143", "1" * 200, "+12345678901234567890"),
        # A letter that is no key, but was typed for a digit; ids.
        *("212-555-O143", "2l2-555-0143", "212-55S-0143", "2125A50143", "212C5550B4", "212-555-A14B", "212-555-01 CA"),
    ],
)
def test_who_is_nobody(text: str) -> None:
    assert read_contact(text, "US") is None
    with pytest.raises(BadInput, match="nothing was changed") as refused:
        contact_key(text, "US")
    assert not text or text not in str(refused.value).split()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("sip:+12125550143@pbx.example", "+12125550143"),
        ('"Jane" <SIP:Jane:secret@PBX.example:5060;transport=udp>', "jane@pbx.example"),
        ("sips:2125550143@192.0.2.1", "+12125550143"),
        ("Jane Doe <Jane@Example.com>", "jane@example.com"),
        ("mailto:jane@example.com", "jane@example.com"),
        *((text, "jane@example.com") for text in ("Jane (at) example.com", " jane[at]example[dot]com ")),
        *((text, "jane@example.com") for text in ("jane @ example.com", "jane at example dot com")),
    ],
)
def test_addresses(text: str, key: str) -> None:
    assert read_contact(text, "US") == key
    assert contact_key(text, "US") == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("o'brien@example.com", "o'brien@example.com"),
        ("Pat O'Brien <o'brien@example.com>", "o'brien@example.com"),
        ("john/doe@example.com", "john/doe@example.com"),
        ("m\u00fcller@example.com", "m\u00fcller@example.com"),
        ("zoe@example.co\u200bm", "zoe@example.com"),
        ("\uff5a\uff4f\uff45@example.com", "zoe@example.com"),
        ("zoe@example.com.", "zoe@example.com"),
        ('"John Doe"@example.com', '"john doe"@example.com'),
        ('"zoe"@example.com', "zoe@example.com"),
    ],
)
def test_an_address_is_never_that_of_somebody_else(text: str, key: str) -> None:
    assert contact_key(text, "US") == key
    assert list(find_addresses(["x", f"'{text}'"])) == [key]


@pytest.mark.parametrize(
    "text",
    [
        *("a:b@example.com", 'a"b@example.com', "a\\b@example.com", '"a@b"@example.com', "zoe@[192.0.2.1]"),
        *("2125550143 or zoe@example.com", "2125550143 <zoe@example.com>", "zoe@example.com/x", "see zoe@example.com"),
    ],
)
def test_what_holds_more_than_an_address_is_refused_to_a_person(text: str) -> None:
    with pytest.raises(BadInput, match="nothing was changed") as refused:
        contact_key(text, "US")
    assert text not in str(refused.value)


def test_addresses_of_a_list_of_an_object_and_none_that_is_too_long() -> None:
    sent = ["a@x.example; B@y.example", [{"email": "c@x.example"}], "d" * 320 + "@x.example", None, 7]
    assert list(find_addresses(sent)) == ["a@x.example", "b@y.example", "c@x.example"]
    with pytest.raises(BadInput, match="several"):
        contact_key("a@x.example, b@x.example", "US")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12125550143, "12125550143"),
        (12125550143.0, "12125550143"),
        (1.5, None),
        (True, None),
        (1e300, None),
        (-7, None),
    ],
)
def test_numbers_of_any_type(value: object, text: str | None) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Australia/Sydney", "AU"),
        ("US/Eastern", "US"),
        ("Asia/Calcutta", "IN"),
        ("Europe/Stockholm", "SE"),
        ("UTC", "US"),
    ],
)
def test_the_country_of_a_zone(zone: str, country: str) -> None:
    assert country_of(None, zone) == country
    assert country_of("GB", zone) == "GB"


@pytest.mark.parametrize(
    ("country", "says"),
    [
        *((country, "a country is written as two letters") for country in ("usa", "", "A", "1A", "us")),
        ("XX", "XX is no country of ISO 3166-1: its two letters are"),
        ("UK", "UK is no country of ISO 3166-1: write GB; nothing was changed"),
        ("EL", "EL is no country of ISO 3166-1: write GR"),
        ("AQ", "AQ has no phone numbers of its own"),
    ],
)
def test_a_country_that_is_none(country: str, says: str) -> None:
    with pytest.raises(BadInput, match=f"^account 7: {says}") as refused:
        check_country(7, country)
    assert len(str(refused.value).splitlines()) == 1
