"""The table of roles in the documentation equals Airflow's simple auth manager; `.ci/fab.py` asks FAB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from redaction.airflow.dags.accounts import find_roles
from redaction.errors import BadInput
from redaction.settings import load_settings
from tests.checkout import ROOT
from tests.roles import read_table

FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


def test_the_simple_auth_manager_says_what_the_table_says(airflow_database: None, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.roles"]
    given = os.environ | {"REDACTION_HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=given, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == read_table()["Simple"]


def test_roles_are_named_by_agency_where_fab_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDACTION_AGENCY_ROLES", '{"1": {"South": "read", "North": "edit"}}')
    assert find_roles(load_settings(), 1) is None
    monkeypatch.setenv("AIRFLOW__CORE__AUTH_MANAGER", FAB)
    assert find_roles(load_settings(), 1) == {
        "North": {"DAGs": {"can_edit", "can_read"}, "DAG Runs": {"can_create", "can_read"}},
        "South": {"DAGs": {"can_read"}},
    }
    assert find_roles(load_settings(), 2) is None


@pytest.mark.parametrize("text", ['{"1": {"North": "all"}}', '{"North": {"a": "read"}}'])
def test_a_mapping_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("REDACTION_AGENCY_ROLES", text)
    with pytest.raises(BadInput, match="REDACTION_AGENCY_ROLES"):
        load_settings()
