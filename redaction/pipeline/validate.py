"""The gate: Great Expectations confirms, on PostgreSQL, that only retained fields remain in the rows of a run.

Results are boolean: its default format would fetch the very values that must not be there. A statement of our own
counts the rows that break an expectation, and only after a failure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from redaction.db.database import begin
from redaction.db.login import Role
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import PersonalDataRemains
from redaction.pipeline.expectations import Source, check_suites
from redaction.pipeline.results import Check, Results, forget_results, write_results

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

_ROLE: Role = "redaction_worker"
_NAMED = 10
_FEW = 10_000
"""Rows of a run up to which they are collected for each question: planning for all partitions takes longer."""
_READ_THROUGH = {
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "10",
    "min_parallel_table_scan_size": "0",
    "enable_indexscan": "off",
    "enable_bitmapscan": "off",
}
"""By several processes of the server: the planner thinks tables without statistics small."""
_COUNTING = {
    "rows_read_through": "count_foreign_in_rows_read_through",
    "rows_looked_up": "count_foreign_in_rows_looked_up",
    "rows_of_few": "count_foreign_in_rows_of_few",
}
_VIOLATIONS = {
    "path_violation": "call_path has a key that the catalog does not list, or a value that its key does not say,",
    "number_violation": "a tracking number is no number, or an id no id,",
}
_GROUPED = {"enable_sort": "off", "max_parallel_workers_per_gather": "0"}
"""Few different texts in many rows: hashed, not sorted. By one process, which has the time of all the others."""
_DIGESTS = {
    "rows_looked_up": "SELECT * FROM redaction.digest_of_rows_looked_up",
    "rows_of_few": "SELECT * FROM redaction.digest_of_rows_of_few",
    "rows_read_through": "SELECT * FROM redaction.digest_of_rows_read_through",
}


@dataclass(frozen=True)
class ValidationSummary:
    """What was validated: rows of the run, passed expectations, rows with a foreign number or address (a warning),
    and the undecided texts of these.
    """

    run_id: int
    rows: int
    expectations: int
    foreign_contacts: int
    undecided_texts: int
    data_docs: Any


def validate_run(deployment: Deployment, run_id: int) -> ValidationSummary:
    """Check the rows of a run, and the columns of the table, against the suites of the catalog; store the results, for
    the pages and the Data Docs.

    Raises PersonalDataRemains naming each failed expectation and how many rows break it.
    """
    with deployment.transaction(_ROLE) as session:
        run = session.one("get_run", run_id=run_id)
        account_id = run["account_id"]
        names = {
            f"redaction.{name}": str(value)
            for name, value in session.one("settings_of_run", run_id=run_id).items()
            if value is not None
        }
    place = deployment.settings.data_docs_path / f"account_{account_id}" / f"run_{run_id}"
    looked_up = "rows_of_few" if run["due_count"] <= _FEW else "rows_looked_up"
    rows = "rows_read_through" if names["redaction.scan"] == "on" else looked_up
    names |= _READ_THROUGH if rows == "rows_read_through" else {}
    forget_results(place)
    sources = _sources(rows, bool(run["recordings_taken"]))
    if rows == "rows_of_few":
        with deployment.database.lent(_ROLE, names) as engine:
            results, counted = check_suites(engine, sources), _count_foreign_contacts(engine, rows, account_id)
    else:
        with deployment.database.opened(_ROLE, names) as engine, ThreadPoolExecutor(1) as pool:
            # The server counts meanwhile.
            counting = pool.submit(_count_foreign_contacts, engine, rows, account_id)
            results = check_suites(engine, sources)
            counted = counting.result()
    failed = [result for result in results if not result["success"]]
    reasons: list[str] = []
    if failed:
        with deployment.transaction(_ROLE) as session:
            session.set_local(names)
            reasons = _explain(session, run_id, failed)
    _keep(place, run_id, results, counted, reasons)
    if failed:
        raise PersonalDataRemains(
            f"run {run_id} of account {account_id} is not clean: {'; '.join(reasons)}. "
            "The reports were left as they were; find who writes to these rows"
        )
    deployment.run(
        "record_validation",
        run_id=run_id,
        by_kind=json.dumps(counted["by_kind"]),
        rows=counted["rows"],
        expectations=len(results),
        foreign_contacts=counted["foreign_contacts"],
        undecided_texts=counted["undecided_texts"],
    )
    counts = {name: counted[name] for name in ("rows", "foreign_contacts", "undecided_texts")}
    return ValidationSummary(run_id=run_id, expectations=len(results), data_docs=place, **counts)


def _keep(docs: Any, run_id: int, results: list[Mapping[str, Any]], counted: Row, reasons: list[str]) -> None:
    """Write the results; `reasons` starts with one for each failed check."""
    found = iter(reasons)
    checks = tuple(Check(**result, found=None if result["success"] else next(found)) for result in results)
    counts = {name: counted[name] for name in ("rows", "foreign_contacts", "undecided_texts")}
    write_results(docs, Results(run_id=run_id, validated_at=datetime.now(UTC), **counts, checks=checks))


def _count_foreign_contacts(engine: Engine, rows: str, account_id: int) -> Row:
    with begin(engine) as session:
        session.set_local(_GROUPED)
        return session.one(_COUNTING[rows], account_id=account_id)


def _sources(rows: str, took_recordings: bool) -> Mapping[str, Source]:
    """Return the subject of each suite; the views show the run that the settings of the session name. The suite of
    recordings costs nothing in a run that has taken none.
    """
    sources: dict[str, Source] = {
        "run": {"table_name": rows, "schema_name": "redaction"},
        "table": {"table_name": "activities", "schema_name": "tracking"},
        "findings": {"table_name": "findings_of_run", "schema_name": "redaction"},
        "digest": {"query": _DIGESTS[rows]},
    }
    if took_recordings:
        sources["recordings"] = {"table_name": "recordings_of_run", "schema_name": "redaction"}
    return sources


def _explain(session: Session, run_id: int, failed: list[Mapping[str, Any]]) -> list[str]:
    counts = session.one("count_violations", most=_NAMED)
    reasons = []
    for result in failed:
        column = result["column"]
        if column in _VIOLATIONS:
            first = ", ".join(map(str, counts[f"{column}_ids"]))
            reasons.append(f"{_VIOLATIONS[column]} on {counts[column]} of {counts['rows']} rows (activities {first})")
        elif column is not None:
            reasons.append(f"{result['type']}({column}) on {counts[column]} of {counts['rows']} rows")
        elif result["description"]:
            reasons.append(str(result["description"]) + ": not so")
        else:
            reasons.append(f"{result['type']}: the table is not that of the catalog")
    found = [str(row["activity_id"]) for row in session.rows("list_findings", run_id=run_id, most=_NAMED)]
    if found:
        reasons.append(f"activities that name their own caller: {', '.join(found)}")
    return reasons
