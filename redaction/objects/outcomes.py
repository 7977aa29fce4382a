"""What came of an object, of the look at a store, and of what a store can promise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["deleted", "not_found", "kept", "remains", "elsewhere"]


@dataclass(frozen=True)
class Settled:
    """What came of one object. `reason` is in safe words: no path, no address, no message of a store.

    `until` is when a lock ends, which shows that the object is there.
    """

    outcome: Outcome
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Probe:
    """Whether a store is shown to be the right and whole one, so that *not found* may be believed; and why."""

    sound: bool
    reason: str


@dataclass(frozen=True)
class Promise:
    """What a store can promise. None: it could not be told."""

    versioning: bool | None = None
    lock: bool | None = None
    soft_delete: bool | None = None
    may_delete: bool | None = None
    may_delete_versions: bool | None = None
    notes: tuple[str, ...] = ()
