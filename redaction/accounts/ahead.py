"""Activities dated in the future: a run redacts them by when they were loaded, and counts of due ones have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from redaction.db.session import Row, Session


def has_ahead(session: Session, account_id: int) -> bool:
    """Say whether an account has activities that were dated in the future when they were loaded."""
    return bool(session.rows("accounts_with_ahead", account_ids=[account_id]))


def count_ahead(session: Session, cutoffs: Mapping[int, datetime]) -> list[Row]:
    """Count by account and kind what runs at these cutoffs redact of activities dated in the future, and what a hold
    keeps of them.
    """
    with_any = [row["id"] for row in session.rows("accounts_with_ahead", account_ids=list(cutoffs))]
    if not with_any:
        return []
    return session.rows("count_ahead", account_ids=with_any, cutoffs=[cutoffs[number] for number in with_any])


def sum_ahead(session: Session, cutoffs: Mapping[int, datetime]) -> dict[int, int]:
    """Return by account how many activities dated in the future runs at these cutoffs redact."""
    sums: dict[int, int] = {}
    for row in count_ahead(session, cutoffs):
        sums[row["account_id"]] = sums.get(row["account_id"], 0) + row["activities"]
    return sums


def preview_kinds(session: Session, account_id: int, cutoff: datetime, ahead: bool = True) -> list[Row]:
    """Count by kind what a run at a cutoff redacts, as `preview_due` does, with what is dated in the future.

    `ahead` of a row counts those; they have no part in `oldest`, which is None without others. With `ahead` false they
    are left out.
    """
    kinds: dict[str, dict[str, Any]] = {
        row["kind"]: {**row, "ahead": 0} for row in session.rows("preview_due", account_id=account_id, cutoff=cutoff)
    }
    none: dict[str, Any] = {"activities": 0, "held": 0, "oldest": None, "objects": 0, "ahead": 0}
    for row in count_ahead(session, {account_id: cutoff}) if ahead else []:
        found = kinds.setdefault(row["kind"], {"kind": row["kind"], **none})
        for name in ("activities", "held", "objects"):
            found[name] += row[name]
        found["ahead"] += row["activities"]
    return [kinds[kind] for kind in sorted(kinds)]
