"""Airflow's own API with our DAGs in it, and a worker's first task for the runs that it creates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.api_fastapi.execution_api.datamodels.taskinstance import DagRun as ToldRun
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from fastapi import FastAPI
from fastapi.testclient import TestClient

from redaction.accounts.snapshot import renew_snapshot
from redaction.deployment import Deployment
from tests.checkout import ROOT

As = Callable[[str], TestClient]


@pytest.fixture(scope="session")
def airflow_app(airflow_database: None) -> FastAPI:
    """Airflow's app with our plugin, and so with the check before its API."""
    from airflow.api_fastapi.app import cached_app

    return cached_app(apps="all")


@pytest.fixture
def as_(airflow_app: FastAPI) -> As:
    """A client of Airflow's API, as a person who may trigger DAGs."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    def client(name: str) -> TestClient:
        made = TestClient(airflow_app, base_url="http://testserver")
        user = SimpleAuthManagerUser(username=name, role="op")
        made.headers["Authorization"] = f"Bearer {get_auth_manager().generate_jwt(user)}"
        return made

    return client


@pytest.fixture(scope="module")
def parsed() -> dict[str, Any]:
    """The DAGs of the tests of a module, parsed by the first of them: each begins with the same account."""
    return {}


@pytest.fixture
def dags(
    account: int, deployment: Deployment, deployed: None, airflow_database: None, parsed: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Our DAGs as Airflow knows them after a parse; its runs and log are forgotten afterwards."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
    from airflow.models.log import Log

    renew_snapshot(deployment)
    if not parsed:
        DagBundlesManager().sync_bundles_to_db()
        bag = BundleDagBag(dag_folder=ROOT / "dags", bundle_path=ROOT / "dags", bundle_name="dags-folder")
        with create_session() as session:
            sync_bag_to_db(bag, "dags-folder", None, session=session)
        parsed.update(bag.dags)
    yield parsed
    with create_session() as session:
        for model in (DagRun, Log):
            session.query(model).delete()


def find_run(dag_id: str, run_id: str) -> DagRun:
    """Return a run in the metadata database."""
    with create_session() as session:
        found = session.query(DagRun).filter_by(dag_id=dag_id, run_id=run_id).one()
        session.expunge_all()
        return found


def do_first(dags: dict[str, Any], dag_id: str, run_id: str) -> Any:
    """Do the first task of an account's run, with what Airflow's execution API gives a worker."""
    with create_session() as session:
        run = session.query(DagRun).filter_by(dag_id=dag_id, run_id=run_id).one()
        told = ToldRun.model_validate(run)
    return dags[dag_id].get_task("select").execute({"dag_run": told, "ti": SimpleNamespace(xcom_push=lambda **_: None)})
