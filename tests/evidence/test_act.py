"""Only an act changes what the ledger records: checked, done and recorded in one transaction, then published."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from redaction.deployment import Deployment
from redaction.errors import DatabaseBehind
from redaction.ledger.act import Act
from redaction.ledger.entries import read_entries
from redaction.ledger.external import open_external
from tests.checkout import ROOT

APPENDING = {"record_event", "restore_entry", "append_entry"}


def _names(path: Path) -> set[str]:
    """Return the names in a file: imports, calls, attributes and texts."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.alias | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def test_nothing_outside_the_ledger_appends_a_row_by_itself() -> None:
    naming = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "redaction").rglob("*.py") if _names(path) & APPENDING
    }
    assert naming == {"redaction/ledger/act.py", "redaction/ledger/entries.py"}


def test_an_act_that_fails_leaves_no_row(deployment: Deployment, account: int) -> None:
    def fail() -> None:
        with Act(deployment) as act, act.transaction():
            act.record("resume", account, "eve")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(read_entries(deployment.database)) == []
    assert open_external(deployment)[0].read_entry(1) is None


def test_an_act_is_outside_when_it_has_ended(deployment: Deployment, account: int) -> None:
    with Act(deployment) as act:
        with act.transaction():
            act.record("resume", account, "eve", {"n": 1}, "ticket 1")
        assert open_external(deployment)[0].read_entry(1) is None
    [row] = read_entries(deployment.database)
    assert open_external(deployment)[0].read_entry(1) == row
    assert (row.kind, row.account_id, row.actor, row.reason, row.facts) == ("resume", 7, "eve", "ticket 1", {"n": 1})


def test_what_changed_nothing_has_no_row(deployment: Deployment, account: int) -> None:
    with Act(deployment) as act, act.transaction():
        act.record_change(account, "eve", {"name": "a", "on": True}, {"name": "a", "on": True})
    assert list(read_entries(deployment.database)) == []
    with Act(deployment) as act, act.transaction():
        act.record_change(account, "eve", {"name": "a", "on": True}, {"name": "b", "on": True}, agency_id=1)
    [row] = read_entries(deployment.database)
    assert row.facts == {"agency_id": 1, "before": {"name": "a"}, "after": {"name": "b"}}


def test_an_act_begins_on_no_database_that_was_restored(deployment: Deployment, account: int) -> None:
    with Act(deployment) as act, act.transaction():
        act.record("resume", account, "eve")
    with deployment.database.engine("owner").begin() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica; DELETE FROM redaction.ledger")
    with pytest.raises(DatabaseBehind), Act(deployment):
        raise AssertionError("it has begun")


def test_an_act_is_recorded_in_its_transaction_alone(deployment: Deployment) -> None:
    with pytest.raises(AssertionError, match="in its transaction"), Act(deployment) as act:
        act.record("resume", None, "eve")
