"""All our DAGs in somebody else's Airflow: by a file of two lines in its own folder, or by a bundle beside its own."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, DagBag

from redaction.airflow.dags import all_dags
from redaction.settings import Settings
from redaction.snapshot import Snapshot, SnapshotAccount, write_snapshot

TWO_LINES = "from redaction.airflow.dags import all_dags\nglobals().update(all_dags())\n"
WANTED = {*(f"redact_account_{number}" for number in range(8)), "redact_on_demand", "erase_residue", "retention_watch"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh snapshot of 8 accounts, and no database at all."""
    monkeypatch.setenv("REDACTION_HOME", str(tmp_path))
    monkeypatch.setenv("REDACTION_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    accounts = tuple(
        SnapshotAccount(
            id=number,
            name=f"Dental {number}",
            agency_id=1,
            agency_name="North",
            period=("daily", "30", "60", "90")[number % 4],
            mode="every",
            timezone="America/New_York",
            since="2026-01-03",
        )
        for number in range(8)
    )
    write_snapshot(Settings(home=tmp_path).snapshot_path, Snapshot(written_at=datetime.now(UTC), accounts=accounts))
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The DAG folder of somebody, with a DAG of theirs and the two lines."""
    made = tmp_path / "dags"
    made.mkdir()
    (made / "theirs.py").write_text("from airflow.sdk import DAG\ndag = DAG('theirs', schedule=None)\n")
    (made / "redaction_dags.py").write_text(TWO_LINES)
    return made


def test_two_lines_give_all_dags_beside_those_that_are_there(folder: Path) -> None:
    bag = DagBag(str(folder))
    assert bag.import_errors == {}
    assert set(bag.dags) == WANTED | {"theirs"}


def test_a_task_of_an_account_builds_no_other_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "redact_account_5")
    assert {name for name in all_dags() if name.startswith("redact_account_")} == {"redact_account_5"}


def _bundles(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> DagBundlesManager:
    theirs = {
        "name": "theirs",
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(folder)},
    }
    ours = [{"name": name, "classpath": "redaction.airflow.bundle.RedactionDagBundle", "kwargs": {}} for name in names]
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps([theirs, *ours]))
    return DagBundlesManager()


def test_a_bundle_gives_all_dags_beside_the_bundles_that_are_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "redaction_dags.py").unlink()
    found = {}
    for bundle in _bundles(monkeypatch, folder, "redaction").get_all_dag_bundles():
        bundle.initialize()
        bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        assert bag.import_errors == {}
        found[bundle.name] = set(bag.dags)
    assert found == {"theirs": {"theirs"}, "redaction": WANTED}


def test_two_bundles_with_our_dags_are_told_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    manager = _bundles(monkeypatch, folder, "redaction", "again")
    with caplog.at_level(logging.ERROR, logger="redaction"):
        manager.get_bundle("again").initialize()
    assert caplog.messages == [
        "bundles redaction, again all have the DAGs of redaction: keep one in [dag_processor] dag_bundle_config_list"
    ]
