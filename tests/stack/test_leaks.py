"""A real scheduler runs a real DAG over canaries, and none of them is found anywhere afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from redaction.accounts.accounts import set_account
from redaction.accounts.snapshot import renew_snapshot
from redaction.db.database import Database
from redaction.db.urls import parse_url
from redaction.demo.airflow import USER, AirflowApi, AirflowStack, free_port
from redaction.deployment import Deployment
from redaction.objects.registry import add_store
from redaction.objects.stores import Store
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.documents import list_pages, read_page
from redaction.pipeline.reports import refresh_reports
from redaction.settings import Settings
from tests.conftest import LOGIN, PERSONAL_VALUES, login_url

CANARIES = ("canary", "+1212555014", "192.0.2.7")
DAG = "redact_account_7"
MANUAL = "redact_on_demand"
_PAUSE = 1.5  # seconds between two looks: each takes the API server a tenth of one


def _contains(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text.lower()]


def _dump(url: str) -> str:
    """Return every row of every table of a database as text, bytes included."""
    engine = sa.create_engine(parse_url(url))
    found = []
    with engine.connect() as connection:
        tables = connection.execute(
            sa.text("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        for table in list(tables):
            rows = connection.execute(sa.text(f"SELECT t::text FROM {table} t")).scalars().all()
            found += [str(row) for row in rows]
    engine.dispose()
    assert len(found) > 50
    return "\n".join(found)


def _await(api: AirflowApi, check: Callable[[], object], run_id: str | None = None, dag: str = DAG) -> dict[str, Any]:
    ends = time.monotonic() + 150
    while time.monotonic() < ends:
        check()
        runs = api.get(f"dags/{dag}/dagRuns", order_by="-run_after")["dag_runs"] if dag in _dags(api) else []
        for run in runs:
            if run["state"] in ("success", "failed") and run_id in (None, run["dag_run_id"]):
                return dict(run)
        time.sleep(_PAUSE)
    raise AssertionError("no run ended")


class _Person:
    """Approves each question some seconds later: an answer before the scheduler has noticed that a task waits makes
    it count as failed, and the next try asks again.
    """

    def __init__(self, api: AirflowApi) -> None:
        self._api = api
        self._seen: dict[tuple[str, int], float] = {}

    def answer(self) -> None:
        for question in self._api.get("dags/~/dagRuns/~/hitlDetails", response_received=False)["hitl_details"]:
            assert "2 calls; 1 recording or file; 0 on hold" in question["body"]
            task = question["task_instance"]
            if task["state"] != "awaiting_input":
                continue
            first = self._seen.setdefault((task["id"], task["try_number"]), time.monotonic())
            if time.monotonic() - first > 12:
                run = f"dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}"
                self._api.patch(
                    f"{run}/taskInstances/{task['task_id']}/-1/hitlDetails", {"chosen_options": ["Approve"]}
                )


def _dags(api: AirflowApi) -> list[str]:
    return [dag["dag_id"] for dag in api.get("dags")["dags"]]


@pytest.mark.slow
def test_no_personal_value_leaves_the_table(
    settings: Settings,
    deployment: Deployment,
    database: Database,
    account: int,
    insert: Callable[..., None],
    sql: Callable[..., Any],
    server: tuple[str, Path | None],
    administer: Callable[[str], None],
    airflow_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Two activities are more than the guard accepts for a first run: it waits for approval.
    monkeypatch.setenv("REDACTION_GUARD_FIRST", "1")
    assert settings.database_url is not None
    sql(
        "UPDATE tracking.accounts SET manual_redaction = true, auto_redaction_since = :day",
        day=datetime.now(UTC).date() - timedelta(days=5),
    )
    recording = tmp_path / "recordings" / "canary.wav"
    recording.parent.mkdir()
    recording.write_bytes(b"RIFF")
    add_store(deployment, Store(0, "disk", recording.parent.as_uri(), None, "delete", None, None, None), "eve")
    insert(1, recording_url=recording.as_uri())
    insert(2)
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :user)", user=USER)
    renew_snapshot(deployment)
    name = f"{database.url.database}_airflow"
    administer(f"CREATE DATABASE {name} TEMPLATE {airflow_template} OWNER {LOGIN}")
    metadata = login_url(server[0], name)
    log_start = server[1].stat().st_size if server[1] else 0
    stack = AirflowStack(
        tmp_path / "airflow",
        metadata,
        settings.database_url.get_secret_value(),
        settings.home,
        free_port(),
        parse_every_s=12,
        parallelism=2,
    )
    with stack.running() as processes:
        api = AirflowApi(stack)
        api.wait_healthy(processes, 120)
        person = _Person(api)
        done = _await(api, lambda: (processes.check(), person.answer()))
        assert done["state"] == "success"
        assert sql("SELECT approved, decided_by FROM redaction.approvals") == [{"approved": True, "decided_by": USER}]
        assert sql("SELECT actor FROM redaction.ledger WHERE kind = 'approval'") == [{"actor": USER}]
        [event] = api.get("assets/events")["asset_events"]
        assert (
            event["extra"] | {"id": 1, "account_id": 7, "stripped_count": 2, "by_kind": {"call": 2}} == event["extra"]
        )
        assert done["note"].startswith(
            "Run 1 of account 7: Done. 2 of 2 activities redacted. Recordings and files: 1 deleted."
        )
        assert sql("SELECT count(redacted_at) AS n FROM tracking.activities") == [{"n": 2}]
        assert not recording.exists()

        # Manually, through the API: the requester is the user who triggered the run by Airflow's record, whatever the
        # form says.
        insert(4, called_at=datetime.now(UTC))
        form = {"account": 7, "activity_ids": [4], "acknowledged": True, "reason": "ticket 12"}

        def ask() -> dict[str, Any]:
            begun = api.post(f"dags/{MANUAL}/dagRuns", {"logical_date": None, "conf": form})
            return _await(api, processes.check, begun["dag_run_id"], MANUAL)

        sql("DELETE FROM tracking.account_users")
        refused = ask()
        assert refused["state"] == "failed"
        assert f"{USER} is no administrator of account 7" in api.failed_log(MANUAL, refused["dag_run_id"])
        # Its first task refused it, and there is no run of ours: the note says so.
        assert refused["note"].startswith(f"Not begun: {USER} is no administrator of account 7")
        sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :user)", user=USER)
        assert ask()["state"] == "success"
        assert sql("SELECT state, requested_by FROM redaction.runs WHERE kind = 'manual' ORDER BY id DESC LIMIT 1") == [
            {"state": "succeeded", "requested_by": USER}
        ]
        assert sql("SELECT count(redacted_at) AS n FROM tracking.activities") == [{"n": 3}]
        uris = {asset["uri"] for asset in api.get("assets")["assets"]}
        assert "redaction://account/7" in uris
        assert len(api.get("assets/events")["asset_events"]) == 2

        # A second run fails in its gate; its messages are searched too.
        sql("ALTER TABLE tracking.activities DROP CONSTRAINT activities_redacted_is_stripped")
        sql(
            "CREATE FUNCTION tracking.restore() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.notes := OLD.notes; RETURN NEW; END $$"
        )
        sql("CREATE TRIGGER zz BEFORE UPDATE ON tracking.activities FOR EACH ROW EXECUTE FUNCTION tracking.restore()")
        insert(3)
        # Loads are counted before the strip; a run whose validation fails changes nothing of that.
        refresh_reports(database, 7)
        before = sql("SELECT * FROM reporting.activity_by_source ORDER BY day")
        begun = api.post(f"dags/{DAG}/dagRuns", {"logical_date": None})
        failed = _await(api, processes.check, begun["dag_run_id"])
        assert failed["state"] == "failed"
        assert "Failed at: Validate. Validation found a personal value" in failed["note"]
        said = api.failed_log(DAG, failed["dag_run_id"])
        assert "expect_column_values_to_be_null(notes) on 1 of 1 rows" in said
        assert sql(
            "SELECT state, failed_step, failure FROM redaction.runs WHERE id = (SELECT max(id) FROM redaction.runs)"
        ) == [{"state": "failed", "failed_step": "validate", "failure": "PersonalDataRemains"}]
        assert sql("SELECT * FROM reporting.activity_by_source ORDER BY day") == before

        # Switched off, and its last run ended, the DAG disappears; no restart is needed for it.
        set_account(deployment, 7, "eve", auto_redaction=None)
        abandon_run(deployment, sql("SELECT max(id) AS id FROM redaction.runs")[0]["id"], "ticket 13", "eve")
        renew_snapshot(deployment)
        ends = time.monotonic() + 90
        while DAG in _dags(api) and time.monotonic() < ends:
            time.sleep(_PAUSE)
        assert DAG not in _dags(api)
        family = processes.pids()
        assert len(family) >= 4
    assert not [pid for pid in family if psutil.pid_exists(pid)]

    assert _contains(" ".join(str(value) for value in PERSONAL_VALUES.values()))
    assert _contains(_dump(metadata)) == []
    files = [path for folder in (stack.home, settings.home) for path in folder.rglob("*") if path.is_file()]
    assert any("validate" in str(path) for path in files)
    # Tasks that a scheduler has forked have its command line; the listener of the plugin is not for them.
    assert [path for path in files if b"error calling listener" in path.read_bytes()] == []
    results = [path.parent for path in files if path.name == "results.json"]
    pages = [
        read_page(settings.data_docs_path, f"{folder.relative_to(settings.data_docs_path)}/{page}")
        for folder in results
        for page in list_pages(folder).values()
    ]
    assert len(pages) >= 2
    assert all(page is not None and not _contains(page.decode()) for page in pages)
    leaking = [path for path in files if _contains(path.read_bytes().decode(errors="replace"))]
    assert leaking == []
    if server[1] is not None:
        with server[1].open("rb") as log:
            log.seek(log_start)
            assert _contains(log.read().decode(errors="replace")) == []
    administer(f"DROP DATABASE {name} WITH (FORCE)")
