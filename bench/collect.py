"""How fast activities are fetched: `python -m bench.collect [ACTIVITIES] [ROUNDS]`, compared with the load of the same
pages.

The pages lie ready and compressed in a server of its own process, whose CPU is shown apart. A round has a database of
its own for each way: the file that is loaded has the same pages, a line each.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson
import psutil

from bench.load import UNTIL, write_lines
from bench.memory import watch_memory
from bench.ratios import keep_ratio
from bench.tables import make_ready, open_at
from redaction.collectors import Collector
from redaction.demo.sample import sample_agencies
from redaction.demo.tenants import create_tenants
from redaction.deployment import Deployment
from redaction.embedded import start_embedded
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source.collect.accounts import collect_account, open_client
from redaction.source.load import load_files

PER_PAGE = 150
CONNECTION = "bench"


def serve(path: str, told: Connection) -> None:
    """Serve the pages of the records in a file, by the days that are asked for; tell the port."""
    days: dict[str, list[bytes]] = {}
    for line in Path(path).read_bytes().splitlines():
        record = orjson.loads(line)
        at = datetime.fromtimestamp(record["unix_time"], UTC).date().isoformat()
        days.setdefault(at, []).append(line)
    ready: dict[tuple[str, str], list[bytes]] = {}

    def pages(first: str, last: str) -> list[bytes]:
        records = [one for day in sorted(days) if first <= day <= last for one in days[day]]
        starts = range(0, len(records), PER_PAGE) or [0]
        found = []
        for number, start in enumerate(starts, 1):
            address = f"{base}/api/v1/accounts/1001/calls.json?page={number + 1}" if number < len(starts) else None
            rest = orjson.dumps({"page": number, "total_pages": len(starts), "next_page": address})[1:]
            body = b'{"calls":[' + b",".join(records[start : start + PER_PAGE]) + b"]," + rest
            found.append(gzip.compress(body, 1))
        return found

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            given = parse_qs(urlsplit(self.path).query)
            which = given["start_date"][0], given["end_date"][0]
            if which not in ready:
                ready[which] = pages(*which)
            body = ready[which][int(given.get("page", ["1"])[0]) - 1]
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    base = f"http://127.0.0.1:{server.server_port}"
    told.send(server.server_port)
    server.serve_forever()


def main() -> None:
    """Write the records, then load and fetch them alternately."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    tenants = sample_agencies(1, 1, UNTIL.date())
    rates: dict[str, list[float]] = {"load": [], "collect": []}
    spents: dict[str, list[float]] = {"load": [], "collect": []}
    peaks: dict[str, list[float]] = {"load": [], "collect": []}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        bare, paged = root / "records.jsonl", root / "pages.jsonl"
        write_lines(root / "all.jsonl", tenants, count)
        records = [orjson.loads(line) for line in (root / "all.jsonl").read_bytes().splitlines()]
        records = [record.get("record", record) for record in records if record.get("type", "RECORD") == "RECORD"]
        for number, record in enumerate(records):
            record.setdefault("unix_time", int((UNTIL - timedelta(days=150) * (1 - number / count)).timestamp()))
        bare.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
        starts = range(0, len(records), PER_PAGE)
        paged.write_bytes(
            b"".join(orjson.dumps({"calls": records[start : start + PER_PAGE]}) + b"\n" for start in starts)
        )
        oldest = min(record["unix_time"] for record in records)
        since = datetime.fromtimestamp(oldest, UTC).date() - timedelta(days=1)
        print(f"{len(records):,} activities, {bare.stat().st_size / len(records):,.0f} bytes each")
        del records
        ours, theirs = multiprocessing.Pipe()
        api = multiprocessing.get_context("spawn").Process(target=serve, args=(str(bare), theirs), daemon=True)
        api.start()
        given = {"conn_type": "http", "host": f"http://127.0.0.1:{ours.recv()}", "login": "key", "password": "secret"}
        os.environ[f"AIRFLOW_CONN_{CONNECTION.upper()}"] = json.dumps(given)
        server = start_embedded(root / "postgres")
        settings = Settings(home=root / "home", database_url=None)
        ways: dict[str, Callable[[Deployment], int]] = {
            "load": lambda one: load_files(one, [paged]).read,
            "collect": lambda one: collect(one, since),
        }
        for number in range(rounds + 1):
            for what, way in ways.items():
                database = open_at(server, f"bench_{what}_{number}", settings)
                make_ready(database)
                create_tenants(deploy(database, settings), tenants)
                before, own = sum(psutil.Process(api.pid).cpu_times()[:2]), cpu()
                started = time.perf_counter()
                with watch_memory(peaks[what]):
                    done = way(deploy(database, settings))
                    seconds = time.perf_counter() - started
                spent = sum(psutil.Process(api.pid).cpu_times()[:2]) - before
                assert done >= count, done
                spent_here = cpu() - own
                database.close()
                beside = f", the API's {spent:.1f} s" if what == "collect" else ""
                told = f"{what}: {done / seconds:,.0f} activities/s; CPU of its processes {spent_here:.1f} s{beside}"
                # The first round lets the server make its pages.
                print(told if number else f"{told} (not counted)", flush=True)
                if number:
                    rates[what].append(done / seconds)
                    spents[what].append(spent_here)
        held = psutil.Process(api.pid).memory_full_info().pss / 1024**2
        api.kill()
    for what, found in rates.items():
        print(f"{what}: {min(found):,.0f} / {statistics.median(found):,.0f} / {max(found):,.0f} (min / median / max)")
    more = statistics.median(spents["collect"]) / statistics.median(spents["load"])
    pairs = zip(rates["collect"], rates["load"], strict=True)
    keep_ratio("collect, rate to the load of the same pages", [one / other for one, other in pairs], at_least=0.5)
    print(f"collect takes {more:.2f} of the CPU of the load")
    most = {what: max(found) - held for what, found in peaks.items()}
    print(f"memory: load {most['load']:,.0f} MB, collect {most['collect']:,.0f} MB, the API {held:,.0f} MB")


def cpu() -> float:
    """Return the CPU that this process and those it has awaited have spent (seconds)."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def collect(deployment: Deployment, since: date) -> int:
    """Fetch all activities; return how many records that were."""
    collector = Collector(connection=CONNECTION)
    with open_client(deployment.settings, collector) as client:
        return collect_account(deployment, client, collector, 1001, since, now=UNTIL + timedelta(days=2)).records


if __name__ == "__main__":
    main()
