"""One certificate for an erasure in all accounts of a request: built from those of its runs, and signed like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redaction.deployment import Deployment
from redaction.erasure.levels import Level, reach_level
from redaction.errors import BadInput, LedgerBroken, NotAllowed
from redaction.evidence.certificate import Certificate, certify_run, check_written
from redaction.evidence.keys import fingerprint, signing_key
from redaction.evidence.render import write_sealed
from redaction.evidence.stages import say_covered, say_not_covered
from redaction.ledger.entries import list_entries_of_run
from redaction.objects.counts import describe_counts
from redaction.pipeline.runs import get_run
from redaction.placements.resolve import Placements
from redaction.requests.letter import write_answer_letter
from redaction.requests.missing import find_lost
from redaction.requests.records import PersonRequest, get_home, get_request, list_accounts_of
from redaction.words import LEVELS, say_activities, say_count

_Certified = list[tuple[str, Certificate]]


def write_answer_files(placements: Placements, request_id: int, folder: Path) -> list[Path]:
    """Write the certificate of a request's erasure (JSON, HTML, PDF) and, while it is open, the letter of reply (PDF);
    return their paths.

    Raises NotAllowed if it has erased nothing, or a run of it has not succeeded; BadInput if there is no key to sign
    with or the files cannot be written; nothing is written then.
    """
    home = get_home(placements)
    request = get_request(placements, request_id)
    letter = None if request.closed_at else write_answer_letter(placements, request_id)
    paths = []
    if request.kind != "access":
        paths += write_certificate_of(placements, home, request, folder)
    if letter is not None:
        path = folder / f"answer-{request_id}.pdf"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(letter)
        except OSError as error:
            raise BadInput(f"{folder}: the letter cannot be written there: {error.strerror}") from None
        paths.append(path)
    return paths


def write_certificate_of(placements: Placements, home: Deployment, request: PersonRequest, folder: Path) -> list[Path]:
    """Write the certificate of a request's erasure; return the paths of its three files.

    Raises NotAllowed if it has erased nothing, LedgerBroken if a run belongs to another account than the request says.
    """
    key = signing_key(home.settings)
    accounts = list_accounts_of(home, request.id)
    lost, configured = find_lost(placements, accounts), placements.settings.all_placements
    certified = [
        (placement, _certify(placements.at(placement), run_id, account.account_id))
        for account in accounts
        for placement, run_ids in account.runs.items()
        if placement in configured
        for run_id in run_ids
        # The certificate names the accounts of runs that wait or have failed.
        if get_run(placements.at(placement).database, run_id).state == "succeeded"
    ]
    abandoned = [
        _read_abandoned(placements.at(placement), run_id, account.account_id)
        for account in accounts
        for placement, run_ids in account.abandoned.items()
        if placement in configured
        for run_id in run_ids
    ]
    if not abandoned and not any(certificate.stripped_count for _, certificate in certified):
        raise NotAllowed(
            f"request {request.id} has erased nothing, so there is nothing to certify: nothing was written"
        )
    content = {
        "format": "redaction request certificate 1",
        "issued_at": datetime.now(UTC),
        "request_id": request.id,
        "reference": request.reference,
        "opened_at": request.opened_at,
        "answered_at": request.answered_at,
        "held": sum(account.found.get("held", 0) for account in accounts),
        "runs": [{"placement": placement, **certificate.model_dump()} for placement, certificate in certified],
        "abandoned": [asdict(run) for run in abandoned],
        "not_complete": [
            {
                "account_id": account.account_id,
                "placement": account.placement,
                "outcome": "unknown" if account.account_id in lost else account.outcome,
                "failure": lost.get(account.account_id, account.failure),
            }
            for account in accounts
            if account.outcome in ("waits", "failed", "unknown") or account.account_id in lost
        ],
    }
    said = _say(request, content, certified, abandoned, key)
    return write_sealed(folder / f"request-{request.id}", content, said, key)


@dataclass(frozen=True)
class _Abandoned:
    """A run that has redacted something and was abandoned: it has no certificate, only rows in the ledger."""

    placement: str
    run_id: int
    account_id: int
    stripped_count: int
    level: Level
    position: int
    hash: str


def _certify(deployment: Deployment, run_id: int, account_id: int) -> Certificate:
    certificate = certify_run(deployment, run_id)
    _check_account(deployment, run_id, account_id, certificate.account_id)
    return certificate


def _read_abandoned(deployment: Deployment, run_id: int, account_id: int) -> _Abandoned:
    entries = [entry for entry in list_entries_of_run(deployment.database, run_id) if entry.kind == "abandonment"]
    _check_account(deployment, run_id, account_id, entries[0].account_id if entries else None)
    check_written(deployment, entries[0])
    level, stripped = reach_level(deployment, run_id).level, entries[0].facts["stripped_count"]
    row = entries[0]
    return _Abandoned(deployment.placement, run_id, account_id, stripped, level, row.position, row.hash)


def _check_account(deployment: Deployment, run_id: int, account_id: int, found: int | None) -> None:
    if found != account_id:
        raise LedgerBroken(
            f"run {run_id} at placement {deployment.placement} is not recorded as one of account {account_id}, as the "
            "request says: `redaction ledger verify` there; no certificate was issued"
        )


def _say(
    request: PersonRequest,
    content: Mapping[str, Any],
    certified: _Certified,
    abandoned: Sequence[_Abandoned],
    key: Ed25519PrivateKey,
) -> dict[str, Any]:
    """Return the content of a page, all of it text: (name, value) by section."""
    objects: Counter[str] = Counter()
    for _, certificate in certified:
        objects.update(certificate.objects)
    runs: list[Certificate | _Abandoned] = [*(certificate for _, certificate in certified), *abandoned]
    lowest = min(run.level for run in runs)
    erased = sum(run.stripped_count for run in runs)
    accounts = len({run.account_id for run in runs})
    expire = [at for _, certificate in certified if (at := certificate.backups_expire) is not None]
    left = dict.fromkeys(line for _, certificate in certified for line in certificate.not_covered)
    unfinished = content["not_complete"]
    missing = say_count(len(unfinished), "account", "accounts")
    return {
        "title": f"Certificate of erasure: request {request.id}",
        "facts": [
            *([("Not complete", f"{missing}, see below")] if unfinished else []),
            ("Personal data erased from", f"{say_activities(erased)} in {say_count(accounts, 'account', 'accounts')}"),
            ("Not erased, on hold", say_activities(content["held"])),
            ("Reference", request.reference),
            ("Received", _instant(request.opened_at)),
            ("Answered", _instant(request.answered_at) if request.answered_at else "not yet"),
            ("Objects", describe_counts(objects)),
            ("Erasure", f"{LEVELS[lowest]}, the lowest of all accounts"),
        ],
        "covered": say_covered(lowest),
        "not_covered": [
            *(_say_unfinished(**account) for account in unfinished),
            *(
                f"Run {run.run_id} at {run.placement} was abandoned after it had redacted "
                f"{say_activities(run.stripped_count)} of account {run.account_id}: they were not validated"
                for run in abandoned
            ),
            *say_not_covered(lowest, left, max(expire, default=None)),
        ],
        "proof": [
            *(
                (
                    f"Run {certificate.run_id} at {placement}",
                    f"account {certificate.account_id}: {say_activities(certificate.stripped_count)}; row "
                    f"{certificate.ledger.position} of the ledger, {certificate.ledger.hash}",
                )
                for placement, certificate in certified
            ),
            *(
                (
                    f"Run {run.run_id} at {run.placement}, abandoned",
                    f"account {run.account_id}: {say_activities(run.stripped_count)}; row {run.position} of the "
                    f"ledger, {run.hash}",
                )
                for run in abandoned
            ),
            ("Issued", _instant(datetime.now(UTC))),
            ("Signed (Ed25519) by", fingerprint(key.public_key())),
        ],
    }


def _say_unfinished(account_id: int, placement: str, outcome: str, failure: str | None) -> str:
    why = failure or "its run waits for the answer of another administrator"
    if outcome == "unknown":
        return f"Account {account_id} at {placement}: could not tell what is erased: {why}"
    return f"Account {account_id} at {placement} is not erased ({outcome}): {why}"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
