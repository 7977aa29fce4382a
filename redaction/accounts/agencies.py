"""Agencies, which allow or forbid redaction for their accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from redaction.accounts.proposals import agree
from redaction.accounts.snapshot import renew_snapshot
from redaction.db.database import Database
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, NotAllowed
from redaction.ledger.act import Act

PLANS = ("agency", "standard")
_MOST_NAME = 200


@dataclass(frozen=True)
class Agency:
    """One agency; an agency of the plan `standard` has no sub-accounts and cannot allow redaction."""

    id: int
    name: str = ""
    plan: str = "agency"
    allow_redaction: bool = False
    needs_approval: bool = False

    def __post_init__(self) -> None:
        if self.plan not in PLANS:
            raise BadInput(f"agency {self.id}: plan must be one of {', '.join(PLANS)}")
        if self.allow_redaction and self.plan != "agency":
            raise NotAllowed(
                f"agency {self.id} cannot allow redaction: its plan has no sub-accounts; change its plan first"
            )


def find_agency(session: Session, agency_id: int) -> Agency:
    """Return one agency in the caller's transaction; raises BadInput if there is none of that id."""
    rows = session.rows("get_agency", agency_id=agency_id)
    if not rows:
        raise BadInput(f"there is no agency {agency_id}: `redaction agency add {agency_id}` creates it")
    return Agency(**rows[0])


def list_agencies(database: Database) -> list[Row]:
    """Return every agency with the number of its accounts, and of those with automatic redaction on."""
    return database.rows("list_agencies")


def add_agencies(parts: Mapping[str, Iterable[Row]]) -> list[Row]:
    """Return the agencies of several placements by name, in the order of ids, with summed counts of accounts;
    `two_people_at` names the placements with the rule of two people.
    """
    found: dict[int, dict[str, Any]] = {}
    for placement, row in ((name, row) for name, part in parts.items() for row in part):
        known = found.setdefault(row["id"], {**row, "accounts": 0, "automatic": 0, "two_people_at": []})
        known["accounts"] += row["accounts"]
        known["automatic"] += row["automatic"]
        if row["needs_approval"]:
            known["needs_approval"] = True
            known["two_people_at"].append(placement)
    return [found[agency_id] for agency_id in sorted(found)]


def add_agency(deployment: Deployment, agency: Agency) -> None:
    """Create an agency; raises BadInput if the id is taken or the name is invalid."""
    check_label(f"agency {agency.id}", agency.name)
    with deployment.transaction("redaction_manager") as session:
        if session.rows("get_agency", agency_id=agency.id):
            raise BadInput(f"agency {agency.id} exists already: `redaction agency set {agency.id}` changes it")
        session.run("put_agency", **vars(agency))
    renew_snapshot(deployment)


def set_agency(deployment: Deployment, agency_id: int, actor: str, agreed: bool = False, **changes: Any) -> Agency:
    """Change fields of an agency in the name of `actor`; return it. The ledger records who changed what.

    Forbidding redaction removes the DAGs of its accounts. Under the rule of two people, ending that rule or allowing
    redaction needs a second person: raises ApprovalNeeded, with nothing changed, for the first one. `agreed` says that
    two people have agreed, at the placements where its accounts are.
    """
    with Act(deployment) as act, act.transaction("redaction_manager") as session:
        before = find_agency(session, agency_id)
        agency = replace(before, **changes)
        if agency.name != before.name:
            check_label(f"agency {agency_id}", agency.name)
        asked = {}
        if before.needs_approval and not agency.needs_approval:
            asked["needs_approval"] = "False"
        if before.needs_approval and agency.allow_redaction and not before.allow_redaction:
            asked["allow_redaction"] = "True"
        waits = bool(asked) and not agreed and not agree(act, "setting", actor, agency_id=agency_id, asked=asked)
        if not waits:
            session.run("put_agency", **vars(agency))
            act.record_change(None, actor, vars(before), vars(agency), agency_id=agency_id)
    if waits:
        raise ApprovalNeeded(
            f"agency {agency_id} needs two people, and {actor} has proposed to change that, or to allow "
            "redaction: nothing was changed; another administrator of an account of it agrees by the same "
            f"`redaction agency set {agency_id} ...`"
        )
    renew_snapshot(deployment)
    return agency


def check_label(whose: str, name: str) -> None:
    """Raise BadInput for a name that is too long or cannot be shown; `whose` begins the message."""
    if len(name) > _MOST_NAME or not name.isprintable():
        raise BadInput(
            f"{whose}: a name has at most {_MOST_NAME} characters, none of them for control; nothing was changed"
        )
