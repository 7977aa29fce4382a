"""A set of processes that ends with its owner, with all their descendants."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil

from redaction.errors import RedactionError

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE = 15.0


class Processes:
    """Named processes, each with a log file; use as a context manager, which ends them all."""

    def __init__(self, logs: Path) -> None:
        """Take the folder of the log files."""
        self.logs = logs
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._others: set[int] = set()

    def __enter__(self) -> Processes:
        self.logs.mkdir(parents=True, exist_ok=True)
        if sys.platform == "linux":
            # Our orphans become our children, so that they are found whatever session they are in.
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
        self._others = {child.pid for child in psutil.Process().children()}
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process in its own session; its output goes to `<name>.log`."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self._started[name] = subprocess.Popen(
                [sys.executable, "-m", "redaction.demo.child", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise RedactionError naming a process that has ended, and its log."""
        for name, process in self._started.items():
            code = process.poll()
            if code is not None:
                raise RedactionError(f"{name} ended with {code}: read {self.logs / name}.log")

    def wait(self, name: str) -> int:
        """Wait until a process ends by itself; return its exit code."""
        return self._started[name].wait()

    def pids(self) -> list[int]:
        """Return the ids of all living processes that were started here, and of their descendants."""
        return [process.pid for process in self._family()]

    def _family(self) -> list[psutil.Process]:
        found: list[psutil.Process] = []
        for child in psutil.Process().children():
            if child.pid not in self._others and child.name() not in ("postgres", "pg_ctl"):
                try:
                    found += [child, *child.children(recursive=True)]
                except psutil.NoSuchProcess:
                    continue
        return found

    def end(self) -> None:
        """Terminate every process, then kill those left; returns when none is left."""
        for process in self._started.values():
            if process.poll() is None:
                process.terminate()
        psutil.wait_procs([p for p in self._family() if p.pid in self._own()], timeout=_PATIENCE)
        while family := self._family():
            for member in family:
                try:
                    member.kill()
                except psutil.NoSuchProcess:
                    continue
            psutil.wait_procs(family, timeout=_PATIENCE)
        for process in self._started.values():
            process.wait()
        self._started.clear()

    def _own(self) -> set[int]:
        return {process.pid for process in self._started.values()}


class Interrupted(BaseException):
    """A signal asked this process to end."""


@contextmanager
def signals_end() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an exception, so that context managers get to clean up."""

    def raise_interrupted(number: int, frame: FrameType | None) -> NoReturn:
        raise Interrupted(signal.Signals(number).name)

    before = {number: signal.signal(number, raise_interrupted) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
