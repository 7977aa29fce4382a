"""The requester of a DAG run: Airflow's own record of the person that it has authenticated."""

from __future__ import annotations

from typing import Any

NOBODY = "nobody whom Airflow has authenticated"
"""The requester in the record of a run that was refused because the person is unknown."""


def find_requester(dag_run: Any) -> str | None:
    """Return the name of the person who has triggered a DAG run, None for a scheduled run.

    Raises NotAllowed if it was triggered and the person is unknown.
    """
    from redaction.errors import NotAllowed

    if str(getattr(dag_run.run_type, "value", dag_run.run_type)) == "scheduled":
        return None
    name = (dag_run.triggering_user_name or "").strip()
    if not name:
        raise NotAllowed(
            f"run {dag_run.run_id!r} was triggered by {NOBODY}: nothing was changed; trigger it on the page or by the "
            "API, where Airflow knows you, or use the commands of `redaction`"
        )
    return name


def forget_unauthenticated(dag_run: Any) -> None:
    """Remove the name from a DAG run that Airflow's command line has triggered: there it comes from a variable of the
    environment (`airflow dags trigger` takes `getpass.getuser()`), so it may be anybody's.

    Called in the transaction that starts the run, and so before any of its tasks gets the name.
    """
    triggered_by = getattr(dag_run.triggered_by, "value", dag_run.triggered_by)
    if triggered_by not in _AUTHENTICATED and dag_run.triggering_user_name is not None:
        dag_run.triggering_user_name = None


_AUTHENTICATED = ("ui", "rest_api", "test")
"""The triggers in the name of a person whom Airflow has authenticated. `test` (`airflow dags test`) always has the
name `dag_test`, which is nobody's.
"""
