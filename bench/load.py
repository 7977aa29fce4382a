"""How fast activities load: `python -m bench.load [ACTIVITIES] [ROUNDS]`, and the memory that it takes.

A round has a database of its own and loads one file of JSON Lines twice: all of it is new, then all of it is there.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson

from bench.memory import watch_memory
from bench.tables import make_ready, open_at
from redaction.demo.sample import SampleTenants, sample_agencies, write_sample
from redaction.demo.tenants import create_tenants
from redaction.embedded import start_embedded
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source.load import load_files

UNTIL = datetime(2026, 11, 24, tzinfo=UTC)


def write_lines(path: Path, tenants: SampleTenants, count: int) -> None:
    """Write a sample as one file of lines: records, a fourth of them in Singer messages."""
    with tempfile.TemporaryDirectory() as folder, path.open("wb") as out:
        write_sample(Path(folder), tenants, count, 1, UNTIL, None)
        for part in sorted(Path(folder).iterdir()):
            data = gzip.decompress(part.read_bytes()) if part.suffix == ".gz" else part.read_bytes()
            if part.suffix == ".json":
                data = b"".join(orjson.dumps(record) + b"\n" for record in orjson.loads(data)["calls"])
            out.write(data)


def main() -> None:
    """Write the file, load it in some rounds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    rates: dict[str, list[float]] = {"first load": [], "re-sent": []}
    peaks: list[float] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        tenants = sample_agencies(8, 1, UNTIL.date())
        path = root / "all.jsonl"
        write_lines(path, tenants, count)
        print(f"{count:,} activities, {path.stat().st_size / count:,.0f} bytes each")
        server = start_embedded(root / "postgres")
        settings = Settings(home=root / "home", database_url=None)
        for number in range(rounds):
            database = open_at(server, f"bench_{number}", settings)
            make_ready(database)
            create_tenants(deploy(database, settings), tenants)
            for what, found in rates.items():
                started = time.perf_counter()
                with watch_memory(peaks):
                    summary = load_files(deploy(database, settings), [path])
                    found.append(summary.read / (time.perf_counter() - started))
                print(f"{what}: {found[-1]:,.0f} activities/s", flush=True)
            database.close()
    for what, found in rates.items():
        middle = statistics.median(found)
        print(f"{what}: {min(found):,.0f} / {middle:,.0f} / {max(found):,.0f} activities/s (min / median / max)")
    print(f"memory of all processes of the load: at most {max(peaks):,.0f} MB")


if __name__ == "__main__":
    main()
