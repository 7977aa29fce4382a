"""Blocks of the reference that only Airflow can tell: DAGs, the form of the manual one, permissions of the pages."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow.sdk import DAG
from fastapi.routing import APIRoute

from redaction.accounts.snapshot import SnapshotAccount
from redaction.airflow import dags
from redaction.airflow.provider import OPTIONS
from redaction.web.access import PERMISSIONS
from redaction.web.app import app
from tools.places import find_definition, find_text
from tools.tables import row, table

_ACCOUNT = SnapshotAccount(
    id=7,
    name="Dental",
    agency_id=1,
    agency_name="North",
    period="30",
    mode="every",
    timezone="America/New_York",
    since="2026-01-01",
)
_WITH_ARGUMENTS = ("build_accounts", "build_collect", "build_dag", "build_for_each")
_COLLECTOR = {"REDACTION_COLLECTORS": '{"1": {"connection": "ctm_north"}}', "REDACTION_INBOX_URL": "/inbox"}


def list_dags() -> list[DAG]:
    """Return one DAG of each kind, as account 7 and agency 1 have them."""
    before = {name: os.environ.get(name) for name in _COLLECTOR}
    os.environ.update(_COLLECTOR)
    try:
        collecting = list(dags.build_collect().values())
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    # Whatever else is built there, so that none is left out.
    names = sorted(name for name in dags.__all__ if name.startswith("build_") and name not in _WITH_ARGUMENTS)
    return [dags.build_dag(_ACCOUNT, 30), *(getattr(dags, name)() for name in names), *collecting]


def describe_dags() -> str:
    """Return each DAG: when it runs, its tasks, and the documentation that Airflow shows."""
    return "\n\n".join(_describe(dag) for dag in list_dags())


def _describe(dag: DAG) -> str:
    assert dag.doc_md, f"{_find_dag(dag)}: the DAG {dag.dag_id} has no doc_md: write what it does"
    _, _, text = dag.doc_md.strip().partition("\n")
    # Links lead to the pages in Airflow, which are not here.
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"*\1*", text.strip())
    tasks = table(("task", "shown as"), (row(f"`{task.task_id}`", task.task_display_name) for task in _order(dag)))
    return f"## {dag.dag_id}\n\n*{dag.dag_display_name}*: {dag.description}.\n\n{text}\n\n{tasks}"


def _find_dag(dag: DAG) -> str:
    # Airflow knows the file that made the object, which is the common one of some DAGs.
    files = sorted(Path(dags.__file__).parent.glob("*.py"), key=lambda path: str(path) != dag.fileloc)
    return find_text(f'"{dag.dag_id}"', *files)


def _order(dag: DAG) -> Iterator[Any]:
    done: set[str] = set()
    while waiting := [task for task in dag.tasks if task.task_id not in done]:
        ready = [task for task in waiting if task.upstream_task_ids <= done]
        yield from ready
        done |= {task.task_id for task in ready}


def describe_form() -> str:
    """Return the fields of the form of `redact_on_demand`, which are those of its API."""
    return table(("field", "type", "default", "meaning"), _fields(dags.build_redact_on_demand()))


def _fields(dag: DAG) -> Iterator[str]:
    for name in dag.params:
        param = dag.params.get_param(name)
        kind = param.schema["type"]
        default = {None: "none", True: "`true`", False: "`false`"}.get(param.value, "needed")
        said = f"*{param.schema['title']}*. {param.description}"
        yield row(f"`{name}`", kind if isinstance(kind, str) else " or ".join(kind), default, said)


def describe_configuration() -> str:
    """Return the options of our section of Airflow's configuration."""
    rows = (row(f"`{name}`", f"`{default}`", words) for name, (default, words) in OPTIONS.items())
    return table(("option", "default", "meaning"), rows)


def describe_permissions() -> str:
    """Return each permission of the pages: whom it lets pass, and the addresses that ask for it."""
    asked = defaultdict(list)
    for route in app.routes:
        if isinstance(route, APIRoute):
            [found] = [one.call for one in route.dependant.dependencies if one.call in PERMISSIONS]
            asked[found].append(f"{sorted(route.methods)[0]} {route.path}")
    parts = []
    for kind in PERMISSIONS:
        assert kind.__doc__, f"{find_definition(kind)}: {kind.__name__}: write a docstring: whom it allows"
        addresses = sorted(asked[kind], key=lambda address: address.split()[::-1])
        parts.append(f"### {kind.__name__.replace('_', ' ')}\n\n{' '.join(kind.__doc__.split())}\n")
        parts.append("\n".join(f"- `{address}`" for address in addresses) + "\n")
    return "\n".join(parts)
