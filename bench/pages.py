"""How fast the pages answer: `python -m bench.pages [--accounts N] [--log N] [--reported N]`.

The overview of many accounts, the log of 10 million activities, the reports of a year of an account of one million.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench.tables import CUTOFF, FIRST, Bench, Filling
from redaction.db.database import Database
from redaction.pipeline.reports import rebuild_account

_ROUNDS = 9


def main() -> None:
    """Fill a database of a server of its own, and ask Airflow's own app for each page, logged in (milliseconds)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--log", type=int, default=10_000_000)
    parser.add_argument("--reported", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        _fill(bench, given.accounts, given.log, given.reported)
        with bench.opened("pages") as database:
            _point_airflow(bench, database, folder)
            _ask(given.accounts, given.log, given.reported)
        bench.close()


def _fill(bench: Bench, accounts: int, log: int, reported: int) -> None:
    bench.fill("pages", [Filling(number + 1, 100) for number in range(accounts)])
    with bench.opened("pages") as database:
        bench.add(database, Filling(50001, reported, CUTOFF - timedelta(days=365), CUTOFF), 20_001)
        bench.add(database, Filling(50002, log, FIRST, CUTOFF), 20_002)
        rebuild_account(database, 50001)
        with database.engine("owner").begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO tracking.account_users (account_id, username)"
                " SELECT id, 'bench' FROM tracking.accounts WHERE id > 50000"
            )
        with database.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _point_airflow(bench: Bench, database: Database, folder: str) -> None:
    """Before Airflow is imported: it reads its settings then."""
    os.environ |= {
        "AIRFLOW_HOME": f"{folder}/airflow",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "REDACTION_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "REDACTION_HOME": str(bench.settings.home),
    }


def _ask(accounts: int, log: int, reported: int) -> None:
    from airflow.api_fastapi.app import cached_app, get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.utils.db import initdb
    from fastapi.testclient import TestClient

    from redaction.reporting.kinds import REPORTS

    initdb()
    client = TestClient(cached_app(apps="all"))
    client.cookies.set("_token", get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="bench", role="admin")))
    year = f"first={(CUTOFF - timedelta(days=365)).date()}&last={CUTOFF.date()}"
    asked = {
        f"overview of {accounts + 2:,} accounts": ("/", 300 if accounts <= 1_000 else 1_000),
        f"log of {log:,} activities, first page": ("/accounts/50002/log/calls", 200),
        "the same, of one source": ("/accounts/50002/log/calls?source=Source+3", 200),
        "the same, redacted ones of a week, of which there are none": (
            "/accounts/50002/log/calls?redacted=yes&since=2026-08-25",
            None,
        ),
        "runs": ("/runs", 500),
        "holds": ("/holds", 500),
        "account": ("/accounts/50001", 500),
        "accounts": ("/accounts", 300 if accounts <= 1_000 else 1_000),
        "elsewhere": ("/elsewhere", 500),
        "copies on disk": ("/copies", 500),
        "ledger": ("/ledger", 500),
        "redact now": ("/accounts/50001/redact", 500),
    }
    for name in REPORTS:
        asked[f"report {name}, a year of {reported:,}"] = (f"/accounts/50001/reports/{name}?{year}", 500)
    print("\n| page, milliseconds | first | median | slowest | bound |\n|---|---|---|---|---|")
    for what, (address, bound) in asked.items():
        taken = []
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            answer = client.get(f"/redaction{address}")
            taken.append(1000 * (time.perf_counter() - started))
            assert answer.status_code == 200, (what, answer.status_code)
        first, *later = taken
        print(f"| {what} | {first:.0f} | {statistics.median(later):.0f} | {max(later):.0f} | {bound or '-'} |")


if __name__ == "__main__":
    main()
