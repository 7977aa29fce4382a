"""The rewrite of a table beside the activities, after personal values went from it: tags of reports, deliveries,
records in systems outside, held contacts, addresses of objects. Which tables these are, the catalog says.
"""

from __future__ import annotations

from redaction.db.database import Database
from redaction.db.patience import patiently_for
from redaction.deployment import Deployment
from redaction.erasure.proof.sampling import Sampling
from redaction.erasure.rewrite import name_holder
from redaction.erasure.space import check_space
from redaction.errors import DatabaseBusy, TryLater


def rewrite_place(deployment: Deployment, place: str, sampling: Sampling) -> None:
    """Write a table anew without the values that went from it, proven by a sample.

    Whoever uses the table waits meanwhile. Its lock is waited for `rewrite_lock_ms` at a time, and the rewrite is tried
    again for `rewrite_patience_s`. Raises DatabaseBusy, with everything as it was, if the table stays locked, somebody
    can still see what went, or there is no room on the disk (DiskTooSmall).
    """
    check_space(deployment, place)
    sample = sampling.draw(place)
    try:
        patiently_for(deployment.settings.rewrite_patience_s, first=0.05, longest=5)(_rewrite, deployment, place)
    except TryLater as error:
        raise DatabaseBusy(
            f"{place} is not rewritten: {_who_is_in_the_way(deployment.database, place) or error}; nothing was changed"
        ) from None
    sampling.search(place, sample)


def _rewrite(deployment: Deployment, place: str) -> None:
    with deployment.transaction("redaction_worker") as session:
        # A large table takes longer than a statement of the daily work.
        session.set_local({"lock_timeout": f"{deployment.settings.rewrite_lock_ms}ms", "statement_timeout": "0"})
        session.rows("rewrite_place", place=place)


def _who_is_in_the_way(database: Database, place: str) -> str | None:
    rows = database.rows("hinders_of_place", place=place)
    if not rows:
        return None
    return f"{name_holder(rows[0]['pid'])} holds it locked or reads by a snapshot from before; end it, or wait"
