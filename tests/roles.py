"""What each role of Airflow may do here, asked of the auth manager in Airflow's configuration.

`python -m tests.roles` prints it as JSON: by role, the columns of the table in `docs/reference/permissions.md`.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import ExitStack
from typing import Any

from tests.checkout import ROOT

DAG_ID = "redact_account_7"
NORTH = {"North readers": "read", "North staff": "edit"}
"""Roles of the agency of account 7, as REDACTION_AGENCY_ROLES has them."""
_LIMITED = ("Website", "DAG Runs", "Task Instances", "Task Logs", "HITL Detail", "Plugins")
"""What a role of an agency reads of Airflow in general; `access_control` says which DAGs."""


def read_table() -> dict[str, dict[str, dict[str, bool]]]:
    """Return the table of the documentation: by auth manager, role and column."""
    page = ROOT / "docs" / "reference" / "permissions.md"
    lines = [line for line in page.read_text().splitlines() if line.startswith("|")]
    (head,) = [line for line in lines if line.startswith("| role ")]
    columns = _cells(head)[1:]
    found: dict[str, dict[str, dict[str, bool]]] = {}
    for line in lines:
        if named := re.match(r"\| (Simple|FAB): ", line):
            first, *cells = _cells(line)
            assert set(cells) <= {"yes", "no"}, line
            told = [cell == "yes" for cell in cells]
            found.setdefault(named[1], {})[first.split(": ")[1]] = dict(zip(columns, told, strict=True))
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def ask(app: Any, user: Any) -> dict[str, bool]:
    """Return what a person may do, by the columns of the table; pages are requested by HTTP, as a browser does."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
    from fastapi.testclient import TestClient

    from redaction.web import access

    person, manager = access.Person(user.get_name(), user), get_auth_manager()

    client = TestClient(app, base_url="http://testserver", follow_redirects=False)
    client.cookies.set("_token", manager.generate_jwt(user))
    # The second one has the link to our pages in Airflow's navigation.
    answers = {client.get(path).status_code for path in (f"/redaction/dags/{DAG_ID}", "/api/v2/plugins")}
    assert answers in ({200, 307}, {403}), answers

    def dag(method: Any, entity: DagAccessEntity | None = None) -> bool:
        details = DagDetails(id=DAG_ID)
        return bool(manager.is_authorized_dag(method=method, access_entity=entity, details=details, user=user))

    return {
        "see the pages": 307 in answers,
        "see the account's DAG": dag("GET"),
        "trigger it": dag("POST", DagAccessEntity.RUN),
        "approve in Airflow": dag("PUT", DagAccessEntity.HITL_DETAIL),
        "change the account": access.can_edit(person, 7),
        "redact by hand": access.can_redact(person),
        "change agencies": access.can_change_agency(person),
        "name a connection": access.can_use_connection(person, "aws"),
    }


def _ask_simple(app: Any) -> dict[str, dict[str, bool]]:
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return {
        role: ask(app, SimpleAuthManagerUser(username=role, role=role)) for role in ("viewer", "user", "op", "admin")
    }


def _ask_fab(app: Any) -> dict[str, dict[str, bool]]:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from airflow.providers.fab.www.security_appless import ApplessAirflowSecurityManager
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.utils.session import create_session

    from redaction.accounts.snapshot import SnapshotAccount
    from redaction.airflow.config import load_settings
    from redaction.airflow.dags import build_dag
    from redaction.airflow.dags.accounts import find_roles

    account = SnapshotAccount(
        id=7, name="Dental", agency_id=1, agency_name="North", period="30", mode="every", timezone="UTC",
        since="2026-01-01",
    )  # fmt: skip
    with ExitStack() as stack:
        manager = stack.enter_context(get_application_builder()).sm
        manager.bulk_sync_roles(
            [
                {"role": "Viewer and Plugins", "perms": [*manager.VIEWER_PERMISSIONS, ("can_read", "Plugins")]},
                *(
                    {
                        "role": role,
                        "perms": [
                            *(("can_read", resource) for resource in _LIMITED),
                            *([("can_edit", "HITL Detail")] if level == "edit" else []),
                        ],
                    }
                    for role, level in NORTH.items()
                ),
                {"role": "South", "perms": [("can_read", resource) for resource in _LIMITED]},
            ]
        )
        dag = DagSerialization.from_dict(
            DagSerialization.to_dict(build_dag(account, 30, access_control=find_roles(load_settings(), 1)))
        )
        with create_session() as session:
            ApplessAirflowSecurityManager(session=session).sync_perm_for_dag(dag.dag_id, dag.access_control)
        roles = ("Public", "Viewer", "Viewer and Plugins", "User", "Op", "Admin", *NORTH, "South")
        for role in roles:
            manager.add_user(role, role, role, f"{role}@example.com".replace(" ", "."), manager.find_role(role), "pw")
        return {role: ask(app, manager.find_user(role)) for role in roles}


def main() -> None:
    """Print what the roles of the configured auth manager may."""
    from airflow.api_fastapi.app import create_app
    from airflow.configuration import conf

    app = create_app()
    fab = conf.get("core", "auth_manager").endswith(".FabAuthManager")
    json.dump(_ask_fab(app) if fab else _ask_simple(app), sys.stdout)


if __name__ == "__main__":
    main()
