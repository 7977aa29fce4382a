"""Shared by the tests of the proof by sample: the table of the record, and a partition full of distinct values."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from redaction.catalog import load_catalog
from redaction.deployment import Deployment
from redaction.erasure.proof.sample import Sample
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.run import begin_run

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]

CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
PART_NAME = "activities_20260302"
PART = f"tracking.{PART_NAME}_rows"
TAGS = "reporting.tags"
STRIP = f"UPDATE {PART} SET redacted_at = now(), " + ", ".join(f"{name} = NULL" for name in load_catalog().personal)


@pytest.fixture
def word() -> Callable[[], str]:
    """Create words that nothing else on the server has, not even the log of other tests."""
    source = random.SystemRandom()
    return lambda: "".join(source.choices("bcdfghjklmnpqrstvwxz", k=16))


@pytest.fixture
def filled(sql: Sql, insert: Insert, account: int, word: Callable[[], str]) -> set[bytes]:
    """Forty activities of one partition, their values of each kind of column distinct. Returns those values."""
    values = set()
    for number in range(40):
        name, note, mail, tag, body, key = (word() for _ in range(6))
        insert(
            number,
            caller_name=name,
            caller_number=None,
            caller_numbers=None,
            contact_key=key,
            contact_keys=None,
            caller_id=None,
            transcription=None,
            transcription_details=None,
            message=f'{{"body": "{body}", "n": 12}}',
            custom_fields=None,
            notes=note,
            emails=[f"{mail}@example.com"],
            visitor=None,
            tags=[tag],
            form=None,
            enhanced_caller_id=None,
            unlisted=None,
        )
        values |= {value.encode() for value in (name, note, f"{mail}@example.com", tag, body, key)}
    return values


@pytest.fixture
def run_id(deployment: Deployment, filled: set[bytes]) -> int:
    """A run whose set is all of them, nothing stripped yet; the reports have counted them, tags too."""
    refresh_reports(deployment.database, 7)
    return begin_run(deployment, 7, CUTOFF, "cli").id


def patterns(sample: Sample) -> set[bytes]:
    """Return what a sample searches for."""
    return {pattern for value in sample.values for pattern in value.patterns}
