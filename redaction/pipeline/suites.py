"""Catalog -> expectation suites. Validation builds them itself; the files in `expectations/` are for people to read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redaction.catalog import Catalog
from redaction.resources import find_folder

EXPECTATIONS = find_folder("expectations")
_NAMESPACE = uuid.UUID("6f0c1f0e-6a3c-5c0e-9d5e-1f7a3c2b9a10")

Suite = Mapping[str, Any]


def _expectation(suite: str, kind: str, severity: str = "critical", **arguments: Any) -> dict[str, Any]:
    name = json.dumps([suite, kind, arguments], sort_keys=True)
    return {
        "id": str(uuid.uuid5(_NAMESPACE, name)),
        "kwargs": arguments,
        "meta": {},
        "severity": severity,
        "type": kind,
    }


def _suite(name: str, expectations: list[dict[str, Any]]) -> Suite:
    return {
        "expectations": expectations,
        "id": str(uuid.uuid5(_NAMESPACE, name)),
        "meta": {"great_expectations_version": "1.24.1"},
        "name": name,
        "notes": None,
    }


def build_suites(catalog: Catalog) -> dict[str, Suite]:
    """Return the suites by name: `run` for the rows of a run, `table` for the columns of the live table.

    `digest`, `findings` and `recordings` are for views that have a row for each violation.
    """
    rows = [_expectation("run", "expect_column_values_to_be_null", column=name) for name in catalog.personal]
    rows += [
        _expectation("run", "expect_column_values_to_not_be_null", column=name)
        for name in (*catalog.keys, "called_at", *catalog.state)
    ]
    rows += [
        _expectation("run", "expect_column_values_to_be_null", column=name)
        for name in ("path_violation", "number_violation")
    ]
    columns = _expectation(
        "table", "expect_table_columns_to_match_set", column_set=sorted(catalog.columns), exact_match=True
    )
    return {
        "run": _suite("run", rows),
        "table": _suite("table", [columns]),
        "digest": _empty("digest", "retained columns are what they were before the redaction"),
        "findings": _empty("findings", "no retained text, number or id names its own caller"),
        "recordings": _empty("recordings", "no recording is there again that the clock has taken"),
    }


def _empty(name: str, description: str) -> Suite:
    return _suite(name, [_expectation(name, "expect_table_row_count_to_equal", description=description, value=0)])


def _text(suite: Suite) -> str:
    return json.dumps(suite, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_suites(folder: Path, catalog: Catalog) -> list[Path]:
    """Write every suite into a folder; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, suite in build_suites(catalog).items():
        path = folder / f"{name}.json"
        path.write_text(_text(suite), encoding="utf-8")
        written.append(path)
    return written


def stale_suites(folder: Path, catalog: Catalog) -> list[str]:
    """Return the names of the suites whose file is missing or differs from the catalog."""
    return [
        name
        for name, suite in build_suites(catalog).items()
        if not (path := folder / f"{name}.json").exists() or path.read_text(encoding="utf-8") != _text(suite)
    ]
