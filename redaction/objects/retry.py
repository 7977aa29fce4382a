"""The objects that runs have left, tried again: each night by the DAG `erase_residue`, and by its command."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from redaction.deployment import Deployment
from redaction.errors import NotAllowed, TryLater
from redaction.objects.settle import sweep_account, tell_ledger

ACTOR = "erase_residue"


@dataclass(frozen=True)
class Retried:
    """What came of the objects that were tried again, by outcome; stores that failed and what was left, with why."""

    outcomes: dict[str, int]
    failed: dict[str, str]
    left: dict[str, str]


def retry_objects(deployment: Deployment) -> Retried:
    """Try the objects again that are due, of all accounts, those among them that no run would ever come to.

    An account that is paused or busy is left, and named.
    """
    outcomes: Counter[str] = Counter()
    failed: dict[str, str] = {}
    left: dict[str, str] = {}
    with deployment.transaction("redaction_worker") as session:
        # Every object is looked at, which may take longer than a statement of the daily work.
        session.set_local({"statement_timeout": "0"})
        session.run("mark_lost_objects")
        accounts = [row["id"] for row in session.rows("accounts_with_objects_due")]
    for account_id in accounts:
        try:
            swept = sweep_account(deployment, account_id)
        except (NotAllowed, TryLater) as error:
            left[f"objects of account {account_id}"] = str(error)
            continue
        finally:
            tell_ledger(deployment, account_id, ACTOR)
        outcomes += swept.outcomes
        failed |= swept.failed
    return Retried(dict(outcomes), failed, left)
