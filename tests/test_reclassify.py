"""A program whose catalog differs from that of its database: refused before the first row, applied as an act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from redaction import catalog as module
from redaction.catalog import CATALOG_PATH, load_catalog, parse_catalog
from redaction.control.reclassify import apply_catalog, preview_catalog
from redaction.db.database import Database
from redaction.db.schema import check_schema, migrate
from redaction.db.statements import get_statement
from redaction.deployment import Deployment
from redaction.errors import BadInput, CatalogError, NotAllowed, OtherCatalog, ProgramOlder, RedactionError
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import complete_run, run_step
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.steps import STEPS, Step
from redaction.source.load import load_files

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
Other = Callable[[str, str], AbstractContextManager[None]]
CUTOFF = datetime(2026, 4, 1, tzinfo=UTC)
LABEL = "tracking.activities.tracking_label"
CHECK = "SELECT pg_get_constraintdef(oid) AS said FROM pg_constraint WHERE conname = 'activities_redacted_is_stripped'"


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: Database) -> Other:
    """This very program with an entry of its catalog replaced."""

    @contextmanager
    def replaced(entry: str, by: str) -> Iterator[None]:
        text = CATALOG_PATH.read_text(encoding="utf-8")
        assert text.count(entry) == 1
        text = text.replace(entry, by)
        if by == LABEL_PERSONAL:
            assert COPY_RETAINED in text
            text = text.replace(COPY_RETAINED, COPY_PERSONAL)
        path = tmp_path / "catalog.yml"
        path.write_text(text, encoding="utf-8")
        with monkeypatch.context() as patched:
            patched.setattr(module, "CATALOG_PATH", path)
            load_catalog.cache_clear()
            get_statement.cache_clear()
            try:
                yield
            finally:
                load_catalog.cache_clear()
                get_statement.cache_clear()

    return replaced


LABEL_RETAINED = "  tracking_label: {class: retained, field: tracking number, scrub: true}\n"
LABEL_PERSONAL = "  tracking_label: {class: personal, category: other}\n"
COPY_RETAINED = "    retained: {tracking_number: tracking number, tracking_label: tracking number}\n"
COPY_PERSONAL = (
    "    retained: {tracking_number: tracking number}\n"
    "    personal: {tracking_label: {category: other, shared: true}}\n"
)


def _run(deployment: Deployment) -> int:
    return int(complete_run(deployment, select_aged(deployment, 7, CUTOFF, Request("test")).id)["id"])


def test_a_database_knows_the_catalog_that_it_was_prepared_for(database: Database, sql: Sql) -> None:
    assert sql("SELECT digest FROM redaction.catalog") == [{"digest": load_catalog().digest}]
    assert preview_catalog(database).changes == {}
    check_schema(database)


def test_a_program_with_another_catalog_does_nothing(
    database: Database, deployment: Deployment, account: int, insert: Callable[..., None], sql: Sql,
    cli: Cli, other: Other, tmp_path: Path,
) -> None:  # fmt: skip
    insert(1)
    file = tmp_path / "one.jsonl"
    file.write_text('{"id": 2, "account_id": 7, "unix_time": 1772400000}')
    before = sql(CHECK)
    with other(LABEL_RETAINED, LABEL_PERSONAL):
        for act in (
            lambda: select_aged(deployment, 7, CUTOFF, Request("test")),
            lambda: load_files(deployment, [file]),
            lambda: migrate(database),
        ):
            with pytest.raises(OtherCatalog, match=rf"there {LABEL} is retained .*in this program personal \(other\)"):
                act()
        code, _, err = cli("init")
        assert (code, err.count("\n")) == (1, 1)
        assert "redaction catalog check" in err
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 1}]
    assert sql("SELECT count(*) AS n FROM redaction.runs") == [{"n": 0}]
    assert sql(CHECK) == before


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_a_program_with_another_catalog_does_nothing(
    deployment: Deployment, account: int, insert: Callable[..., None], sql: Sql, other: Other, step: Step
) -> None:
    """A worker with another program's catalog does not continue its run."""
    insert(1)
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    for before in takewhile(lambda name: name != step, STEPS):
        run_step(deployment, run.id, before)
    there = sql("SELECT state, failed_step, seconds FROM redaction.runs")
    with (
        other(LABEL_RETAINED, LABEL_PERSONAL),
        pytest.raises(OtherCatalog, match=rf"there {LABEL} is retained .*in this program personal \(other\)"),
    ):
        run_step(deployment, run.id, step)
    assert sql("SELECT state, failed_step, seconds FROM redaction.runs") == there
    run_step(deployment, run.id, step)


def test_a_program_older_than_the_schema_says_so_and_a_task_is_tried_again(
    database: Database, deployment: Deployment, account: int, sql: Sql, cli: Cli
) -> None:
    sql("UPDATE redaction.alembic_version SET version_num = '9998'")
    for act in (lambda: select_aged(deployment, 7, CUTOFF, Request("test")), lambda: migrate(database)):
        with pytest.raises(ProgramOlder, match="is of version 9998, which this program does not know"):
            act()
    assert ProgramOlder.retryable
    code, _, err = cli("init")
    assert (code, err.count("\n")) == (1, 1)


@pytest.mark.parametrize(("version", "error"), [("0003", BadInput), ("9998", ProgramOlder)])
@pytest.mark.parametrize(
    "words",
    [
        ("pause", "--reason", "audit"),
        ("hold", "add", "--account", "7", "--reason", "case 4"),
        ("account", "set", "7", "--name", "Other"),
        ("erase-residue",),
    ],
    ids=lambda words: words[0],
)
def test_nothing_acts_on_a_schema_of_another_version(
    account: int, sql: Sql, cli: Cli, version: str, error: type[RedactionError], words: tuple[str, ...]
) -> None:
    there = sql("SELECT count(*) AS n FROM redaction.ledger")
    sql("UPDATE redaction.alembic_version SET version_num = :version", version=version)
    code, _, err = cli(*words)
    assert (code, err.count("\n")) == (2 if error is BadInput else 1, 1)
    assert f"is of version {version}" in err
    assert sql("SELECT count(*) AS n FROM redaction.ledger") == there


def test_what_is_called_personal_from_now_on_goes_as_acts_in_the_ledger(
    database: Database,
    deployment: Deployment,
    account: int,
    insert: Callable[..., None],
    sql: Sql,
    cli: Cli,
    other: Other,
) -> None:
    for number in (1, 2):
        insert(number)
    insert(3, tracking_label=None)
    run = _run(deployment)
    insert(4, called_at=CUTOFF)
    sql("DELETE FROM redaction.residue")
    with other(LABEL_RETAINED, LABEL_PERSONAL):
        code, told, _ = cli("catalog", "check")
        assert code == 1
        assert f"{LABEL}: retained (tracking number), scrubbed -> personal (other)" in told
        assert "values of tracking_label go for good: of 2 redacted activities of 1 account" in told
        assert cli("catalog", "apply", "--yes", "--reason", "call 555 0100 123")[0] == 2
        assert cli("catalog", "apply", "--yes", "--reason", "ticket 9")[:1] == (0,)
        assert cli("catalog", "check")[:1] == (0,)
        assert sql("SELECT id, tracking_label AS label, source FROM tracking.activities ORDER BY id") == [
            {"id": 1, "label": None, "source": "Google Ads"},
            {"id": 2, "label": None, "source": "Google Ads"},
            {"id": 3, "label": None, "source": "Google Ads"},
            {"id": 4, "label": "Main line", "source": "Google Ads"},
        ]
        acts = sql("SELECT account_id, reason, facts FROM redaction.ledger WHERE kind = 'setting' ORDER BY position")
        assert acts[-2]["facts"]["taken_away"] == {"columns": ["tracking_label"], "ids": [1, 2]}
        assert acts[-1]["facts"]["columns"][LABEL][1] == "personal (other)"
        assert [(act["account_id"], act["reason"]) for act in acts[-2:]] == [(7, "ticket 9"), (None, "ticket 9")]
        assert verify_ledger(deployment).is_whole
        assert sql("SELECT rows FROM redaction.residue") == [{"rows": 2}]
        with pytest.raises(IntegrityError):
            sql("ALTER TABLE tracking.activities DISABLE TRIGGER USER;"
                "UPDATE tracking.activities SET tracking_label = 'x' WHERE id = 1")  # fmt: skip
        # From now on a run strips it.
        ended = complete_run(
            deployment, select_aged(deployment, 7, datetime(2026, 4, 2, tzinfo=UTC), Request("test")).id
        )
        assert (ended["state"], ended["stripped_count"]) == ("succeeded", 1)
        assert sql("SELECT count(tracking_label) AS n FROM tracking.activities") == [{"n": 0}]
        assert ended["id"] > run
        assert sql("SELECT place FROM redaction.place_residue WHERE place LIKE 'reporting.activity_by%'") == [
            {"place": "reporting.activity_by_number"}
        ]
    with pytest.raises(OtherCatalog):
        check_schema(database)


def test_a_key_of_a_call_path_that_activities_hold_is_not_dropped(
    database: Database,
    deployment: Deployment,
    account: int,
    insert: Callable[..., None],
    sql: Sql,
    cli: Cli,
    other: Other,
) -> None:
    insert(1, call_path='[{"route_name": "Sales", "route_type": "queue"}]')
    _run(deployment)
    with other("  route_type: {class: retained, field: call flow}\n", ""):
        with pytest.raises(OtherCatalog, match=r"route_type is retained .*in this program unknown"):
            migrate(database)
        code, _, err = cli("catalog", "apply", "--yes", "--reason", "ticket 9")
        assert (code, err.count("\n")) == (1, 1)
        assert "route_type of call_path any more, and 1 activity has it" in err
    check_schema(database)
    with other("  route_id: {class: retained, field: call flow}\n", ""):
        assert cli("catalog", "apply", "--yes", "--reason", "ticket 9")[0] == 0
        check_schema(database)


def test_a_copy_of_what_is_personal_is_personal_too() -> None:
    text = CATALOG_PATH.read_text(encoding="utf-8").replace(LABEL_RETAINED, LABEL_PERSONAL)
    with pytest.raises(CatalogError, match=r"activity_by_number\.tracking_label is a copy of .*personal too"):
        parse_catalog(text)
    parse_catalog(text.replace(COPY_RETAINED, COPY_PERSONAL))


def test_nothing_is_applied_while_a_run_is_under_way(
    database: Database, deployment: Deployment, account: int, insert: Callable[..., None], sql: Sql, other: Other
) -> None:
    insert(1)
    _run(deployment)
    insert(2, called_at=CUTOFF)
    select_aged(deployment, 7, datetime(2026, 4, 2, tzinfo=UTC), Request("test"))
    with other(LABEL_RETAINED, LABEL_PERSONAL):
        with pytest.raises(NotAllowed, match="is under way"):
            apply_catalog(deployment, "ada", "ticket 9")
        assert preview_catalog(database).accounts == {7: 1}
    assert sql("SELECT count(tracking_label) AS n FROM tracking.activities") == [{"n": 2}]


def test_what_may_stay_from_now_on_stays(
    deployment: Deployment, account: int, insert: Callable[..., None], sql: Sql, other: Other
) -> None:
    insert(1)
    with other("  notes: {class: personal, category: notes}\n", "  notes: {class: retained, field: status}\n"):
        assert apply_catalog(deployment, "ada", "ticket 9").accounts == {}
        _run(deployment)
        assert sql("SELECT notes, emails FROM tracking.activities") == [{"notes": "canary note", "emails": None}]


def test_a_database_that_is_killed_while_it_is_prepared_is_as_it_was(
    deployment: Deployment, account: int, insert: Callable[..., None], sql: Sql, other: Other,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    insert(1)
    _run(deployment)
    before = sql("SELECT count(*) AS n FROM redaction.ledger")
    sql("ALTER TABLE tracking.activities ADD COLUMN drift text")
    with other(LABEL_RETAINED, LABEL_PERSONAL), pytest.raises(Exception, match="drift"):
        apply_catalog(deployment, "ada", "ticket 9")
    assert sql("SELECT tracking_label FROM tracking.activities") == [{"tracking_label": "Main line"}]
    assert sql("SELECT count(*) AS n FROM redaction.ledger") == before
