"""Every import is declared, and every dependency is imported: by the core, and by each extra."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.checkout import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
NAMES = {
    "airflow": "apache-airflow",
    "airflow.providers.celery": "apache-airflow-providers-celery",
    "airflow.sdk": "apache-airflow-task-sdk",
    "backports.zstd": "backports.zstd",
    "psycopg2": "psycopg2-binary",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
}
"""Modules whose distribution has another name."""
OF_EXTRA = {
    "celery": ["airflow/celery.py"],
    "certificates": ["evidence/render.py", "requests/letter.py"],
    "demo": [],
    "embedded": ["embedded.py"],
    "pages": ["reporting/files.py", "web/charts.py", "web/trend.py"],
    "s3": ["objects/s3_client.py"],
}
"""The modules that import what an extra brings."""
NOT_IMPORTED = {
    "asyncpg": "Airflow's API server opens its PostgreSQL with it",
    "python-multipart": "starlette reads forms with it",
    "s3fs": "ObjectStoragePath opens s3:// with it",
    "tzdata": "zoneinfo reads it where the system has no zones",
}


def _distribution(module: str) -> str:
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if name := NAMES.get(".".join(parts[:length])):
            return name
    return parts[0].replace("_", "-")


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module or "")
    own = {*sys.stdlib_module_names, "redaction", "__future__"}
    return {_distribution(module) for module in found if module.split(".")[0] not in own}


def _declared(requirements: list[str]) -> set[str]:
    names = {re.split(r"[\s\[<>=!~;]", text)[0].lower() for text in requirements}
    return names - {"redaction"}


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    """The imports of each module, by its path in the package."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "redaction").rglob("*.py")):
        found[path.relative_to(ROOT / "redaction").as_posix()] = _imports(path)
    for path in [*(ROOT / "dags").glob("*.py"), *(ROOT / "plugins").glob("*.py")]:
        found["dags"] |= _imports(path)
    return found


def test_the_core_declares_what_it_imports_and_no_more(imported: dict[str, set[str]]) -> None:
    optional = set().union(*(_declared(EXTRAS[extra]) for extra in OF_EXTRA))
    used = {name for path, names in imported.items() for name in names}
    core = _declared(PROJECT["dependencies"])
    assert {"apache-airflow", "sqlalchemy"} <= core
    assert core - NOT_IMPORTED.keys() == used - optional
    assert not core & optional


@pytest.mark.parametrize("extra", sorted(OF_EXTRA))
def test_an_extra_is_imported_by_its_modules_alone(extra: str, imported: dict[str, set[str]]) -> None:
    declared = _declared(EXTRAS[extra]) - NOT_IMPORTED.keys()
    users = {path for path, names in imported.items() if names & declared}
    assert users == set(OF_EXTRA[extra])
    assert {name for path in users for name in imported[path]} >= declared


def test_every_extra_is_looked_at_and_no_reason_is_left_over() -> None:
    assert set(EXTRAS) == {*OF_EXTRA, "core", "dev"}
    declared = _declared(PROJECT["dependencies"]).union(*(_declared(EXTRAS[extra]) for extra in OF_EXTRA))
    assert NOT_IMPORTED.keys() <= declared


DEBIAN_12 = "3.11.2"
"""The Python version that the README asks for."""


def test_every_version_that_is_pinned_works_with_the_oldest_python() -> None:
    pinned = {
        canonicalize_name(line.split("==")[0])
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    asked = {
        canonicalize_name(found.metadata["Name"]): found.metadata.get("Requires-Python") or ""
        for found in distributions()
    }
    assert len(pinned & set(asked)) > 200
    wrong = {name: asked[name] for name in pinned & set(asked) if not SpecifierSet(asked[name]).contains(DEBIAN_12)}
    assert wrong == {}, "pin a version that Debian 12's Python can install"
