"""Statements that a database sharded by account sends to one shard; docs/how-to/citus.md lists the others."""

from __future__ import annotations

import re

import pytest

from redaction.db.statements import get_statement, load_statements
from tests.checkout import ROOT

SHARDED = (
    "activities",
    "activity_identity",
    "deliveries",
    "held_contacts",
    "account_users",
    "call_settings",
    "notification_rules",
    "integrations",
    "holds",
    "held_activities",
    "objects",
    "forgotten",
    "forgotten_before",
    "stale_days",
    "activity_by_source",
    "activity_by_number",
    "activity_by_status",
    "activity_by_hour",
    "call_flow",
    "sessions",
    "tags",
    "contacts",
)
TABLE = re.compile(rf"\b(?:tracking|redaction|reporting)\.({'|'.join(SHARDED)})\b(?!\()")
ROUTED = re.compile(
    r"account_id\s*(?:=|IN\b)|=\s*(?:\w+\.)?account_id\b|USING\s*\([^)]*account_id"
    r"|INSERT INTO \S+\s+(?:AS \w+ )?\([^)]*\baccount_id\b|COPY \S+ \([^)]*account_id",
)
NAMES = sorted(name for name in load_statements() if TABLE.search(get_statement(name).sql))


def listed() -> dict[str, str]:
    """The statements that the page lists as not routed, each with its reason."""
    page = (ROOT / "docs" / "how-to" / "citus.md").read_text()
    return dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.M))


def is_routed(sql: str) -> bool:
    """Say whether a statement names the account of the rows that it touches."""
    return ROUTED.search(sql) is not None


def test_the_statements_were_found() -> None:
    assert len(NAMES) > 60
    assert {"select_listed", "update_activities", "rebuild_activity_by_source"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_names_the_account_or_is_listed(name: str) -> None:
    assert is_routed(get_statement(name).sql) != (name in listed()), (
        f"{name} says of no account whose rows it touches: let it, or list it in docs/how-to/citus.md with the reason"
    )


def test_what_is_listed_is_there() -> None:
    assert set(listed()) <= set(NAMES)
    assert all(len(reason) > 20 for reason in listed().values())


@pytest.mark.parametrize(
    ("sql", "routed"),
    [
        ("SELECT id FROM tracking.activities WHERE account_id = :account_id", True),
        ("SELECT count(*) FROM tracking.activities", False),
        ("SELECT account_id FROM tracking.activities WHERE id = :id", False),
        ("DELETE FROM tracking.activities a USING gone g WHERE a.account_id = g.account_id", True),
    ],
)
def test_the_check_tells_them_apart(sql: str, routed: bool) -> None:
    assert is_routed(sql) is routed
