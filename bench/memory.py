"""The peak of the memory of a process and its children: `python -m bench.memory PID`, until its input is closed.

A process of its own: a thread would change how the watched one may start others.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def watch_memory(peaks: list[float]) -> Iterator[None]:
    """Add to `peaks` the peak of the memory of this process and its children (MB; PSS: what they share counts once)."""
    command = [sys.executable, "-m", "bench.memory", str(os.getpid())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as watcher:
        try:
            yield
        finally:
            peaks.append(float(watcher.communicate()[0]))


def main() -> None:
    """Watch every 0.5 s, and print the peak at the end."""
    watched = psutil.Process(int(sys.argv[1]))
    peak = 0
    while not select.select([sys.stdin], [], [], 0.5)[0]:
        held = 0
        for process in (watched, *watched.children(recursive=True)):
            try:
                held += 0 if process.pid == os.getpid() else process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        peak = max(peak, held)
    print(peak / 1024**2)


if __name__ == "__main__":
    main()
