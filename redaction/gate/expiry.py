"""Holds that end by themselves: once its end has passed, a hold is released by an act of its own.

Until then it keeps what it holds. A hold that ends late is corrected by the next run; it never ends early.
"""

from __future__ import annotations

from redaction.deployment import Deployment
from redaction.ledger.act import Act

ACTOR = "its end"
"""The name under which the ledger records such a release."""


def end_expired_holds(deployment: Deployment, account_id: int | None = None) -> tuple[int, ...]:
    """Release the holds of an account (None: of all) whose end has passed; return their ids.

    Every run calls it at its start, and so do a preview, a search for a person and a closing; `retention_watch` for
    all. Raises what an act raises.
    """
    if not deployment.rows("list_expired_holds", account_id=account_id):
        return ()
    ended: list[int] = []
    with Act(deployment) as act, act.transaction() as session:
        for hold in session.rows("list_expired_holds", account_id=account_id):
            # Another process may have released it meanwhile.
            if session.rows("release_hold", hold_id=hold["id"], released_by=ACTOR):
                facts = {"hold_id": hold["id"], "expired": True, "until": hold["expires_at"]}
                act.record("release", hold["account_id"], ACTOR, facts)
                ended.append(hold["id"])
    return tuple(ended)
