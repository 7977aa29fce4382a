"""Two pairs of eyes for what is no run: who asks first proposes it, another administrator who asks the same agrees."""

from __future__ import annotations

from typing import Literal

from redaction.errors import ApproverRefused
from redaction.ledger.act import Act

Kind = Literal["release", "setting", "closing"]


def agree(
    act: Act,
    kind: Kind,
    who: str,
    account_id: int | None = None,
    agency_id: int | None = None,
    hold_id: int | None = None,
) -> bool:
    """Say whether two people want it by now, in the transaction of an act; the first one who does proposes it.

    Both are told in the ledger. Raises ApproverRefused, with nothing changed, for the one who has proposed it, and for
    who is no administrator.
    """
    about = {"account_id": account_id, "agency_id": agency_id, "hold_id": hold_id}
    facts = {"of": kind, **{name: value for name, value in about.items() if name != "account_id" and value is not None}}
    rows = act.session.rows("find_proposal", kind=kind, **about)
    if not rows:
        made = act.session.one("propose", kind=kind, **about, requested_by=who)["id"]
        act.record("proposal", account_id, who, {"change": "proposed", "proposal_id": made, **facts})
        return False
    if rows[0]["requested_by"].strip().casefold() == who.strip().casefold():
        raise ApproverRefused(
            f"{who} has proposed it already (proposal {rows[0]['id']}), and nothing was changed: another administrator "
            "agrees by asking for the same"
        )
    act.session.run("agree", id=rows[0]["id"], decided_by=who)
    act.record("proposal", account_id, who, {"change": "agreed", "proposal_id": rows[0]["id"], **facts})
    return True
