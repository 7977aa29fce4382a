"""Files -> the placements: what one load does where accounts are spread over several databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from redaction.accounts import list_accounts
from redaction.errors import DatabaseBusy
from redaction.placements import ask_each, opened
from redaction.settings import Settings
from redaction.source.load import LoadSummary, load_files


def load_everywhere(
    settings: Settings, paths: Sequence[Path], progress: Callable[[int], None] | None = None
) -> LoadSummary:
    """Load files as `load_files` does, each record into the placement of its account; the files are read once for each.

    Raises DatabaseBusy, before anything is loaded, if a placement does not answer: nobody would know which of the
    records are its own.
    """
    found, silent = ask_each(settings, lambda database, _: {account.id for account in list_accounts(database)})
    for placement, why in silent.items():
        raise DatabaseBusy(
            f"placement {placement}: {why}; nothing was loaded: try again, or load into one that answers with "
            "`redaction --placement NAME load`"
        )
    total = LoadSummary()
    for number, placement in enumerate(found):
        others = {account_id for name in found if name != placement for account_id in found[name]}
        with opened(settings, placement) as (database, chosen):
            summary = load_files(database, paths, chosen, progress, others)
        total.count(summary)
        total.read += summary.read if number == 0 else summary.read - summary.rejected
        if number == 0:
            # What no placement can take, each of them refuses alike.
            total.rejected, total.rejections = summary.rejected, summary.rejections
    return total
