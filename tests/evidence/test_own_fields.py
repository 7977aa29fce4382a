"""A backup from before a decision on own fields is restored: everything redacted and removed since is removed again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redaction.control.reclassify import apply_catalog
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.ledger.verify import verify_ledger
from redaction.source.load import load_files
from tests.evidence.acts import redact
from tests.evidence.conftest import Restore
from tests.own_fields import FIELDS, Decide, decide

__all__ = ["decide"]


def test_own_fields_are_as_they_were_after_a_replay(
    database: Database,
    deployment: Deployment,
    filled: int,
    sql: Callable[..., list[dict[str, Any]]],
    dump: Callable[[], Restore],
    cli: Callable[..., tuple[int, str, str]],
    decide: Decide,
    tmp_path: Path,
) -> None:
    decide(FIELDS)
    apply_catalog(deployment, "ada", "ticket 9")
    file = tmp_path / "records.jsonl"
    sent = {"account_id": 7, "unix_time": 1_772_400_000, "direction": "inbound", "duration": 12, "agent": "Ann Agent"}
    file.write_text("".join(json.dumps({"id": n, **sent}) + "\n" for n in (21, 22)))
    load_files(deployment, [file])
    restore = dump()
    redact(deployment, 7, datetime(2026, 4, 1, tzinfo=UTC))
    read = "SELECT id, own_direction, own_duration, own_agent FROM tracking.activities WHERE id > 20 ORDER BY id"
    gone = [{"id": n, "own_direction": "inbound", "own_duration": 12, "own_agent": None} for n in (21, 22)]
    assert sql(read) == gone
    restore()
    assert [row["own_agent"] for row in sql(read)] == ["Ann Agent"] * 2
    code, _, err = cli("ledger", "replay", "--json")
    assert code == 0, err
    assert sql(read) == gone
    assert verify_ledger(deployment, activities=True).is_whole
    report = (
        "SELECT value, sum(redacted)::int AS n FROM reporting.activity_by_own_field WHERE field = 'duration' GROUP BY 1"
    )
    # Those two, and the nine that had it in `unlisted`.
    assert sql(report) == [{"value": "12", "n": 11}]
