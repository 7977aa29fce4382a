"""Is a service healthy? Exit code 0 if it is.

`python -I -S health.py http URL`: does an address answer. `python -I health.py job TYPE`: has a job of this machine
reported itself to Airflow's database lately. `python -I health.py at-work any`: has anything, as `init.sh` asks.

A health check runs for ever, so it has to be cheap: nothing of Airflow is imported, and of the libraries the database's
driver alone, and only where the database is asked.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

FRESH_S = 60
"""Seconds after which what has not reported itself counts as dead; each part of Airflow does so every five."""
_PATIENCE_S = 5


def answers(url: str) -> bool:
    """Say whether an address answers with 200. HTTP by hand: a library for it takes three times the CPU."""
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    asked = f"GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode()
    try:
        with socket.create_connection((name, int(port or 80)), timeout=_PATIENCE_S) as connection:
            connection.sendall(asked)
            with connection.makefile("rb") as answer:
                first = answer.readline(1_000)
    except OSError:
        return False
    return first.split()[1:2] == [b"200"]


def is_told(file: str, **values: str) -> bool:
    """Return the answer of Airflow's database to a statement in a file of this folder.

    False where Airflow has no tables yet. Raises the driver's error if the database does not answer.
    """
    import psycopg2

    url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("postgresql+psycopg2://", "postgresql://", 1)
    statement = Path(__file__).with_name(file).read_text(encoding="utf-8")
    connection = psycopg2.connect(url, connect_timeout=_PATIENCE_S)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**values, "seconds": FRESH_S})
            return bool(cursor.fetchone()[0])
    except psycopg2.errors.UndefinedTable:
        return False
    finally:
        connection.close()


def is_healthy(kind: str, what: str) -> bool:
    """Ask what the command line says; raises ValueError for what nobody can be asked."""
    if kind == "http":
        return answers(what)
    if kind == "job":
        return is_told("job_at_work.sql", type=what, host=socket.gethostname())
    if kind == "at-work":
        return is_told("at_work.sql")
    raise ValueError(f"{kind} is none of http, job, at-work")


if __name__ == "__main__":
    sys.exit(0 if is_healthy(*sys.argv[1:]) else 1)
