"""Holds that end by themselves, and who may place and who may release holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from redaction.accounts.administrators import set_administrator
from redaction.control.manual import ManualRequest, begin_manual
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.evidence.watch import watch
from redaction.gate.expiry import end_expired_holds
from redaction.gate.holds import list_holds, place_hold, release_hold
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import begin_run, complete_run

Sql = Callable[..., list[dict[str, Any]]]
CONTACT = "(212) 555-0143"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def held(deployment: Deployment, account: int, insert: Callable[..., None]) -> int:
    """A contact with one activity, held for a month. Returns the hold."""
    insert(1)
    return place_hold(deployment, 7, "case 4", "eve", contact=CONTACT, until=TODAY + timedelta(days=30)).id


def _pass(sql: Sql, hold: int) -> None:
    sql(
        "UPDATE redaction.holds SET placed_at = now() - interval '2 days', expires_at = now() - interval '1 hour'"
        " WHERE id = :hold",
        hold=hold,
    )


def test_a_hold_keeps_through_its_last_day_in_the_zone_of_the_account(
    deployment: Deployment, account: int, insert: Callable[..., None]
) -> None:
    insert(1)
    hold = place_hold(deployment, 7, "case 4", "eve", [1], until=date(2099, 3, 8))
    # The clocks go forward that day.
    assert hold.expires_at == datetime(2099, 3, 9, 4, tzinfo=UTC)
    [entry] = [entry for entry in read_entries(deployment.database) if entry.kind == "hold"]
    assert entry.facts["until"] == "2099-03-09T04:00:00+00:00"


@pytest.mark.parametrize("until", [TODAY - timedelta(days=2), date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_that_has_passed_or_that_nobody_can_reckon_is_refused(
    deployment: Deployment, account: int, insert: Callable[..., None], sql: Sql, until: date
) -> None:
    insert(1)
    with pytest.raises(BadInput, match="nothing was held"):
        place_hold(deployment, 7, "case 4", "eve", [1], until=until)
    assert sql("SELECT FROM redaction.holds") == []


def test_one_that_has_not_ended_keeps_and_one_that_has_ends_with_the_next_run(
    deployment: Deployment, held: int, sql: Sql
) -> None:
    cutoff = datetime(2026, 4, 1, 4, tzinfo=UTC)
    assert end_expired_holds(deployment) == ()
    assert complete_run(deployment, begin_run(deployment, 7, cutoff, "cli").id)["stripped_count"] == 0
    _pass(sql, held)
    assert complete_run(deployment, begin_run(deployment, 7, cutoff, "cli").id)["stripped_count"] == 1
    [hold] = list_holds(deployment.database, 7)
    assert (hold.released_by, hold.activities) == ("its end", 0)
    assert sql("SELECT FROM tracking.held_contacts") == []
    [entry] = [entry for entry in read_entries(deployment.database) if entry.kind == "release"]
    assert (entry.actor, entry.facts["hold_id"], entry.facts["expired"]) == ("its end", held, True)
    assert "5550143" not in entry.serialize().decode()
    assert verify_ledger(deployment).unrecorded == ()


def test_it_is_ended_without_a_run_too_and_once(deployment: Deployment, held: int, sql: Sql) -> None:
    _pass(sql, held)
    assert end_expired_holds(deployment, 8) == ()
    assert end_expired_holds(deployment) == (held,)
    assert end_expired_holds(deployment) == ()
    # What was removed from its table is residue of it.
    assert sql("SELECT place FROM redaction.place_residue") == [{"place": "tracking.held_contacts"}]


@pytest.mark.parametrize(("days", "told"), [(20, False), (12, True)])
def test_it_is_told_14_days_before(
    deployment: Deployment, account: int, insert: Callable[..., None], days: int, told: bool
) -> None:
    insert(1)
    until = TODAY + timedelta(days=days)
    hold = place_hold(deployment, 7, "case 4", "eve", [1], until=until)
    found = [figure for figure in watch(deployment) if figure.what == "holds that end"]
    assert [(figure.account_id, figure.count, figure.late) for figure in found] == [(7, 1, False)] * told
    assert all(f"hold {hold.id}" in figure.hint and hold.expires_at is not None for figure in found)
    # Nobody has ended it since.
    later = datetime.now(UTC) + timedelta(days=days + 3)
    [figure] = [figure for figure in watch(deployment, later) if figure.what == "holds that end"]
    assert figure.late


def test_an_administrator_may_be_let_place_and_not_release(
    deployment: Deployment, account: int, insert: Callable[..., None]
) -> None:
    insert(1)
    set_administrator(deployment, 7, "ada", "root", may_release=False)
    set_administrator(deployment, 7, "bob", "root", may_hold=False)
    with pytest.raises(NotAllowed, match="bob may not place holds of account 7"):
        place_hold(deployment, 7, "case 4", "bob", [1])
    hold = place_hold(deployment, 7, "case 4", "ada", [1])
    with pytest.raises(NotAllowed, match=f"ada may not release holds of account 7: hold {hold.id} stays"):
        release_hold(deployment, hold.id, "ada")
    assert release_hold(deployment, hold.id, "bob").released_by == "bob"
    told = [entry.facts["after"] for entry in read_entries(deployment.database) if entry.kind == "setting"]
    assert told == [
        {"administrators": ["ada"], "may_not_release": ["ada"]},
        {"administrators": ["ada", "bob"], "may_not_hold": ["bob"]},
    ]
    # Named again without new rights, a person keeps the earlier ones.
    set_administrator(deployment, 7, "ada", "root")
    with pytest.raises(NotAllowed):
        release_hold(deployment, place_hold(deployment, 7, "case 5", "ada", [1]).id, "ADA ")


def test_what_an_ended_hold_kept_is_previewed_and_redacted_by_hand(deployment: Deployment, held: int, sql: Sql) -> None:
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    _pass(sql, held)
    run = begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", acknowledged=True)
    assert complete_run(deployment, run.id)["stripped_count"] == 1
    assert [hold.released_by for hold in list_holds(deployment.database)] == ["its end"]
