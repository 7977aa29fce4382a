"""Whether a raw file may be taken: a file that is still being written would be loaded in part, and deleted as a
whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from redaction.objects.writers import WRITTEN
from redaction.source.collect.places import RawFile

_ENDINGS = (".part", ".partial", ".tmp", ".filepart", ".crdownload", "~")
"""Endings of the temporary names of files that are being written; other programs put a dot before the name."""


def find_wait(file: RawFile, quiet_s: int, now: datetime) -> str | None:
    """Return why a file is not loaded yet; None if it may be. It must be unchanged for `quiet_s` seconds."""
    parts = file.name.split("/")
    if parts[-1].lower().endswith(_ENDINGS) or any(part.startswith(".") for part in parts):
        return "its name is that of a file that is being written"
    if not file.size:
        return "it is empty"
    if file.is_written:
        return WRITTEN
    if quiet_s and file.changed is not None and file.changed > now - timedelta(seconds=quiet_s):
        return f"it has changed within {quiet_s:,} s (REDACTION_INBOX_QUIET_S)"
    return None


def find_problem(file: RawFile, quiet_s: int) -> str | None:
    """Return why a file is never loaded in its present state; None if no reason is known."""
    if quiet_s and file.changed is None:
        return (
            "its store does not tell when it was written, so it may still be: REDACTION_INBOX_QUIET_S=0 loads it, if "
            "who writes there renames into place"
        )
    return file.problem or None
