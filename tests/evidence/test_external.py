"""A place outside that does not answer: nothing is stripped, or the missing rows are reported and follow."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import DatabaseBehind, LedgerBroken, LedgerUnreachable
from redaction.evidence.certificate import certify_run
from redaction.gate.holds import list_holds, place_hold
from redaction.ledger.entries import find_entry
from redaction.ledger.external import check_ledger, open_external
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.pipeline.runs import Request, get_run
from redaction.pipeline.select import select_aged
from redaction.pipeline.steps import STEPS
from redaction.placements.resolve import deploy
from redaction.settings import Settings

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


@contextmanager
def gone(settings: Settings) -> Iterator[None]:
    """A place that answers only errors, for a while."""
    place, aside = settings.home / "ledger", settings.home / "aside"
    place.rename(aside) if place.exists() else aside.mkdir()
    place.write_text("no folder")
    yield
    place.unlink()
    aside.rename(place)


@pytest.fixture
def begun(deployment: Deployment, settings: Settings, account: int, insert: Insert) -> int:
    """A run that has fixed its set of three and stripped nothing. Returns its id."""
    settings.home.mkdir(parents=True, exist_ok=True)
    for number in range(1, 4):
        insert(number)
    return begin_run(deployment, 7, CUTOFF, "cli").id


def _stripped(sql: Sql) -> int:
    return int(sql("SELECT count(*) AS n FROM tracking.activities WHERE redacted_at IS NOT NULL")[0]["n"])


def test_nothing_is_stripped_before_it_is_told_outside(
    database: Database, settings: Settings, deployment: Deployment, begun: int, sql: Sql
) -> None:
    with gone(settings):
        with pytest.raises(LedgerUnreachable, match="REDACTION_LEDGER_URL") as raised:
            run_step(deployment, begun, "strip")
        assert raised.value.retryable, "Airflow tries it again"
        assert _stripped(sql) == 0
        for act in (
            lambda: begin_run(deployment, 7, CUTOFF, "cli"),
            lambda: place_hold(deployment, 7, "ticket 1", "eve"),
        ):
            with pytest.raises(LedgerUnreachable):
                act()
        assert list_holds(database) == []
    assert complete_run(deployment, begun)["stripped_count"] == 3
    assert verify_ledger(deployment).first_bad is None


def test_what_is_missing_outside_after_a_success_is_said_and_follows(
    database: Database, settings: Settings, deployment: Deployment, begun: int
) -> None:
    *first, last = STEPS
    for step in first:
        run_step(deployment, begun, step)
    with gone(settings):
        with pytest.raises(LedgerUnreachable):
            run_step(deployment, begun, last)
        entry = find_entry(database, begun)
        assert entry is not None, "it is safe in the database"
    external = open_external(deployment)[0]
    assert external.read_entry(entry.position) is None
    run_step(deployment, begun, last)
    assert external.read_entry(entry.position) == find_entry(database, begun) == entry


def test_anything_that_comes_next_repairs_the_place(
    database: Database, settings: Settings, deployment: Deployment, begun: int
) -> None:
    *first, last = STEPS
    for step in first:
        run_step(deployment, begun, step)
    with gone(settings), pytest.raises(LedgerUnreachable):
        run_step(deployment, begun, last)
    check_ledger(deployment)
    assert open_external(deployment)[0].read_entry(1) == find_entry(database, begun)


def test_an_intent_that_the_database_does_not_know_stops_it(deployment: Deployment, begun: int, sql: Sql) -> None:
    run_step(deployment, begun, "strip")
    [intent] = open_external(deployment)[0].list_begun(1)
    assert (intent.run_id, intent.account_id, intent.cutoff, intent.ids) == (begun, 7, CUTOFF, None)
    check_ledger(deployment)
    # As in a database that was restored, which has another run of that id.
    sql(
        "SET LOCAL session_replication_role = replica;"
        " UPDATE redaction.runs SET started_at = started_at + interval '1 us'"
    )
    with pytest.raises(DatabaseBehind, match="replay"):
        check_ledger(deployment)
    with pytest.raises(DatabaseBehind):
        run_step(deployment, begun, "strip")


def test_a_set_of_nothing_is_not_announced(
    database: Database, settings: Settings, deployment: Deployment, account: int
) -> None:
    run = select_aged(deployment, 7, CUTOFF, Request("cli"))
    complete_run(deployment, run.id)
    assert get_run(database, run.id).state == "succeeded"
    assert not list((settings.home / "ledger").rglob("begun/*/*.json"))
    assert find_entry(database, run.id) is not None


def test_a_file_that_was_cut_off_is_never_left(deployment: Deployment, settings: Settings, begun: int) -> None:
    complete_run(deployment, begun)
    assert not [path for path in (settings.home / "ledger").rglob("*.new")]


def test_a_place_that_was_emptied_is_filled_again_only_by_who_says_so(
    deployment: Deployment, settings: Settings, begun: int, tmp_path: Path
) -> None:
    complete_run(deployment, begun)
    place_hold(deployment, 7, "ticket 1", "eve")
    shutil.rmtree(settings.home / "ledger")
    with pytest.raises(Exception, match="not where the ledger"):
        check_ledger(deployment)


def test_no_password_of_the_place_is_in_a_message(database: Database, settings: Settings, begun: int) -> None:
    secret = settings.model_copy(update={"ledger_url": "nosuch://user:hunter2@store/ledger?token=hunter3"})
    with pytest.raises(LedgerUnreachable, match="nosuch://store/ledger:") as raised:
        check_ledger(deploy(database, secret))
    assert "hunter" not in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"actor":', b'"actor":"mallory","actor":'),
        (b'"due_count":3', b'"due_count":9,"due_count":3'),
        (b'"actor":', b'"\\u0061ctor":'),
        (b"{", b"{ "),
        (b'"position":1', b'"position":1.0'),
        (b'"position":1', b'"position":"1"'),
        (b"}", b"}\n"),
    ],
)
def test_a_row_outside_has_one_spelling(
    deployment: Deployment, settings: Settings, begun: int, old: bytes, new: bytes
) -> None:
    complete_run(deployment, begun)
    [path] = (settings.home / "ledger").rglob("entries/*/*.json")
    text = path.read_bytes()
    at = text.rindex(old) if old == b"}" else text.index(old)
    path.chmod(0o600)
    path.write_bytes(text[:at] + new + text[at + len(old) :])
    assert verify_ledger(deployment).first_bad == 1
    with pytest.raises(LedgerBroken):
        certify_run(deployment, begun)
    path.write_bytes(text)
    assert verify_ledger(deployment).is_whole
    [path] = (settings.home / "ledger").rglob("begun/*/*.json")
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b'"actor":', b'"actor":"mallory","actor":', 1))
    with pytest.raises(LedgerBroken, match="as one is written"):
        open_external(deployment)[0].list_begun(1)
