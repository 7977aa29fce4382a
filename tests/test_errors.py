"""The tree of errors: as it is drawn, which may be tried again, and the meaning of each SQLSTATE of ours."""

from __future__ import annotations

import ast
import re

import pytest
from airflow.sdk import RetryAction

from redaction import errors
from redaction.airflow.dags.common import RETRY_POLICY
from redaction.db.refusals import REFUSALS, find_refusal
from redaction.errors import DatabaseBusy, DiskTooSmall, NotAllowed, Paused, PersonalDataRemains, RedactionError
from tests.checkout import ROOT


def _all_errors(kind: type[RedactionError] = RedactionError) -> set[type[RedactionError]]:
    own = {one for one in kind.__subclasses__() if one.__module__ == errors.__name__}
    return own.union(*(_all_errors(one) for one in own))


def _drawn() -> dict[str, str]:
    """Return the parent of each error, as the docstring draws it."""
    parents, above = {}, {0: "RedactionError"}
    for line in str(errors.__doc__).splitlines():
        if found := re.match(r"^    ((?:\|   |    )*)(?:\|-- |`-- )([A-Z]\w+)", line):
            depth = len(found[1]) // 4
            parents[found[2]] = above[depth]
            above[depth + 1] = found[2]
    return parents


def test_the_tree_that_is_drawn_is_the_tree() -> None:
    assert len(_drawn()) > 20
    assert _drawn() == {one.__name__: one.__base__.__name__ for one in _all_errors() if one.__base__}


def test_no_error_of_ours_stands_elsewhere() -> None:
    ours = {"RedactionError", *_drawn()}
    classes = {
        node.name
        for path in (ROOT / "redaction").rglob("*.py")
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and ours & {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    }
    assert classes == set()


def test_the_drawing_says_what_is_retryable() -> None:
    assert {one.__name__ for one in _all_errors() if one.retryable} == {
        name for name, parent in _drawn().items() if "TryLater" in (name, parent)
    }


@pytest.mark.parametrize("kind", sorted(_all_errors(), key=lambda kind: kind.__name__))
def test_airflow_tries_again_what_is_retryable(kind: type[RedactionError]) -> None:
    error = kind.__new__(kind)
    decision = RETRY_POLICY.evaluate(error, 1, 4)
    assert decision.action == (RetryAction.RETRY if kind.retryable else RetryAction.FAIL)


def test_each_sqlstate_that_our_sql_raises_is_in_the_table() -> None:
    raised = {state for path in (ROOT / "sql").rglob("*.sql") for state in re.findall(r"'(RD\d+)'", path.read_text())}
    assert len(raised) > 8
    assert raised == {state for one in REFUSALS for state in one.states.split() if state.startswith("RD")}
    for state in raised:
        assert find_refusal(state).error is not RedactionError


def test_a_refusal_may_hold_at_one_constraint_alone() -> None:
    assert find_refusal("RD004", "tracking.activities.activities_redacted_is_stripped").error is PersonalDataRemains
    assert find_refusal("RD004", "tracking.activities").error is NotAllowed
    assert find_refusal("23514", "tracking.activities.another").error is RedactionError
    assert find_refusal("RD001").error is Paused


def test_a_full_disk_is_no_busy_database() -> None:
    assert find_refusal("53100").error is DiskTooSmall
    assert not issubclass(DiskTooSmall, DatabaseBusy)
    assert {find_refusal(state).error for state in ("40P01", "08006", "57014")} == {DatabaseBusy}


def test_every_message_of_the_table_can_be_filled_in() -> None:
    for refusal in REFUSALS:
        assert "{" not in refusal.message.format(state="S", where="w", kind="K")


def test_no_decision_reads_the_text_of_an_error_of_ours() -> None:
    """Only JSON that is too deep for its library, and the window of a zstd file, are recognised by a text: they have no
    class of their own.
    """
    found = set()
    for path in (ROOT / "redaction").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and re.search(r"str\((error|original|raised)\)", ast.unparse(node)):
                found.add(path.relative_to(ROOT / "redaction").as_posix())
    assert found == {"source/parse.py", "source/decoded.py"}
