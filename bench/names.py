"""When are a caller's words the business's? `python -m bench.names [ACTIVITIES]` asks `redaction.find_common_names`.

One account. Its callers are called as people are (the most frequent name is that of 0.3 %, in the US of 0.01 %), or as
wireless carriers call them (`TAMPA FL`). Its sources have such places in them, in 5 % to 0.1 % of the activities. One
source in ten has the name of its own caller in it, as a form or an agent writes it; of a fourth of these the caller's
name is not known, so that the name may stand in texts of other contacts too. Printed is, by kind of name, of how many
other contacts the words stand in texts, and what it takes to ask.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from bench.tables import Bench, Filling

_SHARES = (5.0, 2.0, 1.5, 1.0, 0.5, 0.25, 0.1)
"""Percentages of activities whose source has the words of a business."""
_PLACES = ("TAMPA FL", "SAN DIEGO CA", "NEW YORK NY", "EL PASO TX", "ST PAUL MN", "BOISE ID", "RENO NV")
_FILL = """
WITH places AS (SELECT CAST(:places AS text[]) AS place, CAST(:shares AS double precision[]) AS share), drawn AS (
    SELECT n, random() AS source, random() AS kind, random() AS given, random() AS family,
           -- Each contact has calls of its own number: half call once, others up to eight times.
           floor(power(random(), 0.7) * :rows / 1.7)::bigint AS contact
    FROM generate_series(1, CAST(:rows AS bigint)) n
), shown AS (
    SELECT d.*, (
        SELECT p.place[i] FROM places p CROSS JOIN generate_subscripts(p.place, 1) AS i
        WHERE d.source * 100 < (SELECT sum(s) FROM unnest(trim_array(p.share, cardinality(p.share) - i)) AS s)
        ORDER BY i LIMIT 1
    ) AS place, 'Given' || floor(power(d.given, 2) * 100) || ' Family' || floor(power(d.family, 2) * 1000) AS person
    FROM drawn d
)
INSERT INTO tracking.activities (
    id, account_id, kind, called_at, status, tracking_number, tracking_label, source, call_path, caller_name,
    caller_number, contact_key, enhanced_caller_id, transcription
)
SELECT 20000000000 + s.n, 1, 'call',
       timestamptz '2026-02-02' + s.n * (interval '200 days' / CAST(:rows AS double precision)),
       'completed', '+1800555' || lpad((s.n % 40)::text, 4, '0'), 'Line ' || s.n % 40,
       CASE WHEN s.place IS NOT NULL THEN 'Google Ads - ' || initcap(s.place)
            WHEN s.source > 0.9 THEN 'Form of ' || s.person
            ELSE 'Source ' || s.n % 12 END,
       jsonb_build_array(jsonb_build_object('route_name', 'Front desk', 'route_type', 'queue')),
       CASE WHEN s.kind < 0.15 THEN (SELECT p.place[1 + s.n % cardinality(p.place)] FROM places p)
            WHEN s.kind < 0.4 AND s.source > 0.9 THEN NULL ELSE s.person END,
       '+1' || (2125000000 + s.contact), '+1' || (2125000000 + s.contact),
       jsonb_build_object('city', 'City ' || s.n % 500), repeat(md5(s.n::text), 30)
FROM shown s
"""
_ASK = sa.text("SELECT * FROM redaction.find_common_names(1, CAST(:names AS text[]))")
_OWN = """
SELECT DISTINCT a.caller_name FROM tracking.activities a
WHERE a.source = 'Form of ' || a.caller_name
  AND a.called_at > timestamptz '2026-02-02' + interval '200 days' * (1 - 2000 / :rows)
"""


def main() -> None:
    """Fill an account, ask about its names."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        try:
            bench.fill("names", [Filling(1, 1)])
            with bench.opened("names") as database, database.engine("owner").connect() as connection:
                given = {"rows": rows, "places": list(_PLACES), "shares": list(_SHARES)}
                connection.execute(sa.text("SELECT setseed(0.5)"))
                connection.execute(sa.text(_FILL), given)
                connection.commit()
                connection.exec_driver_sql("ANALYZE tracking.activities")
                people = list(connection.execute(sa.text(_OWN), {"rows": float(rows)}).scalars())
                print(f"### {rows:,} activities\n\n| name | other contacts min / median / max | ms to ask |")
                print("|---|---|---|")
                _show(connection, f"of {len(people)} callers, in a text of their own", people)
                for place, share in zip(_PLACES, _SHARES, strict=True):
                    _show(connection, f"{place}, in {share} % of the texts", [place])
        finally:
            bench.close()


def _show(connection: sa.Connection, what: str, names: Sequence[str]) -> None:
    contacts, times = [], []
    for name in names:
        started = time.perf_counter()
        [found] = connection.execute(_ASK, {"names": [name]}).mappings()
        times.append((time.perf_counter() - started) * 1000)
        contacts.append(found["contacts"])
    low, middle, high = min(contacts), statistics.median(contacts), max(contacts)
    print(f"| {what} | {low} / {middle:.0f} / {high} | {statistics.median(times):.1f} |", flush=True)


if __name__ == "__main__":
    main()
