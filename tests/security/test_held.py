"""A held activity keeps its personal values, whoever writes; the load counts those that it would have changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold, release_hold
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source.load import LoadSummary, load_files

Sql = Callable[..., list[dict[str, Any]]]
Load = Callable[..., LoadSummary]
AT = 1_790_812_800
FIRST = {
    "account_id": 7, "unix_time": AT, "id": 9, "caller_number": "+12125550143", "name": "Jane Doe",
    "notes": "evidence note", "transcription_text": "evidence words", "transcription": {"text": "evidence words"},
}  # fmt: skip
SECOND = {
    "account_id": 7, "unix_time": AT, "id": 9, "caller_number": None, "notes": None, "transcription_text": None,
    "transcription": None, "name": "X",
}  # fmt: skip
HOLDS: dict[str, dict[str, Any]] = {
    "activity": {"activity_ids": [9]},
    "contact": {"contact": "+1 212 555 0143"},
    "address": {"contact": "Jane@Example.com"},
    "account": {},
}


@pytest.fixture
def load(deployment: Deployment, tmp_path: Path, account: int) -> Load:
    def run(*records: dict[str, Any]) -> LoadSummary:
        path = tmp_path / "x.jsonl"
        path.write_bytes(b"".join(orjson.dumps(item) + b"\n" for item in records))
        return load_files(deployment, [path])

    return run


def _rows(sql: Sql) -> list[dict[str, Any]]:
    return sql("SELECT * FROM tracking.activities ORDER BY id")


@pytest.mark.parametrize("scope", HOLDS)
def test_held_values_stay_and_are_counted(deployment: Deployment, load: Load, sql: Sql, scope: str) -> None:
    load({**FIRST, "email": "jane@example.com"})
    before = _rows(sql)
    place_hold(deployment, 7, "case 12", "ada", **HOLDS[scope])
    for again in (SECOND, {**SECOND, "email": "other@example.com"}, {**SECOND, "caller_number": "+13125550199"}):
        summary = load(again)
        assert (summary.kept_by_hold, summary.inserted, summary.updated, summary.unchanged) == (1, 0, 0, 0)
        assert _rows(sql) == before


def test_what_is_sent_again_as_it_is_was_not_kept_from_anything(deployment: Deployment, load: Load, sql: Sql) -> None:
    load(FIRST)
    place_hold(deployment, 7, "case 12", "ada")
    summary = load(FIRST)
    assert (summary.kept_by_hold, summary.updated, summary.unchanged) == (0, 0, 1)


def test_what_was_missing_is_added_and_retained_columns_follow_the_source(
    deployment: Deployment, load: Load, sql: Sql
) -> None:
    load({key: value for key, value in FIRST.items() if not key.startswith("transcription")})
    place_hold(deployment, 7, "case 12", "ada", [9])
    summary = load({**FIRST, "notes": "other", "source": "Bing", "email": "jane@example.com"}, {**FIRST, "id": 10})
    assert (summary.kept_by_hold, summary.inserted, summary.updated, summary.unchanged) == (1, 1, 0, 0)
    [row, _] = _rows(sql)
    assert row["notes"] == "evidence note"
    assert "evidence words" in row["transcription"]
    assert (row["source"], row["emails"]) == ("Bing", ["jane@example.com"])
    summary = load({**FIRST, "source": "Yahoo", "email": "jane@example.com"})
    assert (summary.kept_by_hold, summary.updated) == (0, 1)


def test_others_of_the_account_are_updated(deployment: Deployment, load: Load, sql: Sql) -> None:
    load(FIRST, {**FIRST, "id": 10, "caller_number": "+13125550199"})
    place_hold(deployment, 7, "case 12", "ada", contact="+12125550143")
    summary = load({**SECOND, "id": 9}, {**SECOND, "id": 10})
    assert (summary.kept_by_hold, summary.updated) == (1, 1)
    assert [row["caller_name"] for row in _rows(sql)] == ["Jane Doe", "X"]


def test_a_released_hold_keeps_nothing(deployment: Deployment, load: Load, sql: Sql) -> None:
    load(FIRST)
    hold = place_hold(deployment, 7, "case 12", "ada", [9])
    release_hold(deployment, hold.id, "ada")
    assert load(SECOND).updated == 1
    assert _rows(sql)[0]["caller_name"] == "X"


def test_no_role_changes_a_held_value(database: Database, deployment: Deployment, load: Load, sql: Sql) -> None:
    load(FIRST)
    place_hold(deployment, 7, "case 12", "ada", [9])
    before = _rows(sql)
    for role in ("redaction_loader", "owner"):
        for change in ("caller_name = 'X'", "notes = NULL", "contact_key = NULL, contact_keys = NULL, emails = NULL"):
            with database.engine(role).begin() as connection:
                connection.execute(sa.text(f"UPDATE tracking.activities SET {change}"))
    assert _rows(sql) == before


def test_a_hold_waits_for_the_load_that_is_at_work(
    database: Database, settings: Settings, load: Load, sql: Sql
) -> None:
    """The load commits before, or it sees the hold: here the hold is placed while the load holds the account."""
    load(FIRST)
    placed = threading.Event()

    def hold() -> None:
        place_hold(deploy(database, settings.model_copy(update={"busy_retries": 50})), 7, "case 12", "ada", [9])
        placed.set()

    with database.transaction("redaction_loader") as session:
        session.rows("lock_accounts", accounts=[7])
        holder = threading.Thread(target=hold)
        holder.start()
        while not sql("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert holder.is_alive()
        assert not placed.is_set()
        session.connection.execute(sa.text("UPDATE tracking.activities SET caller_name = 'in time' WHERE id = 9"))
    holder.join()
    assert placed.is_set()
    assert load(SECOND).kept_by_hold == 1
    assert _rows(sql)[0]["caller_name"] == "in time"


def test_the_command_prints_the_count(
    cli: Callable[..., tuple[int, str, str]], deployment: Deployment, load: Load, tmp_path: Path
) -> None:
    load(FIRST)
    place_hold(deployment, 7, "case 12", "ada", [9])
    path = tmp_path / "second.jsonl"
    path.write_bytes(orjson.dumps(SECOND))
    code, out, _ = cli("load", str(path), "--json")
    assert (code, orjson.loads(out)["kept_by_hold"]) == (0, 1)


CALLER = {"caller_number": "+12125550143", "name": "Jane Wills"}
TEXTS: dict[str, dict[str, Any]] = {
    "name": {"source": "Jane Wills VIP"},
    "number": {"tracking_label": "for 212 555 0143"},
    "route": {"call_path": [{"route_name": "Wills, Jane", "route_type": "queue"}]},
    "tracking number": {"tracking_number": "+12125550143"},
}
PLAIN = {
    "tracking_number": "+12065550100", "source": "Ads", "tracking_label": "x", "call_path": [{"route_name": "a"}],
}  # fmt: skip


def _retained(sql: Sql) -> list[Any]:
    [row] = sql("SELECT tracking_number, source, tracking_label, call_path FROM tracking.activities")
    return list(row.values())


@pytest.mark.parametrize("held", [True, False], ids=["held", "not held"])
@pytest.mark.parametrize("before", ["other", "same"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_record_without_the_caller_brings_them_into_no_retained_text(
    deployment: Deployment, load: Load, sql: Sql, text: str, before: str, held: bool
) -> None:
    """The load scrubs a record of its own caller only; the row knows them already."""
    base = {"account_id": 7, "unix_time": AT, "id": 9}
    load(base | PLAIN | CALLER | (TEXTS[text] if before == "same" and text != "tracking number" else {}))
    [row], retained = _rows(sql), _retained(sql)
    if held:
        place_hold(deployment, 7, "case 12", "ada", [9])
    again = base | PLAIN | TEXTS[text]
    # However often it is sent.
    for _ in range(2):
        load(again)
        assert _retained(sql) == retained
        assert [_rows(sql)[0][name] for name in ("caller_name", "contact_key")] == [row["caller_name"], "+12125550143"]
    # Other texts still follow the source, and so does the caller who is left out, unless a hold keeps them.
    load(base | PLAIN | {"source": "Bing", "tracking_number": "+12065550199"})
    assert _retained(sql)[:2] == ["+12065550199", "Bing"]
    assert _rows(sql)[0]["caller_name"] == (row["caller_name"] if held else None)


def test_a_held_outbound_text_that_turns_round_keeps_its_tracking_number(
    deployment: Deployment, load: Load, sql: Sql
) -> None:
    base = {"account_id": 7, "unix_time": AT, "id": 9, "type": "text"}
    sides = {"from_number": "+17203584118", "to_number": "+12125550143"}
    load(base | sides | {"direction": "outbound"})
    place_hold(deployment, 7, "case 12", "ada", [9])
    load(base | sides | {"direction": "inbound"})
    assert _retained(sql)[0] == "+17203584118"
