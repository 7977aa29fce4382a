"""Which rows a rewrite compares with their own texts one by one, and which it need not; the hashes that decide."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.pipeline.run import begin_run
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy
from redaction.policy import day_start
from redaction.settings import Settings
from tests.erasure.conftest import Insert, Sql
from tests.erasure.test_rewrite import ALWAYS, CUTOFF, MONDAY, PART

NOON = MONDAY + timedelta(hours=17)
"""In New York, where Monday begins after that of UTC."""

NAMES = [
    "Canary One",
    " canary two",
    "ÇANARY THREE",
    "\tCanary Four",
    "CaNaRy Five",
    "Al Six",
    "ΣΑΣ ΒΑΣ",
    "Cañary Eight",
]


def test_who_is_named_where_texts_repeat_is_found_in_and_outside_the_sample(
    database: Database, settings: Settings, deployment: Deployment, sql: Sql, insert: Insert, account: int
) -> None:
    insert(0, called_at=MONDAY, tracking_label="Line One")
    columns = ", ".join(name for name in load_catalog().columns if name not in ("id", "tracking_label", "caller_name"))
    sql(
        f"INSERT INTO tracking.activities (id, tracking_label, caller_name, {columns})"
        " SELECT n, coalesce('To ' || upper(name), 'Line One'), coalesce(name, 'Line Two'), "
        f" {columns} FROM tracking.activities CROSS JOIN generate_series(1, 4000) AS n"
        " CROSS JOIN LATERAL (SELECT CASE WHEN n % 500 = 0 THEN (CAST(:names AS text[]))[n / 500] END AS name) s"
        " WHERE id = 0",
        names=NAMES,
    )
    labels = sql("SELECT count(DISTINCT tracking_label) AS n FROM tracking.activities")
    [prefilter] = sql(f"SELECT cardinality(known) AS n FROM redaction.learn_text_prefilter('{PART}_rows', 7, 4001)")
    assert 1 < prefilter["n"] < labels[0]["n"]
    run = begin_run(deployment, 7, CUTOFF, "cli")
    strip_run(deploy(database, settings.model_copy(update=ALWAYS)), run)
    found = sql("SELECT activity_id FROM redaction.run_findings WHERE run_id = :id ORDER BY 1", id=run.id)
    assert [row["activity_id"] for row in found] == [500 * number for number in range(1, 9)]


@pytest.mark.parametrize(("name", "text"), [("Иван Петров", "Ivan Petrov"), ("Ann Lee and Bob Roe", "Bob Roe")])
def test_who_is_named_by_a_text_that_repeats_is_found(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    sql: Sql,
    insert: Insert,
    account: int,
    name: str,
    text: str,
) -> None:
    insert(0, called_at=MONDAY, tracking_label=text)
    columns = ", ".join(name for name in load_catalog().columns if name not in ("id", "caller_name"))
    sql(
        f"INSERT INTO tracking.activities (id, caller_name, {columns})"
        f" SELECT n, CASE n WHEN 2500 THEN :name ELSE 'Zoe Zimmer' END, {columns} FROM tracking.activities"
        " CROSS JOIN generate_series(1, 4000) AS n WHERE id = 0",
        name=name,
    )
    run = begin_run(deployment, 7, CUTOFF, "cli")
    strip_run(deploy(database, settings.model_copy(update=ALWAYS)), run)
    assert sql("SELECT activity_id FROM redaction.run_findings") == [{"activity_id": 2500}]


def _learnt(database: Database, sql: Sql) -> list[str]:
    """What one of the worker's sessions has learnt, which lies in a temporary table of the owner."""
    with ExitStack() as held:
        # Several at once: a strip asks how a second strip goes, which may be the next strip.
        for _ in range(4):
            run = held.enter_context(database.transaction("redaction_worker")).connection.exec_driver_sql
            schema = run("SELECT nullif(pg_my_temp_schema(), 0)::regnamespace::text").scalar_one()
            if schema is not None:
                sql(f"GRANT SELECT ON {schema}.text_prefilter TO redaction_worker")
                return [str(learnt) for learnt in run("SELECT f::text FROM pg_temp.text_prefilter f").scalars()]
    raise AssertionError("no session of the worker has learnt anything")


def test_what_one_partition_taught_holds_for_the_next_and_is_forgotten_where_texts_are_others(
    database: Database, settings: Settings, sql: Sql, insert: Insert, account: int
) -> None:
    # One session does it all, since each learns for itself.
    changes = {**ALWAYS, "rewrite_workers": 1, "proof_partitions": 0, "throttle_when_busy": False}
    deployment = deploy(database, settings.model_copy(update=changes))
    for week, label in enumerate(("Line One", "Line One", "Line Three")):
        for number in range(40):
            insert(100 * week + number, called_at=NOON + timedelta(7 * week), tracking_label=label)
    for week in (1, 2):
        insert(
            100 * week + 40,
            called_at=NOON + timedelta(7 * week),
            caller_name="Canary Two",
            tracking_label="To CANARY TWO",
        )

    def strip(weeks: int) -> tuple[list[int], list[str]]:
        midnight = day_start((MONDAY + timedelta(7 * weeks)).date(), ZoneInfo("America/New_York"))
        run = begin_run(deployment, 7, midnight, "cli")
        strip_run(deployment, run)
        found = sql("SELECT activity_id FROM redaction.run_findings WHERE run_id = :id", id=run.id)
        return [row["activity_id"] for row in found], _learnt(database, sql)

    assert strip(1)[0] == []
    found, learnt = strip(2)
    assert found == [140]
    assert len(learnt) == 1
    assert "lin" in learnt[0]
    assert strip(3) == ([240], [])


def test_where_texts_do_not_repeat_every_row_is_compared(sql: Sql, insert: Insert, account: int) -> None:
    for number in range(9):
        insert(number, called_at=MONDAY, tracking_label=f"Line {number // 3}")
    [prefilter] = sql(f"SELECT * FROM redaction.learn_text_prefilter('{PART}_rows', 7, 9)")
    assert len(prefilter["known"]) == 3
    assert set(prefilter["nameless"]) == set(prefilter["known"]), "Line and a number are no name"
    assert {"lin", "fro"} <= set(prefilter["beginnings"])
    assert {"lin", "Lin", "LIN"} <= set(prefilter["spelled"])
    insert(9, called_at=MONDAY, tracking_label="Line 9")
    [prefilter] = sql(f"SELECT * FROM redaction.learn_text_prefilter('{PART}_rows', 7, 9)")
    assert prefilter == {"beginnings": None, "spelled": None, "known": None, "nameless": None}


def test_each_value_of_each_type_has_a_hash_of_its_own_and_nothing_has_one_too(sql: Sql) -> None:
    values = {
        "text": ["''", "'a'", "'b'"],
        "bigint": ["0", "1", "-1"],
        "jsonb": ["'null'", "'[]'", "'[1]'"],
        "timestamptz": ["'2026-03-02 00:00Z'", "'2026-03-02 00:00:00.000001Z'", "'-infinity'", "'infinity'"],
        "boolean": ["true", "false"],
        "numeric": ["1.5", "2.5"],
    }
    for kind, some in values.items():
        hashes = sql(
            "SELECT count(*) AS values, count(DISTINCT redaction.hash_value(v, 0)) AS hashes,"
            " count(DISTINCT redaction.hash_value(v, 1)) AS seeded,"
            " bool_or(redaction.hash_value(v, 0) = redaction.hash_value(v, 1)) AS unseeded"
            f" FROM unnest(ARRAY[{', '.join([*some, 'NULL'])}]::{kind}[]) AS u (v)"
        )
        many = len(some) + 1
        assert hashes == [{"values": many, "hashes": many, "seeded": many, "unseeded": False}], kind


SPELLED: list[dict[str, str | None]] = [
    {"caller_name": "José Álvarez", "tracking_label": "Jose\u0301 A\u0301lvarez VIP line"},
    {"caller_name": "Jane Doe", "tracking_label": "Doe, Jane - VIP"},
    {"caller_name": "Jane Doe", "source": "for%20j%C3%A1ne%2Ddoe"},
    {"caller_name": "Doe, Jane", "source": "utm_source=janedoe"},
    {"caller_name": "Ævar Ærø", "source": "AEVAR AERO"},
    {"caller_name": None, "caller_id": "JANE DOE / Boston", "source": "Jane&nbsp;Doe"},
    {"caller_number": "+81312345678", "contact_key": "+81312345678", "tracking_label": "０３‐１２３４‐５６７８"},
    {"tracking_label": "card 4111 1111 1111 1111"},
    {"call_path": '[{"route_name": "Pay 123-45-6789"}]'},
]
NOT_NAMED: list[dict[str, str | None]] = [
    {"caller_name": "Toll Free", "tracking_label": "Toll Free line"},
    {"caller_name": "Ed Lo", "tracking_label": "Red Lobster"},
    {"caller_name": "Jane Doe", "source": "Jane", "tracking_label": "Doe"},
    {"tracking_label": "Line 5 (800) 555-0100"},
]


@pytest.mark.parametrize("changes", [ALWAYS, {"rewrite_min_rows": 10**9}], ids=["rewriting", "in place"])
def test_what_the_door_would_cut_is_found_however_it_is_written(
    database: Database, settings: Settings, sql: Sql, insert: Insert, account: int, changes: dict[str, int]
) -> None:
    for number, values in enumerate([*SPELLED, *NOT_NAMED]):
        insert(number, called_at=MONDAY, **values)
    for number in range(100, 400):
        insert(number, called_at=MONDAY)
    deployment = deploy(database, settings.model_copy(update=changes))
    run = begin_run(deployment, 7, CUTOFF, "cli")
    strip_run(deployment, run)
    found = sql("SELECT activity_id FROM redaction.run_findings WHERE run_id = :id ORDER BY 1", id=run.id)
    assert [row["activity_id"] for row in found] == list(range(len(SPELLED)))
