"""A placement that is restored from before an account left it does not bring the account back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from redaction.control.move import move_account
from redaction.db.database import Database
from redaction.errors import DatabaseBehind
from redaction.gate.holds import place_hold
from redaction.ledger.external import check_ledger
from redaction.ledger.verify import verify_ledger
from redaction.placements.resolve import deploy
from redaction.recovery.replay import replay_ledger
from redaction.settings import load_settings
from tests.evidence.conftest import Restore

Sql = Callable[..., list[dict[str, Any]]]


def test_what_has_left_is_erased_again(
    database: Database, filled: int, sql: Sql, deployed: None, west: Database, dump: Callable[[], Restore]
) -> None:
    base = load_settings()
    place_hold(deploy(database, base), 7, "case 1", "eve", activity_ids=[1])
    restore = dump()
    place_hold(deploy(database, base), 7, "case 2", "eve")
    move_account(base, 7, "west", "eve")
    restore()
    assert sql("SELECT count(*) AS n FROM tracking.activities WHERE account_id = 7")[0]["n"] > 0
    with pytest.raises(DatabaseBehind):
        check_ledger(deploy(database, base))
    replay_ledger(deploy(database, base), "eve")
    assert sql("SELECT count(*) AS n FROM tracking.activities WHERE account_id = 7")[0]["n"] == 0
    assert sql("SELECT whereabouts FROM tracking.accounts WHERE id = 7") == [{"whereabouts": "left"}]
    assert sql("SELECT count(*) AS n FROM redaction.residue")[0]["n"] == 0
    # Its holds there have ended with its stay, also those placed after the backup.
    assert sql("SELECT count(*) AS n FROM redaction.holds WHERE account_id = 7 AND released_at IS NULL")[0]["n"] == 0
    assert verify_ledger(deploy(database, base), activities=True).is_whole
