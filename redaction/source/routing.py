"""Files -> the placements: one load for accounts in several databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from redaction.accounts.accounts import list_accounts
from redaction.errors import DatabaseBusy
from redaction.placements.resolve import Placements
from redaction.source.inputs import Input, open_inputs
from redaction.source.load import LoadSummary, load_files


def load_everywhere(
    placements: Placements, paths: Sequence[str | Path | Input], progress: Callable[[int], None] | None = None
) -> LoadSummary:
    """Load files as `load_files` does, each record into the placement of its account; the files are read once for each
    placement.

    Raises DatabaseBusy, before anything is loaded, if a placement does not answer: nobody would know which of the
    records are its own.
    """
    found, silent = placements.ask(
        lambda one: {account.id for account in list_accounts(one.database)}, allow_restored=True
    )
    for placement, why in silent.items():
        raise DatabaseBusy(
            f"placement {placement}: {why}; nothing was loaded: try again, or load into another one with "
            "`redaction --placement NAME load`"
        )
    total = LoadSummary()
    with open_inputs(paths) as files:
        for number, placement in enumerate(found):
            others = {account_id for name in found if name != placement for account_id in found[name]}
            # Each placement rejects a record without an account here alike: it counts once.
            summary = load_files(
                placements.at(placement, allow_restored=True), files, progress, others, only_own=number > 0
            )
            total.add(summary)
    return total
