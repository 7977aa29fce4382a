"""Holds that end by themselves: a hold whose end has passed is released as an act of its own, by whatever comes first.

Until then it keeps what it holds: too long is mended by the next run, too short never.
"""

from __future__ import annotations

from redaction.deployment import Deployment
from redaction.ledger.act import Act

ACTOR = "its end"
"""Who has released such a hold, as the ledger tells it."""


def end_expired_holds(deployment: Deployment, account_id: int | None = None) -> tuple[int, ...]:
    """Release the holds of an account (None: of all) whose end has passed; return their ids.

    Every run that begins, a preview, a search for a person and a closing do it, and `retention_watch` for all. Raises
    what an act raises.
    """
    if not deployment.rows("list_expired_holds", account_id=account_id):
        return ()
    ended: list[int] = []
    with Act(deployment) as act, act.transaction() as session:
        for hold in session.rows("list_expired_holds", account_id=account_id):
            # Somebody may have released it meanwhile.
            if session.rows("release_hold", hold_id=hold["id"], released_by=ACTOR):
                facts = {"hold_id": hold["id"], "expired": True, "until": hold["expires_at"]}
                act.record("release", hold["account_id"], ACTOR, facts)
                ended.append(hold["id"])
    return tuple(ended)
