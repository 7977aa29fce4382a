"""Names that a text writes in another script: Cyrillic and Greek letters as Latin ones. Loader and database agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from redaction.contacts.recognition import find_facts
from redaction.source.scrub import REDACTED, Caller

Sql = Callable[..., list[dict[str, Any]]]

SPELLED = {
    "Иван": ("Ivan", "Iwan"),
    "Юлия": ("Yulia", "Yuliya", "Iuliia", "Julia", "Julija"),
    "Дмитрий": ("Dmitry", "Dmitriy", "Dmitri", "Dmitrii", "Dmitrij"),
    "Сергей": ("Sergey", "Sergei", "Serguei"),
    "Александр": ("Aleksandr", "Alexandr", "Alexander"),
    "Наталья": ("Natalia", "Natalya"),
    "Євген": ("Yevhen", "Ievhen"),
    "Ђорђе": ("Đorđe", "Djordje"),
    "Γιώργος": ("Giorgos", "Yiorgos", "Yorgos"),
    "Ευάγγελος": ("Evangelos", "Evaggelos"),
    "Ελένη": ("Eleni",),
    "Анна": ("Anna",),
}
FAMILIES = {
    "Петров": ("Petrov", "Petroff", "Petrow"),
    "Щербакова": ("Shcherbakova", "Scherbakova", "Schtscherbakowa"),
    "Чехов": ("Chekhov", "Tchekhov", "Tschechow"),
    "Хрущёв": ("Khrushchev", "Khrushchyov", "Khrushchov"),
    "Ельцин": ("Yeltsin", "Eltsin", "Jelzin"),
    "Жукова": ("Zhukova", "Jukova", "Žukova"),
    "Зеленський": ("Zelensky", "Zelenskyi", "Zelenskyy"),
    "Петровић": ("Petrović", "Petrovic"),
    "Παπαδόπουλος": ("Papadopoulos",),
    "Μπαμπινιώτης": ("Babiniotis", "Bampiniotis"),
    "Χατζή": ("Hatzi", "Chatzi"),
}
PEOPLE = [
    (f"{first} {last}", f"{one} {other}")
    for first, ones in SPELLED.items()
    for last, others in FAMILIES.items()
    for one in ones
    for other in others
    # A text with nothing but letters that look like Latin ones does not show its script.
    if (first, last) != ("Анна", "Χατζή")
]


def _forms(sql: Sql, text: str, name: str) -> list[str]:
    [found] = sql(
        "SELECT redaction.find_names(f.words, ARRAY[CAST(:name AS text)]) AS forms FROM redaction.find_facts(:text) f",
        text=text,
        name=name,
    )
    return list(found["forms"])


@pytest.mark.usefixtures("database")
@given(
    st.sampled_from(PEOPLE), st.booleans(), st.booleans(), st.sampled_from(("{}", "for {}", "{} VIP", "линия {} / {}"))
)
@bounds(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_name_is_found_in_another_script(
    sql: Sql, person: tuple[str, str], from_latin: bool, turned: bool, text: str
) -> None:
    name, written = reversed(person) if from_latin else person
    text = text.replace("{}", ", ".join(reversed(written.split(" "))) if turned else written)
    caller = Caller(names=[name])
    cut = caller.scrub(text)
    assert REDACTED in cut
    forms = _forms(sql, text, name)
    assert forms
    assert forms == caller.find_names(find_facts(text).words)
    assert _forms(sql, cut, name) == []


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Иван Петров", "Ivan Petrov VIP", "[redacted] VIP"),
        ("Ivan Petrov", "для Ивана, Петров Иван", "для Ивана, [redacted]"),
        ("Роман Попов", "Roman Popov", "[redacted]"),
        ("Вера Корсакова", "Vera Korsakova", "[redacted]"),
        ("И. Петров", "I. Petrov", "I. Petrov"),
        ("Иван Петров", "Ivan or Petrograd", "Ivan or Petrograd"),
        ("Иван Петров", "Petrov line", "Petrov line"),
        ("Иван Петров", "Google Ads", "Google Ads"),
        ("Иван Петров и Анна Чехова", "Anna Chekhova", "[redacted]"),
        ("%D0%98%D0%B2%D0%B0%D0%BD%20%D0%9F%D0%B5%D1%82%D1%80%D0%BE%D0%B2", "Ivan Petrov", "[redacted]"),
        ("Иван Петров", "Ivan%20Petrov", "[redacted]"),
        ("Ivan Petrov", "%D0%98%D0%B2%D0%B0%D0%BD %D0%9F%D0%B5%D1%82%D1%80%D0%BE%D0%B2", "[redacted]"),
        ("José Álvarez", "Хосе Альварес", "Хосе Альварес"),
        ("Jane Doe", "реклама Google", "реклама Google"),
    ],
)
def test_another_script_hides_a_name_and_nothing_else(
    database: object, sql: Sql, name: str, text: str, expected: str
) -> None:
    assert Caller(names=[name]).scrub(text) == expected
    assert bool(_forms(sql, text, name)) == (text != expected)
