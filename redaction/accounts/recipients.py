"""Recipients outside of an account's personal fields, which a strip here cannot erase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from redaction.accounts.accounts import find_account
from redaction.catalog import Category
from redaction.db.database import Database
from redaction.errors import BadInput


@dataclass(frozen=True)
class Exposure:
    """A notification rule or integration that has received personal fields of an account."""

    what: Literal["notification rule", "integration"]
    id: int
    name: str
    fields: tuple[str, ...]


def list_exposures(database: Database, account_id: int) -> list[Exposure]:
    """Return the notification rules and integrations that have received personal fields of an account."""
    with database.transaction("redaction_manager") as session:
        return [
            Exposure(**{**row, "fields": tuple(row["fields"])})
            for row in session.rows("exposures", account_id=account_id)
        ]


def record_exposure(
    database: Database,
    account_id: int,
    what: Literal["notification rule", "integration"],
    name: str,
    fields: Sequence[str],
) -> None:
    """Record that a rule or integration receives personal categories of an account; raises BadInput for no category."""
    for field in fields:
        if field not in get_args(Category):
            raise BadInput(f"{field!r} is no category: one of {', '.join(get_args(Category))}")
    statement = "put_integration" if what == "integration" else "put_notification_rule"
    with database.transaction("redaction_manager") as session:
        find_account(session, account_id)
        session.run(statement, account_id=account_id, name=name, fields=list(fields))


def put_call_settings(
    database: Database, account_id: int, name: str, caller_id: bool, enhanced: bool, numbers: Sequence[str]
) -> None:
    """Create or change a call-settings configuration for the tracking numbers that use it."""
    with database.transaction("redaction_manager") as session:
        find_account(session, account_id)
        session.run(
            "put_call_settings",
            account_id=account_id,
            name=name,
            caller_id_enabled=caller_id,
            enhanced_caller_id_enabled=enhanced,
            tracking_numbers=list(numbers),
        )
