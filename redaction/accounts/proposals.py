"""The rule of two people for acts other than runs: the first person proposes, another administrator agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from redaction.db.database import Database
from redaction.db.session import Row, Session
from redaction.errors import ApproverRefused
from redaction.ledger.act import Act
from redaction.ledger.entries import canonical

Kind = Literal["release", "setting", "closing"]
_WHY = {
    "RD010": "they have requested it",
    "RD011": "they are no administrator",
    "RD017": "{requester} has made them an administrator, directly or through others",
    "RD018": "they have been an administrator for too short a time (REDACTION_SECOND_WAIT_H)",
}
"""Why a person cannot be the second one, by the SQLSTATE of the refusal."""


def say_refusal(
    session: Session, who: str, requester: str | None, account_id: int | None, agency_id: int | None = None
) -> str | None:
    """Return why a person cannot be the second one for what a requester asks; None if they can."""
    asked = {"account_id": account_id, "agency_id": agency_id, "username": who, "requested_by": requester}
    state = session.one("refuse_second", **asked)["state"]
    return None if state is None else _WHY[state].format(requester=requester)


def agree(
    act: Act,
    kind: Kind,
    who: str,
    account_id: int | None = None,
    agency_id: int | None = None,
    hold_id: int | None = None,
    asked: Mapping[str, Any] | None = None,
) -> bool:
    """Say whether two people have asked for it, in the transaction of an act; the first one proposes it.

    `asked` is the change (JSON-safe); a different change is another proposal. The ledger records both people. Raises
    ApproverRefused, with nothing changed, for a person who cannot be the second one.
    """
    about = {"account_id": account_id, "agency_id": agency_id, "hold_id": hold_id}
    facts: dict[str, Any] = {"of": kind, "asked": dict(asked or {})}
    facts |= {name: value for name, value in about.items() if name != "account_id" and value is not None}
    given: dict[str, Any] = {"kind": kind, **about, "asked": canonical(asked or {}).decode()}
    rows = act.session.rows("find_proposal", **given)
    if not rows:
        made = act.session.one("propose", **given, requested_by=who)["id"]
        act.record("proposal", account_id, who, {"change": "proposed", "proposal_id": made, **facts})
        return False
    _decide(act, rows[0], True, who, account_id, agency_id, facts)
    return True


def decline(act: Act, kind: Kind, who: str, account_id: int, hold_id: int) -> bool:
    """Refuse, in the transaction of an act, what another person has proposed about a hold; return whether there was a
    proposal.

    The ledger records it. Raises ApproverRefused, with nothing changed, for a person who cannot be the second one.
    """
    rows = act.session.rows("last_proposal", kind=kind, account_id=account_id, hold_id=hold_id)
    if not rows or not rows[0]["open"]:
        return False
    _decide(act, rows[0], False, who, account_id, None, {"of": kind, "hold_id": hold_id})
    return True


def _decide(
    act: Act,
    proposal: Row,
    approved: bool,
    who: str,
    account_id: int | None,
    agency_id: int | None,
    facts: Mapping[str, Any],
) -> None:
    number, requester = proposal["id"], proposal["requested_by"]
    if requester.strip().casefold() == who.strip().casefold():
        raise ApproverRefused(
            f"{who} has proposed it already (proposal {number}), and nothing was changed: another administrator "
            "agrees by asking for the same"
        )
    if why := say_refusal(act.session, who, requester, account_id, agency_id):
        raise ApproverRefused(
            f"{who} cannot {'agree to' if approved else 'refuse'} proposal {number}: {why}; nothing was changed: "
            "ask another administrator"
        )
    act.session.run("decide_proposal", id=number, approved=approved, decided_by=who)
    change = "agreed" if approved else "declined"
    act.record("proposal", account_id, who, {"change": change, "proposal_id": number, **facts})


def say_proposal(proposal: Row) -> str:
    """Return in words for a page what was proposed."""
    asked = dict(proposal["asked"])
    if proposal["hold_id"] is not None:
        return f"release hold {proposal['hold_id']}"
    if who := asked.pop("administrator", None):
        names = {"may_hold": "place holds", "may_release": "release holds"}
        may = [text for name, text in names.items() if asked.get(name)]
        return f"make {who} an administrator{', who may ' + ' and '.join(may) if may else ''}"
    return "change " + ", ".join(f"{name.replace('_', ' ')} to {value}" for name, value in asked.items())


def list_proposals(database: Database, account_id: int | None = None, agency_id: int | None = None) -> list[Row]:
    """Return the proposals about an account, or an agency, that wait for a second person."""
    return database.rows("list_proposals", account_id=account_id, agency_id=agency_id)
