"""The notebooks: each runs from its first cell to its last on the demo's data, as a login of only an analyst."""

from __future__ import annotations

import ast
import json
import os
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from redaction.demo.sample import sample_agencies, write_sample
from redaction.demo.tenants import create_tenants
from redaction.deployment import Deployment
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.run import run_account
from redaction.source.load import load_files
from tests.checkout import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ACCOUNTS = (1001, 1002)
PERSONAL = """
SELECT caller_name, caller_number, contact_key, caller_id FROM tracking.activities WHERE redacted_at IS NULL
"""


def _cells(path: Path) -> list[str]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _run(path: Path) -> dict[str, Any]:
    """Run the cells of a notebook in order, each shown as a notebook shows it; return the names it has created."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(_cells(path), 1):
        tree = ast.parse(cell, f"{path.name}, cell {number}")
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"{path.name}, cell {number}", "exec"), names)
        if isinstance(last, ast.Expr):
            print(eval(compile(ast.Expression(last.value), f"{path.name}, cell {number}", "eval"), names))
    return names


@pytest.fixture
def demo(deployment: Deployment, sql: Callable[..., Any], tmp_path: Path) -> set[str]:
    """The demo's data, smaller, redacted by what is due. Returns the personal values that it had."""
    now = datetime.now(UTC).replace(microsecond=0)
    tenants = sample_agencies(len(ACCOUNTS), 1, now.date())
    write_sample(tmp_path / "sample", tenants, 1_200, 1, now, None)
    create_tenants(deployment, tenants)
    load_files(deployment, [tmp_path / "sample"])
    values = {value for row in sql(PERSONAL) for value in row.values() if value and len(value) > 6}
    for account_id in ACCOUNTS:
        refresh_reports(deployment.database, account_id)
        run_account(deployment, account_id, now)
    return values


@pytest.fixture
def as_analyst(
    demo: set[str], deployment: Deployment, administer: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """An environment with a login that is only a member of the analyst's role."""
    name = f"redaction_notebook_{os.getpid()}"
    administer(f"CREATE ROLE {name} LOGIN PASSWORD 'x' IN ROLE redaction_analyst")
    url = deployment.database.url.set(username=name, password="x")
    monkeypatch.setenv("REDACTION_DATABASE_URL", url.render_as_string(hide_password=False))
    monkeypatch.delenv("REDACTION_OWNER_URL", raising=False)
    yield
    administer(f"DROP ROLE {name}")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_the_demos_data(
    path: Path, as_analyst: None, demo: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = _run(path)
    assert 0 < names["sources"]["redacted"].sum() < names["sources"]["activities"].sum()
    assert (
        names["days"]["activities"].sum() == names["sources"]["activities"].sum() == names["weeks"]["activities"].sum()
    )
    assert 0 < len(names["known"]) < len(names["contacts"])
    shown = capsys.readouterr().out
    assert "redacted activities. A contact is known by" in shown
    assert len(demo) > 500
    assert [value for value in demo if value in shown] == []


def test_notebooks_keep_no_output_and_import_what_is_declared() -> None:
    assert NOTEBOOKS
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {*extras["dependencies"], *extras["optional-dependencies"]["pages"]}
    for path in NOTEBOOKS:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"]), path.name
        imported = set()
        for cell in _cells(path):
            for node in ast.walk(ast.parse(cell)):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    imported.add(str(node.module).partition(".")[0])
        assert imported <= {"os", "redaction", *declared}, path.name
        assert "redaction" in imported, path.name
