"""What it takes to find a person: `python -m bench.person [ROWS] [ACCOUNTS] [ROUNDS]`; the bound is 1 s.

Four placements hold ROWS activities of ACCOUNTS accounts in all. A request of a person is opened over all of them:
a person with activities in every tenth account, and a person with none.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from bench.tables import Bench, Filling
from redaction.placements.resolve import Placements
from redaction.requests.find import find_person
from redaction.requests.records import open_request
from redaction.settings import DEFAULT, load_settings

_PLACES = (DEFAULT, "north", "east", "west")
_PERSON, _NOBODY = "+12125550143", "+12125550144"
_EACH = 4
_BOUND_S = 1.0
_ADD = """
INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key, caller_name)
SELECT 90000000000 + a.id * 10 + n, a.id, 'call', timestamptz '2026-02-03' + n * interval '40 days', :contact, 'Zoe Ash'
FROM tracking.accounts a CROSS JOIN generate_series(1, :each) n WHERE a.id % 10 = 0
"""


def main() -> None:
    """Fill four placements, ask in some rounds."""
    rows, accounts, rounds = [
        int(sys.argv[at]) if len(sys.argv) > at else otherwise for at, otherwise in ((1, 400_000), (2, 200), (3, 5))
    ]
    with tempfile.TemporaryDirectory(prefix="redaction-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        try:
            for number, name in enumerate(_PLACES):
                _fill(bench, name, range(number + 1, accounts + 1, len(_PLACES)), rows // accounts)
            print(f"### A person among {rows:,} activities of {accounts:,} accounts at {len(_PLACES)} placements\n")
            print(f"| found | first s | then, median s; bound {_BOUND_S} s | slowest s |\n|---|---|---|---|")
            with Placements(load_settings()) as placements:
                for contact in (_PERSON, _NOBODY):
                    print(_measure(placements, contact, rounds), flush=True)
        finally:
            bench.close()


def _fill(bench: Bench, name: str, accounts: range, rows: int) -> None:
    database = f"place_{name}"
    bench.fill(database, [Filling(account_id, rows) for account_id in accounts])
    with bench.opened(database) as opened:
        with opened.engine("owner").begin() as connection:
            connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = true")
            connection.execute(sa.text(_ADD), {"contact": _PERSON, "each": _EACH})
        login, owner = opened.url.render_as_string(hide_password=False), opened.owner_url
    assert owner is not None
    if name == DEFAULT:
        os.environ |= {
            "REDACTION_HOME": str(bench.settings.home),
            "REDACTION_DATABASE_URL": login,
            "REDACTION_OWNER_URL": owner.render_as_string(hide_password=False),
            "REDACTION_PLACEMENTS": ",".join(_PLACES[1:]),
        }
    else:
        os.environ[f"AIRFLOW_CONN_{name.upper()}"] = login
        os.environ[f"AIRFLOW_CONN_{name.upper()}_OWNER"] = owner.render_as_string(hide_password=False)


def _measure(placements: Placements, contact: str, rounds: int) -> str:
    request = open_request(placements, "access", contact, "bench", "called back", "DSR", agency_id=1).request
    times, found = [], 0
    for _ in range(rounds + 1):
        started = time.perf_counter()
        found = sum(find_person(placements, request.id).counts.values())
        times.append(time.perf_counter() - started)
    first, *then = times
    over = "" if statistics.median(then) <= _BOUND_S else ", over the bound"
    return f"| {found:,} | {first:.2f} | {statistics.median(then):.2f}{over} | {max(then):.2f} |"


if __name__ == "__main__":
    main()
