"""Letters that people write as two where they have none of their own: `Mueller` is Müller, and so is `Muller`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.pipeline.run import run_account
from redaction.source.rows import CallSettings, build_row
from redaction.source.scrub import Caller

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
CASES = [
    ("Jürgen Müller", "Juergen Mueller VIP", "[redacted] VIP"),
    ("Juergen Mueller", "for Jürgen Müller", "for [redacted]"),
    ("Jürgen Mueller", "JUERGEN MÜLLER", "[redacted]"),
    ("Jürgen Müller", "Mueller, Juergen", "[redacted]"),
    ("Jürgen Müller", "Jurgen Muller", "[redacted]"),
    ("Michael Müller", "Michael Mueller line", "[redacted] line"),
    ("Michael Mueller", "Michael Müller line", "[redacted] line"),
    ("Søren Ørsted", "Soeren Oersted", "[redacted]"),
    ("Aase Bjoerk", "Åse Bjørk", "[redacted]"),
    ("Åse Bjørk", "Aase Bjoerk", "[redacted]"),
    ("Jörg Weiß", "utm_term=joergweiss", "utm_term=[redacted]"),
    ("Joerg Weiss", "J%C3%B6rg+Wei%C3%9F", "[redacted]"),
    ("Änne Löw", "Aenne Loew (2)", "[redacted] (2)"),
    ("Michael Doe", "Michal Do", "Michal Do"),
    ("Samuel Poe", "Sam Po", "Sam Po"),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES)
def test_door_and_database_find_either_spelling(
    database: object, sql: Sql, name: str, text: str, expected: str
) -> None:
    assert Caller(names=[name]).scrub(text) == expected
    sent = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000, "name": name, "tracking_label": text}
    assert build_row(sent, {7: CallSettings()})["tracking_label"] == expected
    [found] = sql(
        "SELECT redaction.holds_name(f.words, ARRAY[CAST(:name AS text)]) AS named FROM redaction.find_facts(:text) f",
        text=text,
        name=name,
    )
    assert found["named"] == (text != expected)


def test_an_accent_apart_from_its_letter_is_found_too() -> None:
    assert Caller(names=["Juergen Mueller"]).scrub("Ju\u0308rgen Mu\u0308ller VIP") == "[redacted]"


@pytest.mark.parametrize(
    "text",
    [
        *("Caf%C3%A9%2012", "50%25 &amp; more 1", "=?utf-8?q?Caf=C3=A9?= 7", "=?utf-8?b?Q2Fmw6k=?="),
        *("Büro 5", "Бюро №5", "%E9 2", "%u00e9 3", "Line 5 - 12:30"),
    ],
)
def test_a_run_reads_texts_in_any_encoding(
    deployment: Deployment, account: int, insert: Insert, sql: Sql, text: str
) -> None:
    insert(1, caller_name="Ada Lovelace", source=text, tracking_label=text, call_path=f'[{{"route_name": "{text}"}}]')
    run_account(deployment, 7, NOW)
    assert sql("SELECT state FROM redaction.runs") == [{"state": "succeeded"}]
