"""An agency at several placements: its rule of two people ends at all of them, or the result shows where not, and
the act continues.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from redaction.control.agencies import Changed, change_agency
from redaction.db.database import Database
from redaction.errors import BadInput, DatabaseBusy
from redaction.placements.resolve import Placements
from redaction.settings import load_settings

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/none"


def there(west: Database, statement: str) -> list[Any]:
    with west.engine("owner").begin() as connection:
        result = connection.exec_driver_sql(statement)
        return list(result.scalars()) if result.returns_rows else []


@pytest.fixture
def placements(west: Database, account: int, sql: Sql) -> Iterator[Placements]:
    """Agency 1 wants two people at two placements, each with an account that ada and bob administer."""
    sql("UPDATE tracking.agencies SET needs_approval = true")
    there(west, "UPDATE tracking.agencies SET needs_approval = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada'), (7, 'bob')")
    there(west, "INSERT INTO tracking.account_users (account_id, username) VALUES (9, 'ada'), (9, 'bob')")
    with Placements(load_settings()) as found:
        yield found


def end(placements: Placements, who: str) -> dict[str, str]:
    return {one.placement: one.outcome for one in change_agency(placements, 1, who, needs_approval=False)}


def wanting(west: Database, sql: Sql) -> list[bool]:
    asked = "SELECT needs_approval FROM tracking.agencies"
    return [*(row["needs_approval"] for row in sql(asked)), *there(west, asked)]


def test_two_people_end_it_everywhere(placements: Placements, west: Database, sql: Sql) -> None:
    assert end(placements, "ada") == {"default": "waits", "west": "waits"}
    assert end(placements, "ada") == {"default": "refused", "west": "refused"}
    assert wanting(west, sql) == [True, True]
    assert end(placements, "bob") == {"default": "changed", "west": "changed"}
    assert wanting(west, sql) == [False, False]


@pytest.mark.parametrize("who", ["ada", "bob"])
def test_nothing_changes_while_one_does_not_answer(
    placements: Placements, west: Database, sql: Sql, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if who == "bob":
        end(placements, "ada")
    monkeypatch.setenv("AIRFLOW_CONN_WEST", NOWHERE)
    with Placements(load_settings()) as others, pytest.raises(DatabaseBusy, match="agency 1 was changed nowhere"):
        change_agency(others, 1, who, needs_approval=False)
    assert wanting(west, sql) == [True, True]
    assert len(sql("SELECT FROM redaction.proposals")) == (who == "bob")


def test_where_it_is_not_made_is_said_and_the_same_act_goes_on(
    placements: Placements, west: Database, sql: Sql, cli: Cli
) -> None:
    """At west bob is no administrator: another one must agree there."""
    there(west, "UPDATE tracking.account_users SET username = 'carol' WHERE username = 'bob'")
    end(placements, "ada")
    changed = change_agency(placements, 1, "bob", needs_approval=False)
    assert [(one.placement, one.outcome, one.needs_two) for one in changed] == [
        ("default", "changed", False),
        ("west", "refused", True),
    ]
    assert "bob cannot agree to proposal 1: they are no administrator" in changed[1].why
    [shown] = json.loads(cli("agency", "list", "--json")[1])
    assert (shown["needs_approval"], shown["two_people_at"]) == (True, ["west"])
    assert end(placements, "carol") == {"default": "changed", "west": "changed"}
    assert wanting(west, sql) == [False, False]


def test_where_only_one_was_asked_the_other_catches_up(placements: Placements, west: Database, sql: Sql) -> None:
    end(placements, "ada")
    there(west, "ALTER TABLE redaction.proposals DISABLE TRIGGER check_second")
    there(west, "UPDATE redaction.proposals SET requested_at = now() - interval '40 days'")
    assert end(placements, "bob") == {"default": "changed", "west": "waits"}
    there(west, "ALTER TABLE redaction.proposals ENABLE TRIGGER check_second")
    assert end(placements, "ada") == {"default": "changed", "west": "changed"}


def test_where_it_has_no_account_it_waits_for_the_others(placements: Placements, west: Database, sql: Sql) -> None:
    there(west, "DELETE FROM tracking.account_users; DELETE FROM tracking.accounts")
    assert end(placements, "ada") == {"default": "waits", "west": "waits"}
    assert end(placements, "bob") == {"default": "changed", "west": "changed"}


def test_the_command_shows_each_placement(placements: Placements, west: Database, sql: Sql, cli: Cli) -> None:
    for outcome in ("waits", "refused"):
        code, said, err = cli("agency", "set", "1", "--no-two-people")
        assert (code, said.count(outcome), "run the same command again" in err) == (1, 2, True)
    assert wanting(west, sql) == [True, True]


def test_the_command_says_once_where_it_is_not_made(placements: Placements, west: Database, cli: Cli) -> None:
    _, _, err = cli("agency", "set", "1", "--no-two-people")
    assert err.startswith("redaction: agency 1 is changed nowhere, and not at default, west: run the same command")


def test_an_agency_that_is_nowhere(placements: Placements) -> None:
    with pytest.raises(BadInput, match="there is no agency 5"):
        change_agency(placements, 5, "ada", needs_approval=False)


def test_one_that_is_at_one_placement_alone(placements: Placements, west: Database) -> None:
    there(west, "INSERT INTO tracking.agencies (id, name) VALUES (2, 'South')")
    assert change_agency(placements, 2, "ada", name="South 2") == [Changed("west", "changed", False)]
