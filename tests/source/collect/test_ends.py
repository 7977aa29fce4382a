"""What ends a collection from outside, a kill or the closing of the account; and the memory that it takes until
then.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.errors import NotAllowed
from redaction.source.collect.client import ApiClient
from redaction.source.collect.endpoint import find_endpoint
from redaction.source.collect.stream import ActivityStream
from redaction.source.limits import DEFAULT_LIMITS
from tests.checkout import ROOT
from tests.source.collect.api import Answer, Api, Asked, make_records
from tests.source.collect.conftest import NOW, Collect

Sql = Callable[..., list[dict[str, Any]]]
CLOSE = (
    "UPDATE tracking.accounts SET closing_since = now(), closing_reason = 'ticket 4', closing_requested_by = 'ada'"
    " WHERE id = 7"
)


def _count(sql: Sql) -> int:
    return int(sql("SELECT count(*) AS n FROM tracking.activities")[0]["n"])


def test_a_process_that_is_killed_leaves_no_day_out(
    api: Api, account: int, deployed: None, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the server, in the middle of a page, when something is stored already."""
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm"}}')
    monkeypatch.setenv("REDACTION_LOAD_WORKERS", "1")
    records = make_records(7, 900, datetime.now(UTC), 60)
    # So large that a part of it is stored before the rest was requested.
    api.records[7] = [{**record, "notes": "x" * 20_000} for record in records]
    started: list[subprocess.Popen[bytes]] = []

    def kill(asked: Asked) -> Answer | None:
        if asked.number < 8:
            return None
        os.kill(started[0].pid, signal.SIGKILL)
        return Answer(cut=1)

    api.fault = kill
    since = (datetime.now(UTC) - timedelta(days=61)).date().isoformat()
    code = "from redaction.cli.main import main; main()"
    command = [sys.executable, "-c", code, "collect", "7", "--since", since]
    started.append(subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.DEVNULL))
    assert started[0].wait(120) == -signal.SIGKILL
    before = _count(sql)
    assert 0 < before < 900
    api.fault = None
    # Without a day it starts where it was stopped.
    done = subprocess.run([*command[:5], "--json"], cwd=ROOT, env=os.environ, capture_output=True, check=True)
    assert done.stderr == b""
    assert json.loads(done.stdout)["collected"][0]["loaded"]["inserted"] == 900 - before
    assert _count(sql) == 900


def test_a_closed_account_is_not_fetched(api: Api, collect: Collect, sql: Sql) -> None:
    sql(CLOSE)
    with pytest.raises(NotAllowed, match="account 7 is closed since"):
        collect()
    assert (api.asked, _count(sql)) == ([], 0)


def test_a_close_in_between_ends_it(api: Api, collect: Collect, sql: Sql) -> None:
    def close(asked: Asked) -> None:
        if asked.number == 3:
            sql(CLOSE)

    api.after_page = close
    with pytest.raises(NotAllowed, match="account 7 is closed since"):
        collect()
    assert len(api.asked) == 3
    # The loader refuses what was fetched and not stored yet, so no day of it counts as fetched.
    assert sql("SELECT complete_before FROM redaction.watermarks") == []


def test_pages_without_end_take_the_memory_of_one(api: Api) -> None:
    """60 MB in pages of 0.3 MB."""
    filler = "x" * 2_000

    def page(asked: Asked) -> Answer:
        calls = [{"id": asked.number * 1_000 + number, "account_id": 7, "notes": filler} for number in range(150)]
        following = f"{api.url}{asked.path}?after={asked.number}" if asked.number < 200 else None
        return Answer(body=json.dumps({"calls": calls, "total_pages": 200, "next_page": following}).encode())

    api.fault = page
    day = NOW.date()
    with ApiClient(find_endpoint("ctm"), DEFAULT_LIMITS) as client:
        stream = ActivityStream(client, 7, day, day)
        given = stream.as_input()
        assert given.size > 50_000_000
        tracemalloc.start()
        read = 0
        with given.open() as file:
            while part := file.read(65_536):
                read += len(part)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (stream.records, read > 60_000_000) == (30_000, True)
    assert peak < 20_000_000
