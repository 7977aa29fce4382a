"""The administrators of an account, who redact manually, approve runs, and may place and release holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from redaction.accounts.accounts import find_account
from redaction.accounts.agencies import check_label
from redaction.accounts.proposals import agree
from redaction.db.database import Database
from redaction.db.login import Role
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, NotAllowed
from redaction.ledger.act import Act

LISTS = ("administrators", "may_not_hold", "may_not_release")
"""The names in the ledger for: who administers an account, who may not place holds, who may not release them."""


def set_administrator(
    deployment: Deployment,
    account_id: int,
    username: str,
    actor: str,
    allowed: bool = True,
    may_hold: bool | None = None,
    may_release: bool | None = None,
    as_operator: bool = False,
) -> None:
    """Make a person an administrator of an account, or end that, in the name of `actor`; the ledger records it.

    None keeps whether they may place or release holds; a new administrator may do both. An act of the operator
    (`as_operator`, with the owner's login) takes effect at once: they vouch for the person.

    Raises BadInput for an unknown account or an invalid name. Under the rule of two people, unless the operator acts,
    giving a person more rights needs a second person: raises ApprovalNeeded, with nothing changed, for the first one.
    """
    if not username.strip():
        raise BadInput("an administrator needs the name by which Airflow knows them: nothing was changed")
    check_label("an administrator", username)
    role: Role = "owner" if as_operator else "redaction_manager"
    with Act(deployment) as act, act.transaction(role) as session:
        needs_two = find_account(session, account_id).needs_two and not as_operator
        before = list_administrators(session, account_id)
        about = {"account_id": account_id, "username": username}
        made_by = None if as_operator else actor
        waits, more = False, {}
        if allowed:
            given = {"may_hold": may_hold, "may_release": may_release}
            wanted = _become(before, username, **given)
            if needs_two and _gives(before, username, wanted):
                asked = {"administrator": username, **wanted}
                waits, made_by = not agree(act, "setting", actor, account_id, asked=asked), None
            more = {} if made_by is not None else {"vouched": True}
            if not waits:
                session.run("put_administrator", **about, **given, made_by=made_by)
                if as_operator:
                    session.run("vouch_administrator", **about)
        else:
            session.run("drop_administrator", **about)
        after = list_administrators(session, account_id)
        if as_operator and allowed and after == before:
            # The ledger also records that the operator vouches for them.
            act.record("setting", account_id, actor, {"before": before, "after": after, **more})
        act.record_change(account_id, actor, before, after, **more)
    if waits:
        raise ApprovalNeeded(
            f"account {account_id} needs two people, and {actor} has proposed {username} as its administrator: "
            f"nothing was changed; another administrator agrees by `redaction account administrator {account_id} "
            "NAME`, or the operator does it, with `--operator`"
        )


def _gives(before: dict[str, list[str]], username: str, may: Mapping[str, bool]) -> bool:
    """Say whether a change gives a person more rights than they had."""
    return username not in before["administrators"] or any(
        allowed and username in before[name.replace("may_", "may_not_")] for name, allowed in may.items()
    )


def _become(
    before: dict[str, list[str]], username: str, may_hold: bool | None, may_release: bool | None
) -> dict[str, bool]:
    """Return what a person may do with holds after a change; a new one may do both."""
    return {
        "may_hold": username not in before["may_not_hold"] if may_hold is None else may_hold,
        "may_release": username not in before["may_not_release"] if may_release is None else may_release,
    }


def check_may(session: Session, account_id: int, username: str, what: Literal["place", "release"], left: str) -> None:
    """Raise NotAllowed for an administrator who may not place or release holds; `left` says what stays unchanged."""
    column = "may_hold" if what == "place" else "may_release"
    if not session.one("may_do_with_holds", account_id=account_id, username=username)[column]:
        raise NotAllowed(
            f"{username} may not {what} holds of account {account_id}: {left}; ask an administrator who may"
        )


def check_administrator(database: Database, account_id: int, username: str) -> None:
    """Raise NotAllowed for a person who does not administer an account (`tracking.account_users`)."""
    allowed = database.one("is_administrator", account_id=account_id, username=username)["allowed"]
    if not allowed:
        raise NotAllowed(f"{username} is no administrator of account {account_id}: nothing was changed")


def list_administrators(session: Session, account_id: int) -> dict[str, list[str]]:
    """Return by LISTS the names of an account's administrators, and of those who may not place or release holds."""
    return _by_list(session.rows("list_administrators", account_id=account_id))


def list_administrators_of(database: Database, account_ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """Return by account what `list_administrators` returns of one."""
    found: dict[int, list[Row]] = {account_id: [] for account_id in account_ids}
    for row in database.rows("administrators_of", account_ids=list(account_ids)):
        found[row["account_id"]].append(row)
    return {account_id: _by_list(rows) for account_id, rows in found.items()}


def _by_list(rows: Sequence[Row]) -> dict[str, list[str]]:
    return {
        "administrators": [row["username"] for row in rows],
        "may_not_hold": [row["username"] for row in rows if not row["may_hold"]],
        "may_not_release": [row["username"] for row in rows if not row["may_release"]],
    }


def list_people(database: Database, account_id: int) -> list[Row]:
    """Return the administrators of an account, by name, and whether they may place and release holds."""
    with database.transaction("redaction_manager") as session:
        return session.rows("list_administrators", account_id=account_id)
