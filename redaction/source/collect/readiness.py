"""Whether a raw file may be taken, and why the last collection left it.

A file that is still being written would be loaded in part, and deleted as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256

from redaction.errors import RedactionError
from redaction.objects.writers import WRITTEN
from redaction.settings import Settings
from redaction.shared import read_file, replace_file
from redaction.source.collect.places import RawFile

_ENDINGS = (".part", ".partial", ".tmp", ".filepart", ".crdownload", "~")
"""Endings of the temporary names of files that are being written; other programs put a dot before the name."""


def find_wait(file: RawFile, quiet_s: int, now: datetime) -> str | None:
    """Return why a file is not loaded yet; None if it may be. It must be unchanged for `quiet_s` seconds."""
    if file.is_no_file:
        return file.is_no_file
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


def keep_failures(settings: Settings, files: Iterable[RawFile], left: Mapping[str, str]) -> None:
    """Keep for `list_inbox` why files were left, by their ids. Raises what writing to the shared place raises."""
    failures = {file.id: [_digest(file), left[file.id]] for file in files if file.id in left}
    replace_file(settings.inbox_failures_path, json.dumps(failures).encode())


def read_failures(settings: Settings) -> Mapping[str, tuple[str, str]]:
    """Return why the last collection left files, by id, each with a digest of the file; nothing if that is unknown."""
    with suppress(RedactionError, ValueError):
        payload = read_file(settings.inbox_failures_path)
        return {} if payload is None else {key: (digest, why) for key, (digest, why) in json.loads(payload).items()}
    return {}


def find_failure(file: RawFile, failures: Mapping[str, tuple[str, str]]) -> str | None:
    """Return why the last collection left a file; None if it was not there, or has changed since."""
    digest, why = failures.get(file.id, ("", ""))
    return why if digest == _digest(file) else None


def _digest(file: RawFile) -> str:
    return sha256(repr((file.name, file.size, file.version)).encode(errors="surrogateescape")).hexdigest()
