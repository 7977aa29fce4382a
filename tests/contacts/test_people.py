"""Several people in one name: each of them is found in the texts of the activity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from redaction.contacts.people import has_several, split_people
from redaction.source.rows import CallSettings, build_row

CALL = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000}


def _label(text: str, **sent: Any) -> Any:
    return build_row({**CALL, **sent, "tracking_label": text}, {7: CallSettings()})["tracking_label"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Jane and John Doe", "John Doe line", "[redacted] line"),
        ("Jane and John Doe", "Jane Doe line", "[redacted] line"),
        ("JANE & JOHN DOE", "for Doe, John", "for [redacted]"),
        ("Jane Doe and John", "John Doe", "[redacted]"),
        ("Doe, Jane & John", "John Doe", "[redacted]"),
        ("Mr. and Mrs. John Doe", "John Doe", "[redacted]"),
        ("Jane Doe / John Smith", "John Smith VIP", "[redacted] VIP"),
        ("Jane Doe/John Smith", "John Smith VIP", "[redacted] VIP"),
        ("Jane Doe; John Smith; Ada Lovelace", "Ada Lovelace, John Smith", "[redacted], [redacted]"),
        ("Jane Doe (John Smith)", "John Smith", "[redacted]"),
        ("Anna und Jürgen Müller", "Jurgen Muller", "[redacted]"),
        ("Anne et Jean Dupont", "DUPONT Jean", "[redacted]"),
        ("Ana y Juan García", "Juan Garcia", "[redacted]"),
        ("Анна и Иван Петровы", "Иван Петровы", "[redacted]"),
        # A nickname in quotes stands for the given name.
        ('Jane "Janie" Doe', "Janie Doe line", "[redacted] line"),
        ('Jane "Janie" Doe', "Jane Doe line", "[redacted] line"),
        ("Jane \u201cJanie\u201d Doe", "DOE, JANIE", "[redacted]"),
        ("Jane \u2018Janie\u2019 Doe", "Janie Doe", "[redacted]"),
        ("Jane \u00abJanie\u00bb Doe", "Janie Doe", "[redacted]"),
        ('"Jane Doe"', "Jane Doe", "[redacted]"),
        ("山田太郎、佐藤花子", "佐藤花子様", "[redacted]様"),
        ("Doe/Smith", "Smith Doe", "[redacted]"),
        # One word of them alone is no full name, and people who are not named stay.
        ("Doe/Smith", "Smith line", "Smith line"),
        ("Jane and John Doe", "John Smith", "John Smith"),
        ("Jane Doe", "Jane and John", "Jane and John"),
        ("Jane Doe / Google Ads", "Google Ads", "Google Ads"),
        ("ジョン・スミス", "スミス工業", "スミス工業"),
    ],
)
def test_each_of_several_people_is_found(name: str, text: str, expected: str) -> None:
    assert _label(text, name=name) == expected


TITLES = (
    "Avv.",
    "Dipl.-Ing.",
    "Lic.",
    "Shri",
    "Smt.",
    "Mag.",
    "Mgr.",
    "Pan",
    "Pani",
    "Dhr.",
    "Mevr.",
    "Herrn",
    "Don",
    "Doña",
    "Pastor",
    "Atty.",
    "Sheikh",
    "Hr.",
    "Sig.ra",
    "Dra.",
    "Dott.",
    "Eng.",
    "Prof.ssa",
    "Mstr",
    "Judge",
    "Major",
    "Lord",
    "Dame",
    "Mom",
)
LABELS = ("Dr. phil.", "Dr. med.", "Dr. jur.", "Customer", "New lead", "VIP", "Estate of", "The", "#12", "12", "1234")
LABELLED = (
    *TITLES,
    *LABELS,
    "VIP_",
    "VIP,",
    "-VIP",
    "V%49P",
    "Señorita",
    "  Customer no. 12:",
    "The estate of the late",
)


@pytest.mark.parametrize("label", LABELLED)
@pytest.mark.parametrize("text", ["Mario Rossi", "Rossi, Mario", "mariorossi"])
def test_a_word_before_a_name_is_no_part_of_it(label: str, text: str) -> None:
    assert _label(f"{text} - Facebook", name=f"{label} Mario Rossi") == "[redacted] - Facebook"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        # It may be: the name is looked for with it, too.
        ("Don Henry Smith", "Don Smith"),
        ("Phil Mary Wills", "Wills, Phil"),
        ("Page Mary Ann", "Mary Page"),
        ("Don Smith", "Don Smith"),
        ("Customer 山田太郎", "山田太郎"),
    ],
)
def test_a_word_that_may_be_a_label_may_be_a_name(name: str, text: str) -> None:
    assert _label(f"{text} VIP", name=name) == "[redacted] VIP"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("Wireless Caller Jane", "Jane VIP"), ("Toll Free Call", "Call free"), ("Google Ads", "Google Ads")),
        *(("Customer Jane", "Customer service"), ("Mrs Smith", "Smith Realty")),
    ],
)
def test_a_single_word_behind_a_label_is_no_full_name(name: str, text: str) -> None:
    assert _label(text, name=name) == text


def test_they_are_found_wherever_a_record_names_them() -> None:
    assert _label("John Doe", form={"name": "Jane & John Doe"}) == "[redacted]"
    assert _label("John Doe", name=["Jane and John Doe"]) == "[redacted]"


@pytest.mark.parametrize("text", ["", "&", "a & b", "/" * 1_000, "Jane Doe", "Anderson Sandy", " and "])
def test_a_text_without_several_has_no_further_names(text: str) -> None:
    assert not has_several(text) or split_people(text) == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "name",
    [
        'Jane "Janie" Doe',
        "Jane \u201cJanie\u201d Doe",
        'Doe, Jane "Janie"',
        "Jane and John Doe",
        "Jane Doe / John",
        "Jane Doe",
        *(f"{label} Mario Rossi" for label in LABELLED),
        *(
            "Customer 山田太郎",
            "VIP Jane and John Doe",
            "Wireless Caller Jane",
            "Customer J P",
            "VIP Jane Jane",
            "12 34 56",
        ),
    ],
)
def test_the_database_takes_the_same_people_apart(sql: Callable[..., list[dict[str, Any]]], name: str) -> None:
    assert sql("SELECT redaction.split_people(:name) AS people", name=name) == [
        {"people": split_people(name) if has_several(name) else []}
    ]


@pytest.mark.parametrize("name", ["Jane Wills, John Doe", "Customer Jane Wills", "see file:///R/1.pdf, then call"])
@pytest.mark.parametrize("text", ["jane@x.example", "4111 1111 1111 1111", "http://x/y.mp3", "queue \u03a3\u03c4"])
def test_a_name_that_is_found_in_itself_is_looked_at_once(name: str, text: str) -> None:
    row = build_row({**CALL, "name": name, "source": text}, {7: CallSettings()})
    assert row["caller_name"] == name
