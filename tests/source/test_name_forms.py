"""Forms of a full name: middle names, initials, particles, titles, hyphens. Loader and database find the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from redaction.contacts.names import name_pattern, read_name
from redaction.contacts.people import split_people
from redaction.contacts.recognition import find_facts
from redaction.deployment import Deployment
from redaction.errors import PersonalDataRemains
from redaction.pipeline.run import run_account
from redaction.source.rows import CallSettings, build_row
from redaction.source.scrub import REDACTED, Caller

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


def _named(sql: Sql, text: str, name: str) -> bool:
    [found] = sql(
        "SELECT redaction.holds_name(f.words, ARRAY[CAST(:name AS text)]) AS named FROM redaction.find_facts(:text) f",
        text=text,
        name=name,
    )
    return bool(found["named"])


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        # A middle name or initial that only one of the two has.
        ("Ada Lovelace", "Ada M. Lovelace", "[redacted]"),
        ("Ada Lovelace", "for Lovelace, Ada M", "for [redacted]"),
        ("Ada Lovelace", "Lovelace, Ada M. VIP", "[redacted]. VIP"),
        ("Ada Lovelace", "Ada Byron Lovelace VIP", "[redacted] VIP"),
        ("Ada Lovelace", "Lovelace, Augusta Ada", "[redacted]"),
        ("Ada M. Lovelace", "Ada Lovelace", "[redacted]"),
        ("Ada M. Lovelace", "LOVELACE, ADA", "[redacted]"),
        ("Ada M. Lovelace", "utm_content=adalovelace", "utm_content=[redacted]"),
        ("Ada Byron Lovelace", "Ada Lovelace", "[redacted]"),
        ("Ada Byron Lovelace", "Ada B. Lovelace", "[redacted]"),
        ("LOVELACE ADA M", "Ada Lovelace line", "[redacted] line"),
        ("Gabriel García Márquez", "Gabriel Garcia", "[redacted]"),
        ("Gabriel García Márquez", "Marquez Garcia, Gabriel", "[redacted]"),
        # Titles and what comes after a name.
        ("Dr. Ada Lovelace", "Ada Lovelace", "[redacted]"),
        ("Mrs Ada Lovelace, PhD", "Lovelace Ada", "[redacted]"),
        ("Ada Lovelace", "Lovelace, Mrs. Ada", "[redacted]"),
        ("John Smith Jr.", "John Smith", "[redacted]"),
        ("Dr. Smith", "Dr. Smith", "[redacted]"),
        # Particles.
        ("Anne van der Berg", "van der Berg, Anne", "[redacted]"),
        ("Anne van der Berg", "Anne Berg", "[redacted]"),
        ("Anne van der Berg", "Anne Vanderberg", "[redacted]"),
        ("Anne Vanderberg", "Anne van der Berg", "[redacted]"),
        ("Anne Berg", "Anne van den Berg", "[redacted]"),
        ("María de la Cruz", "Maria DelaCruz", "[redacted]"),
        ("Omar bin Saeed", "Omar Saeed", "[redacted]"),
        # Hyphens and apostrophes.
        ("Anne-Marie Doe", "Annemarie Doe", "[redacted]"),
        ("Anne-Marie Doe", "Anne Doe", "[redacted]"),
        ("Anne Doe-Berg", "Anne Doe", "[redacted]"),
        ("Shaun O'Neil", "Shaun ONeil", "[redacted]"),
        ("Shaun ONeil", "O'Neil, Shaun", "[redacted]"),
        ("O'NEIL, SHAUN", "Shaun ONeil", "[redacted]"),
        ("Al Berg", "Berg Al", "[redacted]"),
        # The family name's initial next to the given name, and digits behind the name.
        ("Ada Lovelace", "Referral: Ada L.", "Referral: [redacted]."),
        ("Ada Lovelace", "L. Ada VIP", "[redacted] VIP"),
        ("Lovelace, Ada", "A. Lovelace line", "[redacted] line"),
        ("Ada Byron Lovelace", "ADA B", "[redacted]"),
        ("Ada Lovelace", "utm_content=adalovelace1", "utm_content=[redacted]1"),
        ("Ada Lovelace", "ada.lovelace1985", "[redacted]1985"),
        ("Ada Lovelace", "Lovelace Ada2", "[redacted]2"),
        # Not the name.
        ("Ada Smith", "Ada's Salon", "Ada's Salon"),
        ("Ada Lovelace", "Ada Line", "Ada Line"),
        ("Ada Lovelace", "Ada M. line", "Ada M. line"),
        ("Google Agency", "Google A", "Google A"),
        ("Ed Lovelace", "Ed L", "Ed L"),
        ("Ada Lovelace", "Canada L", "Canada L"),
        ("Ada Lovelace", "adalovelace123456789", "adalovelace123456789"),
        ("Ada Lovelace", "Ada Street and Lovelace Road", "Ada Street and Lovelace Road"),
        ("Ada Lovelace", "Adalyn Lovelaces", "Adalyn Lovelaces"),
        ("Ada Lovelace", "Lovelace Road", "Lovelace Road"),
        ("Ada van der Berg", "van der Valk hotel", "van der Valk hotel"),
        ("Al Li", "Alli Realty", "Alli Realty"),
        ("Tampa FL", "Tampa Bay FL office", "Tampa Bay FL office"),
        ("J. Smith", "Smith Realty", "Smith Realty"),
    ],
)
def test_a_full_name_is_found_in_every_form(database: object, sql: Sql, name: str, text: str, expected: str) -> None:
    assert Caller(names=[name]).scrub(text) == expected
    assert _named(sql, text, name) == (text != expected)
    again = Caller(names=[name]).scrub(expected)
    assert again == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("José Álvarez", "Jos%E9%20%C1lvarez VIP", "[redacted] VIP"),
        ("José Álvarez", "Jos%25E9+%25C1lvarez", "[redacted]"),
        ("José Álvarez", "utm_term=Jos%C3%A9+%C3%81lvarez", "utm_term=[redacted]"),
        ("José Álvarez", "Jos%252525C3%252525A9 Alvarez", "[redacted]"),
        ("José Álvarez", "Jos%u00E9%20%u00C1lvarez", "[redacted]"),
        ("José Álvarez", "Jos&amp;eacute; Alvarez", "[redacted]"),
        ("Jos%E9 %C1lvarez", "José Álvarez", "[redacted]"),
        ("José+Álvarez", "jose alvarez", "[redacted]"),
    ],
)
def test_a_name_is_found_in_every_encoding_of_urls(
    database: object, sql: Sql, name: str, text: str, expected: str
) -> None:
    assert Caller(names=[name]).scrub(text) == expected
    assert _named(sql, text, name)


@pytest.mark.parametrize(
    "name",
    [
        *("=?UTF-8?Q?Jos=C3=A9_=C3=81lvarez?=", "=?utf-8?B?Sm9zw6kgw4FsdmFyZXo=?=", "=?iso-8859-1?q?Jos=E9?= Alvarez"),
        *(["José Álvarez"], ["José", "Álvarez"], {"first": "José", "last": "Álvarez"}, [{"name": "José Álvarez"}]),
    ],
)
def test_a_name_is_known_however_a_mail_or_a_form_has_sent_it(name: Any) -> None:
    sent = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000, "name": name, "tracking_label": "Jose Alvarez VIP"}
    assert build_row(sent, {7: CallSettings()})["tracking_label"] == "[redacted] VIP"


@pytest.mark.parametrize("name", ["=?x?q?a?=", "=?utf-8?b?%%%?=", "=?utf-8?q?=F?=", "=?", [], [[]], {"a": None}, 5])
def test_a_name_that_is_none_is_no_matter(name: Any) -> None:
    sent = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000, "name": name, "tracking_label": "Jose Alvarez VIP"}
    assert build_row(sent, {7: CallSettings()})["tracking_label"] == "Jose Alvarez VIP"


WORDS = ("ada", "m", "lovelace", "van", "der", "Dr", "o", "neil", "oneil", "Anne-Marie", "berg", "é", "Jr", "x", "田")


@pytest.mark.usefixtures("database")
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=11),
    st.lists(st.sampled_from((*WORDS, "\n", "annemarie", "vanderberg", "b e r g")), min_size=1, max_size=9),
)
@example([*["ada"] * 8, "lovelace", "Anne-Marie"], ["ada", "lovelace"])
@bounds(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_door_and_database_find_the_same_forms(sql: Sql, name: list[str], text: list[str]) -> None:
    called, said = " ".join(name), " ".join(text)
    full, words = read_name(called), find_facts(said).words
    [asked] = sql(
        "SELECT r.parts, redaction.name_pattern(r.words, r.parts[1], r.parts[cardinality(r.parts)]) AS pattern"
        " FROM redaction.read_name(:name) r",
        name=called,
    )
    pattern = None if full is None or not full.parts else name_pattern(full.words, full.word, full.parts[-1])
    assert (asked["pattern"] if asked["parts"] else None) == pattern
    readings = (read_name(each) for each in (called, *split_people(called)))
    named = any(each is not None and each.is_in(words) for each in readings)
    assert _named(sql, said, called) == named
    assert (REDACTED in Caller(names=[called]).scrub(said)) == named


@given(
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=9),
    st.lists(st.sampled_from((*WORDS, "\n", "annemarie", "vanderberg", "b e r g", "n e")), min_size=1, max_size=12),
    st.booleans(),
)
@example(["oneil", "ada"], ["o", "neil", "ada"], False)
@bounds(max_examples=1_000, deadline=None)
def test_what_is_found_is_what_the_pattern_says(name: list[str], text: list[str], lines: bool) -> None:
    full = read_name(" ".join(name))
    assume(full is not None)
    assert full is not None
    words = "\n".join(find_facts(each).words for each in " ".join(text).split("\n" if lines else "\n\n"))
    for part in full.parts[1:]:
        said, in_pieces = (
            [found.span() for found in re.finditer(name_pattern(full.words, *parts), words)]
            for parts in ((full.word, part), (part, full.word))
        )
        assert list(full.find_near(words, part)) in (said, said + in_pieces)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("Al Berg", "Berg Al"), ("Mrs Ada Lovelace", "Ada Lovelace"), ("van der Berg Anne", "Anne Berg")),
        *(("Müller Jürgen", "Mueller Juergen"), ("Mueller Juergen", "Müller Jürgen"), ("Åse Low", "Aase Low")),
        *(
            ("Jane and John Doe", "John Doe"),
            ("Jane Doe/John Smith", "for Smith, John"),
            ("Ann Lee, Bob Roe", "Bob Roe"),
        ),
        *(
            (f"{label} Jane Wills", "Jane Wills")
            for label in ("Customer", "VIP,", "V%49P", "123", "New lead", "Doña", "Don")
        ),
        *(("Customer_Jane Wills", "Jane Wills"), ("-VIP Jane Wills", "Wills, Jane"), ("Dott. Jane Wills", "JaneWills")),
        *(("Иван Петров", "Ivan Petrov"), ("Ivan Petrov", "Иван Петров"), ("Ελένη Χατζή", "Eleni Hatzi")),
    ],
)
@pytest.mark.parametrize("rows", [1, 400])
def test_a_strip_passes_no_form_over(
    deployment: Deployment, account: int, insert: Insert, sql: Sql, name: str, text: str, rows: int
) -> None:
    for number in range(rows):
        insert(
            number + 1,
            caller_name=name if number == 0 else "Zoe Roe",
            source=text if number == 0 else "Google Ads",
        )
    with pytest.raises(PersonalDataRemains, match=r"name their own caller: 1\."):
        run_account(deployment, 7, NOW)
    assert sql("SELECT activity_id FROM redaction.run_findings") == [{"activity_id": 1}]
