"""A person with activities of two accounts at two placements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.placements.resolve import Placements
from redaction.settings import load_settings
from tests.conftest import PERSONAL_VALUES

Insert = Callable[..., None]
AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
NUMBER = "+12125550143"


@pytest.fixture
def placements(deployed: None) -> Iterator[Placements]:
    with Placements(load_settings()) as found:
        yield found


@pytest.fixture
def both(west: Database, account: int, insert: Insert, sql: Callable[..., Any]) -> Database:
    """Account 7 with activities 1 to 4 of the person and 5 of another; account 9, at west, with 1 of the person."""
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    for number, kind in enumerate(("call", "call", "text", "form"), 1):
        insert(number, kind=kind, called_at=AT + timedelta(days=number))
    other = {"contact_key": "+12125550199", "contact_keys": ["+12125550199"], "emails": None}
    insert(5, **other)
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = true")
        row: dict[str, Any] = {"id": 1, "account_id": 9, "kind": "call", "called_at": AT, **PERSONAL_VALUES}
        connection.execute(sa.text("SELECT tracking.ensure_partition(:at)"), {"at": AT})
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f"INSERT INTO tracking.activities ({names}) VALUES ({values})"), row)
    return west
