"""The health checks of Airflow's database or an address: what they call healthy, and what not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from tests.checkout import ROOT
from tests.conftest import database_url
from tests.objects_of import vendor_server

SCRIPT = str(ROOT / "docker" / "health.py")
TABLES = (
    "CREATE TABLE job (job_type text, state text, hostname text, latest_heartbeat timestamptz)",
    "CREATE TABLE task_instance (state text, last_heartbeat_at timestamptz)",
)
"""The tables and columns of Airflow that the checks read."""


def check(*words: str, url: str = "") -> int:
    """Return the exit code of a check."""
    env = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url, "PATH": os.environ["PATH"]}
    command = [sys.executable, "-I", SCRIPT, *words]
    return subprocess.run(command, env=env, capture_output=True, check=False).returncode


@pytest.fixture
def metadata(server: tuple[str, object], administer: Callable[[str], None]) -> Iterator[sa.Engine]:
    """A database without any of Airflow's tables."""
    name = f"health_{os.getpid()}"
    administer(f"CREATE DATABASE {name}")
    engine = sa.create_engine(database_url(server[0], name))
    yield engine
    engine.dispose()
    administer(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_job_is_of_this_machine_and_reported_itself_lately(metadata: sa.Engine) -> None:
    url = metadata.url.render_as_string(hide_password=False)

    def say(statement: str, **values: object) -> None:
        with metadata.begin() as connection:
            connection.execute(sa.text(statement), values)

    # Before Airflow has tables, nobody is at work.
    assert check("at-work", "any", url=url) == 1
    for statement in TABLES:
        say(statement)
    job = "INSERT INTO job VALUES ('TriggererJob', :state, :host, now() - CAST(:age AS interval))"
    here = socket.gethostname()
    say(job, state="running", host="elsewhere", age="1 s")
    say(job, state="running", host=here, age="61 s")
    say(job, state="success", host=here, age="1 s")
    assert check("job", "TriggererJob", url=url) == 1
    assert check("at-work", "any", url=url) == 0
    say(job, state="running", host=here, age="1 s")
    assert check("job", "TriggererJob", url=url) == 0
    assert check("job", "DagProcessorJob", url=url) == 1
    # A running task is at work, even if its process is gone.
    say("DELETE FROM job")
    assert check("at-work", "any", url=url) == 1
    say("INSERT INTO task_instance VALUES ('running', now())")
    assert check("at-work", "any", url=url) == 0


def test_a_database_that_does_not_answer_is_not_healthy() -> None:
    assert check("job", "TriggererJob", url="postgresql+psycopg2://nobody@127.0.0.1:1/none") == 1


def test_an_address_answers_with_200_and_nothing_else(unused_port: int) -> None:
    with vendor_server() as (url, _):
        assert check("http", f"{url}/200/health") == 0
        assert check("http", f"{url}/503/health") == 1
    assert check("http", f"http://127.0.0.1:{unused_port}/health") == 1


@pytest.fixture
def unused_port() -> int:
    """A port of this host where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
