"""Manual redaction, holds and the pause, as a person types them."""

from __future__ import annotations

import io
import json
import os
import pwd
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

Run = Callable[..., Any]
Sql = Callable[..., list[dict[str, Any]]]
REASON = ("--reason", "ticket 12")
ACTOR = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(autouse=True)
def another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names another person."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "mallory")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give the next command standard input."""

    def give(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    return give


@pytest.fixture
def three(account: int, insert: Callable[..., None], sql: Sql) -> None:
    """Three aged activities of one contact; manual redaction is on."""
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    for number in range(1, 4):
        insert(number, called_at=datetime(2026, 3, 2, 15, tzinfo=UTC) + timedelta(hours=number))


def left(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities WHERE redacted_at IS NULL ORDER BY id")]


def test_without_the_acknowledgement_it_shows_and_exits_with_2(cli: Run, three: None, sql: Sql) -> None:
    code, said, warned = cli("activity", "2", "--account", "7", "--past-from-contact", *REASON, "--json")
    preview = json.loads(said)
    assert (code, [listed["id"] for listed in preview["activities"]]) == (2, [1, 2])
    assert "nothing was changed" in warned
    assert left(sql) == [1, 2, 3]
    words = ("activity", "2", "--account", "7", "--past-from-contact", *REASON, "--acknowledge-irreversible")
    code, _, failed = cli(*words, "--expect", "0" * 64)
    assert (code, "preview" in failed, left(sql)) == (1, True, [1, 2, 3])
    code, said, _ = cli(*words, "--expect", preview["digest"], "--json")
    record = json.loads(said)
    assert (code, record["stripped_count"], record["requested_by"]) == (0, 2, ACTOR)
    assert left(sql) == [3]
    assert cli("activity", "3", "--account", "7", *REASON)[0] == 2
    assert "digest" in cli("activity", "3", "--account", "7", *REASON)[1]


def test_ids_of_nobody_are_wrong_usage(cli: Run, three: None, sql: Sql) -> None:
    code, _, said = cli("activity", "2", "99", "--account", "7", *REASON, "--acknowledge-irreversible")
    assert (code, "no activity 99" in said, left(sql)) == (2, True, [1, 2, 3])


def test_a_hold_keeps_and_its_release_lets_go(cli: Run, three: None, sql: Sql, typed: Callable[[str], None]) -> None:
    placed = json.loads(cli("hold", "add", "--account", "7", "--activity", "1", *REASON, "--json")[1])
    typed("(212) 555-0143\n")
    contact = json.loads(cli("hold", "add", "--account", "7", "--contact", *REASON, "--json")[1])
    assert (placed[0]["scope"], contact[0]["scope"]) == ("activity", "contact")
    listed = cli("hold", "list")[1]
    assert "ticket 12" in listed
    assert "0143" not in listed
    due = json.loads(cli("due", "7", "--json")[1])
    assert (due["activities"], due["held"]) == (0, 3)
    [status] = json.loads(cli("account", "list", "--json")[1])
    assert (status["due"], status["held"], status["late"]) == (0, 3, False)
    assert json.loads(cli("run", "7", "--json")[1])["stripped_count"] == 0
    assert cli("activity", "1", "--account", "7", *REASON, "--acknowledge-irreversible")[0] == 1
    assert cli("hold", "release", str(contact[0]["id"]))[0] == 0
    assert sql("SELECT count(*) AS n FROM tracking.held_contacts") == [{"n": 0}]
    assert json.loads(cli("run", "7", "--json")[1])["stripped_count"] == 2
    assert left(sql) == [1]
    assert cli("hold", "release", str(contact[0]["id"]))[0] == 2
    for wrong in (("--activity", "99"), ("--activity", "2"), ("--contact",)):
        typed("anonymous")
        assert cli("hold", "add", "--account", "7", *wrong, *REASON)[0] == 2
    assert cli("hold", "add", "--account", "7", "--reason", "asked by zoe@example.com")[0] == 2
    assert len(json.loads(cli("hold", "list", "--json")[1])) == 2


def test_a_hold_ends_by_itself_after_a_day_that_is_one(cli: Run, three: None) -> None:
    words = ("hold", "add", "--account", "7", "--activity", "1", *REASON, "--json", "--until")
    for wrong in ("2026-02-30", "tomorrow", "2020-01-01", ""):
        assert cli(*words, wrong)[0] == 2
    [placed] = json.loads(cli(*words, "2099-06-30")[1])
    assert placed["expires_at"] == "2099-07-01T04:00:00+00:00"


def test_who_was_let_place_holds_alone_releases_none(cli: Run, three: None) -> None:
    assert cli("account", "administrator", "7", ACTOR, "--no-release")[0] == 0
    [placed] = json.loads(cli("hold", "add", "--account", "7", *REASON, "--json")[1])
    code, _, said = cli("hold", "release", str(placed["id"]))
    assert (code, "may not release holds" in said) == (1, True)


@pytest.mark.parametrize("whose", [(), ("--account", "7")])
def test_a_pause_stops_and_is_seen(cli: Run, three: None, sql: Sql, whose: tuple[str, ...]) -> None:
    assert cli("pause", *whose, *REASON)[0] == 0
    assert cli("pause", *whose, *REASON)[0] == 0
    code, _, said = cli("run", "7")
    assert (code, "paused" in said, left(sql)) == (1, True, [1, 2, 3])
    assert json.loads(cli("account", "list", "--json")[1])[0]["paused"]
    assert cli("resume", *whose)[0] == 0
    assert cli("resume", *whose)[0] == 2
    assert cli("run", "7")[0] == 0
    assert left(sql) == []


def test_an_administrator_is_named_and_taken_off_again(cli: Run, account: int, sql: Sql) -> None:
    assert cli("account", "administrator", "7", "ada")[0] == 0
    assert sql("SELECT username, role FROM tracking.account_users") == [{"username": "ada", "role": "administrator"}]
    code, said, _ = cli("account", "administrator", "7", "ada", "--remove")
    assert (code, "no longer" in said) == (0, True)
    assert sql("SELECT username FROM tracking.account_users") == []
    assert cli("account", "administrator", "99", "ada")[0] == 2
    assert cli("account", "administrator", "7", " ")[0] == 2
    actor = sql("SELECT DISTINCT actor FROM redaction.ledger WHERE kind = 'setting'")
    assert actor == [{"actor": ACTOR}]


@pytest.mark.parametrize("words", [("--contact", "+12125550143"), ("--contact=+12125550143",), ("+12125550143",)])
def test_a_contact_among_the_arguments_is_refused_and_not_repeated(
    cli: Run, three: None, sql: Sql, typed: Callable[[str], None], words: tuple[str, ...]
) -> None:
    typed("+12125550143")
    code, said, failed = cli("hold", "add", "--account", "7", *words, *REASON)
    assert code == 2
    assert "0143" not in said + failed
    assert sql("SELECT count(*) AS n FROM redaction.holds") == [{"n": 0}]


@pytest.mark.parametrize("text", ["", " \n", "+12125550143\n+12125550144\n"])
def test_a_contact_is_one_line(cli: Run, three: None, sql: Sql, typed: Callable[[str], None], text: str) -> None:
    typed(text)
    code, said, failed = cli("hold", "add", "--account", "7", "--contact", *REASON)
    assert (code, "0143" in said + failed) == (2, False)
    assert sql("SELECT count(*) AS n FROM redaction.holds") == [{"n": 0}]


@pytest.mark.parametrize(
    "words",
    [
        ("request", "find", "1", "{}"),
        ("request", "find", "{}"),
        ("hold", "release", "{}"),
        ("hold", "add", "--account", "7", "--reason", "T-1", "--{}"),
        ("hold", "add", "--account", "{}", "--reason", "T-1"),
        ("activity", "7", "{}", "--account", "7", "--reason", "T-1"),
        ("due", "7", "--as-of", "{}"),
        ("abandon", "{}", "--reason", "T-1"),
        ("account", "add", "{}", "--agency", "1"),
        ("account", "set", "7", "--since", "{}"),
        ("account", "set", "7", "--auto", "{}"),
        ("report", "by_source", "7", "--from", "{}"),
        ("{}",),
        ("request", "{}"),
    ],
)
@pytest.mark.parametrize("typed", ["zoe@example.com", "+1 (212) 555-0143", "２１２５５５０１４３", "zoe%40example.com"])
def test_no_error_quotes_an_argument_that_may_be_of_a_person(cli: Run, words: tuple[str, ...], typed: str) -> None:
    code, out, said = cli(*(word.format(typed) for word in words))
    assert code == 2
    assert not {"zoe", "0143", "２１２"} & {part for part in ("zoe", "0143", "２１２") if part in out + said}, said
