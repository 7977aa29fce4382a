"""The DAG for manual redaction: its form, who may start it, and that it does the job of any run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import ParamValidationError
from airflow.utils.types import DagRunType

from redaction.airflow.dags import build_redact_on_demand

Sql = Callable[..., list[dict[str, Any]]]
FORM: dict[str, Any] = {
    "account": 7,
    "activity_ids": [2],
    "content": True,
    "past_from_contact": False,
    "acknowledged": True,
    "reason": "ticket 12",
    "expect": None,
}


@pytest.fixture
def ready(
    account: int,
    insert: Callable[..., None],
    sql: Sql,
    deployed: None,
    airflow_database: None,
) -> None:
    """Two activities of an account that the user of `dag.test()` administers."""
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'dag_test')")
    insert(1)
    insert(2)


def _redacted(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL ORDER BY id")]


def test_an_administrator_redacts_from_the_form(ready: None, sql: Sql) -> None:
    run = build_redact_on_demand().test(run_conf=FORM)
    assert run.state == "success"
    assert _redacted(sql) == [2]
    assert sql("SELECT kind, requested_by, reason, state FROM redaction.runs") == [
        {"kind": "manual", "requested_by": "dag_test", "reason": "ticket 12", "state": "succeeded"}
    ]


@pytest.mark.parametrize(
    ("changes", "administrator"),
    [
        ({}, False),
        ({"activity_ids": [99]}, True),
        ({"expect": "0" * 64}, True),
        ({"caller": "+12125550143"}, True),
    ],
)
def test_what_is_refused_fails_in_the_first_task(
    ready: None, sql: Sql, changes: dict[str, Any], administrator: bool
) -> None:
    if not administrator:
        sql("DELETE FROM tracking.account_users")
    run = build_redact_on_demand().test(run_conf={**FORM, **changes})
    assert run.state == "failed"
    states = {instance.task_id: instance.state for instance in run.get_task_instances()}
    assert states["begin"] == "failed"
    assert states["strip"] == "upstream_failed"
    assert _redacted(sql) == []


def test_the_form_checks_what_is_typed() -> None:
    dag = build_redact_on_demand()
    assert set(dag.allowed_run_types or ()) == {DagRunType.MANUAL}
    assert list(dag.params) == [
        *("account", "activity_ids", "reason", "content", "past_from_contact", "acknowledged", "expect")
    ]
    assert dag.params.get_param("expect").schema["section"] == "From a preview"
    # Airflow's form shows a box with an id a line for items without a type.
    assert "type" not in dag.params.get_param("activity_ids").schema["items"]
    assert all(dag.params.get_param(name).description for name in FORM)
    dag.params.update(FORM)
    for reason in ("call 212 555 0143", "+1 (212) 555-0143", "zoe@example.com", "zoe @ example.com", "zoe(at)x.com"):
        with pytest.raises(ParamValidationError, match="reason"):
            dag.params.update({"reason": reason})
    for reason in ("ticket 12", "article 17, case 2026/44", "Anna asked\nfor it"):
        dag.params.update({"reason": reason})
    with pytest.raises(ParamValidationError, match="acknowledged"):
        dag.params.update({"acknowledged": False})
    for ids in ([101, 102], ["101", "102"]):
        dag.params.update({"activity_ids": ids})
    for wrong in ({"account": "seven"}, {"activity_ids": []}, {"activity_ids": ["a"]}, {"reason": ""}, {"expect": "x"}):
        with pytest.raises(ParamValidationError, match=next(iter(wrong))):
            dag.params.update(wrong)
