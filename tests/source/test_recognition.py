"""What a text reveals of a person: loader and database find the same, in any spelling."""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from redaction.alphabet import entities, letter_cases
from redaction.contacts.folding import fold, fold_with_places
from redaction.contacts.names import read_name
from redaction.contacts.recognition import Person, find_facts
from redaction.contacts.written_numbers import read_numbers
from redaction.source.scrub import REDACTED, Caller
from tests.checkout import ROOT

Sql = Callable[..., list[dict[str, Any]]]

FIRST = ("José", "Zoë", "Łukasz", "Jane", "Σωκράτης", "İpek", "Søren", "Иван", "Anne-Marie", "O'Neil", "Straße")
LAST = ("Álvarez", "Doe", "Müller", "Çelik", "Groß", "Петров", "D'Arcy", "van der Berg", "Smith")
NUMBERS = ("+12125550143", "+81312345678", "+442079460123", "+5215512345678", "+390612345678", "(212) 555-0143")
EMAILS = ("zoe@example.com", "Jane.Doe+news@Mail.Example")
DIGITS = {
    "": "0123456789",
    "full width": "".join(chr(0xFF10 + digit) for digit in range(10)),
    "Arabic": "".join(chr(0x660 + digit) for digit in range(10)),
}


GAPS = ("", " ", "-", ".", "\u2010", "/", ")(", "\u30fc", "\uff70", "\u4e00", "\u3161", "\u20e3")
LOOK_ALIKE = str.maketrans("aceopxyABEHKMOPTX", "асеорхуАВЕНКМОРТХ")
"""Letters of Latin as those of Cyrillic that look like them."""


def _with_entities(text: str) -> str:
    return "".join(f"&#{ord(c)};" if ord(c) % 2 else f"&#x{ord(c):X};" for c in text)


WRITTEN: Sequence[Callable[[str], str]] = (
    str,
    str.upper,
    str.lower,
    lambda text: unicodedata.normalize("NFC", text),
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    lambda text: "\u200b".join(text),
    lambda text: "\u00ad".join(text) + "\u200e",
    lambda text: "\u20e3".join(text) + "\u07fa",
    lambda text: text.replace(" ", "_"),
    lambda text: text.replace(" ", "\u3000"),
    lambda text: text.replace(" ", " - "),
    lambda text: text.translate(LOOK_ALIKE),
)
ENCODED: Sequence[Callable[[str], str]] = (
    str,
    quote,
    quote_plus,
    lambda text: quote(quote(text)),
    # A soft hyphen after a letter with an accent would be a letter of UTF-8.
    lambda text: quote(text.replace("\u00ad", ""), encoding="latin-1", errors="xmlcharrefreplace"),
    lambda text: quote(quote_plus(text.replace("\u00ad", ""), encoding="latin-1", errors="xmlcharrefreplace")),
    lambda text: "".join(f"%u{ord(c):04x}" if not c.isascii() else c for c in text),
    escape,
    _with_entities,
    lambda text: "".join(f"&{NAMES_OF[c]};" if c in NAMES_OF else c for c in text),
    lambda text: text.replace("@", " (at) "),
    # Before a digit it would be another character.
    lambda text: re.sub(r"[@. ](?![0-9])", lambda found: f"&#{ord(found[0])}", text),
    lambda text: f"=?utf-8?b?{b64encode(text.encode()).decode()}?=",
    lambda text: f"=?UTF-8?Q?{''.join(f'={octet:02X}' for octet in text.encode())}?=",
    lambda text: f"=?x*de?q?{quote(text, safe=' ').replace('%', '=').replace(' ', '_')}?=",
)
ASSIGNED = st.characters(max_codepoint=0xFFFF, exclude_categories=("Cs", "Cn"))
"""Without those that only one of two versions of Unicode has."""
NAMES_OF = {character: name for name, character in entities().items()}


@st.composite
def spelled(draw: st.DrawFn) -> tuple[dict[str, list[str]], str]:
    """A person, and a text with one of their marks in one of its spellings."""
    first, last = draw(st.sampled_from(FIRST)), draw(st.sampled_from(LAST))
    name = f"{first} {last}"
    person = {"names": [name], "numbers": [draw(st.sampled_from(NUMBERS))], "emails": [draw(st.sampled_from(EMAILS))]}
    core = next(iter(read_numbers(person["numbers"][0])), None)
    assert core is not None
    national = core.core
    gap = draw(st.sampled_from(GAPS))
    digits = draw(st.sampled_from(sorted(DIGITS)))
    number = gap.join((national[:2], national[2:5], national[5:])).translate(str.maketrans(DIGITS[""], DIGITS[digits]))
    what = draw(
        st.sampled_from(
            (
                *(name, f"{last}, {first}", f"{last} {first}", f"{first} M. {last}", f"{last}, {first} M"),
                *(f"{first} Byron {last}", f"Dr. {name}", number, "0" + number, person["emails"][0]),
            )
        )
    )
    for write in (*draw(st.lists(st.sampled_from(WRITTEN), max_size=2)), draw(st.sampled_from(ENCODED))):
        what = write(what)
    before, after = (
        draw(st.sampled_from(("", "for ", "Call from: ", "№ "))),
        draw(st.sampled_from(("", " VIP", " (2)"))),
    )
    return person, f"{before}{what}{after}"


def _ask(sql: Sql, text: str, person: dict[str, list[str]]) -> dict[str, Any]:
    [found] = sql(
        "SELECT f.*, redaction.fold_text(:text) AS folded, redaction.holds_name(f.words, :names) AS named,"
        " EXISTS (SELECT FROM unnest(CAST(:numbers AS text[])) n WHERE strpos(f.digits, redaction.read_number(n)) > 0)"
        " AS numbered,"
        " EXISTS (SELECT FROM unnest(CAST(:emails AS text[])) e"
        " WHERE f.mailed AND strpos(f.words, redaction.fold_text(e)) > 0) AS addressed"
        " FROM redaction.find_facts(:text) f",
        text=text,
        **person,
    )
    return found


@pytest.mark.usefixtures("database")
@given(spelled())
@bounds(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_door_and_the_database_find_the_same_in_every_spelling(
    sql: Sql, example: tuple[dict[str, list[str]], str]
) -> None:
    person, text = example
    found = _ask(sql, text, person)
    assert found["named"] or found["numbered"] or found["addressed"], text
    facts = find_facts(text)
    assert Person(**person).is_in(facts)
    assert found["folded"] == fold(text) == "".join(character for character, _ in fold_with_places(text))
    cut = Caller(**person).scrub(text)
    assert REDACTED in cut
    again = _ask(sql, cut, person)
    assert [again[what] for what in ("named", "numbered", "addressed")] == [False] * 3, cut


def _lines(words: str) -> list[str]:
    return [line for line in words.split("\n") if line.strip(" ")]


@pytest.mark.usefixtures("database")
@given(st.text(ASSIGNED, max_size=30) | st.text(alphabet="0123456789 -%&#;x3ABaäÄ\u0301\uff11田=?QbА", max_size=40))
@example("0\x1d\u17e0")
@bounds(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_has_the_same_facts_at_the_door_and_in_the_database(sql: Sql, text: str) -> None:
    text = text.replace("\x00", "").replace("\x1e", "").replace("\x1f", "").encode(errors="ignore").decode()
    facts = find_facts(text)
    found = _ask(sql, text, {"names": [text], "numbers": [text], "emails": []})
    assert found["folded"] == fold(text)
    assert (found["mailed"], found["documented"]) == (facts.mailed, bool(facts.documents))
    assert _lines(found["digits"]) == _lines(facts.digits)
    assert "".join(_lines(found["words"])) == "".join(_lines(facts.words))
    [asked] = sql("SELECT redaction.read_number(:text) AS number, r.* FROM redaction.read_name(:text) r", text=text)
    number, name = next(iter(read_numbers(text)), None), read_name(text)
    assert asked["number"] == (number.core if number else None)
    assert sorted(asked["spellings"]) == sorted(name.spellings if name else ())
    assert asked["is_common"] == (name.is_common if name else False)


def test_each_letter_is_the_same_at_the_door_and_in_the_database(database: object, sql: Sql) -> None:
    letters = [*letter_cases(), *entities().values(), *map(chr, range(1, 0x250)), *map(chr, range(0x2000, 0x2100))]
    found = sql("SELECT l, redaction.fold_text(l) AS folded FROM unnest(CAST(:letters AS text[])) l", letters=letters)
    assert {row["l"]: row["folded"] for row in found} == {letter: fold(letter) for letter in letters}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("card 4111 1111 1111 1111", "card [redacted]"),
        ("Pay by phone 4111111111111111", "Pay by phone [redacted]"),
        ("4111-1111-1111-1111 x", "[redacted] x"),
        ("Line 5 4111.1111.1111.1111", "Line 5 [redacted]"),
        ("3782 822463 10005", "[redacted]"),
        ("6304 0000 0000 0000 000", "[redacted]"),
        ("４１１１　１１１１　１１１１　１１１１", "[redacted]"),
        ("4111%201111%201111%201111", "[redacted]"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("ssn 123-45-6789", "ssn [redacted]"),
        ("123 45 6789", "[redacted]"),
        *(
            (f"{name}219099999{behind}", f"{name}[redacted]{behind}")
            for name in (
                *("SSN ", "ssn:", "utm=customer_ssn=", "S.S.N. ", "SSN No. ", "SSN is ", "SSN"),
                *("Social Security Number ", "social-security: ", "socialSecurityNumber=", "Soc. Sec. # "),
                *("ＳＳＮ：", "広告SSN", "SSN%3A%20"),
            )
            for behind in ("", " VIP", ", 2026")
        ),
        ("SSN 2190 99999", "SSN [redacted]"),
        ("ssn 219099999, ssn 078051120", "ssn [redacted], ssn [redacted]"),
        *((f"SSN {digits}", f"SSN {digits}") for digits in ("000000000", "666099999", "2190999991", "999999999")),
        ("SSN 21909999", "SSN 21909999"),
        *((text, text) for text in ("219099999", "Social 219099999", "lessn 219099999", "SSN line 219099999")),
        *((text, text) for text in ("000-45-6789", "666-45-6789", "900-45-6789", "123-00-6789", "123-45-0000")),
        *((text, text) for text in ("1234-45-6789", "2026-11-29 15:56:13", "(800) 555-0100 / (212) 555-0143")),
        ("Campaign 20231122334455", "Campaign 20231122334455"),
        ("Desk 011 15-1234-5678", "Desk 011 15-1234-5678"),
        *((f"078-05-1120{more}", f"[redacted]{more}") for more in (" 2026", " 1234", " 05/12/1980", ", 2 calls", "")),
        *((f"{more} 078-05-1120", f"{more} [redacted]") for more in ("5", "2026-10-05", "Line 1234:")),
        ("123-45-6789-1234", "[redacted]-1234"),
    ],
)
def test_numbers_of_cards_and_social_security_go_whoever_they_belong_to(
    database: object, sql: Sql, text: str, expected: str
) -> None:
    assert Caller().scrub(text) == expected
    assert sql("SELECT documented FROM redaction.find_facts(:text)", text=text) == [{"documented": text != expected}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("広告 090ー1234ー5678", "広告 [redacted]"),
        ("０９０ー１２３４ー５６７８", "[redacted]"),
        ("090 ｰ 1234ｰ5678様", "[redacted]様"),
        ("０９０一１２３４一５６７８", "[redacted]"),
        ("090ㅡ1234 ㅡ5678", "[redacted]"),
        ("0\ufe0f\u20e39\ufe0f\u20e30\ufe0f\u20e3 1234 5678 x", "[redacted] x"),
        ("090\U000e01001234\U000e00315678 x", "[redacted] x"),
        ("090\U0001d1731234\U0001bca05678 x", "[redacted] x"),
        ("090\u07fa1234\ufe2f5678 x", "[redacted] x"),
        ("Ja\U000e0100ne\u20e3 Doe line", "[redacted] line"),
        ("ja\U000e0101ne@x.e\u20e3xample line", "[redacted] line"),
        ("4111ー1111ー1111ー1111", "[redacted]"),
        ("078ー05ー1120", "[redacted]"),
        ("ローン 5ー6 カード", "ローン 5ー6 カード"),
        ("第一 二〇一 090 一 1235", "第一 二〇一 090 一 1235"),
        ("プラン1ー", "プラン1ー"),
    ],
)
def test_letters_that_stand_for_a_dash_and_invisible_marks_hide_nobody(
    database: object, sql: Sql, text: str, expected: str
) -> None:
    person = {"names": ["Jane Doe"], "numbers": ["+819012345678"], "emails": ["jane@x.example"]}
    assert Caller(**person).scrub(text) == expected
    assert "".join(plain for plain, _ in fold_with_places(text)) == fold(text)
    found = _ask(sql, text, person)
    assert found["folded"] == fold(text)
    assert any(found[what] for what in ("named", "numbered", "addressed", "documented")) == (text != expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            (f"{before}{text}{after}", f"{before}[redacted]{after}")
            for text in (
                *("jane (at) x.example", "jane(at)x.example", "Jane [AT] X [dot] Example", "jane {at} x (dot) example"),
                *("jane < at > x.example", "jane at x dot example", "JANE AT X DOT EXAMPLE", "jane @ x dot example"),
                *("jane%20(at)%20x.example", "jane &#40;at&#41; x.example", "jane（at）x.example"),
                "j\u00adane (at) x.example",
            )
            for before, after in (("", ""), ("for ", " VIP"), ("Café: ", ", café"))
        ),
        *((text, text) for text in ("jane at x.example", "jane doe (at) x.example", "mary (at) x.example")),
        *((text, text) for text in ("Ads at jane dot com", "jane at noon, x dot example", "jane (at) y.example")),
    ],
)
def test_an_address_that_is_written_for_people_is_found(database: object, sql: Sql, text: str, expected: str) -> None:
    person = {"names": ["Al Roe"], "numbers": ["+12125550143"], "emails": ["jane@x.example"]}
    assert Caller(**person).scrub(text) == expected
    assert _ask(sql, text, person)["addressed"] == (text != expected)
    [found] = sql("SELECT * FROM redaction.find_facts(:text)", text=text)
    facts = find_facts(text)
    assert (found["mailed"], "".join(_lines(found["words"]))) == (facts.mailed, "".join(_lines(facts.words)))


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        ("+4989551234", "Praxis 089/55-1234", "Praxis 089/55-1234"),
        ("+493012-3456", "Berlin 030 12 3456", "Berlin 030 12 3456"),
        ("+4989551234", "広告 089/55-1234", "広告 089/55-1234"),
        ("+34612345678", "Clinica 612-34-5678", "Clinica 612-34-5678"),
        ("+4989551234", "Praxis 089/55-1235", "Praxis [redacted]"),
        ("+4989551234", "089/55-1234, 078-05-1120", "089/55-1234, [redacted]"),
        ("+34612345678", "SSN 612345678", "SSN 612345678"),
        ("+34612345679", "SSN 612345678", "SSN [redacted]"),
        ("+4989551234", "089/55-1234 4111 1111 1111 1111", "089/55-1234 [redacted]"),
    ],
)
def test_the_tracking_number_is_no_social_security_number(
    database: object, sql: Sql, number: str, text: str, expected: str
) -> None:
    assert Caller(tracking_number=number).scrub(text) == expected
    condition = (ROOT / "sql/strip/_marks_its_caller.sql").read_text()
    ask = f"""
        SELECT {condition} AS found FROM redaction.find_facts(:text) f CROSS JOIN (
            SELECT CAST(:number AS text) AS tracking_number, CAST(NULL AS text) AS contact_key,
                   CAST(NULL AS text) AS caller_number, CAST('{{}}' AS text[]) AS contact_keys,
                   CAST(NULL AS jsonb) AS caller_numbers, CAST(NULL AS text[]) AS emails
        ) a
    """
    assert sql(ask, text=text, number=number) == [{"found": text != expected}]


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        *(("+5511987654321", text, "Ad [redacted] end") for text in ("Ad +551187654321 end", "Ad (11) 8765-4321 end")),
        *(("+5511987654321", text, "Ad [redacted] end") for text in ("Ad 0xx11 8765-4321 end", "Ad 11 98765-4321 end")),
        *(
            ("+5511987654321", text, "Ad [redacted] end")
            for text in ("Ad 0 xx 11 98765-4321 end", "Ad 011 87654321 end")
        ),
        ("+5511387654321", "Ad 11 8765-4321 end", "Ad 11 8765-4321 end"),
        *(
            (number, f"Ad {text} end", "Ad [redacted] end")
            for number in ("+5491112345678", "+541112345678")
            for text in (
                *(
                    "11 15 1234 5678",
                    "01115 1234 5678",
                    "011 15-1234-5678",
                    "+54 11 15 1234 5678",
                    "+54 9 11 15 1234 5678",
                ),
                *("+5491112345678", "+541112345678", "+54 9 011 1234 5678", "(011) 1234-5678"),
            )
        ),
        ("+5492914123456", "0291 15 412-3456", "[redacted]"),
        ("+5492966412345", "02966 15 41-2345", "[redacted]"),
        ("+541112345678", "15 1234 5678", "15 1234 5678"),
        *(
            ("+525512345678", text, "[redacted]")
            for text in ("+52 1 55 1234 5678", "044 55 12345678", "01 55 1234 5678")
        ),
        *(("+2250141234567", text, "x [redacted]") for text in ("x 41 23 45 67", "x +225 41234567", "x 0141234567")),
        *(("+2290190123456", text, "x [redacted]") for text in ("x 90 12 34 56", "x +229 90123456", "x 0190123456")),
    ],
)
def test_every_spelling_of_a_subscriber_is_found(
    database: object, sql: Sql, number: str, text: str, expected: str
) -> None:
    assert Caller([number]).scrub(text) == expected
    ask = "SELECT unnest(redaction.number_spellings(:number)) AS core"
    spelled = {row["core"] for row in sql(ask, number=number)}
    assert spelled == {each.core for each in read_numbers(number)}
    digits = sql("SELECT digits FROM redaction.find_facts(:text)", text=text)[0]["digits"]
    assert any(each in digits for each in spelled) == (text != expected)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Toll Free", "Toll Free line", "Toll Free line"),
        ("GOOGLE ADS", "Google Ads", "Google Ads"),
        ("Wireless Caller", "wireless caller", "wireless caller"),
        ("Face Book", "Facebook", "Facebook"),
        ("Line 5", "Line 5 answered", "Line 5 answered"),
        ("Plan B", "Plan B", "[redacted]"),
        ("Toll Free", "Toll Free +1 212 555 0143", "[redacted] [redacted]"),
        ("Toll Freeman", "Toll Freeman line", "[redacted] line"),
        ("Jane Doe", "Jane Doering", "Jane Doering"),
        ("Anna Doe", "Аnnа Dое VIP", "[redacted] VIP"),
        ("Аnnа Dое", "ᴀɴɴᴀ Doe", "[redacted]"),
        ("Иван Петров", "for ИВАН ПЕТРОВ", "for [redacted]"),
        ("أحمد إبراهيم", "احمد ابراهيم VIP", "[redacted] VIP"),
        ("محمد علي", "مُحَمَّد علی", "[redacted]"),
        ("דוד כהן", "דָּוִד כֹּהֵן", "[redacted]"),
        ("Jane Doe", "=?utf-8?q?Jane_Doe?= VIP", "[redacted] VIP"),
        ("Jane Doe", "=?UTF-8?B?SmFuZSBEb2U=?= VIP", "[redacted] VIP"),
        ("Jane Doe", "=?utf-8?q?for_=4Aane?= =?utf-8?q?Doe?=", "[redacted]"),
        ("José Álvarez", "VIP =?iso-8859-1?Q?Jos=E9_=C1lvarez?=", "VIP [redacted]"),
        ("Jane Doe", "utm_source=janedoe", "utm_source=[redacted]"),
        ("Al Li", "Alli Realty", "Alli Realty"),
        ("Ed Lo", "Red Lobster", "Red Lobster"),
        ("Jane Doe", "\u260eJane\U0001f4deDoe\U0001f600", "\u260e[redacted]\U0001f600"),
        ("Gabriel García Márquez", "GARCIA MARQUEZ, GABRIEL", "[redacted]"),
        ("田中 太郎", "太郎　田中様", "[redacted]様"),
        ("김철수", "김철수 고객", "[redacted] 고객"),
        ("やまだ たろう", "ヤマダ タロウ様", "[redacted]様"),
        ("김", "김철수 고객", "김철수 고객"),
        ("თამარ ბერიძე", "ᲗᲐᲛᲐᲠ ᲑᲔᲠᲘᲫᲔ VIP", "[redacted] VIP"),
        ("212 555", "212 555", "212 555"),
        *(
            (name, f"{text} VIP", "[redacted] VIP")
            for name in ("Ann Smith-Jones", "Smith\u2010Jones, Ann", "Customer Ann Smith\u2019Jones")
            for text in ("Ann Smithjones", "Smithjones, Ann", "ann_smithjones", "Ann Smith-Jones", "Ann Smith Jones")
        ),
        *((name, "for Kim Minsu", "for [redacted]") for name in ("Kim Min-su", "Min-su Kim")),
        ("Kim Min\u2011su and Bo Lee", "for Kim Minsu", "for [redacted]"),
        ("Mohammed Al-Fayed", "Mohammed Alfayed", "[redacted]"),
        ("Maria Dell'Acqua", "Maria Dellacqua", "[redacted]"),
        ("Юлия Петрова-Чехова", "Юлия Петровачехова", "[redacted]"),
        ("Ann Smith-Jones", "Smithjones office", "Smithjones office"),
        ("Mary-Ann", "Maryann office", "[redacted] office"),
        ("Bo-Li", "Boli", "Boli"),
        ("Maryann Doebel", "for Mary Ann Doebel VIP", "for [redacted] VIP"),
        ("Maryann Doebel", "for Doebel, Mary-Ann VIP", "for [redacted] VIP"),
        ("Minsu Kim", "Kim, Min-su", "[redacted]"),
        ("Alfayed, Mohammed", "Mohammed Al-Fayed", "[redacted]"),
        ("Maryann Doebel", "Maryann, or Mary Ann Doebel", "Maryann, or [redacted]"),
        *(("Maryann Doebel", text, text) for text in ("Mary Ann office", "Mary Ann D.", "Mary Annie Doebel")),
        ("Joan Lane", "Jo An Lane", "Jo An Lane"),
        ("Jane Doe", "J A N E  D O E line", "[redacted] line"),
        ("Doe, Jane", "to J.A.N.E. D.O.E. - VIP", "to [redacted]. - VIP"),
        ("Al Li", "A L L I", "A L L I"),
        ("Toll Free", "T O L L  F R E E", "T O L L  F R E E"),
    ],
)
def test_a_name_is_found_whole_and_common_words_name_nobody(
    database: object, sql: Sql, name: str, text: str, expected: str
) -> None:
    person = {"names": [name], "numbers": ["+12125550143"], "emails": []}
    assert Caller(**person).scrub(text) == expected
    found = _ask(sql, text, person)
    assert (found["named"] or found["numbered"]) == (text != expected)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("José Álvarez VIP line", "[redacted] VIP line"),
        ("Jose\u0301 A\u0301lvarez VIP line", "[redacted] VIP line"),
        ("Alvarez, Jose - VIP", "[redacted] - VIP"),
        ("０３‐１２３４‐５６７８", "[redacted]"),
        ("+81 (0)3 1234 5678", "[redacted]"),
        ("0081 3 1234 5678 x", "[redacted] x"),
        ("011-81-3-1234-5678", "[redacted]"),
        ("zoe%40example.com", "[redacted]"),
        ("Zoe&#64;Example&fullstop;com zoe@example.com", "Zoe&#64;Example&fullstop;com [redacted]"),
        ("Zoe&commat;Example&period;com x", "[redacted] x"),
        ("zoe&#64example&#46com x", "[redacted] x"),
        ("&#74os&#xe9 &#193lvarez x", "[redacted] x"),
        ("&#1081312345678 x &#10", "&#10[redacted] x &#10"),
    ],
)
def test_the_door_cuts_every_spelling_and_nothing_beside_it(label: str, expected: str) -> None:
    caller = Caller(numbers=["+81312345678"], emails=["zoe@example.com"], names=["José Álvarez"])
    assert caller.scrub(label) == expected


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("広告 Jane Wills様", "広告 [redacted]様"),
        ("广告JaneWills广告", "广告[redacted]广告"),
        ("Jane Wills님 소개", "[redacted]님 소개"),
        ("Jane Willsさん", "[redacted]さん"),
        ("紹介：Jane Wills様", "紹介：[redacted]様"),
        ("คุณJane Wills แนะนำ", "คุณ[redacted] แนะนำ"),
        ("広告Jane Wills2024様", "広告[redacted]2024様"),
        ("לJane Wills", "ל[redacted]"),
        ("広告 Jane様", "広告 Jane様"),
    ],
)
def test_a_change_of_script_ends_a_word(sql: Sql, text: str, expected: str) -> None:
    assert Caller(names=["Jane Wills"]).scrub(text) == expected
    folded = "".join(plain for plain, _ in fold_with_places(text))
    assert sql("SELECT redaction.fold_text(:text) AS folded", text=text) == [{"folded": fold(text)}]
    assert folded == fold(text)
    assert _ask(sql, text, {"numbers": [], "emails": [], "names": ["Jane Wills"]})["named"] == (text != expected)


def test_texts_beside_each_other_are_not_read_as_one(database: object, sql: Sql) -> None:
    ask = "SELECT * FROM redaction.find_facts(concat_ws(U&'\\001F', 'to: Jane', 'Doe') || U&'\\001E' || :routes)"
    for routes, expected in (
        (["for Jane", "Doe, (800) 555-0100", "5"], [" for jane ", " doe 800 555 0100 ", " 5 "]),
        (["for Jané", 'Doe\n"x", "y\nz', "(800) 555-0100"], [" for jane ", " doe x y z ", " 800 555 0100 "]),
    ):
        [found] = sql(ask, routes=json.dumps(routes, ensure_ascii=False))
        lines = [line for line in found["words"].split("\n") if line.strip()]
        assert lines == [" to jane ", " doe ", *expected]
        assert "8005550100 " in found["digits"]
        assert "doe5" not in found["digits"]


@pytest.mark.parametrize("text", ["caf\u00e9 \x1e{ 212 555 0143", "\x1e\x1e[\u00e9", "\x1f \x1e%C3", "\x1e"])
def test_no_character_of_a_text_ends_the_reading_of_a_row(database: object, sql: Sql, text: str) -> None:
    """The texts of a row are read as one, with separators that a source may send too."""
    [said] = sql("SELECT * FROM redaction.find_facts(:text || chr(30) || '[\"Sales 0143\"]')", text=text)
    assert " sales 0143 " in said["words"]
    assert bool(said["digits"]) == ("212" in text)
