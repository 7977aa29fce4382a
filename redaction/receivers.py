"""Who outside receives personal fields of an account: what a strip here cannot take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from redaction.catalog import Category
from redaction.database import Database
from redaction.errors import BadInput


@dataclass(frozen=True)
class Exposure:
    """A notification rule or integration that has received personal fields of an account."""

    what: Literal["notification rule", "integration"]
    id: int
    name: str
    fields: tuple[str, ...]


class Receiver(Protocol):
    """A notification rule or integration as a sample describes it."""

    @property
    def account_id(self) -> int:
        """Return whose it is."""
        ...

    @property
    def name(self) -> str:
        """Return what it is called."""
        ...

    @property
    def fields(self) -> Sequence[str]:
        """Return the personal categories that it receives."""
        ...


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
        if not session.rows("get_account", account_id=account_id):
            raise BadInput(f"there is no account {account_id}: `redaction account list` shows those there are")
        session.run(statement, account_id=account_id, name=name, fields=list(fields))
