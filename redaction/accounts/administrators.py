"""The administrators of an account, who redact by hand, approve runs, and may place and release holds."""

from __future__ import annotations

from typing import Literal

from redaction.accounts.accounts import find_account
from redaction.accounts.agencies import check_label
from redaction.db.database import Database
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.ledger.act import Act

LISTS = ("administrators", "may_not_hold", "may_not_release")
"""Under which names the ledger tells who administers an account, and who may not place and not release holds."""


def set_administrator(
    deployment: Deployment,
    account_id: int,
    username: str,
    actor: str,
    allowed: bool = True,
    may_hold: bool | None = None,
    may_release: bool | None = None,
) -> None:
    """Make a person an administrator of an account, or no longer one, in the name of `actor`; kept in the ledger.

    Whether they may place and may release holds is as it was where it is None; at first they may do both.

    Raises BadInput for an account that is not there, or no name.
    """
    if not username.strip():
        raise BadInput("an administrator needs the name by which Airflow knows them: nothing was changed")
    check_label("an administrator", username)
    with Act(deployment) as act, act.transaction("redaction_manager") as session:
        find_account(session, account_id)
        before = list_administrators(session, account_id)
        if allowed:
            given = {"may_hold": may_hold, "may_release": may_release}
            session.run("put_administrator", account_id=account_id, username=username, **given)
        else:
            session.run("drop_administrator", account_id=account_id, username=username)
        act.record_change(account_id, actor, before, list_administrators(session, account_id))


def check_may(session: Session, account_id: int, username: str, what: Literal["place", "release"], left: str) -> None:
    """Refuse, by NotAllowed, an administrator who may not place or not release holds; `left` says what stays."""
    column = "may_hold" if what == "place" else "may_release"
    if not session.one("may_do_with_holds", account_id=account_id, username=username)[column]:
        raise NotAllowed(
            f"{username} may not {what} holds of account {account_id}: {left}; ask an administrator who may"
        )


def check_administrator(database: Database, account_id: int, username: str) -> None:
    """Refuse, by NotAllowed, a person who does not administer an account (`tracking.account_users`)."""
    allowed = database.one("is_administrator", account_id=account_id, username=username)["allowed"]
    if not allowed:
        raise NotAllowed(f"{username} is no administrator of account {account_id}: nothing was changed")


def list_administrators(session: Session, account_id: int) -> dict[str, list[str]]:
    """Return by LISTS the names of who administers an account, and of who may not place and not release holds."""
    rows = session.rows("list_administrators", account_id=account_id)
    return {
        "administrators": [row["username"] for row in rows],
        "may_not_hold": [row["username"] for row in rows if not row["may_hold"]],
        "may_not_release": [row["username"] for row in rows if not row["may_release"]],
    }


def list_people(database: Database, account_id: int) -> list[Row]:
    """Return who administers an account, by name, and whether they may place and may release holds."""
    with database.transaction("redaction_manager") as session:
        return session.rows("list_administrators", account_id=account_id)
