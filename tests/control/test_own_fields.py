"""Fields of an operator's own: declared in a file, created by `catalog apply`, and treated as any column afterwards."""

from __future__ import annotations

import io
import json
import math
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from redaction.catalog import load_catalog
from redaction.control.manual import ManualRequest, preview_manual
from redaction.db.database import Database
from redaction.db.schema import check_schema, migrate
from redaction.deployment import Deployment
from redaction.errors import OtherCatalog, PersonalDataRemains, UnclassifiedColumn
from redaction.evidence.certificate import certify_run
from redaction.gate.holds import place_hold
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.reports import rebuild_account, refresh_reports
from redaction.pipeline.run import complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.suites import build_suites
from redaction.source.load import load_files
from tests.own_fields import FIELDS, Decide, decide, forget

__all__ = ["decide"]

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
CUTOFF = datetime(2026, 4, 1, tzinfo=UTC)
TIME = 1_772_400_000


def _load(deployment: Deployment, tmp_path: Path, *records: dict[str, Any]) -> Any:
    file = tmp_path / "records.jsonl"
    file.write_text("".join(json.dumps({"account_id": 7, "unix_time": TIME, **each}) + "\n" for each in records))
    return load_files(deployment, [file])


def _apply(cli: Cli) -> str:
    code, told, err = cli("catalog", "apply", "--yes", "--reason", "ticket 9")
    assert (code, err) == (0, "")
    return told


def _own(sql: Sql) -> list[tuple[Any, ...]]:
    rows = sql("SELECT id, own_direction, own_duration, own_agent, unlisted FROM tracking.activities ORDER BY id")
    return [tuple(row.values()) for row in rows]


CALLER = {"caller_number": "+12125550143", "name": "Ann Person"}


def test_values_of_before_move_over_and_new_ones_come_in_of_their_type(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path
) -> None:
    _load(
        deployment,
        tmp_path,
        {"id": 1, "direction": "inbound", "duration": 12, "agent": "Ann Agent", "tgid": "x"},
        {"id": 2, "direction": "from Ann Person", "duration": "long", **CALLER},
        {"id": 3, "duration": 12125550143, "agent": {"name": "Ann"}, **CALLER},
        {"id": 4},
    )
    decide(FIELDS)
    code, told, _ = cli("catalog", "check")
    assert code == 1
    assert "tracking.activities.own_direction: new, retained (call flow), scrubbed, own text" in told
    assert "direction, duration: retained for ever because REDACTION_CATALOG says so: you answer for it" in told
    assert "what fits its type moves out of `unlisted`: of 3 activities not redacted" in told
    told = _apply(cli)
    assert "2 activities got a value out of `unlisted`" in told
    assert "duration: 2 values do not fit and stay in `unlisted`" in told
    assert "agent: 1 value does not fit and stays in `unlisted`" in told
    assert cli("catalog", "check")[0] == 0
    assert "| `own_duration` | retained | own field (bigint) |" in cli("catalog", "show")[1]
    moved = [
        (1, "inbound", 12, "Ann Agent", {"tgid": "x"}),
        (2, "from [redacted]", None, None, {"duration": "long"}),
        (3, None, None, None, {"agent": {"name": "Ann"}, "duration": 12125550143}),
        (4, None, None, None, None),
    ]
    assert _own(sql) == moved
    # Later loads give the same: there is one definition.
    sql("DELETE FROM tracking.activities")
    summary = _load(
        deployment,
        tmp_path,
        {"id": 1, "direction": "inbound", "duration": 12, "agent": "Ann Agent", "tgid": "x"},
        {"id": 2, "direction": "from Ann Person", "duration": "long", **CALLER},
        {"id": 3, "duration": 12125550143, "agent": {"name": "Ann"}, **CALLER},
        {"id": 4},
    )
    assert (summary.inserted, summary.rejected) == (4, 0)
    assert _own(sql) == moved
    assert _load(deployment, tmp_path, {"id": 1, "direction": "outbound", "duration": 0}).updated == 1
    assert _own(sql)[0] == (1, "outbound", 0, None, None)
    assert verify_ledger(deployment).is_whole


@pytest.mark.parametrize(
    ("said", "hour"),
    [("2026-10-05 03:15 PM -05:00", 20), (1_791_231_300, 20), ("2026-10-05 15:15", 19), ("2026-10-05T20:15:00Z", 20)],
)
def test_a_time_of_an_own_field_is_read_as_that_of_an_activity(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path, said: Any, hour: int
) -> None:
    _load(deployment, tmp_path, {"id": 1, "at": said, "new": "yes"})
    decide("\n  at: {class: retained, type: timestamptz}\n  new: {class: retained, type: boolean}")
    _apply(cli)
    _load(deployment, tmp_path, {"id": 2, "at": said, "new": 1})
    at = datetime(2026, 10, 5, hour, 15, tzinfo=UTC)
    found = sql("SELECT own_at, own_new, unlisted FROM tracking.activities ORDER BY id")
    assert [tuple(row.values()) for row in found] == [(at, True, None)] * 2


def test_each_type_comes_in_the_same_before_and_after_the_decision(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path
) -> None:
    names = {"whole": "bigint", "truth": "boolean", "share": "double precision", "label": "text", "at": "timestamptz"}
    said: list[dict[str, Any]] = [
        {"whole": 7, "truth": True, "share": 0.1, "label": "Désk", "at": "2026-03-01T10:00:00+02:00"},
        {"whole": "-7.0", "truth": "False", "share": "12.5", "label": 4.0, "at": "2026-03-01 10:00:00Z"},
        {"whole": 2**63, "truth": 2, "share": "1e3", "label": ["x"], "at": 4_155_550_143},
        {"whole": 7.5, "truth": "maybe", "share": True, "label": "s3://ours/a.wav", "at": "soon"},
        {"whole": True, "truth": 3, "share": 1e308, "label": "x" * 1001, "at": "20260301"},
        {"label": "ann@example.com or 212-555-0143, Cnam Person", "email": "ann@example.com", "cnam": "Cnam Person"},
        {"label": "to Form Person", "form": {"name": "Form Person"}},
        {"whole": 7_000_000, "caller_number": None},
    ]
    records = [{"id": n, "caller_number": "+12125550143", **each} for n, each in enumerate(said)]
    _load(deployment, tmp_path, *records)
    decide("".join(f"\n  {name}: {{class: retained, type: {kind}}}" for name, kind in names.items()))
    _apply(cli)
    columns = ", ".join(f"own_{name}" for name in names)
    read = f"SELECT {columns}, unlisted FROM tracking.activities ORDER BY id"
    moved = [tuple(row.values()) for row in sql(read)]
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert moved[:2] == [
        (7, True, 0.1, "Désk", at, None),
        (-7, False, 12.5, "4", at.replace(hour=10), None),
    ]
    assert moved[2:5] == [
        (None, None, None, None, None, said[2]),
        (None, None, None, None, None, said[3]),
        (None, None, 1e308, None, None, {key: value for key, value in said[4].items() if key != "share"}),
    ]
    assert [row[3] for row in moved[5:7]] == ["[redacted] or [redacted], [redacted]", "to [redacted]"]
    assert moved[7] == (7_000_000, None, None, None, None, None)
    sql("DELETE FROM tracking.activities")
    _load(deployment, tmp_path, *records)
    assert [tuple(row.values()) for row in sql(read)] == moved
    _load(deployment, tmp_path, *records)
    assert [tuple(row.values()) for row in sql(read)] == moved


@pytest.mark.parametrize("kind", ["bigint", "double precision"])
def test_a_number_of_the_contact_or_of_a_card_is_no_value(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path, kind: str
) -> None:
    theirs = "+12065550199"
    numbers = [(theirs, 4111111111111111), (theirs, 2065550199), (theirs, -2065550199), ("(555) 019-9123", 5550199123)]
    foreign = [("+4915112345678", 15112345678), ("+33612345678", 612345678)]
    numbers += [*foreign, (theirs, 12), (theirs, 5550198)]
    said: list[float] = [number for _, number in numbers]
    if kind == "double precision":
        said = [number + math.copysign(0.5, number) if abs(number) < 10**11 else float(number) for number in said]
    records = [
        {"id": place, "caller_number": caller, "share": value}
        for place, ((caller, _), value) in enumerate(zip(numbers, said, strict=True), 1)
    ]
    _load(deployment, tmp_path, *records)
    decide(f"\n  share: {{class: retained, type: {kind}}}")
    _apply(cli)
    left = [{"id": place, "own_share": said[place - 1]} for place in (7, 8)]
    kept = "SELECT id, own_share FROM tracking.activities WHERE own_share IS NOT NULL ORDER BY id"
    assert sql(kept) == left
    sql("DELETE FROM tracking.activities")
    _load(deployment, tmp_path, *records)
    assert sql(kept) == left
    for record in records:
        sql("UPDATE tracking.activities SET own_share = :share WHERE id = :id", share=record["share"], id=record["id"])
    with pytest.raises(PersonalDataRemains) as caught:
        complete_run(deployment, select_aged(deployment, 7, CUTOFF, Request("test")).id)
    assert "an id no id, on 1 of 8 rows (activities 1)" in str(caught.value)
    assert "name their own caller: 2, 3, 4, 5, 6." in str(caught.value)


def test_what_is_retained_stays_and_is_counted_when_it_is_redacted(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path, database: Database
) -> None:
    _load(
        deployment,
        tmp_path,
        {"id": 1, "direction": "inbound", "duration": 12, "agent": "Ann Agent"},
        {"id": 2, "direction": "inbound", "agent": "Bob Agent"},
        {"id": 3, "unix_time": TIME + 60 * 86_400, "direction": "outbound"},
    )
    rebuild_account(database, 7)
    decide(FIELDS)
    _apply(cli)
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    ended = complete_run(deployment, run.id)
    assert (ended["state"], ended["stripped_count"]) == ("succeeded", 2)
    assert _own(sql) == [
        (1, "inbound", 12, None, None),
        (2, "inbound", None, None, None),
        (3, "outbound", None, None, None),
    ]
    report = (
        "SELECT day::text, field, value, activities, redacted FROM reporting.activity_by_own_field ORDER BY 1, 2, 3"
    )
    assert [tuple(row.values()) for row in sql(report)] == [
        ("2026-03-01", "direction", "inbound", 2, 2),
        ("2026-03-01", "duration", "12", 1, 1),
        ("2026-03-01", "duration", None, 1, 1),
        ("2026-04-30", "direction", "outbound", 1, 0),
        ("2026-04-30", "duration", None, 1, 0),
    ]
    changed = "SELECT counted_before AS a, counted_after AS b FROM redaction.run_reports WHERE report = :report"
    assert sql(changed, report="activity_by_own_field") == sql(changed, report="activity_by_source")
    cli("account", "set", "7", "--manual")
    previewed = preview_manual(database, ManualRequest(7, (3,), "wish of the customer", "ada")).reports
    [own] = [change for change in previewed if change.report == "activity_by_own_field"]
    assert (own.rows, own.before, own.after) == (2, 0, 1)
    with database.transaction("redaction_worker") as session:
        rows = session.rows("count_rows_of_run", run_id=run.id, account_id=7)
        due = session.rows("count_report_rows", account_id=7, cutoff=CUTOFF + timedelta(days=365))
    assert {"report": "activity_by_own_field", "rows": 3} in [dict(row) for row in rows]
    assert {"report": "activity_by_own_field", "rows": 2} in [dict(row) for row in due]
    with pytest.raises(Exception, match="regains no value"):
        sql("UPDATE tracking.activities SET own_agent = 'x' WHERE id = 1")
    with pytest.raises(Exception, match="does not change"):
        sql("UPDATE tracking.activities SET own_direction = NULL WHERE id = 1")
    suites = {each["kwargs"].get("column") for each in build_suites(load_catalog())["run"]["expectations"]}
    assert "own_agent" in suites
    assert "own_direction" not in suites
    # A redacted activity that is sent again stays unchanged.
    assert _load(deployment, tmp_path, {"id": 1, "direction": "x", "agent": "y"}).already_redacted == 1
    assert certify_run(deployment, run.id).due_count == 2


def test_a_partition_of_which_much_is_due_is_rewritten_with_them(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path
) -> None:
    decide(FIELDS)
    _apply(cli)
    _load(
        deployment,
        tmp_path,
        *({"id": n, "direction": "inbound", "duration": n, "agent": "A B"} for n in range(1, 1501)),
    )
    ended = complete_run(deployment, select_aged(deployment, 7, CUTOFF, Request("test")).id)
    assert (ended["state"], ended["stripped_count"]) == ("succeeded", 1500)
    assert sql("SELECT DISTINCT mode FROM redaction.run_partitions") == [{"mode": "rewrite"}]
    kept = "SELECT count(own_direction) AS d, sum(own_duration) AS n, count(own_agent) AS a FROM tracking.activities"
    assert sql(kept) == [{"d": 1500, "n": 1125750, "a": 0}]


def test_an_account_moves_with_them(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path, deployed: None,
    west: Database,
) -> None:  # fmt: skip
    decide(FIELDS)
    _apply(cli)
    _load(deployment, tmp_path, {"id": 1, "direction": "inbound", "duration": 3, "agent": "Ann Agent"})
    rebuild_account(deployment.database, 7)
    code, _, err = cli("account", "move", "7", "--to", "west")
    assert (code, err) == (0, "")
    assert sql("SELECT FROM reporting.activity_by_own_field") == []
    with west.engine("owner").begin() as connection:
        row = connection.exec_driver_sql("SELECT own_direction, own_duration, own_agent FROM tracking.activities").one()
    assert tuple(row) == ("inbound", 3, "Ann Agent")


def test_a_new_database_has_them_at_once(
    deployment: Deployment, database: Database, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path
) -> None:
    sql("DROP SCHEMA tracking CASCADE; DROP SCHEMA redaction CASCADE; DROP SCHEMA reporting CASCADE")
    decide(FIELDS)
    code, _, err = cli("init")
    assert code == 0, err
    check_schema(database)
    assert cli("catalog", "check")[0] == 0
    with pytest.raises(Exception, match=r"activities_redacted_is_stripped|regains no value"):
        sql(
            "SELECT tracking.ensure_partition('2026-03-01');"
            "INSERT INTO tracking.agencies (id, name) VALUES (1, 'a');"
            "INSERT INTO tracking.accounts (id, agency_id, name, timezone) VALUES (7, 1, 'a', 'UTC');"
            "INSERT INTO tracking.activities (id, account_id, kind, called_at, redacted_at, own_agent)"
            " VALUES (1, 7, 'call', '2026-03-01', now(), 'x')"
        )


def test_a_program_without_the_file_or_with_another_one_does_nothing(
    deployment: Deployment, database: Database, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    decide(FIELDS)
    for act in (lambda: _load(deployment, tmp_path, {"id": 1}), lambda: migrate(database)):
        with pytest.raises(OtherCatalog, match=r"own_direction is unknown, in this program retained"):
            act()
    _apply(cli)
    _load(deployment, tmp_path, {"id": 1, "direction": "inbound"})
    monkeypatch.delenv("REDACTION_CATALOG")
    forget()
    for act in (
        lambda: _load(deployment, tmp_path, {"id": 1, "direction": "outbound"}),
        lambda: select_aged(deployment, 7, CUTOFF, Request("test")),
        lambda: migrate(database),
        lambda: refresh_reports(database, 7),
        lambda: rebuild_account(database, 7),
    ):
        with pytest.raises(OtherCatalog, match=r"own_(direction|duration|agent) is .* in this program unknown"):
            act()
    for words in (("catalog", "check"), ("catalog", "apply", "--yes", "--reason", "ticket 9"), ("init",)):
        code, _, err = cli(*words)
        assert (code, err.count("\n")) == (1, 1)
        assert "own" in err
        assert "REDACTION_CATALOG" in err
    assert sql("SELECT own_direction FROM tracking.activities") == [{"own_direction": "inbound"}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            FIELDS.replace("class: retained, type: bigint", "class: retained, type: text"),
            "duration is .*its type stays",
        ),
        (FIELDS.replace("personal, category: other", "retained"), "agent is personal .*was not scrubbed"),
        (FIELDS.replace("  duration: {class: retained, type: bigint}\n", ""), "duration is a field of your own that"),
    ],
)
def test_what_cannot_be_undone_is_refused(
    account: int, sql: Sql, cli: Cli, decide: Decide, text: str, says: str
) -> None:
    decide(FIELDS)
    _apply(cli)
    decide(text)
    for words in (("check",), ("apply", "--yes", "--reason", "ticket 9")):
        code, _, err = cli("catalog", *words)
        assert (code, err.count("\n")) == (1, 1)
        assert re.search(says, err)


@pytest.mark.parametrize("answer", [None, "", "n\n"])
def test_who_does_not_say_yes_changes_nothing(
    account: int, database: Database, cli: Cli, decide: Decide, monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    decide(FIELDS)
    monkeypatch.setattr(sys, "stdin", None if answer is None else io.StringIO(answer))
    code, _, err = cli("catalog", "apply", "--reason", "ticket 9")
    assert (code, "nothing was changed" in err) == (2, True)
    with pytest.raises(OtherCatalog):
        check_schema(database)


def test_a_field_that_is_called_personal_after_all_goes(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path, database: Database
) -> None:
    decide(FIELDS)
    _apply(cli)
    _load(deployment, tmp_path, {"id": 1, "direction": "inbound", "duration": 12})
    complete_run(deployment, select_aged(deployment, 7, CUTOFF, Request("test")).id)
    decide(FIELDS.replace("class: retained, type: bigint", "class: personal, category: other, type: bigint"))
    code, told, _ = cli("catalog", "check")
    assert (code, "values of own_duration go for good: of 1 redacted activity of 1 account" in told) == (1, True)
    _apply(cli)
    assert _own(sql) == [(1, "inbound", None, None, None)]
    assert sql("SELECT FROM reporting.activity_by_own_field") == []
    rebuild_account(database, 7)
    assert sql("SELECT DISTINCT field FROM reporting.activity_by_own_field") == [{"field": "direction"}]


def test_what_a_hold_keeps_stays_where_it_is_too(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path
) -> None:
    _load(deployment, tmp_path, {"id": 1, "direction": "inbound"})
    place_hold(deployment, 7, "case 4", "eve", activity_ids=[1])
    decide(FIELDS)
    _apply(cli)
    assert _own(sql) == [(1, "inbound", None, None, {"direction": "inbound"})]


def test_the_roles_may_do_what_the_classes_say(
    account: int, sql: Sql, cli: Cli, decide: Decide, database: Database
) -> None:
    decide(FIELDS)
    _apply(cli)
    grants = sql(
        "SELECT has_column_privilege('redaction_loader', 'tracking.activities', c, 'INSERT') AS ins,"
        " has_column_privilege('redaction_loader', 'tracking.activities', c, 'UPDATE') AS upd,"
        " has_column_privilege('redaction_loader', 'tracking.activities', c, 'SELECT') AS sel,"
        " has_column_privilege('redaction_analyst', 'tracking.activities', c, 'SELECT') AS seen"
        " FROM unnest(ARRAY['own_direction', 'own_agent']) AS c"
    )
    assert grants == [{"ins": True, "upd": True, "sel": False, "seen": False}] * 2
    assert sql(
        "SELECT has_table_privilege('redaction_analyst', 'reporting.activity_by_own_field', 'SELECT') AS may,"
        " has_table_privilege('redaction_loader', 'reporting.activity_by_own_field', 'SELECT') AS loader"
    ) == [{"may": True, "loader": False}]
    sql("ALTER TABLE tracking.activities ADD COLUMN own_drift text")
    with pytest.raises(UnclassifiedColumn, match="own_drift"):
        check_schema(database)
    # Samples of a personal column are never taken.
    assert sql(
        "SELECT DISTINCT attstattarget = 0 AS none FROM pg_attribute"
        " JOIN pg_partition_tree('tracking.activities') t ON attrelid = t.relid WHERE attname = 'own_agent'"
    ) == [{"none": True}]  # fmt: skip


def test_the_check_of_a_run_finds_the_contacts_number_in_an_own_number(
    deployment: Deployment, account: int, sql: Sql, cli: Cli, decide: Decide, tmp_path: Path
) -> None:
    decide(FIELDS)
    _apply(cli)
    _load(deployment, tmp_path, *({"id": number, "duration": 12, **CALLER} for number in (1, 2, 3)))
    sql("UPDATE tracking.activities SET own_duration = 2125550143 WHERE id = 2")
    sql("UPDATE tracking.activities SET own_duration = 2125550144 WHERE id = 3")
    with pytest.raises(PersonalDataRemains):
        complete_run(deployment, select_aged(deployment, 7, CUTOFF, Request("test")).id)
    assert sql("SELECT activity_id FROM redaction.run_findings") == [{"activity_id": 2}]
