"""What accounts 7 and 8 of the tests do between a backup and its restore."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from redaction.accounts.accounts import get_account
from redaction.control.manual import ManualRequest, begin_manual
from redaction.deployment import Deployment
from redaction.ledger.entries import Entry
from redaction.ledger.external import open_external
from redaction.pipeline.run import begin_run, complete_run

Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


def redact(deployment: Deployment, account_id: int, cutoff: datetime = CUTOFF) -> int:
    """Redact an account up to the first end of an interval at or after an instant; return the number of activities."""
    end = get_account(deployment.database, account_id).policy().boundary_from(cutoff)
    run = begin_run(deployment, account_id, end, "cli")
    return int(complete_run(deployment, run.id)["stripped_count"])


def redact_by_hand(deployment: Deployment, *ids: int) -> int:
    request = ManualRequest(7, ids, "ticket 2", "ada")
    run = begin_manual(deployment, request, "cli", True, administrator=True)
    complete_run(deployment, run.id)
    return run.id


def list_state(sql: Sql) -> list[dict[str, Any]]:
    return sql(
        "SELECT account_id, id, redacted_at IS NOT NULL AS gone, redaction_run_id AS run_id, caller_name"
        " FROM tracking.activities ORDER BY account_id, id"
    )


def digest(*ids: int) -> str:
    """Return the ledger's digest of a set of these ids."""
    return hashlib.sha256(b"".join(number.to_bytes(8, "big") for number in ids)).hexdigest()


def list_outside(deployment: Deployment) -> list[Entry]:
    """Return the rows of the ledger as they are outside the database, oldest first."""
    external = open_external(deployment)[0]
    return [entry for entry in map(external.read_entry, range(1, 20)) if entry is not None]
