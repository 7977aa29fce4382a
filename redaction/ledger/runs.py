"""The row of a run."""

from __future__ import annotations

from redaction.catalog import load_catalog
from redaction.db.publications import list_publications
from redaction.db.session import Session
from redaction.ledger.act import Act


def digest_ids(session: Session, run_id: int) -> str:
    """Return the digest of the ids of a run's set, SHA-256 in hexadecimal; a second for three million."""
    return str(session.one("digest_ids", run_id=run_id)["ids_digest"])


def record_run(act: Act, run_id: int, level: str, ids_digest: str) -> None:
    """Append the row of a run that succeeds in the transaction of an act, unless it has one.

    `level` is the erasure level it has reached, `ids_digest` what `digest_ids` returns.
    """
    session = act.session
    if session.rows("find_entry", run_id=run_id):
        act.record_again()
        return
    facts = dict(session.one("run_facts", run_id=run_id))
    account_id, actor, reason = (facts.pop(name) for name in ("account_id", "actor", "reason"))
    if facts["held"] == "some":
        facts["held"] = session.one("ids_left_held", run_id=run_id, account_id=account_id)["ids"]
    else:
        facts["held"] = None if facts["held"] == "all" else []
    facts["left_out"] = _count_left_out(session, run_id, account_id, facts["due_count"] - facts["stripped_count"])
    facts |= {"erasure_level": level, "ids_digest": ids_digest, "catalog_version": load_catalog().version}
    sends = list_publications(session)
    if sends:
        facts["sent_elsewhere_by"] = sends
    act.record("redaction", account_id, actor, facts, reason, run_id)


def _count_left_out(session: Session, run_id: int, account_id: int, missing: int) -> dict[str, int]:
    """Return why a run has stripped fewer than it had selected, by counts; {} if it has not."""
    if not missing:
        return {}
    counts = session.one("count_left_out", run_id=run_id, account_id=account_id)
    return {why: count for why, count in counts.items() if count}
