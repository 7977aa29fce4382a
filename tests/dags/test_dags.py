"""The DAGs: one an account, from the snapshot alone, byte-stable, and doing the whole job under Airflow."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.dagrun import DagRun
from airflow.sdk import DAG, BaseOperator, chain
from airflow.serialization.serialized_objects import DagSerialization, OperatorSerialization
from airflow.utils.session import create_session

from redaction import words
from redaction.accounts.accounts import set_account
from redaction.accounts.snapshot import Snapshot, SnapshotAccount, renew_snapshot, write_snapshot
from redaction.airflow.dags import build_accounts, build_dag, build_erase_residue, build_refresh_reports
from redaction.airflow.dags.accounts import falls_to, make_multipliers
from redaction.airflow.dags.common import TASK
from redaction.airflow.dags.note import noting_refusal
from redaction.airflow.dags.step import RunStep, account_asset
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import NotAllowed
from redaction.pipeline import steps
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.run import WORK, begin_run, complete_run
from redaction.settings import Settings
from tests.checkout import ROOT

STEPS = ["select", "strip", "objects", "validate", "reports"]


def _account(number: int, period: str = "30") -> SnapshotAccount:
    return SnapshotAccount(
        id=number,
        name=f"Dental {number}",
        agency_id=1,
        agency_name="North",
        period=period,
        mode="rolling",
        timezone="America/New_York",
        since="2026-01-03",
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host with a fresh snapshot of 40 accounts and without a database."""
    monkeypatch.setenv("REDACTION_HOME", str(tmp_path))
    monkeypatch.setenv("REDACTION_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    accounts = tuple(_account(number, ("daily", "30", "60", "90")[number % 4]) for number in range(40))
    write_snapshot(Settings(home=tmp_path).snapshot_path, Snapshot(written_at=datetime.now(UTC), accounts=accounts))
    return tmp_path


def test_the_dag_files_make_one_dag_an_account(home: Path) -> None:
    bag = DagBag(str(ROOT / "dags"))
    assert bag.import_errors == {}
    assert sorted(bag.dags) == sorted(
        [
            "answer_request",
            "close_account",
            "erase_residue",
            "redact_on_demand",
            "refresh_reports",
            "release_hold",
            "retention_watch",
            *(f"redact_account_{number}" for number in range(40)),
        ]
    )
    dag = bag.dags["redact_account_1"]
    assert [task.task_id for task in dag.topological_sort()] == STEPS
    for one, two in pairwise(STEPS):
        assert dag.get_task(one).downstream_task_ids == {two}
    assert dag.max_active_runs == 2
    assert not dag.catchup
    assert dag.tags == {"redaction", "agency: North", "rolling 30 days"}
    assert dag.dag_display_name == "Dental 1 (1)"
    assert [task.task_display_name for task in dag.topological_sort()] == list(words.STEPS.values())
    for other in bag.dags.values():
        shown = [other.dag_display_name, *(task.task_display_name for task in other.tasks)]
        assert not [name for name in shown if "_" in name], shown
    for other in bag.dags.values():
        assert "](/redaction/" in (other.doc_md or ""), other.dag_id
    assert "Rule: 30 days after each day" in (dag.doc_md or "")
    assert "(/redaction/accounts/1)" in (dag.doc_md or "")
    assert all(task.retries == 4 and task.retry_exponential_backoff for task in dag.tasks)


def test_no_number_of_failures_pauses_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__MAX_CONSECUTIVE_FAILED_DAG_RUNS_PER_DAG", "3")
    assert DAG(dag_id="another", schedule=None).max_consecutive_failed_dag_runs == 3
    assert build_dag(_account(1), 30).max_consecutive_failed_dag_runs == 0


def test_a_dag_file_holds_no_logic() -> None:
    files = sorted((ROOT / "dags").glob("*.py"))
    kinds = [
        *("answer_request", "close_account", "collect", "erase_residue", "redact_on_demand", "refresh_reports"),
        *("release_hold", "retention_watch"),
    ]
    assert [path.stem for path in files] == ["accounts", *kinds]
    for path in files:
        code = [line for line in path.read_text().splitlines() if line and not line.startswith('"""')]
        assert len(code) == 2, path


def test_steps_are_copies_that_share_nothing_and_tell_the_scheduler_what_constructed_ones_tell() -> None:
    dag, other = build_dag(_account(1), 30), build_dag(_account(2), 30)
    with DAG(dag_id=dag.dag_id, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
        steps = [
            RunStep(task_id=step, task_display_name=words.STEPS[step], do_xcom_push=False, **TASK) for step in STEPS[1:]
        ]
        steps[0].pool = "redaction_strips"
        chain(*steps)
        steps[-1].outlets = [account_asset(1)]
    for step in steps:
        copied = dag.get_task(step.task_id)
        assert copied.placement == "default"
        told, wanted = (_task(task) for task in (copied, _Looked.of(step)))
        # Fields that Airflow's own operators serialize too, such as templates and unused XComs, are only read by the
        # worker, which has the operator itself.
        assert wanted.pop("template_fields") == []
        assert wanted.pop("do_xcom_push") is False
        assert told == wanted
    # Each XCom is a call of the API server.
    assert [task.task_id for task in dag.tasks if task.do_xcom_push] == []
    strip, others = dag.get_task("strip"), other.get_task("strip")
    # What a deployment's policy may set on one task.
    strip.executor_config["queue"] = "slow"
    strip.outlets.append(account_asset(9))
    strip.params["here"] = 1
    strip.queue, strip.execution_timeout = "slow", timedelta(hours=1)
    assert _task(strip).items() >= {"queue": "slow", "execution_timeout": 3600.0}.items()
    assert (others.executor_config, others.outlets, dict(others.params)) == ({}, [], {})
    assert _bytes(other) == _bytes(build_dag(_account(2), 30))


def test_executing_a_task_builds_its_dag_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = build_accounts(__file__)["redact_account_5"]
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "redact_account_5")
    alone = build_accounts(__file__)
    assert list(alone) == ["redact_account_5"]
    assert _bytes(alone["redact_account_5"]) == _bytes(whole)


def test_the_shards_of_a_setting_share_the_accounts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDACTION_DAG_SHARDS", "3")
    parts = [build_accounts(f"accounts_{number}.py") for number in (1, 2, 3, 4)]
    assert [bool(part) for part in parts] == [True, True, True, False]
    assert sorted(name for part in parts for name in part) == sorted(f"redact_account_{number}" for number in range(40))


def test_a_task_finds_its_dag_in_whichever_file_it_is_looked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of shards may have changed since the file of the run's DAG was parsed."""
    monkeypatch.setenv("REDACTION_DAG_SHARDS", "2")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "redact_account_5")
    for file in ("accounts_1.py", "accounts_2.py", "accounts_9.py", "accounts.py"):
        assert list(build_accounts(file)) == ["redact_account_5"]


def _find_shard(account_id: int, multipliers: list[int]) -> int:
    (shard,) = [shard for shard in range(len(multipliers) + 1) if falls_to(account_id, shard, multipliers)]
    return shard


@pytest.mark.parametrize("apart", [1, 1000, 999_983])
def test_one_shard_more_moves_its_share_of_the_accounts_and_no_others(apart: int) -> None:
    ids = range(1, 10_000 * apart, apart)
    before, after = make_multipliers(12), make_multipliers(13)
    count = Counter(_find_shard(account_id, before) for account_id in ids)
    assert len(count) == 12
    assert max(count.values()) < 1.2 * len(ids) / 12
    moved = [
        found for account_id in ids if (found := _find_shard(account_id, after)) != _find_shard(account_id, before)
    ]
    assert set(moved) == {12}
    assert len(moved) < 1.2 * len(ids) / 13


def test_an_account_that_was_switched_off_keeps_its_dag_until_its_runs_have_ended(
    account: int,
    insert: Callable[..., None],
    sql: Callable[..., Any],
    deployed: None,
    deployment: Deployment,
) -> None:
    insert(1)
    key = "redact_account_7/scheduled__2026-03-03"
    run = begin_run(deployment, 7, datetime(2026, 3, 3, 5, tzinfo=UTC), "scheduled", key)
    set_account(deployment, 7, "ada", auto_redaction=None)
    dag = build_accounts(__file__)["redact_account_7"]
    assert "Automatic redaction is off" in (dag.doc_md or "")
    assert dag.schedule is None
    assert complete_run(deployment, run.id)["state"] == "succeeded"
    renew_snapshot(deployment)
    assert build_accounts(__file__) == {}


def test_a_file_with_too_many_accounts_asks_for_another(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("redaction.airflow.dags.accounts.MOST_OF_FILE", 9)
    monkeypatch.setenv("REDACTION_DAG_SHARDS", "1")
    build_accounts("accounts_1.py")
    assert "accounts_1.py has 40 accounts, more than 9: raise REDACTION_DAG_SHARDS" in caplog.text
    build_accounts("accounts.py")
    assert "accounts.py has 40 accounts, more than 9: use the bundle redaction.airflow.bundle" in caplog.text


class _Looked(RunStep):
    """A step with every field that Airflow reads serialized."""

    get_serialized_fields = BaseOperator.get_serialized_fields

    @staticmethod
    def of(step: RunStep) -> RunStep:
        """Return a step as one of this class."""
        step.__class__ = _Looked
        return step


def _task(task: Any) -> dict[str, Any]:
    told = OperatorSerialization.serialize_operator(task)
    return {name: value for name, value in told.items() if name not in ("task_type", "_task_module")}


def _bytes(dag: Any) -> str:
    return json.dumps(DagSerialization.to_dict(dag), sort_keys=True)


def test_two_parses_in_two_processes_give_the_same_bytes(home: Path) -> None:
    script = (
        "from tests.dags.test_dags import _account, _bytes; from redaction.airflow.dags import build_dag;"
        "import hashlib; print(hashlib.sha256(_bytes(build_dag(_account(7), 30)).encode()).hexdigest())"
    )
    # The seed of this process is another one.
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=environment)
    ours = hashlib.sha256(_bytes(build_dag(_account(7), 30)).encode()).hexdigest()
    assert done.stdout.strip().splitlines()[-1] == ours


def test_each_step_stands_once_with_what_it_does_and_its_name() -> None:
    assert ["select", *steps.STEPS] == ["select", *WORK] == list(words.STEPS) == STEPS


def test_a_parse_stays_light() -> None:
    script = (
        "import sys; import redaction.airflow.dags;"
        "print([name for name in ('pandas', 'great_expectations', 'redaction.db.database', 'redaction.pipeline.strip')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_timetable_survives_a_serialised_dag() -> None:
    dag = build_dag(_account(7), 30)
    restored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert restored.timetable.serialize() == dag.schedule.serialize()


def _note(run: Any) -> str:
    """Return the note of a DAG run in the metadata database."""
    with create_session() as session:
        found = session.get(DagRun, run.id)
        assert found is not None
        return str(found.note)


def test_the_whole_job_as_a_dag(
    account: int,
    insert: Callable[..., None],
    sql: Callable[..., Any],
    deployed: None,
    airflow_database: None,
) -> None:
    insert(1)
    insert(2, called_at=datetime.now(UTC))
    run = build_accounts(__file__)["redact_account_7"].test()
    assert run.state == "success"
    assert sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL") == [{"id": 1}]
    found = sql("SELECT state, due_count, stripped_count, erasure_level FROM redaction.runs")
    assert found == [{"state": "succeeded", "due_count": 1, "stripped_count": 1, "erasure_level": "L1"}]
    assert sql("SELECT sum(redacted)::int AS n FROM reporting.activity_by_source") == [{"n": 1}]
    note = _note(run)
    assert note.startswith("Run 1 of account 7: Done. 1 of 1 activity redacted. Recordings and files: none.")
    assert "Erasure: No live copy." in note
    for step in ("select", "strip", "objects", "validate", "reports"):
        assert re.search(rf"{step} [0-9.]+", note), note


def test_with_nothing_due_the_job_ends_after_its_first_task(
    account: int, sql: Callable[..., Any], deployed: None, airflow_database: None
) -> None:
    dag = build_accounts(__file__)["redact_account_7"]
    for _ in range(2):
        run = dag.test()
        assert run.state == "success"
        states = {task.task_id: str(task.state) for task in run.get_task_instances()}
        assert states == {"select": "success", **dict.fromkeys(STEPS[1:], "skipped")}
        assert _note(run).startswith("Run 1 of account 7: Nothing due. No activity before ")
        assert "nothing was changed" in _note(run)
    assert sql("SELECT state, due_count FROM redaction.runs") == [{"state": "nothing_due", "due_count": 0}]
    assert sql("SELECT count(*) AS n FROM redaction.ledger WHERE kind = 'redaction'") == [{"n": 0}]


def test_a_dag_run_first_redacts_what_the_source_has(
    account: int,
    insert: Callable[..., None],
    sql: Callable[..., Any],
    deployed: None,
    airflow_database: None,
) -> None:
    for number in (1, 2, 3):
        insert(number, called_at=datetime.now(UTC))
    sql("INSERT INTO tracking.redacted_at_source (account_id, activity_id) VALUES (7, 1), (7, 2)")
    assert build_accounts(__file__)["redact_account_7"].test().state == "success"
    assert sql("SELECT kind, due_count FROM redaction.runs") == [{"kind": "automatic", "due_count": 0}]
    sql("UPDATE tracking.accounts SET follow_source = true")
    assert build_accounts(__file__)["redact_account_7"].test().state == "success"
    assert sql("SELECT id FROM tracking.activities WHERE redacted_at IS NULL") == [{"id": 3}]
    found = sql("SELECT kind, state, stripped_count FROM redaction.runs WHERE id > 1 ORDER BY id")
    assert found == [{"kind": "source", "state": "succeeded", "stripped_count": 2}]


def test_a_failed_run_says_in_its_note_what_failed(
    account: int,
    insert: Callable[..., None],
    sql: Callable[..., Any],
    deployed: None,
    airflow_database: None,
) -> None:
    insert(1)
    sql("INSERT INTO redaction.pauses (reason, paused_by) VALUES ('an audit', 'ada')")
    run = build_accounts(__file__)["redact_account_7"].test()
    assert run.state == "failed"
    note = _note(run)
    assert note.startswith("Run 1 of account 7: Failed at: Remove personal data. Redaction is paused. Nothing more was")
    assert "Next: End the pause with `redaction resume`, then clear the task. Who: an administrator" in note
    assert "0 of 1 activity redacted." in note


@pytest.mark.parametrize("conf", [{"caller": "+12125550143"}, None])
def test_a_run_that_its_first_task_refuses_has_a_note_too(
    account: int, sql: Callable[..., Any], deployed: None, airflow_database: None, conf: dict[str, Any] | None
) -> None:
    dag = build_accounts(__file__)["redact_account_7"]
    if conf is None:
        sql("UPDATE tracking.agencies SET allow_redaction = false")
    run = dag.test(run_conf=conf)
    assert run.state == "failed"
    note = _note(run)
    assert note.startswith("Not begun: ")
    assert ("takes no conf: nothing was changed" if conf else "agency 1 does not allow account 7 to redact") in note, (
        note
    )
    assert " Next: " in note
    assert "0143" not in note


def test_a_note_that_airflow_does_not_take_hides_no_refusal(caplog: pytest.LogCaptureFixture) -> None:
    """Airflow would retry a task that failed with an error of its own."""

    def refuse(**_: Any) -> None:
        raise RuntimeError("canary")

    with (
        pytest.raises(NotAllowed, match="nothing was changed"),
        noting_refusal({"ti": SimpleNamespace(xcom_push=refuse)}),
    ):
        raise NotAllowed("nothing was changed")
    assert "could not be left: RuntimeError" in caplog.text
    assert "canary" not in caplog.text


def test_reports_are_refreshed_by_a_dag_of_their_own(
    account: int, insert: Callable[..., None], sql: Callable[..., Any], deployed: None, airflow_database: None
) -> None:
    idle = build_refresh_reports().test()
    assert {task.task_id: task.state for task in idle.get_task_instances()} == {
        "find_changed": "success",
        "count_again": "skipped",
    }
    insert(1)
    assert build_refresh_reports().test().state == "success"
    assert sql("SELECT sum(activities) AS n FROM reporting.activity_by_status") == [{"n": 1}]
    assert sql("SELECT * FROM reporting.stale_days") == []


def test_the_erasure_of_residue_as_a_dag(
    account: int,
    database: Database,
    insert: Callable[..., None],
    sql: Callable[..., Any],
    deployed: None,
    airflow_database: None,
) -> None:
    insert(1)
    refresh_reports(database, 7)
    assert build_accounts(__file__)["redact_account_7"].test().state == "success"
    assert sql("SELECT rows FROM redaction.residue") == [{"rows": 1}]
    left = "SELECT place FROM redaction.place_residue WHERE erased_at IS NULL"
    assert sql(left) == [{"place": "reporting.tags"}]
    assert build_erase_residue().test().state == "success"
    assert sql("SELECT rows FROM redaction.residue") == []
    assert sql(left) == []
    assert sql("SELECT id, notes FROM tracking.activities") == [{"id": 1, "notes": None}]
