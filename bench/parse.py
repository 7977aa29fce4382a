"""How long the DAG files take to parse with many accounts: `python -m bench.parse [ACCOUNTS] [PERIODS]`.

Each file runs in a process that is forked after Airflow was loaded, as in the DAG processor, and through the same
function: import, build, serialise, validate.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path


def main() -> None:
    """Write a snapshot of many accounts, then parse file by file; prints seconds of CPU."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    periods = sys.argv[2].split(",") if len(sys.argv) > 2 else ["daily", "30", "60", "90"]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"REDACTION_HOME": folder, "AIRFLOW_HOME": f"{folder}/airflow"}
        os.environ |= {"AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        os.environ |= {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": f"{folder}/bundles"}
        from airflow.dag_processing import processor  # noqa: F401 - what the parent of the parses has loaded

        from redaction.airflow.bundle import RedactionDagBundle

        _write_accounts(Path(folder), count, periods)
        bundle = RedactionDagBundle(name="redaction")
        bundle.initialize()
        found = [(path.name, *_measure(path)) for path in sorted(bundle.path.glob("*.py"))]
    print("| file | DAGs | CPU seconds |\n|---|---|---|")
    for name, dags, seconds in found:
        print(f"| {name} | {dags} | {seconds:.2f} |")
    total = sum(seconds for *_, seconds in found)
    print(f"{sum(dags for _, dags, _ in found)} DAGs, {total:.1f} s, the longest {max(s for *_, s in found):.1f} s")


def _write_accounts(home: Path, count: int, periods: list[str]) -> None:
    from redaction.accounts.snapshot import Snapshot, SnapshotAccount, write_snapshot
    from redaction.settings import Settings

    accounts = tuple(
        SnapshotAccount(
            id=number,
            name=f"Account {number}",
            agency_id=1,
            agency_name="North",
            period=periods[number % len(periods)],
            mode="every",
            timezone="America/New_York",
            since="2026-01-03",
        )
        for number in range(1, count + 1)
    )
    write_snapshot(Settings(home=home).snapshot_path, Snapshot(written_at=datetime.now(UTC), accounts=accounts))


def _measure(path: Path) -> tuple[int, float]:
    context = get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_parse, args=(path, theirs))
    child.start()
    theirs.close()
    dags, seconds = ours.recv()
    child.join()
    return dags, seconds


def _parse(path: Path, answer: Connection) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    before = _cpu()
    bag = DagBag(str(path))
    assert bag.import_errors == {}, bag.import_errors
    for dag in bag.dags.values():
        DagSerialization.to_dict(dag)
    answer.send((len(bag.dags), _cpu() - before))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
