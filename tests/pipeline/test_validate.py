"""The gate: the tests see every expectation fail, and never a value in its message."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import PersonalDataRemains
from redaction.pipeline.documents import list_pages, read_page
from redaction.pipeline.runs import Request, RunRef, get_run
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.pipeline.suites import EXPECTATIONS, build_suites, stale_suites, write_suites
from redaction.pipeline.validate import validate_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import PERSONAL_VALUES
from tests.ready_made import ReadyMade

CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
Sql = Callable[..., list[dict[str, Any]]]


WAYS = {"looked up": {"rewrite_min_rows": 10**9}, "read through": {"rewrite_min_rows": 1, "rewrite_share": 0.01}}


@pytest.fixture(params=list(WAYS))
def way(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Settings by which a run is stripped in place, its rows then looked up, or rewritten and read whole."""
    return settings.model_copy(update=WAYS[request.param])


@pytest.fixture
def run(
    ready_made: ReadyMade,
    database: Database,
    way: Settings,
    insert: Callable[..., None],
) -> RunRef:
    """A stripped run of five activities."""

    def build() -> None:
        for number in range(1, 6):
            insert(number)
        strip_run(deploy(database, way), select_aged(deploy(database, way), 7, CUTOFF, Request("test")))

    ready_made(f"stripped_{way.rewrite_min_rows}", build)
    return get_run(database, 1)


def _unguard(sql: Sql) -> None:
    sql("ALTER TABLE tracking.activities DROP CONSTRAINT activities_redacted_is_stripped")
    for name in ("keep_redacted", "keep_redacted_row"):
        sql(f"DROP TRIGGER {name} ON tracking.activities")
    sql("DROP TRIGGER keep_identity ON tracking.activity_identity")


def test_a_clean_run_passes(deployment: Deployment, settings: Settings, run: RunRef) -> None:
    summary = validate_run(deployment, run.id)
    assert (summary.rows, summary.foreign_contacts) == (5, 0)
    assert summary.expectations == len(load_catalog().personal) + 6 + 4 + 1
    assert (summary.data_docs / "results.json").exists()
    assert settings.data_docs_path in summary.data_docs.parents
    assert validate_run(deployment, run.id).rows == 5


def test_an_empty_run_passes(deployment: Deployment, account: int) -> None:
    empty = select_aged(deployment, 7, CUTOFF, Request("test"))
    strip_run(deployment, empty)
    assert validate_run(deployment, empty.id).rows == 0


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (
            "UPDATE tracking.activities SET caller_name = 'Zoë Canary' WHERE id < 3",
            r"null\(caller_name\) on 2 of 5 rows",
        ),
        ("UPDATE tracking.activities SET tags = '{canary}' WHERE id = 3", r"null\(tags\) on 1 of 5 rows"),
        ("UPDATE tracking.activities SET redacted_at = NULL WHERE id = 3", r"not_be_null\(redacted_at\) on 1 of 5"),
        ("UPDATE tracking.activities SET source = 'canary' WHERE id = 3", "retained columns are what they were"),
        ("UPDATE tracking.activities SET called_at = called_at + interval '1 s' WHERE id = 3", "retained columns"),
        ('UPDATE tracking.activities SET call_path = \'[{"agent": "canary"}]\' WHERE id = 3', "call_path has a key"),
        ("UPDATE tracking.activities SET call_path = '\"canary\"' WHERE id = 3", "call_path has a key"),
        ("UPDATE tracking.activities SET call_path = '[{}, 7]' WHERE id = 3", "call_path has a key"),
        ("UPDATE tracking.activities SET call_path = '[{}, {}, {}, [\"canary\"]]' WHERE id = 3", "call_path has a key"),
        ("UPDATE tracking.activities SET call_path = '[{},{},{},{},{\"x\": 1}]' WHERE id = 3", "call_path has a key"),
        ("DELETE FROM tracking.activities WHERE id = 3", "retained columns are what they were"),
        ("ALTER TABLE tracking.activities ADD COLUMN canary_size text", "not that of the catalog"),
        ("INSERT INTO redaction.run_findings SELECT max(id), 3 FROM redaction.runs", "name their own caller: 3"),
    ],
)
def test_the_gate_closes(
    deployment: Deployment,
    settings: Settings,
    run: RunRef,
    sql: Sql,
    damage: str,
    says: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    _unguard(sql)
    sql(damage)
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    try:
        with pytest.raises(PersonalDataRemains, match=says) as caught:
            validate_run(deployment, run.id)
    finally:
        logging.getLogger().removeHandler(handler)
    out, err = capfd.readouterr()
    assert f"run {run.id} of account 7" in str(caught.value)
    for place in (repr(caught.value), out, err, heard.getvalue(), _read_all(settings, run)):
        assert "canary" not in place.replace("canary_size", "").lower()


def test_a_row_that_has_lost_its_run(database: Database, way: Settings, run: RunRef, sql: Sql) -> None:
    _unguard(sql)
    sql("UPDATE tracking.activities SET redaction_run_id = NULL WHERE id = 3")
    read_through = way.rewrite_min_rows == 1
    says = "retained columns are what they were" if read_through else r"not_be_null\(redaction_run_id\) on 1 of 5"
    with pytest.raises(PersonalDataRemains, match=says):
        validate_run(deploy(database, way), run.id)


def _read_all(settings: Settings, run: RunRef) -> str:
    folder = f"account_7/run_{run.id}"
    docs = settings.data_docs_path / folder
    pages = [read_page(settings.data_docs_path, f"{folder}/{path}") for path in list_pages(docs).values()]
    assert len(pages) == 4
    return "\n".join(page.decode() for page in (*pages, (docs / "results.json").read_bytes()) if page is not None)


def test_a_trigger_that_restores_behind_the_strip(
    deployment: Deployment, account: int, insert: Callable[..., None], sql: Sql
) -> None:
    _unguard(sql)
    insert(1)
    sql(
        "CREATE FUNCTION tracking.restore() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.notes := OLD.notes; RETURN NEW; END $$"
    )
    sql("CREATE TRIGGER zz BEFORE UPDATE ON tracking.activities FOR EACH ROW EXECUTE FUNCTION tracking.restore()")
    begun = select_aged(deployment, 7, CUTOFF, Request("test"))
    strip_run(deployment, begun)
    with pytest.raises(PersonalDataRemains, match=r"null\(notes\) on 1 of 1"):
        validate_run(deployment, begun.id)


def test_a_foreign_number_is_a_warning_and_no_more(
    database: Database, way: Settings, account: int, insert: Callable[..., None], sql: Sql
) -> None:
    insert(1, tracking_label="Office (800) 555-0199")
    insert(2, source="info@business.example.com", kind="text")
    for number in range(3, 6):
        insert(number)
    begun = select_aged(deploy(database, way), 7, CUTOFF, Request("test"))
    strip_run(deploy(database, way), begun)
    summary = validate_run(deploy(database, way), begun.id)
    assert (summary.rows, summary.foreign_contacts) == (5, 2)
    assert sql("SELECT by_kind FROM redaction.runs") == [{"by_kind": {"call": 4, "text": 1}}]


def test_the_server_is_never_asked_for_a_personal_value(
    database: Database,
    settings: Settings,
    run: RunRef,
    sql: Sql,
    server: tuple[str, Path | None],
    administer: Callable[[str], None],
) -> None:
    name = database.url.database
    administer(f"ALTER DATABASE {name} SET log_statement = 'all'")
    _unguard(sql)
    sql("UPDATE tracking.activities SET notes = 'seen-canary' WHERE id = 3")
    fresh = Database(database.url.render_as_string(hide_password=False), settings)
    start = server[1].stat().st_size if server[1] else 0
    with pytest.raises(PersonalDataRemains):
        validate_run(deploy(fresh, settings), run.id)
    fresh.close()
    if server[1] is None:
        # A server that is not ours keeps its log to itself; the embedded one has shown it in the same suite.
        return
    with server[1].open("rb") as log:
        log.seek(start)
        said = log.read().decode(errors="replace")
    selects = [line for line in said.splitlines() if "SELECT" in line.upper()]
    assert len(selects) > 3
    assert "unexpected_values" not in said
    assert sum("notes" in line and "IS NOT NULL" in line for line in said.splitlines()) <= 3
    assert not any(value in said for value in PERSONAL_VALUES.values() if isinstance(value, str))


def test_the_committed_suites_are_those_of_the_catalog() -> None:
    assert stale_suites(EXPECTATIONS, load_catalog()) == []


def test_a_stale_suite_is_named(tmp_path: Path) -> None:
    assert stale_suites(tmp_path, load_catalog()) == ["run", "table", "digest", "findings", "recordings"]
    write_suites(tmp_path, load_catalog())
    assert stale_suites(tmp_path, load_catalog()) == []
    (tmp_path / "run.json").write_text("{}")
    assert stale_suites(tmp_path, load_catalog()) == ["run"]


def test_great_expectations_reads_the_suites() -> None:
    import great_expectations as gx

    for name, suite in build_suites(load_catalog()).items():
        read = gx.ExpectationSuite(**suite)
        assert read.name == name
        assert len(read.expectations) == len(suite["expectations"])
