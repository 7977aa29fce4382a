"""Held activities, by row and by whole leaf: the two never differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redaction.db.database import Database
from redaction.db.statements import get_statement

Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
PART = "activities_20260302_rows"
KEYS = ["+12125550101", "+12125550102", "a@example.com", "A@example.com", "", "it's {a,b}"]
SCOPES = {"activity", "contact", "account"}
keys = st.sampled_from(KEYS)
some = st.none() | st.lists(keys | st.none(), max_size=3)
rows = st.lists(st.tuples(st.none() | keys, some, some, st.booleans()), max_size=8)
holds = st.lists(
    st.tuples(
        st.sampled_from(sorted(SCOPES)),
        st.integers(0, 9),
        keys,
        # On account 7 or the other account, in force or released.
        st.sampled_from([7, 7, 7, 8]),
        st.sampled_from([True, True, False]),
    ),
    max_size=4,
)


def test_there_is_no_other_scope(sql: Sql) -> None:
    [row] = sql("SELECT pg_get_constraintdef(oid) AS says FROM pg_constraint WHERE conname = 'holds_scope_check'")
    assert set(row["says"].split("'")[1::2]) == SCOPES


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, holds=holds)
def test_the_leaf_says_what_its_rows_say(database: Database, account: int, rows: list[Any], holds: list[Any]) -> None:
    with database.engine("owner").connect() as connection:
        run = connection.execute
        run(sa.text("INSERT INTO tracking.accounts (id, agency_id) VALUES (8, 1) ON CONFLICT DO NOTHING"))
        run(sa.text("SELECT tracking.ensure_partition(:at)"), {"at": AT})
        for number, (key, many, emails, redacted) in enumerate(rows):
            run(
                sa.text(
                    "INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key,"
                    " contact_keys, emails, redacted_at) VALUES (:id, 7, 'call', :at, :key, :many, :emails, :redacted)"
                ),
                {
                    "id": number,
                    "at": AT,
                    **({"key": None, "many": None, "emails": None} if redacted else {}),
                    **({} if redacted else {"key": key, "many": many, "emails": emails}),
                    "redacted": AT if redacted else None,
                },
            )
        for number, (scope, activity, key, account_id, in_force) in enumerate(holds, 1):
            run(
                sa.text(
                    "INSERT INTO redaction.holds (id, account_id, scope, reason, placed_by, released_by, released_at)"
                    " VALUES (:id, :account, :scope, 'r', 'ada', :by, :at)"
                ),
                {
                    "id": number,
                    "account": account_id,
                    "scope": scope,
                    "by": None if in_force else "eve",
                    "at": None if in_force else AT,
                },
            )
            # As a release leaves it: released holds have no rows in these two.
            if in_force and scope == "activity":
                run(
                    sa.text("INSERT INTO redaction.held_activities VALUES (:account, :activity, :id)"),
                    {"account": account_id, "activity": activity, "id": number},
                )
            if in_force and scope == "contact":
                run(
                    sa.text("INSERT INTO tracking.held_contacts VALUES (:account, :key, :id)"),
                    {"account": account_id, "key": key, "id": number},
                )
        described = get_statement("describe_activities").sql
        each = run(sa.text(described), {"account_id": 7, "ids": list(range(len(rows)))})
        of_rows = {row.id for row in each if row.held}
        [whole] = run(sa.text("SELECT * FROM redaction.find_held(:leaf, 7)"), {"leaf": PART})
        unredacted = {number for number, row in enumerate(rows) if not row[3]}
        assert of_rows == (unredacted if whole.everything else unredacted & set(whole.ids))
        connection.rollback()
