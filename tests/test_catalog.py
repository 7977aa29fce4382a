"""The catalog: default deny in both directions, and the schema, the statements and the docs follow it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from redaction.catalog import Catalog, catalog_table, load_catalog, parse_catalog
from redaction.db.database import Database
from redaction.db.schema import check_schema, migrate
from redaction.db.statements import read_code
from redaction.deployment import Deployment
from redaction.errors import CatalogError, UnclassifiedColumn
from redaction.pipeline.run import begin_run
from redaction.settings import Settings
from redaction.source.load import load_files
from tests.checkout import ROOT

GOOD = """
version: 1
columns:
  id: {class: key}
  name: {class: personal, category: caller name}
  status: {class: retained, field: status}
call_path:
  route_name: {class: retained, field: call flow}
"""


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("{class: personal, category: caller name}", "{class: personal}", "name"),
        ("{class: key}", "{class: key, category: tags}", "id"),
        ("{class: retained, field: status}", "{class: retained, field: weather}", "status"),
        ("field: call flow}", "field: call flow, colour: red}", "colour"),
        ("  route_name: {class: retained, field: call flow}", "  who: {class: personal, category: tags}", "who"),
        ("columns:", "columns: [", "line"),
        ("  id:", "  Robert'); drop:", "Robert"),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(old: str, new: str, names: str) -> None:
    assert parse_catalog(GOOD)
    with pytest.raises(CatalogError, match=names.replace("(", r"\(").replace(")", r"\)")):
        parse_catalog(GOOD.replace(old, new))


def test_every_live_column_is_classified(database: Database) -> None:
    with database.transaction("owner") as session:
        live = [row["column_name"] for row in session.rows("live_columns")]
    assert len(live) > 30
    assert sorted(live) == sorted(load_catalog().columns)


def test_a_column_behind_the_catalogs_back_stops_everything(database: Database, sql: Callable[..., Any]) -> None:
    sql("ALTER TABLE tracking.activities ADD COLUMN shoe_size int")
    with pytest.raises(UnclassifiedColumn, match="shoe_size"):
        check_schema(database)


def test_a_column_that_is_gone_stops_everything(database: Database, sql: Callable[..., Any]) -> None:
    sql("ALTER TABLE tracking.activities DROP COLUMN notes CASCADE")
    with pytest.raises(UnclassifiedColumn, match="notes"):
        check_schema(database)


def test_the_constraint_names_every_personal_column(sql: Callable[..., Any]) -> None:
    definition = sql(
        "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint"
        " WHERE conname = 'activities_redacted_is_stripped' AND conrelid = 'tracking.activities'::regclass"
    )[0]["text"]
    missing = [name for name in load_catalog().personal if f"({name} IS NULL)" not in definition]
    assert "caller_name" in load_catalog().personal
    assert not missing, f"a version of the schema has to add {missing} to the constraint"


def test_the_loader_may_read_exactly_what_is_not_personal(sql: Callable[..., Any]) -> None:
    readable = {
        row["name"]
        for row in sql(
            "SELECT attname AS name FROM pg_attribute WHERE attrelid = 'tracking.activities'::regclass AND attnum > 0"
            " AND has_column_privilege('redaction_loader', attrelid, attnum, 'SELECT')"
        )
    }
    catalog: Catalog = load_catalog()
    assert readable == {*catalog.keys, *catalog.state, *catalog.retained}


def test_the_strip_names_every_personal_column() -> None:
    sql = read_code("strip")
    assert all(f'"{name}" = NULL' in sql for name in load_catalog().personal)


def test_the_docs_show_the_catalog_as_it_is() -> None:
    assert catalog_table(load_catalog()) in (ROOT / "docs" / "reference" / "columns.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ("ALTER TABLE reporting.contacts ADD COLUMN best_contact text", r"reporting\.contacts\.best_contact"),
        ("ALTER TABLE redaction.runs ADD COLUMN caller text", r"redaction\.runs\.caller"),
        ("CREATE TABLE tracking.callers (number text)", r"tracking\.callers\.number"),
        ("CREATE TABLE redaction.copy AS SELECT * FROM tracking.activities", r"redaction\.copy\."),
        ("CREATE MATERIALIZED VIEW reporting.seen AS SELECT notes FROM tracking.activities", r"reporting\.seen\.notes"),
        ("ALTER TABLE tracking.activities DETACH PARTITION tracking.activities_elsewhen", r"activities_elsewhen\."),
        ("ALTER TABLE reporting.tags RENAME COLUMN tag TO label", r"reporting\.tags\.label"),
        ("ALTER TABLE tracking.deliveries DROP COLUMN external_id", r"tracking\.deliveries\.external_id, which is not"),
        ("DROP TABLE redaction.residue", r"redaction\.residue\.partition_name, which is not there"),
    ],
)
def test_what_no_table_may_have_stops_init_runs_and_loads(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    account: int,
    sql: Callable[..., Any],
    tmp_path: Path,
    change: str,
    names: str,
) -> None:
    sql(change)
    with pytest.raises(UnclassifiedColumn, match=names):
        migrate(database)
    with pytest.raises(UnclassifiedColumn, match=names):
        begin_run(deployment, 7, datetime(2026, 4, 1, 4, tzinfo=UTC), "cli")
    file = tmp_path / "page.jsonl"
    file.write_text("{}\n", encoding="utf-8")
    with pytest.raises(UnclassifiedColumn, match=names):
        load_files(deployment, [file])


def test_partitions_and_views_follow_their_tables(database: Database, sql: Callable[..., Any]) -> None:
    sql("SELECT tracking.ensure_partition('2026-03-02'::timestamptz)")
    sql("CREATE TABLE tracking.activities_20260302_new (LIKE tracking.activities)")
    sql("CREATE VIEW reporting.mine AS SELECT day FROM reporting.tags")
    sql("CREATE TABLE public.mine (caller text)")
    check_schema(database)


@pytest.mark.parametrize(
    ("tables", "names"),
    [
        ("{tracking.x: {record: [id], typed: [id]}}", "id is declared twice"),
        ("{tracking.x: {personal: {tag: {category: colour}}}}", "category"),
        ("{tracking.x: {secret: [id]}}", "secret"),
        ("{public.x: {record: [id]}}", "public.x"),
        ("{tracking.activities: {record: [id]}}", "is declared by `columns`"),
    ],
)
def test_a_wrong_table_is_refused_by_name(tables: str, names: str) -> None:
    assert parse_catalog(f"{GOOD}tables: {{tracking.x: {{record: [id]}}}}").tables["tracking.x"].columns == ("id",)
    with pytest.raises(CatalogError, match=names):
        parse_catalog(f"{GOOD}tables: {tables}")
