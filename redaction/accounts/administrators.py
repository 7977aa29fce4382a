"""The administrators of an account, who redact by hand and approve runs."""

from __future__ import annotations

from redaction.accounts.accounts import find_account
from redaction.db.database import Database
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.ledger.act import Act


def set_administrator(deployment: Deployment, account_id: int, username: str, actor: str, allowed: bool = True) -> None:
    """Make a person an administrator of an account, or no longer one, in the name of `actor`; kept in the ledger.

    Raises BadInput for an account that is not there, or no name.
    """
    if not username.strip():
        raise BadInput("an administrator needs the name by which Airflow knows them")
    with Act(deployment) as act, act.transaction("redaction_manager") as session:
        find_account(session, account_id)
        before = list_administrators(session, account_id)
        session.run("put_administrator" if allowed else "drop_administrator", account_id=account_id, username=username)
        after = list_administrators(session, account_id)
        act.record_change(account_id, actor, {"administrators": before}, {"administrators": after})


def check_administrator(database: Database, account_id: int, username: str) -> None:
    """Refuse, by NotAllowed, a person who does not administer an account (`tracking.account_users`)."""
    allowed = database.one("is_administrator", account_id=account_id, username=username)["allowed"]
    if not allowed:
        raise NotAllowed(f"{username} is no administrator of account {account_id}: nothing was changed")


def list_administrators(session: Session, account_id: int) -> list[str]:
    """Return the names of the administrators of an account."""
    return [row["username"] for row in session.rows("list_administrators", account_id=account_id)]
