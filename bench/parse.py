"""How long the DAGs of many accounts take to build and serialise: `python -m bench.parse [ACCOUNTS]`."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path


def main() -> None:
    """Write a snapshot of many accounts, then build and serialise the DAGs of each period as a parse does."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"REDACTION_HOME": folder, "AIRFLOW_HOME": f"{folder}/airflow"}
        os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(Path(__file__).parents[1] / "plugins")
        from airflow.serialization.serialized_objects import DagSerialization

        from redaction.dagfactory import build_dags
        from redaction.settings import Settings
        from redaction.snapshot import Snapshot, SnapshotAccount, write_snapshot

        periods = ("daily", "30", "60", "90")
        accounts = tuple(
            SnapshotAccount(
                id=number,
                name=f"Account {number}",
                agency_id=1,
                agency_name="North",
                period=periods[number % 4],
                mode="every",
                timezone="America/New_York",
                since="2026-01-03",
            )
            for number in range(count)
        )
        path = Settings(home=Path(folder)).snapshot_path
        write_snapshot(path, Snapshot(written_at=datetime.now(UTC), accounts=accounts))
        total = 0.0
        for period in periods:
            started = time.perf_counter()
            dags = build_dags(period)
            built = time.perf_counter()
            for dag in dags.values():
                DagSerialization.to_dict(dag)
            ended = time.perf_counter()
            total += ended - started
            print(f"{period}: {len(dags)} DAGs, build {built - started:.2f} s, serialise {ended - built:.2f} s")
        print(f"in all: {total:.2f} s")


if __name__ == "__main__":
    main()
