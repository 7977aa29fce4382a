"""A backup from before a run that followed the source is restored: it is redone by its ids, without what was held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from redaction.control.follow import follow_account
from redaction.deployment import Deployment
from redaction.errors import Paused
from redaction.evidence.certificate import certify_run
from redaction.gate.holds import place_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.verify import verify_ledger
from redaction.recovery.replay import replay_ledger
from tests.evidence.acts import list_state, redact_by_hand
from tests.evidence.conftest import Restore

Sql = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize("begun", [False, True], ids=["before it began", "before its strip"])
@pytest.mark.parametrize("whole", [False, True], ids=["one held", "all held"])
def test_what_was_followed_after_the_backup_is_redone(
    deployment: Deployment, filled: int, sql: Sql, dump: Callable[[], Restore], begun: bool, whole: bool
) -> None:
    sql("UPDATE tracking.accounts SET follow_source = true WHERE id = 7")
    sql("INSERT INTO tracking.redacted_at_source VALUES (7, 2), (7, 3), (7, 4)")
    restore = None if begun else dump()
    pause(deployment, 7, "ticket 1", "eve")
    with pytest.raises(Paused):
        list(follow_account(deployment, 7, "ada"))
    # The hold comes after the selection, so that its activity is in the set and stays.
    place_hold(deployment, 7, "ticket 2", "eve", activity_ids=() if whole else [3])
    resume(deployment, 7, "eve")
    if restore is None:
        restore = dump()
    [record] = follow_account(deployment, 7, "ada")
    assert (record["due_count"], record["stripped_count"]) == (3, 0 if whole else 2)
    if not whole:
        redact_by_hand(deployment, 8)
    before = list_state(sql)
    marked = sql("SELECT activity_id AS id FROM tracking.redacted_at_source ORDER BY 1")
    assert [row["id"] for row in marked] == ([2, 3, 4] if whole else [3])
    restore()
    replay_ledger(deployment, "eve")
    kept = [{name: row[name] for name in ("account_id", "id", "gone", "caller_name")} for row in list_state(sql)]
    assert kept == [{name: row[name] for name in ("account_id", "id", "gone", "caller_name")} for row in before]
    assert sql("SELECT activity_id AS id FROM tracking.redacted_at_source ORDER BY 1") == marked
    assert verify_ledger(deployment, activities=True).unrecorded == ()
    assert verify_ledger(deployment).is_whole
    certificate = certify_run(deployment, record["id"])
    assert (certificate.kind, certificate.redone) == ("source", True)
