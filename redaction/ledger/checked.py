"""The result and time of the last check of the ledger, stored for the pages with the other shared files."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ValidationError

from redaction.ledger.verify import Verified
from redaction.settings import Settings
from redaction.shared import read_file, replace_file

_NAMED = 100


class Checked(BaseModel, frozen=True):
    """A check: when, by whom or what, how many rows there were, and what was found, in words."""

    at: AwareDatetime
    by: str
    rows: int
    outside: int
    first_bad: int | None
    reason: str | None
    unrecorded: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Say whether nothing was found."""
        return self.first_bad is None and not self.unrecorded


def keep_check(settings: Settings, verified: Verified, by: str) -> None:
    """Store the result of a check. Raises what writing to the shared place raises."""
    result: dict[str, Any] = {name: getattr(verified, name) for name in ("rows", "outside", "first_bad", "reason")}
    result |= {"unrecorded": verified.unrecorded[:_NAMED], "notes": verified.notes[:_NAMED]}
    checked = Checked(at=datetime.now(UTC), by=by, **result)
    replace_file(settings.ledger_check_path, checked.model_dump_json().encode())


def read_check(settings: Settings) -> Checked | None:
    """Return the last check; None if there was none, or the file is invalid."""
    payload = read_file(settings.ledger_check_path)
    if payload is None:
        return None
    with suppress(ValidationError):
        return Checked.model_validate_json(payload)
    return None
