"""The texts that a person has decided to cut, for the loader."""

from __future__ import annotations

from collections.abc import Sequence

from redaction.contacts.cut import Cuts
from redaction.db.session import Session


def read_cuts(session: Session, accounts: Sequence[int] | None) -> dict[int, Cuts]:
    """Return, for some accounts (None: for all), the texts to cut."""
    found: dict[int, set[bytes]] = {}
    keys: dict[int, bytes] = {}
    for row in session.rows("list_cut_texts", accounts=accounts):
        found.setdefault(row["account_id"], set()).add(bytes(row["digest"]))
        keys[row["account_id"]] = bytes(row["key"])
    return {account_id: Cuts(keys[account_id], frozenset(digests)) for account_id, digests in found.items()}
