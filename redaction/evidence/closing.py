"""The certificate of a closed account: everything that was ever redacted of it here, from the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import AwareDatetime, BaseModel

from redaction.deployment import Deployment
from redaction.erasure.levels import LEVELS, Level, list_covered, list_not_reached
from redaction.errors import NotAllowed
from redaction.evidence.certificate import Position, certify_run, check_written, name_account
from redaction.evidence.render import list_proof, say_account, write_sealed
from redaction.evidence.stages import say_covered, say_instant, say_not_covered
from redaction.ledger.entries import Entry
from redaction.objects.counts import describe_counts
from redaction.words import LEVELS as WORDS
from redaction.words import say_activities


class CertifiedRun(BaseModel, frozen=True, extra="forbid"):
    """A run of the account: what it has redacted, its level now, its ledger row and that row's hash."""

    run_id: int
    kind: str
    stripped_count: int
    level: Level
    position: int
    hash: str


class AccountCertificate(BaseModel, frozen=True, extra="forbid"):
    """What the certificate of a closed account states; counts are activities. `level` is the lowest of its runs at
    `issued_at`; `objects` covers all runs. `removed_at`: its retained fields were removed too.
    """

    format: Literal["redaction certificate of an account 1"] = "redaction certificate of an account 1"
    issued_at: AwareDatetime
    account_id: int
    account_name: str = ""
    agency_name: str = ""
    timezone: str = "UTC"
    requested_by: str
    approved_by: str
    reason: str | None
    since: AwareDatetime
    closed_at: AwareDatetime
    removed_at: AwareDatetime | None
    activities: int
    redacted: int
    objects: Mapping[str, int]
    level: Level
    covered: tuple[str, ...]
    not_covered: tuple[str, ...]
    backups_expire: AwareDatetime | None = None
    runs: tuple[CertifiedRun, ...]
    ledger: Position


def certify_account(deployment: Deployment, account_id: int) -> AccountCertificate:
    """Return the certificate of a closed account, as of now.

    Raises NotAllowed for an open account, with what it waits for; LedgerBroken if a ledger row about it or one of its
    runs was altered, or differs from the copy outside.
    """
    described = deployment.rows("describe_closing", account_id=account_id)
    rows = deployment.rows("entries_of_closing", account_id=account_id, stage="closed")
    if not described or not rows or described[0]["closed_at"] is None:
        raise NotAllowed(
            f"account {account_id} is not closed, so it gets no certificate: "
            f"`redaction account close {account_id}` says what it waits for"
        )
    entry, about = Entry(**rows[-1]), described[0]
    check_written(deployment, entry)
    runs, objects, outside, expire = [], Counter[str](), [], list[datetime | None]()
    for row in deployment.rows("runs_of_closing", account_id=account_id):
        if row["kind"] == "move":
            continue
        certificate = certify_run(deployment, row["id"])
        objects.update(certificate.objects)
        expire.append(certificate.backups_expire)
        outside += [f"run {certificate.run_id}: {line}" for line in certificate.not_covered if line[:2] not in LEVELS]
        runs.append(
            CertifiedRun(
                run_id=certificate.run_id,
                kind=certificate.kind,
                stripped_count=certificate.stripped_count,
                level=certificate.level,
                position=certificate.ledger.position,
                hash=certificate.ledger.hash,
            )
        )
    level: Level = min((run.level for run in runs), default="L0")
    return AccountCertificate(
        issued_at=datetime.now(UTC),
        account_id=account_id,
        **name_account(deployment, account_id),
        backups_expire=max((at for at in expire if at is not None), default=None),
        **{name: about[name] for name in ("requested_by", "approved_by", "reason", "since", "closed_at", "removed_at")},
        activities=entry.facts["activities"],
        redacted=entry.facts["redacted"],
        objects=dict(objects),
        level=level,
        covered=list_covered(level),
        not_covered=(*list_not_reached(level), *outside),
        runs=tuple(runs),
        ledger=Position.of(entry),
    )


def write_account_certificate(certificate: AccountCertificate, key: Ed25519PrivateKey, folder: Path) -> list[Path]:
    """Write the three files of the certificate of an account into a folder; return their paths. Raises as
    `write_sealed` does.
    """
    stem = folder / f"certificate-account-{certificate.account_id}"
    return write_sealed(stem, certificate.model_dump(), _say(certificate, key), key)


def _say(certificate: AccountCertificate, key: Ed25519PrivateKey) -> dict[str, object]:
    """Return what the page of a closed account says, in the sections of a run's certificate."""
    runs = ", ".join(f"{run.run_id} (row {run.position})" for run in certificate.runs) or "none"
    zone, level = certificate.timezone, certificate.level
    return {
        "title": f"Certificate of closing: {certificate.account_name or f'account {certificate.account_id}'}",
        "facts": [
            ("Account", say_account(certificate.account_name, certificate.account_id, certificate.agency_name)),
            (
                "Personal data erased from",
                f"{certificate.redacted:,} of {say_activities(certificate.activities)} that the account had at its end",
            ),
            ("Requested by", certificate.requested_by),
            ("Approved by", certificate.approved_by),
            ("Reason", certificate.reason or ""),
            ("Closed to everybody", say_instant(certificate.since, zone)),
            ("Empty, and closed", say_instant(certificate.closed_at, zone)),
            *([("Retained fields removed", say_instant(at, zone))] if (at := certificate.removed_at) else []),
            ("Objects of all its runs", describe_counts(certificate.objects)),
            ("Erasure", f"{WORDS[level]}, the lowest of its runs"),
        ],
        "covered": say_covered(level),
        "not_covered": say_not_covered(level, certificate.not_covered, certificate.backups_expire, zone),
        "proof": list_proof(certificate.ledger, certificate.issued_at, zone, key, ("Runs, each with its row", runs)),
    }
