"""Activities dated in the future do not keep their data for ever: they are flagged, and redacted by when they were
loaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from redaction.accounts.accounts import get_account, list_accounts
from redaction.accounts.status import ALL, list_account_status, list_next_runs
from redaction.control.follow import redact_ahead
from redaction.deployment import Deployment
from redaction.evidence.certificate import certify_run
from redaction.evidence.figures import Figure
from redaction.evidence.watch import watch
from redaction.gate.holds import place_hold
from redaction.pipeline.preview import preview_due
from redaction.policy import latest_due
from tests.objects_of import World

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
FUTURE = 4102444800
LATER = datetime.now(UTC) + timedelta(days=3)


@pytest.fixture
def world(deployment: Deployment, sql: Sql, tmp_path: Path) -> World:
    found = World(deployment, sql, tmp_path / "recordings")
    found.account(7)
    found.load({"account_id": 7, "id": 1, "unix_time": FUTURE, "name": "Future Person", "notes": "CANARY"})
    found.load({"account_id": 7, "id": 2, "name": "Past Person"})
    return found


def gone(world: World) -> list[int]:
    return [row["id"] for row in world.sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL")]


def age(world: World) -> None:
    """Set the load of what is dated in the future to three days ago."""
    world.sql("UPDATE tracking.future_activities SET loaded_at = loaded_at - interval '3 days'")


def flagged(world: World, now: datetime | None = None) -> list[Figure]:
    return [figure for figure in watch(world.deployment, now) if figure.what == "dated in the future"]


def test_it_is_redacted_by_when_it_was_loaded(world: World) -> None:
    assert list(redact_ahead(world.deployment, 7)) == []
    [figure] = flagged(world)
    assert (figure.account_id, figure.count, figure.late) == (7, 1, False)
    assert flagged(world, LATER)[0].late
    age(world)
    [record] = redact_ahead(world.deployment, 7, "eve")
    assert (record["stripped_count"], record["state"], record["kind"]) == (1, "succeeded", "source")
    before = latest_due(get_account(world.database, 7).policy(), datetime.now(UTC)).cutoff
    assert record["policy"] == f"dated in the future, loaded before {before:%Y-%m-%d %H:%M} UTC"
    chosen = certify_run(world.deployment, record["id"]).describe_selection()
    assert chosen == f"1 activity {record['policy']}, by their ids"
    assert gone(world) == [1]
    assert flagged(world, LATER) == []
    assert list(redact_ahead(world.deployment, 7)) == []


def test_what_is_held_or_of_no_schedule_stays(world: World) -> None:
    age(world)
    place_hold(world.deployment, 7, "case 1", "eve", activity_ids=[1])
    assert list(redact_ahead(world.deployment, 7)) == []
    world.sql("UPDATE redaction.holds SET released_by = 'eve', released_at = now()")
    world.sql("UPDATE tracking.accounts SET auto_redaction = NULL")
    assert list(redact_ahead(world.deployment, 7)) == []
    assert gone(world) == []


def test_a_time_that_was_put_right_is_the_policys_again(world: World) -> None:
    age(world)
    world.load({"account_id": 7, "id": 1, "unix_time": 1790812800, "name": "Past Person"})
    assert flagged(world) == []
    assert list(redact_ahead(world.deployment, 7)) == []


def test_a_moment_to_come_redacts_nothing(world: World, cli: Cli) -> None:
    code, _, said = cli("run", "7", "--as-of", LATER.isoformat())
    assert (code, gone(world)) == (2, [])
    assert "lies in the future" in said


def test_what_waits_for_a_person_keeps_no_other_run(world: World, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDACTION_GUARD_LEAST", "1")
    world.load({"account_id": 7, "id": 3, "unix_time": FUTURE}, {"account_id": 7, "id": 4, "unix_time": FUTURE})
    age(world)
    code, _, said = cli("run", "7")
    assert (code, gone(world)) == (0, [2])
    assert "approve" in said


def test_every_preview_counts_it(world: World, cli: Cli) -> None:
    now = datetime.now(UTC)
    assert (preview_due(world.deployment, 7, now).activities, "of these" in cli("due", "7")[1]) == (1, False)
    age(world)
    found = preview_due(world.deployment, 7, now)
    assert (found.activities, found.ahead, found.held, found.by_kind) == (2, 1, 0, {"call": 2})
    assert found.oldest is not None
    assert found.oldest < now
    said = cli("due", "7")[1]
    assert "2 activities" in said
    assert re.search("of these dated in the future +│ 1 ", said)
    [status] = list_account_status(world.deployment, list_accounts(world.database), now, ALL)
    [coming] = list_next_runs(world.deployment, [status], 10)
    assert (status.due, coming.expected) == (2, 2)
    # `run --as-of` leaves it out, and so does its preview.
    as_of = (now - timedelta(minutes=1)).isoformat()
    assert json.loads(cli("due", "7", "--as-of", as_of, "--json")[1])["activities"] == 1
    place_hold(world.deployment, 7, "case 1", "eve", activity_ids=[1])
    found = preview_due(world.deployment, 7, now)
    assert (found.activities, found.ahead, found.held) == (1, 0, 1)
    world.sql("UPDATE redaction.holds SET released_by = 'eve', released_at = now()")
    code, said, _ = cli("run", "7")
    assert (code, sorted(gone(world))) == (0, [1, 2])
    # The year 2100 is no cutoff; the rule says what was taken.
    assert "2100" not in said
    assert "dated in the future, loaded before 20" in said
