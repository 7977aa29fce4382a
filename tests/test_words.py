"""Every state, setting and rule has exactly one word for people."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from redaction.accounts.accounts import _NOT_SET, Account
from redaction.db.database import Database
from redaction.erasure.levels import LEVELS as REACHED
from redaction.pipeline.steps import STEPS as STATES_OF_STEPS
from redaction.policy import MODES, PERIODS, Policy, describe
from redaction.words import (
    ACCOUNT_STATES,
    KINDS,
    LEVELS,
    RUN_KINDS,
    RUN_STATES,
    SETTINGS,
    STEPS,
    say_count,
    say_day,
    say_distance,
    say_files,
    say_rule,
    say_setting,
    say_stored_rule,
    say_time,
    say_value,
    say_zone,
)
from tests.checkout import ROOT

NOW = datetime(2026, 11, 28, 22, 43, tzinfo=UTC)


Sql = Callable[..., list[dict[str, Any]]]


def _allowed(sql: Sql, column: str) -> set[str]:
    """Return the values that the checks of the live schema allow in a column of `redaction.runs`."""
    rows = sql(
        "SELECT pg_get_constraintdef(oid) AS what FROM pg_constraint WHERE conrelid = 'redaction.runs'::regclass"
        " AND contype = 'c'"
    )
    checks = [row["what"] for row in rows if row["what"].startswith(f"CHECK (({column} = ANY")]
    return {name for check in checks for name in re.findall(r"'(\w+)'", check)}


def test_every_setting_of_an_account_has_a_name() -> None:
    fields = {field.name for field in dataclasses.fields(Account)} - _NOT_SET - {"id"}
    assert len(fields) > 8
    assert fields <= SETTINGS.keys()


def test_every_level_and_every_step_has_a_name() -> None:
    assert LEVELS.keys() - {"none"} == REACHED.keys()
    assert STEPS.keys() - {"select"} == STATES_OF_STEPS.keys()
    assert set(STATES_OF_STEPS.values()) <= RUN_STATES.keys()


def test_the_states_of_accounts_stand_in_their_order() -> None:
    assert " ".join(ACCOUNT_STATES) == "late failed paused waits held due on_schedule off"
    assert {name for name, word in ACCOUNT_STATES.items() if word.tone == "late"} == {"late", "failed"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("recordings", [None, "daily"])
def test_a_rule_that_a_run_has_stored_is_told_like_the_one_in_force(
    period: str, mode: str, recordings: str | None
) -> None:
    policy = Policy(period, mode, "America/Sao_Paulo", date(2026, 1, 1), recordings)
    told, stored = say_rule(policy), say_stored_rule(describe(policy))
    assert stored.replace(" (São Paulo)", "") == told
    assert "São Paulo" in stored
    expected = "Daily" if period == "daily" else f"{period} days after each day"
    assert told.startswith(f"Every {period} days" if mode == "every" and period != "daily" else expected)


def test_a_rule_of_another_form_stays_as_it_is() -> None:
    assert say_stored_rule("by hand <b>") == "by hand <b>"
    assert say_rule(None) == "Off"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("auto_redaction", None, "off"),
        ("auto_redaction", "60", "every 60 days"),
        ("auto_redaction", "61", "61"),
        ("recordings_period", None, "with the rest"),
        ("administrators", ["ada", "bob"], "ada, bob"),
        ("administrators", [], "none"),
        ("follow_source", True, "on"),
        ("country", None, "not set"),
        ("agency_id", 1, "1"),
        ("auto_redaction_since", date(2001, 2, 3), "3 Feb 2001"),
        ("auto_redaction_since", "2001-02-03", "3 Feb 2001"),
        ("auto_redaction_since", None, "not set"),
    ],
)
def test_a_value_is_told_as_no_python(name: str, value: object, words: str) -> None:
    assert say_value(name, value) == words


def test_the_day_of_a_rule_has_its_year_in_every_year() -> None:
    assert say_value("auto_redaction_since", NOW.date()) == "28 Nov 2026"
    today = datetime.now(UTC).date()
    assert say_value("auto_redaction_since", str(today)).endswith(f" {today.year}")


def test_a_setting_without_a_word_is_told_by_its_name() -> None:
    assert say_setting("auto_redaction") == "Automatic redaction"
    assert say_setting("tracking_label") == "Tracking label"


@pytest.mark.parametrize(
    ("zone", "city"),
    [
        ("America/New_York", "New York"),
        ("America/Argentina/Salta", "Salta"),
        ("UTC", "UTC"),
        ("Etc/UTC", "Etc/UTC"),
    ],
)
def test_a_zone_is_told_by_its_city(zone: str, city: str) -> None:
    assert say_zone(zone) == city


def test_times_are_short_and_local() -> None:
    assert say_time(NOW, "Europe/Berlin", NOW) == "28 Nov, 23:43"
    assert say_time(NOW, "Asia/Tokyo", NOW) == "29 Nov, 07:43"
    assert say_time(datetime(2027, 1, 1, tzinfo=UTC), "UTC", NOW) == "1 Jan 2027, 00:00"
    assert say_day(date(2025, 3, 4), NOW.date()) == "4 Mar 2025"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(4, "in 4 min"), (-1, "1 min ago"), (90, "in 2 h"), (-300, "5 h ago"), (2880, "in 48 h"), (2881, ""), (-9999, "")],
)
def test_what_is_near_is_told_by_its_distance(minutes: int, words: str) -> None:
    assert say_distance(NOW + timedelta(minutes=minutes), NOW) == words


def test_a_number_has_its_noun() -> None:
    assert [say_count(1, *KINDS["call"]), say_count(3989, *KINDS["call"])] == ["1 call", "3,989 calls"]


_PLURAL = re.compile(
    # `1 of 3 activities` is right; `more than` a limit is never one.
    r"(?<!than )(?<!at most )(?<!of )(?<!its )\{[^{}]*\}\}? "
    r"(?:activities|accounts|objects|recordings|records|texts|files)\b"
)


def find_plurals(code: str) -> list[str]:
    """Return what would say *1 activities*: a number that a text formats, and a plural after it."""
    return [found[0] for found in _PLURAL.finditer(code) if "say_" not in found[0]]


def test_a_number_of_things_never_has_a_fixed_plural() -> None:
    assert find_plurals('f"{row:,} activities are left"') == ["{row:,} activities"]
    assert find_plurals("<p>{{ row | count }} objects</p>") == ["{ row | count }} objects"]
    assert find_plurals('f"{say_activities(row)} are left, at most {row} files"') == []
    wrong = {
        f"{path.relative_to(ROOT)}:{number}: {said}: use say_count"
        for path in (ROOT / "redaction").rglob("*.*")
        if path.suffix in (".py", ".html")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for said in find_plurals(line)
    }
    assert wrong == set()


def test_every_state_and_kind_of_the_database_has_a_word(database: Database, sql: Sql) -> None:
    assert _allowed(sql, "state") == RUN_STATES.keys() - {"waits"}
    assert _allowed(sql, "kind") == RUN_KINDS.keys()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("activities_20260302", "activities from 2 Mar 2026"),
        ("activities_elsewhen", "activities of distant days"),
        ("tracking.held_contacts", "held contacts"),
        ("reporting.tags", "report: tags"),
        ("pg_statistic", "pg_statistic"),
    ],
)
def test_a_table_is_named_by_what_it_holds(name: str, said: str) -> None:
    assert say_files(name) == said
