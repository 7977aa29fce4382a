"""What a person may send to our DAGs through Airflow's API, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.models.asset import AssetEvent, AssetModel
from airflow.models.log import Log
from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.utils.session import create_session

from redaction.airflow.dags.requester import find_requester, forget_unauthenticated
from redaction.db.database import Database
from redaction.errors import BadInput, NotAllowed
from redaction.gate.guard import list_waiting
from redaction.policy import latest_due
from redaction.settings import Settings
from tests.security.conftest import As, do_first, find_run

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Dags = dict[str, Any]
ACCOUNT, ON_DEMAND = "redact_account_7", "redact_on_demand"
NOW = datetime.now(UTC)


def _trigger(as_: As, dag_id: str, name: str = "mallory", **body: Any) -> Any:
    return as_(name).post(f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, **body})


def _stripped(sql: Sql) -> int:
    return int(sql("SELECT count(*) AS n FROM tracking.activities WHERE redacted_at IS NOT NULL")[0]["n"])


@pytest.mark.parametrize("mode", ["every", "rolling"])
def test_an_interval_over_rest_brings_no_cutoff(as_: As, dags: Dags, sql: Sql, insert: Insert, mode: str) -> None:
    """Yesterday's calls of a 90-day account, requested by anybody who may trigger its DAG."""
    sql("UPDATE tracking.accounts SET auto_redaction = '90', retention_mode = :mode", mode=mode)
    insert(1, called_at=NOW - timedelta(hours=30))
    midnight = NOW.replace(hour=5, minute=0, second=0, microsecond=0)
    for number, end in enumerate((NOW, midnight, midnight - timedelta(days=1), NOW + timedelta(days=3))):
        answer = _trigger(
            as_,
            ACCOUNT,
            dag_run_id=f"manual__{number}",
            logical_date=(NOW - timedelta(seconds=number)).isoformat(),
            data_interval_start=(end - timedelta(days=1)).isoformat(),
            data_interval_end=end.isoformat(),
        )
        assert answer.status_code == 200, answer.text
        # Clearing the task gives the same.
        for _ in range(2):
            with pytest.raises(NotAllowed):
                do_first(dags, ACCOUNT, f"manual__{number}")
    assert _stripped(sql) == 0
    found = sql("SELECT state, requested_by, run_key FROM redaction.runs ORDER BY id")
    assert found == [
        {"state": "refused", "requested_by": "mallory", "run_key": f"{ACCOUNT}/manual__{number}"} for number in range(4)
    ]


def test_a_logical_date_to_come_brings_none_either(
    as_: As, dags: Dags, sql: Sql, insert: Insert, database: Database
) -> None:
    insert(1, called_at=NOW)
    insert(2)
    for number, at in enumerate((None, (NOW + timedelta(days=400)).isoformat())):
        answer = _trigger(as_, ACCOUNT, dag_run_id=f"manual__{number}", logical_date=at)
        assert answer.status_code == 200, answer.text
        assert do_first(dags, ACCOUNT, f"manual__{number}") == number + 1
    policy = dags[ACCOUNT].schedule.policy
    found = sql("SELECT DISTINCT cutoff, due_count, requested_by FROM redaction.runs")
    assert found == [
        {"cutoff": latest_due(policy, datetime.now(UTC)).cutoff, "due_count": 1, "requested_by": "mallory"}
    ]


def test_a_run_id_that_airflow_makes_again_is_another_request(as_: As, dags: Dags, sql: Sql, insert: Insert) -> None:
    insert(1)
    assert _trigger(as_, ACCOUNT, "ada", dag_run_id="manual__1").status_code == 200
    do_first(dags, ACCOUNT, "manual__1")
    assert as_("root").delete(f"/api/v2/dags/{ACCOUNT}/dagRuns/manual__1").status_code == 204
    assert _trigger(as_, ACCOUNT, "eve", dag_run_id="manual__1").status_code == 200
    with pytest.raises(NotAllowed, match="belongs to run 1"):
        do_first(dags, ACCOUNT, "manual__1")


@pytest.mark.parametrize("run_id", ["a/b", "a%2Fb", "..", "a\nb", "x" * 600])
def test_a_run_id_with_a_slash_is_refused_before_it_is_kept(as_: As, dags: Dags, run_id: str) -> None:
    for dag_id in (ACCOUNT, ON_DEMAND):
        assert _trigger(as_, dag_id, dag_run_id=run_id).status_code in (400, 422)


def test_no_backfill_and_no_other_way_names_a_person(as_: As, dags: Dags) -> None:
    for dag_id in (ACCOUNT, ON_DEMAND):
        answer = as_("mallory").post(
            "/api/v2/backfills",
            json={
                "dag_id": dag_id,
                "from_date": (NOW - timedelta(days=9)).isoformat(),
                "to_date": NOW.isoformat(),
            },
        )
        assert answer.status_code in (400, 409, 422), answer.text
        assert _trigger(as_, dag_id, triggering_user_name="ada").status_code == 400
    allowed = {name: {one.value for one in dags[name].allowed_run_types} for name in (ACCOUNT, ON_DEMAND)}
    assert allowed == {ACCOUNT: {"scheduled", "manual"}, ON_DEMAND: {"manual"}}


def test_a_name_that_nobody_has_authenticated_is_taken_off(as_: As, dags: Dags) -> None:
    def run(triggered_by: str, name: str | None, run_type: str = "manual") -> Any:
        return SimpleNamespace(run_id="r", triggered_by=triggered_by, triggering_user_name=name, run_type=run_type)

    for way in ("cli", "operator", "backfill", "asset"):
        told = run(way, "ada")
        forget_unauthenticated(told)
        assert told.triggering_user_name is None
        with pytest.raises(NotAllowed, match="nobody whom Airflow has authenticated"):
            find_requester(told)
    for way in ("ui", "rest_api"):
        told = run(way, "ada")
        forget_unauthenticated(told)
        assert find_requester(told) == "ada"
    assert find_requester(run("timetable", None, "scheduled")) is None


FORM = {"account": 7, "activity_ids": [1], "acknowledged": True, "reason": "ticket 1"}


def _kept() -> list[str]:
    """What Airflow's audit log holds of the address and the number of these tests."""
    with create_session() as session:
        kept = [f"{row.event} {row.extra} {row.run_id}" for row in session.query(Log)]
    return [text for text in kept if "0143" in text or "zoe" in text]


@pytest.mark.parametrize(
    "changes",
    [
        {"caller": "+12125550143"},
        {"reason": "call +1 212 555 0143"},
        {"reason": "zoe@example.com"},
        {"reason": ["zoe@example.com"]},
        {"reason": {"zoe@example.com": 1}},
        {"account": "+12125550143"},
        {"activity_ids": ["zoe@example.com"]},
        {"activity_ids": "zoe@example.com"},
        {"content": "zoe@example.com"},
        {"expect": "zoe@example.com"},
    ],
)
def test_what_is_refused_is_not_kept_by_airflow(as_: As, dags: Dags, changes: dict[str, Any]) -> None:
    answer = _trigger(as_, ON_DEMAND, dag_run_id="manual__1", conf=FORM | changes)
    assert answer.status_code == 400
    assert _kept() == []
    with pytest.raises(Exception, match="No row was found"):
        find_run(ON_DEMAND, "manual__1")


@pytest.mark.parametrize("dag_id", [ACCOUNT, ON_DEMAND])
@pytest.mark.parametrize(
    "body",
    [
        {"caller": "zoe@example.com"},
        {"partition_key": "zoe@example.com"},
        {"dag_run_id": "zoe@example.com"},
        {"note": ["zoe@example.com"]},
        {"note": "+12125550143"},
        {"run_after": "zoe@example.com"},
        {"data_interval_start": "+12125550143", "data_interval_end": "+12125550143"},
        {"conf": "zoe@example.com"},
    ],
)
def test_nor_is_what_stands_beside_the_form(as_: As, dags: Dags, dag_id: str, body: dict[str, Any]) -> None:
    conf = FORM if dag_id == ON_DEMAND else {}
    assert _trigger(as_, dag_id, **{"conf": conf, **body}).status_code == 400
    answer = as_("mallory").post(f"/api/v2/dags/{dag_id}/dagRuns?q=zoe@example.com", json={"logical_date": None})
    assert answer.status_code == 400
    assert _kept() == []


def test_nor_is_what_is_written_to_the_asset_of_an_account(as_: As, dags: Dags) -> None:
    with create_session() as session:
        [asset] = [one.id for one in session.query(AssetModel) if one.uri == "redaction://account/7"]
    body = {"logical_date": None, "conf": {"caller": "zoe@example.com"}, "note": "+12125550143"}
    answer = as_("mallory").post(f"/api/v2/assets/{asset}/materialize", json=body)
    assert (answer.status_code, "comes only from its DAG" in answer.text) == (400, True)
    assert _kept() == []


@pytest.mark.parametrize("spelled", [int, str, float])
def test_nobody_tells_those_who_follow_an_account_of_a_run(as_: As, dags: Dags, spelled: Any) -> None:
    told = {"id": 1, "account_id": 7, "kind": "automatic", "erasure_level": "L3"}
    with create_session() as session:
        [asset] = [one.id for one in session.query(AssetModel) if one.uri == "redaction://account/7"]
        before = session.query(AssetEvent).filter_by(asset_id=asset).count()
        theirs = AssetModel(name="theirs", uri="s3://theirs/1")
        theirs.aliases, theirs.active = [], None
        session.add(theirs)
        session.flush()
        other = theirs.id
    try:
        answer = as_("mallory").post("/api/v2/assets/events", json={"asset_id": spelled(asset), "extra": told})
        assert (answer.status_code, "comes only from its DAG" in answer.text) == (400, True)
        with create_session() as session:
            assert session.query(AssetEvent).filter_by(asset_id=asset).count() == before
        # Requests about other DAGs are left to Airflow.
        assert as_("mallory").post("/api/v2/assets/events", json={"asset_id": other}).status_code != 400
        assert as_("mallory").post("/api/v2/assets/events", content=b"[").status_code == 422
    finally:
        with create_session() as session:
            session.query(AssetEvent).filter_by(asset_id=other).delete()
            session.query(AssetModel).filter_by(id=other).delete()


@pytest.mark.parametrize(
    "dag_id", [ACCOUNT, ON_DEMAND, "erase_residue", "erase_residue_eu-1", "retention_watch", "collect_inbox", "~"]
)
def test_nobody_writes_what_a_task_has_given(as_: As, dags: Dags, dag_id: str) -> None:
    entries = f"/api/v2/dags/{dag_id}/dagRuns/manual__1/taskInstances/select/xcomEntries"
    for method, path, key in (
        ("POST", entries, {"key": "return_value"}),
        ("PATCH", f"{entries}/return_value", {}),
        ("PATCH", f"{entries}/a/b", {}),
    ):
        answer = as_("mallory").request(method, path, json={**key, "value": 8})
        assert (answer.status_code, "comes only from that task" in answer.text) == (400, True), path


def test_nor_is_what_is_written_to_a_run_later(as_: As, dags: Dags) -> None:
    assert _trigger(as_, ACCOUNT, dag_run_id="manual__1").status_code == 200
    run = f"/api/v2/dags/{ACCOUNT}/dagRuns/manual__1"
    changes = [
        ("PATCH", run, {"note": "call zoe@example.com"}),
        ("PATCH", f"{run}/taskInstances/select", {"note": "+1 212 555 0143"}),
        ("POST", f"{run}/clear", {"dry_run": False, "note": "+1 212 555 0143"}),
        ("PATCH", f"{run}/taskInstances/select/-1/hitlDetails",
         {"chosen_options": ["Approve"], "params_input": {"caller": "zoe"}}),
    ]  # fmt: skip
    for method, path, body in changes:
        assert as_("mallory").request(method, path, json=body).status_code == 400, path
    assert _kept() == []
    assert as_("mallory").patch(run, json={"note": "ticket 12"}).status_code == 200


RUN = f"/api/v2/dags/{ACCOUNT}/dagRuns/manual__1"
DAG = f"/api/v2/dags/{ACCOUNT}"
ZOE = "zoe@example.com"
NAMED = {"dag_id": ACCOUNT, "dag_run_id": "manual__1", "note": ZOE}


def _bulk(**entity: Any) -> dict[str, Any]:
    return {"actions": [{"action": "update", "entities": [entity]}]}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v2/backfills", {"dag_id": ACCOUNT, "dag_run_conf": {"caller": ZOE}}),
        ("POST", "/api/v2/backfills/dry_run", {"dag_id": "retention_watch", "dag_run_conf": {"caller": ZOE}}),
        ("POST", "/api/v2/assets/+1/materialize", {"conf": {"caller": ZOE}}),
        ("POST", "/api/v2/assets/1.0/materialize", {"conf": {"caller": ZOE}}),
        ("POST", "/api/v2/assets/%201/materialize", {"conf": {"caller": ZOE}}),
        ("POST", "/api/v2/assets/0_1/materialize", {"conf": {"caller": ZOE}}),
        ("PUT", "/api/v2/assets/+1/state-store/k", {"value": ZOE}),
        ("POST", "/api/v2/dags/erase_residue/dagRuns", {"logical_date": None, "conf": {"caller": ZOE}}),
        ("POST", "/api/v2/dags/erase_residue_east/dagRuns", {"logical_date": None, "note": ZOE}),
        ("POST", "/api/v2/dags/retention_watch/dagRuns", {"logical_date": None, "note": ZOE}),
        ("POST", "/api/v2/dags/collect_activities_12/dagRuns", {"logical_date": None, "conf": {"caller": ZOE}}),
        ("POST", "/api/v2/dags/collect_inbox/dagRuns", {"logical_date": None, "note": ZOE}),
        ("PATCH", "/api/v2/dags/other/dagRuns", _bulk(**NAMED)),
        ("PATCH", "/api/v2/dags/other/dagRuns", {"actions": [{"action": "delete", "entities": [NAMED]}]}),
        ("PATCH", "/api/v2/dags/other/dagRuns/~/taskInstances", _bulk(task_id="select", new_state="success", **NAMED)),
        ("POST", "/api/v2/dags/other/clearDagRuns", {"dag_runs": [NAMED], "dry_run": False}),
        ("PATCH", f"{DAG}/dagRuns", {"actions": [{"action": "delete", "entities": [ZOE]}]}),
        ("PATCH", f"{DAG}/dagRuns", _bulk(dag_run_id="manual__1", who=ZOE)),
        ("POST", f"{DAG}/clearTaskInstances", {"dry_run": False, "who": ZOE}),
        ("POST", f"{DAG}/clearTaskInstances", {"dry_run": False, "task_ids": [ZOE]}),
        ("POST", f"{DAG}/clearTaskInstances", {"dry_run": False, "start_date": ZOE}),
        ("POST", f"{DAG}/clearTaskInstances", {"dry_run": False, "only_failed": ZOE}),
        ("POST", f"{DAG}/clearPartitions", {"dry_run": False, "partition_key": ZOE}),
        ("POST", f"{DAG}/clearPartitions", {"dry_run": False, "run_id": ZOE}),
        ("POST", f"{DAG}/clearDagRuns", {"dry_run": False, "dag_runs": [{"dag_run_id": "manual__1", ZOE: 1}]}),
        ("PATCH", RUN, {"who": ZOE}),
        ("PATCH", RUN, {"state": ZOE}),
        ("PATCH", RUN, {"update_mask": [ZOE]}),
        ("PATCH", f"{RUN}?update_mask={ZOE}", {"note": "ticket 12"}),
        ("PATCH", f"{RUN}?who={ZOE}", {"note": "ticket 12"}),
        ("PATCH", RUN, {"note": "zoe%40example.com"}),
        ("PATCH", f"{DAG}/dagRuns/{ZOE}", {"note": "ticket 12"}),
        ("DELETE", f"{RUN}?who={ZOE}", None),
        ("PATCH", f"{DAG}?who={ZOE}", {"is_paused": False}),
        ("PATCH", f"/api/v2/dags?dag_id_pattern=redact_on_demand&owners={ZOE}", {"is_paused": False}),
        ("PATCH", f"/api/v2/dags?dag_id_pattern=theirs|ACCOUNT_7&who={ZOE}", {"is_paused": False}),
        ("PATCH", f"/api/v2/dags/?dag_id_prefix_pattern=redact_~&tags={ZOE}", {"is_paused": False}),
        ("PATCH", "/api/v2/dags?dag_id_pattern=~", {"is_paused": False, "who": ZOE}),
        ("PATCH", "/api/v2/dags?dag_id_pattern=%25", {"is_paused": False, ZOE: 1}),
        ("PATCH", f"{DAG}/dagRuns/list", {"note": ZOE}),
        ("PATCH", f"{DAG}/dagRuns/list/", {"note": ZOE}),
        ("DELETE", f"{DAG}/dagRuns/list?who={ZOE}", None),
        ("PATCH", f"{RUN}/taskInstances/list", {"note": ZOE}),
        ("DELETE", f"{RUN}/taskInstances/list?who={ZOE}", None),
        ("PATCH", f"{RUN}/taskGroupInstances/list", {"note": ZOE}),
        ("PATCH", f"{RUN}/taskInstances/select/dry_run", {"note": ZOE}),
        ("PATCH", f"{RUN}/taskInstances/select/-1/hitlDetails?who={ZOE}", {"chosen_options": ["Approve"]}),
        ("DELETE", f"{RUN}/taskInstances/select/xcomEntries/{ZOE}", None),
        ("DELETE", f"{RUN}/taskInstances/select/xcomEntries/k?who={ZOE}", None),
        ("DELETE", f"{RUN}/taskInstances/select/state-store/{ZOE}", None),
        ("DELETE", f"{DAG}?who={ZOE}", None),
        ("POST", f"{DAG}/favorite?who={ZOE}", None),
        ("DELETE", f"{DAG}/assets/queuedEvents?before={ZOE}", None),
        ("PATCH", f"{RUN}/taskInstances/select/hitlDetails", {"chosen_options": [ZOE]}),
        ("PATCH", f"{RUN}/taskInstances/select/hitlDetails", {"chosen_options": ["Approve"], "who": ZOE}),
        ("PUT", f"{RUN}/taskInstances/select/state-store/k", {"value": ZOE}),
        ("PATCH", f"{RUN}/taskInstances/select/state-store/k", {"value": ZOE}),
    ],
)
def test_nor_by_any_other_request(as_: As, dags: Dags, method: str, path: str, body: Any) -> None:
    assert _trigger(as_, ACCOUNT, dag_run_id="manual__1").status_code == 200
    answer = as_("root").request(method, path, json=body)
    assert (answer.status_code, "nothing was kept" in answer.text) == (400, True), answer.text
    assert "zoe" not in answer.text
    assert _kept() == []
    assert as_("root").get(RUN).json()["note"] is None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{DAG}/clearTaskInstances", {
            "dry_run": True, "task_ids": ["select", ["strip", -1]], "dag_run_id": "manual__1",
            "include_downstream": True, "only_failed": False, "start_date": None, "note": None,
        }),
        ("POST", f"{RUN}/clear", {"dry_run": True, "only_failed": False, "note": "ticket 12"}),
        ("PATCH", f"{RUN}?update_mask=note", {"note": "ticket 12"}),
        ("PATCH", f"{DAG}/dagRuns", _bulk(dag_run_id="manual__1", note="ticket 12")),
        ("PATCH", DAG, {"is_paused": False}),
        ("PATCH", "/api/v2/dags?dag_id_pattern=redact_%25&tags=redaction&limit=50", {"is_paused": False}),
        ("PATCH", "/api/v2/dags?dag_id_pattern=their_own&owners=zoe@example.com", {"is_paused": False}),
        ("POST", f"{DAG}/favorite", None),
        ("POST", "/api/v2/dags/~/dagRuns/list", {"dag_ids": [ACCOUNT]}),
        ("DELETE", RUN, None),
    ],
)  # fmt: skip
def test_what_people_do_in_airflow_goes_on(as_: As, dags: Dags, method: str, path: str, body: Any) -> None:
    assert _trigger(as_, ACCOUNT, dag_run_id="manual__1").status_code == 200
    answer = as_("mallory").request(method, path, json=body)
    assert answer.status_code in (200, 201, 204), answer.text


def test_a_question_is_answered_by_another_administrator_alone(
    as_: As,
    dags: Dags,
    sql: Sql,
    insert: Insert,
    database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The question has the counts of the run; an answer that does not count leaves it open."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **values: asked.append(values)
    )
    monkeypatch.setenv("REDACTION_GUARD_FIRST", "1")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada'), (7, 'eve')")
    for number in (1, 2, 3):
        insert(number, kind="text" if number == 3 else "call")
    assert _trigger(as_, ACCOUNT, "ada", dag_run_id="manual__1").status_code == 200
    task = dags[ACCOUNT].get_task("select")
    context: dict[str, Any] = {}
    monkeypatch.setattr(task, "skip", lambda **_: context.update(skipped=True))

    def answer(name: str | None, chosen: str = "Approve") -> Any:
        from tests.security.conftest import ToldRun

        told = ToldRun.model_validate(find_run(ACCOUNT, "manual__1"))
        user = {"id": name, "name": name} if name else None
        event = {"chosen_options": [chosen], "params_input": {}, "responded_at": NOW, "responded_by_user": user}
        ti = SimpleNamespace(id="ti", task_id="select", xcom_push=lambda **_: None)
        return task.execute_complete({"dag_run": told, "task_instance": ti, "ti": ti, "task": task}, event)

    run = find_run(ACCOUNT, "manual__1")
    ti = SimpleNamespace(id="ti", xcom_push=lambda **_: None)
    from tests.security.conftest import ToldRun

    with pytest.raises(TaskAwaitingInput) as parked:
        task.execute({"dag_run": ToldRun.model_validate(run), "task_instance": ti, "ti": ti})
    assert timedelta() < parked.value.timeout <= timedelta(hours=26)
    body = asked[0]["body"]
    insert(4)
    assert asked[0]["subject"] == "Dental (7): first run, 3 activities"
    assert "ada asked for it. First runs of more than 1 wait for a person." in body
    assert "(New York): 2 calls, 1 text; 0 recordings and files; 0 on hold, which stay." in body
    assert "**Reject**: redacts nothing; the next run asks again." in body
    assert "/redaction/runs/1)" in body
    assert "+00:00" not in body
    for name in ("ada", "mallory", None):
        for chosen in ("Approve", "Reject"):
            with pytest.raises(TaskAwaitingInput):
                answer(name, chosen)
    assert [one.approved for one in list_waiting(database)] == [None]
    # Activities that arrived since are in no count of the run.
    assert ": 2 calls, 1 text;" in asked[-1]["body"]
    assert answer("eve") == 1
    assert sql("SELECT decided_by, approved FROM redaction.approvals") == [{"decided_by": "eve", "approved": True}]
    # From here on any answer only ends the waiting.
    assert answer("mallory", "Reject") == 1
    assert "skipped" not in context


def test_a_conf_that_slipped_through_is_refused_by_the_first_task(dags: Dags, insert: Insert, sql: Sql) -> None:
    insert(1)
    told = SimpleNamespace(
        dag_id=ACCOUNT,
        run_id="manual__1",
        conf={"caller": "+12125550143"},
        data_interval_end=None,
        run_type=SimpleNamespace(value="manual"),
        triggering_user_name="ada",
    )
    with pytest.raises(BadInput, match="takes no conf") as caught:
        dags[ACCOUNT].get_task("select").execute({"dag_run": told, "ti": SimpleNamespace(xcom_push=lambda **_: None)})
    assert "0143" not in str(caught.value)
    assert sql("SELECT count(*) AS n FROM redaction.runs") == [{"n": 0}]


def test_a_dag_of_somebody_else_whose_name_begins_alike_is_left_to_airflow(as_: As, dags: Dags) -> None:
    answer = _trigger(as_, "redact_logs_of_theirs", conf={"their": "own"})
    assert answer.status_code == 404, answer.text
