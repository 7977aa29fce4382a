"""What sends our tables elsewhere is named, or refused by setting; under a publication of all tables a run works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from redaction.db.database import Database
from redaction.db.outflow import list_log_warnings, list_publications
from redaction.deployment import Deployment
from redaction.erasure.residue import erase_residue
from redaction.errors import NotAllowed
from redaction.evidence.certificate import certify_run
from redaction.evidence.watch import watch
from redaction.pipeline.run import complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import as_owner

Sql = Callable[..., list[dict[str, Any]]]
OLD = datetime(2026, 3, 2, 15, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, tzinfo=UTC)
ROOT = "publish_via_partition_root"
SENDING = [
    "CREATE PUBLICATION p FOR ALL TABLES",
    "CREATE PUBLICATION p FOR ALL TABLES WITH (publish_via_partition_root)",
    "CREATE PUBLICATION p FOR TABLES IN SCHEMA tracking",
    "CREATE PUBLICATION p FOR TABLES IN SCHEMA reporting",
    "CREATE PUBLICATION p FOR TABLE tracking.activities WITH (publish_via_partition_root)",
    "CREATE PUBLICATION p FOR TABLE tracking.activities_20260302_rows",
    f"CREATE PUBLICATION p FOR TABLE tracking.activities (id, account_id, called_at, notes) WITH ({ROOT})",
    f"CREATE PUBLICATION p FOR TABLE tracking.activities WHERE (account_id = 8) WITH ({ROOT})",
    "CREATE PUBLICATION p FOR TABLE tracking.held_contacts",
]
SILENT = [
    "CREATE PUBLICATION p",
    "CREATE PUBLICATION p FOR TABLE redaction.runs",
    f"CREATE PUBLICATION p FOR TABLE tracking.activities (id, account_id, called_at, status) WITH ({ROOT})",
]


def _named(database: Database) -> list[str]:
    with database.transaction("redaction_worker") as session:
        return list_publications(session)


@pytest.mark.parametrize("statement", SENDING)
def test_what_sends_values_is_named_and_refused_by_setting(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    account: int,
    insert: Callable[..., None],
    sql: Sql,
    statement: str,
) -> None:
    insert(1, called_at=OLD)
    sql(statement)
    assert _named(database) == ["publication p"]
    refusing = settings.model_copy(update={"publications": "refuse"})
    with pytest.raises(NotAllowed, match=r"publication p: .*REDACTION_PUBLICATIONS"):
        select_aged(deploy(database, refusing), 7, CUTOFF, Request("test"))
    assert sql("SELECT count(*) AS n FROM redaction.runs") == [{"n": 0}]
    assert select_aged(deployment, 7, CUTOFF, Request("test")).due_count == 1


@pytest.mark.parametrize("statement", SILENT)
def test_what_sends_no_value_is_not(
    database: Database, account: int, insert: Callable[..., None], sql: Sql, statement: str
) -> None:
    insert(1, called_at=OLD)
    sql(statement)
    assert _named(database) == []


@pytest.mark.parametrize("changes", [{}, {"rewrite_min_rows": 1}])
@pytest.mark.parametrize("statement", SENDING[:2])
def test_a_run_works_under_a_publication_of_all_tables(
    database: Database, settings: Settings, deployment: Deployment, account: int, insert: Callable[..., None], sql: Sql,
    statement: str, changes: dict[str, Any],
) -> None:  # fmt: skip
    for number in (1, 2, 3):
        insert(number, called_at=OLD)
    sql(statement)
    way = settings.model_copy(update=changes)
    run = select_aged(deploy(database, way), 7, CUTOFF, Request("test"))
    assert complete_run(deploy(database, way), run.id)["stripped_count"] == 3
    erase_residue(deployment)
    [row] = sql("SELECT facts -> 'sent_elsewhere_by' AS by FROM redaction.ledger WHERE run_id = :run", run=run.id)
    assert row["by"] == ["publication p"]
    assert (
        "publication p: sends changes of the database elsewhere"
        in certify_run(deploy(database, way), run.id).not_covered
    )
    [figure] = [figure for figure in watch(deploy(database, way)) if figure.what == "sent elsewhere"]
    assert (figure.count, figure.late) == (1, False)
    assert "publication p" in figure.hint


def test_every_table_can_be_published(sql: Sql) -> None:
    rows = sql(
        "SELECT c.oid::regclass::text AS name, c.relreplident = 'f' OR EXISTS ("
        "    SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS named"
        " FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace IN"
        " ('tracking'::regnamespace, 'redaction'::regnamespace, 'reporting'::regnamespace)"
    )
    assert len(rows) > 30
    assert [row["name"] for row in rows if not row["named"]] == []


def _keep_values_out(database: Database, sql: Sql) -> None:
    """Set what the docs ask of a server; another server has other defaults."""
    for setting, safe in (("log_error_verbosity", "terse"), ("log_min_error_statement", "panic")):
        sql(f"ALTER DATABASE {database.url.database} SET {setting} = '{safe}'")
    database.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("log_error_verbosity", "default"),
        ("log_min_error_statement", "error"),
        ("log_statement", "all"),
        ("log_statement", "mod"),
        ("log_min_duration_statement", "0"),
        ("log_min_duration_sample", "10"),
        ("log_transaction_sample_rate", "0.5"),
        ("log_parameter_max_length_on_error", "-1"),
        ("debug_print_plan", "on"),
    ],
)
def test_a_log_that_would_keep_values_is_warned_of(
    database: Database, sql: Sql, cli: Callable[..., tuple[int, str, str]], setting: str, value: str
) -> None:
    _keep_values_out(database, sql)
    assert list_log_warnings(database) == []
    sql(f"ALTER DATABASE {database.url.database} SET {setting} = '{value}'")
    database.close()
    [line] = list_log_warnings(database)
    assert f"{setting} is " in line
    assert f"set {setting} = " in line
    for command in ("init", "status"):
        _, _, err = cli(command)
        assert err.count("would keep personal values") == 1
        assert setting in err


def test_init_warns_of_what_holds_for_the_owner_alone(
    database: Database, sql: Sql, cli: Callable[..., tuple[int, str, str]]
) -> None:
    _keep_values_out(database, sql)
    owner = as_owner(database).username
    sql(f"ALTER ROLE {owner} IN DATABASE {database.url.database} SET log_min_duration_statement = '0'")
    database.close()
    assert list_log_warnings(database) == []
    _, _, err = cli("init")
    assert err.count("log_min_duration_statement is '0'") == 1
