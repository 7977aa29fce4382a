"""An agency's report over four placements, gathered and by `postgres_fdw`: `python -m bench.agency [ACCOUNTS]`.

Four databases of a server of this machine, 30 days of 12 sources in each account. Gathered as the page does it, all at
once and added up; or by the same statement over one view of foreign tables, which are read at once too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from bench.measure import HEAD, line
from bench.tables import Bench, make_ready, owner_url
from redaction.db.create import ensure_database
from redaction.db.database import Database
from redaction.db.session import Row
from redaction.db.statements import get_statement
from redaction.reporting.files import list_rows
from redaction.reporting.frames import merge_parts
from redaction.reporting.kinds import REPORTS

_PLACES = 4
_ROUNDS = 7
_STATEMENT = "report_by_source"
_SPAN = {"first": date(2026, 1, 1), "last": date(2026, 1, 30)}
_FILL = sa.text(
    "INSERT INTO reporting.activity_by_source (account_id, day, source_id, source, activities, redacted)"
    " SELECT :first + n, date '2026-01-01' + d, s, 'Source ' || s, 5, 1"
    " FROM generate_series(1, :accounts) n, generate_series(0, 29) d, generate_series(1, 12) s"
)


def main() -> None:
    """Fill the placements, and ask them alternately; prints seconds and the rows counted a second."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    each = accounts // _PLACES
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as opened:
        bench = Bench(Path(folder))
        opened.callback(bench.close)
        places = [opened.enter_context(bench.opened(f"place{number}")) for number in range(_PLACES)]
        for number, place in enumerate(places):
            make_ready(place)
            with place.engine("owner").begin() as connection:
                connection.execute(_FILL, {"first": number * each, "accounts": each})
            with place.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE reporting.activity_by_source")
        _connect(bench, places[0])
        ids = [list(range(number * each + 1, (number + 1) * each + 1)) for number in range(_PLACES)]
        ways: dict[str, Callable[[], Sequence[Row]]] = {
            "gathered": lambda: _gather(places, ids),
            "postgres_fdw": lambda: _through_view(places[0], [one for own in ids for one in own]),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(_ROUNDS):
            answers = []
            for name, ask in ways.items():
                started = time.perf_counter()
                answers.append([dict(row) for row in ask()])
                times[name].append(time.perf_counter() - started)
            assert answers[0] == answers[1]
        print(HEAD)
        for name, found in times.items():
            # The first one opens the connections.
            print(line(f"{accounts:,} accounts, {name}", found[1:], accounts * 30 * 12))


def _connect(bench: Bench, first: Database) -> None:
    url = owner_url(first)
    with first.engine("owner").begin() as connection:
        run = connection.exec_driver_sql
        run("CREATE EXTENSION postgres_fdw")
        run("CREATE SCHEMA everywhere")
        for number in range(_PLACES):
            # The server of the benchmarks listens on a socket alone.
            there = sa.make_url(ensure_database(bench.server, f"place{number}"))
            run(
                f"CREATE SERVER place{number} FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{there.query['host']}',"
                f" dbname '{there.database}', async_capable 'true', fetch_size '10000')"
            )
            run(
                f"CREATE USER MAPPING FOR CURRENT_USER SERVER place{number} OPTIONS (user '{url.username}',"
                f" password '{url.password or ''}', password_required 'false')"
            )
            run(
                f"CREATE FOREIGN TABLE everywhere.place{number} (account_id bigint, day date, source_id bigint,"
                f" source text, activities bigint, redacted bigint) SERVER place{number}"
                " OPTIONS (schema_name 'reporting', table_name 'activity_by_source')"
            )
        parts = " UNION ALL ".join(f"SELECT * FROM everywhere.place{number}" for number in range(_PLACES))
        run(f"CREATE VIEW everywhere.activity_by_source AS {parts}")


def _gather(places: Sequence[Database], ids: Sequence[Sequence[int]]) -> Sequence[Row]:
    def ask(given: tuple[Database, Sequence[int]]) -> list[Row]:
        with given[0].transaction("redaction_analyst") as session:
            return session.rows(_STATEMENT, account_ids=list(given[1]), **_SPAN)

    with ThreadPoolExecutor(_PLACES) as pool:
        return list_rows(merge_parts(REPORTS["sources"], list(pool.map(ask, zip(places, ids, strict=True)))))


def _through_view(first: Database, ids: Sequence[int]) -> Sequence[Row]:
    sql = get_statement(_STATEMENT).sql.replace("reporting.activity_by_source", "everywhere.activity_by_source")
    with first.engine("owner").begin() as connection:
        return list(connection.execute(sa.text(sql), {"account_ids": list(ids), **_SPAN}).mappings())


if __name__ == "__main__":
    main()
