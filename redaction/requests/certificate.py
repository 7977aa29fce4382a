"""One certificate for an erasure in all accounts of a request: made of those of its runs, signed as they are."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.evidence.certificate import Certificate, certify_run
from redaction.evidence.keys import fingerprint, signing_key
from redaction.evidence.render import write_sealed
from redaction.evidence.stages import say_covered, say_not_covered
from redaction.placements.resolve import Placements
from redaction.requests.letter import write_answer_letter
from redaction.requests.records import PersonRequest, get_home, get_request, list_accounts_of
from redaction.words import LEVELS

_Certified = list[tuple[str, Certificate]]


def write_answer_files(placements: Placements, request_id: int, folder: Path) -> list[Path]:
    """Write the certificate of a request's erasure (JSON, HTML, PDF) and, while it is not over, the letter that answers
    it (PDF); return their paths.

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
    """Write the certificate of a request's erasure; return the paths of its three files."""
    key = signing_key(home.settings)
    certified = [
        (account.placement, certify_run(placements.at(account.placement), run_id))
        for account in list_accounts_of(home, request.id)
        for run_id in account.found.get("runs", ())
    ]
    if not any(certificate.stripped_count for _, certificate in certified):
        raise NotAllowed(
            f"request {request.id} has erased nothing, so there is nothing to certify: nothing was written"
        )
    held = sum(account.found.get("held", 0) for account in list_accounts_of(home, request.id))
    content = {
        "format": "redaction request certificate 1",
        "issued_at": datetime.now(UTC),
        "request_id": request.id,
        "reference": request.reference,
        "opened_at": request.opened_at,
        "answered_at": request.answered_at,
        "held": held,
        "runs": [{"placement": placement, **certificate.model_dump()} for placement, certificate in certified],
    }
    return write_sealed(folder / f"request-{request.id}", content, _say(request, certified, held, key), key)


def _say(request: PersonRequest, certified: _Certified, held: int, key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return what a page says: (what, value) by section, all of it text."""
    objects: Counter[str] = Counter()
    for _, certificate in certified:
        objects.update(certificate.objects)
    lowest = min((certificate for _, certificate in certified), key=lambda certificate: certificate.level)
    erased = sum(certificate.stripped_count for _, certificate in certified)
    accounts = len({certificate.account_id for _, certificate in certified})
    expire = [at for _, certificate in certified if (at := certificate.backups_expire) is not None]
    left = dict.fromkeys(line for _, certificate in certified for line in certificate.not_covered)
    return {
        "title": f"Certificate of erasure: request {request.id}",
        "facts": [
            ("Personal data erased from", f"{erased:,} activities in {accounts:,} accounts"),
            ("Not erased, on hold", f"{held:,} activities"),
            ("Reference", request.reference),
            ("Received", _instant(request.opened_at)),
            ("Answered", _instant(request.answered_at) if request.answered_at else "not yet"),
            ("Objects", ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in sorted(objects.items()))),
            ("Erasure", f"{LEVELS[lowest.level]}, the lowest of all accounts"),
        ],
        "covered": say_covered(lowest.level),
        "not_covered": say_not_covered(lowest.level, left, max(expire, default=None)),
        "proof": [
            *(
                (
                    f"Run {certificate.run_id} at {placement}",
                    f"account {certificate.account_id}: {certificate.stripped_count:,} activities; row "
                    f"{certificate.ledger.position} of the ledger, {certificate.ledger.hash}",
                )
                for placement, certificate in certified
            ),
            ("Issued", _instant(datetime.now(UTC))),
            ("Signed (Ed25519) by", fingerprint(key.public_key())),
        ],
    }


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
