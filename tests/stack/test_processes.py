"""Processes: a started process, wherever it hides, ends with its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from redaction.demo.airflow import check_port, free_port
from redaction.demo.processes import Processes
from redaction.errors import BadInput, RedactionError
from tests.checkout import ROOT

# A child that starts a grandchild in a session of its own, as an orphan, and prints both pids.
_PARENT = """
import os, subprocess, sys, time
hidden = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
                           "time.sleep(600)"], start_new_session=True)
open(sys.argv[1], "w").write(f"{os.getpid()} {hidden.pid}\\n")
time.sleep(600)
"""


def _pids(path: Path) -> list[int]:
    while not path.exists() or not path.read_text().endswith("\n"):
        os.sched_yield()
    return [int(word) for word in path.read_text().split()]


def _alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def test_the_end_of_the_context_ends_every_descendant(tmp_path: Path) -> None:
    with Processes(tmp_path / "logs") as processes:
        processes.start("one", [sys.executable, "-c", _PARENT, str(tmp_path / "pids")], os.environ)
        pids = _pids(tmp_path / "pids")
        assert _alive(pids) == pids
        assert set(pids) <= set(processes.pids())
        processes.check()
    assert _alive(pids) == []


def test_a_process_that_ended_is_named(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        processes.start("brief", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
        processes.wait("brief")
        with pytest.raises(RedactionError, match="brief ended with 3"):
            processes.check()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_the_owner_ends_them_all(tmp_path: Path, number: signal.Signals) -> None:
    owner = (
        "import os, signal, sys, time\nfrom pathlib import Path\n"
        "from redaction.demo.processes import Interrupted, Processes, signals_end\n"
        # Background processes of a shell ignore SIGINT, and their children do.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "with signals_end():\n    try:\n        with Processes(Path(sys.argv[1])) as processes:\n"
        "            processes.start('one', [sys.executable, '-c', sys.argv[2], sys.argv[3]], os.environ)\n"
        "            time.sleep(600)\n    except (Interrupted, KeyboardInterrupt):\n        pass\n"
    )
    started = subprocess.Popen([sys.executable, "-c", owner, tmp_path / "logs", _PARENT, tmp_path / "pids"], cwd=ROOT)
    pids = _pids(tmp_path / "pids")
    started.send_signal(number)
    assert started.wait(60) == 0
    assert _alive(pids) == []


def test_a_port_that_is_taken_is_refused() -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(BadInput, match=str(other.getsockname()[1])):
            check_port(other.getsockname()[1])
    check_port(free_port())
