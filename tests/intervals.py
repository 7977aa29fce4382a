"""The intervals of a policy one after the other, for tests to compare with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from redaction.policy import Interval, Policy


def intervals(policy: Policy, start: datetime, end: datetime) -> Iterator[Interval]:
    """Yield the intervals that begin in [start, end), from the boundary at or before `start`."""
    current = policy.interval_from(policy._boundary(policy._number_at(start)))
    while current.start < end:
        yield current
        current = policy.interval_from(current.end)
