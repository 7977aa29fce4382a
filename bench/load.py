"""How fast activities load: `python -m bench.load [ACTIVITIES]`. Prints the rate of a first load and of a re-send."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from redaction.database import migrate, open_database
from redaction.settings import Settings
from redaction.source.load import load_files
from redaction.source.sample import sample_agencies, write_sample
from redaction.stack.tenants import create_tenants


def main() -> None:
    """Write a sample as one file of JSON Lines, load it twice into a database of its own."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        settings = Settings(home=root / "home", database_url=None)
        database = open_database(settings)
        migrate(database)
        until = datetime(2026, 11, 24, tzinfo=UTC)
        tenants = sample_agencies(8, 1, until.date())
        create_tenants(database, settings, tenants)
        write_sample(root / "sample", tenants, count, 1, until, None)
        whole = root / "all.jsonl"
        with whole.open("wb") as out:
            for path in sorted((root / "sample").rglob("*.jsonl")):
                out.write(path.read_bytes())
        with whole.open("rb") as written:
            lines = sum(1 for _ in written)
        print(f"{lines:,} activities, {whole.stat().st_size / lines:,.0f} bytes each")
        for what in ("first load", "re-sent"):
            started = time.perf_counter()
            load_files(database, [whole], settings)
            seconds = time.perf_counter() - started
            print(f"{what}: {lines / seconds:,.0f} activities/s ({seconds:.1f} s)")
        database.close()


if __name__ == "__main__":
    main()
