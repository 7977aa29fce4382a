"""The quarantine and the inbox: records as they were sent, outside the tables. Pages show what the last watch counted,
because a store may answer slowly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from redaction.deployment import Deployment
from redaction.errors import NotAllowed, RedactionError
from redaction.evidence.figures import Figure, find_hours
from redaction.settings import DEFAULT, Settings
from redaction.shared import read_file, replace_file
from redaction.source.quarantine import list_quarantine

_FIGURES = TypeAdapter(tuple[Figure, ...])


def count_raw_files(deployment: Deployment, at: datetime) -> list[Figure]:
    """Return the figures of the quarantine and, for the first placement, of the inbox."""
    return [_count_quarantine(deployment, at), *_count_inbox(deployment, at)]


def keep_raw_files(settings: Settings, figures: Sequence[Figure]) -> None:
    """Keep these figures for the pages. Raises what writing to the shared place raises."""
    replace_file(settings.raw_files_path, _FIGURES.dump_json(tuple(figures)))


def read_raw_files(settings: Settings) -> Sequence[Figure]:
    """Return the figures that were kept last; an empty sequence without a valid file."""
    payload = read_file(settings.raw_files_path)
    with suppress(ValidationError):
        return () if payload is None else _FIGURES.validate_json(payload)
    return ()


def _count_quarantine(deployment: Deployment, at: datetime) -> Figure:
    what = "quarantined records"
    try:
        kept = list_quarantine(deployment.settings, at)
    except RedactionError as error:
        # `redaction status` warns of an invalid or silent place; other uses of it fail.
        return Figure(what, None, 0, None, 0.0, isinstance(error, NotAllowed), str(error))
    since = kept[0].since if kept else None
    hint = "mend and load them, or fetch them again; then `redaction quarantine purge`"
    late = any(file.late for file in kept)
    return Figure(what, None, sum(file.records for file in kept), since, find_hours(at, since), late, hint)


def _count_inbox(deployment: Deployment, at: datetime) -> Iterator[Figure]:
    """Yield, only for the first placement, what is in the inbox; an inbox that cannot be read is late too."""
    if deployment.settings.inbox_url is None or deployment.placement != DEFAULT:
        return
    # Loading is imported only where there is an inbox.
    from redaction.source.collect.inbox import list_inbox

    try:
        files = list_inbox(deployment.settings, at)
    except RedactionError as error:
        yield Figure("raw files", None, 0, None, 0.0, True, str(error))
        return
    since = min((file.since for file in files if file.since is not None), default=None)
    late = any(file.late for file in files)
    kept = sum(file.kept_by is not None for file in files)
    hint = f"`redaction inbox list` says why {kept:,} of them stay" if kept else "`redaction inbox collect`"
    yield Figure("raw files", None, len(files), since, find_hours(at, since), late, hint)
