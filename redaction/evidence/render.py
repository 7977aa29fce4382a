"""A certificate as JSON, as a page (HTML) and for print (PDF), each signed as a whole; see `seals`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from redaction.errors import BadInput, SignatureWrong
from redaction.evidence.certificate import Certificate, Position
from redaction.evidence.keys import fingerprint
from redaction.evidence.seals import open_sealed, seal_json, seal_page
from redaction.evidence.stages import say_covered, say_instant, say_not_covered
from redaction.extras import needs
from redaction.objects.counts import describe_counts
from redaction.resources import find_folder
from redaction.words import LEVELS, say_activities, say_count, say_each, say_kinds, say_stored_rule

_TEMPLATES = find_folder("templates")
_MOST_BYTES = 10_000_000
_REASONS = {"source": "redacted at the source"}
_REDONE = "after a restore of the database; the figures are those of the first time"


def seal_certificate(certificate: Certificate, key: Ed25519PrivateKey) -> dict[str, bytes]:
    """Return the JSON and the PDF of a certificate by their suffixes; raises ExtraMissing without a typesetter."""
    return {
        ".json": seal_json(certificate.model_dump(), key),
        ".pdf": seal_page("pdf", render_pdf("certificate.typ", "certificate", _say(certificate, key)), key),
    }


def write_certificate(certificate: Certificate, key: Ed25519PrivateKey, folder: Path) -> list[Path]:
    """Write the three files of a certificate into a folder; return their paths.

    Raises BadInput if that fails, ExtraMissing without a typesetter; nothing is written then.
    """
    stem = folder / f"certificate-{certificate.run_id}"
    return write_sealed(stem, certificate.model_dump(), _say(certificate, key), key)


def write_sealed(
    stem: Path, content: Mapping[str, Any], said: Mapping[str, object], key: Ed25519PrivateKey
) -> list[Path]:
    """Write a certificate: `content` as JSON, `said` as a page and for print; return the paths, which are `stem` with a
    suffix each.

    Raises BadInput if that fails, ExtraMissing without a typesetter; nothing is written then.
    """
    texts = {
        ".json": seal_json(content, key),
        ".html": seal_page("html", _render_html(said), key),
        ".pdf": seal_page("pdf", render_pdf("certificate.typ", "certificate", said), key),
    }
    folder = stem.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, text in texts.items():
            stem.with_suffix(suffix).write_bytes(text)
    except OSError as error:
        raise BadInput(f"{folder}: the certificate cannot be written there: {error.strerror}") from None
    return [stem.with_suffix(suffix) for suffix in texts]


def verify_certificate(path: Path, trusted: Mapping[str, Ed25519PublicKey]) -> str:
    """Return the fingerprint of the key that signed a file.

    Raises SignatureWrong if the key is not trusted, or the file differs from what was signed in any byte or in its
    kind; BadInput if it is no certificate.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    if len(text) > _MOST_BYTES:
        raise BadInput(f"{path} is no certificate: it is longer than {_MOST_BYTES:,} bytes")
    sealed = open_sealed(text, str(path))
    if path.suffix.lower() != f".{sealed.kind}":
        # Plain text of one kind of file may be a whole page of another kind.
        raise SignatureWrong(
            f"{path} was signed as .{sealed.kind}, and its name says otherwise, so a reader may see what nobody "
            f"signed: give it a name that ends in .{sealed.kind}, then verify it again"
        )
    key = trusted.get(sealed.key)
    if key is None:
        raise SignatureWrong(
            f"{path} was signed by {sealed.key}, which is none of {', '.join(trusted)}: it proves nothing"
        )
    try:
        key.verify(sealed.signature, sealed.signed)
    except InvalidSignature:
        raise SignatureWrong(f"{path} was altered after it was signed with {sealed.key}") from None
    return sealed.key


def _say(certificate: Certificate, key: Ed25519PrivateKey) -> dict[str, object]:
    """Return the content of a page, all of it text: (name, value) by section."""
    held = "the whole account" if certificate.held is None else say_activities(certificate.held)
    name = certificate.account_name or f"account {certificate.account_id}"
    zone, level = certificate.timezone, certificate.level
    requester = certificate.requested_by or ("its schedule" if certificate.policy else certificate.asked_by)
    return {
        "title": f"Certificate of redaction: run {certificate.run_id} of {name}",
        "facts": [
            ("Account", say_account(certificate.account_name, certificate.account_id, certificate.agency_name)),
            (
                "Personal data erased from",
                f"{certificate.stripped_count:,} of {say_activities(certificate.due_count)} that were selected",
            ),
            *([("Not erased", say_each(dict(sorted(certificate.left_out.items()))))] if certificate.left_out else []),
            *([("Not selected, on hold", held)] if certificate.held != 0 else []),
            ("Selected", certificate.describe_selection()),
            *([("Recordings", said)] if (said := certificate.describe_recordings()) else []),
            ("Requested by", requester),
            ("Rule", say_stored_rule(certificate.policy) if certificate.policy else "none: chosen by hand"),
            ("Reason", certificate.reason or _REASONS.get(certificate.kind, "the rule of the account")),
            ("Began", say_instant(certificate.started_at, zone)),
            ("Ended", say_instant(certificate.finished_at, zone)),
            *([("Redone", _REDONE)] * certificate.redone),
            ("Activities validated", say_kinds(certificate.by_kind) or "none"),
            ("Values erased", say_each(certificate.by_category) or "none"),
            ("Objects", describe_counts(certificate.objects)),
            ("Objects when the run ended", describe_counts(certificate.objects_at_end)),
            ("Validated", describe_validation(certificate.validation)),
            ("Erasure", f"{LEVELS[level]} ({LEVELS[certificate.level_at_end]} when the run ended)"),
        ],
        "covered": say_covered(level),
        "not_covered": say_not_covered(level, certificate.not_covered, certificate.backups_expire, zone),
        "proof": list_proof(
            certificate.ledger,
            certificate.issued_at,
            zone,
            key,
            ("Digest of the ids", certificate.ids_digest),
            ("Version of the catalog", str(certificate.catalog_version)),
        ),
    }


def list_proof(
    ledger: Position, issued_at: datetime, zone: str, key: Ed25519PrivateKey, *own: tuple[str, str]
) -> list[tuple[str, str]]:
    """Return the section about the ledger row and the signature; `own` is what this kind of certificate adds."""
    return [
        ("Row of the ledger", f"{ledger.position}, written {say_instant(ledger.written_at, zone)}"),
        ("Its hash", ledger.hash),
        ("The hash before", ledger.previous_hash or "none, it is the first"),
        *own,
        ("Issued", say_instant(issued_at, zone)),
        ("Signed (Ed25519) by", fingerprint(key.public_key())),
    ]


def say_account(name: str, account_id: int, agency: str) -> str:
    """Return an account for people: `Dental 1 (1001), agency North`."""
    named = f"{name} ({account_id})" if name else str(account_id)
    return f"{named}, agency {agency}" if agency else named


def describe_validation(validation: Mapping[str, int]) -> str:
    """Return in words what a passed validation has counted."""
    rows, foreign = validation.get("rows", 0), validation.get("foreign_contacts", 0)
    activities, checks = say_activities(rows), validation.get("expectations", 0)
    words = f"no personal value left in {activities} ({say_count(checks, 'check', 'checks')})"
    if not foreign:
        return words
    texts = validation.get("undecided_texts", 0)
    different = "1 text" if texts == 1 else f"{texts:,} different texts"
    found = f"{different} in {foreign:,} of them" if texts else f"A text in {foreign:,} of them"
    return (
        f"{words}. {found} (such as a source or a label): something like a number or an address, not the caller's as "
        "far as that was known, and no tracking number. An administrator of the account decides on each"
    )


def _render_html(said: Mapping[str, object]) -> bytes:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("certificate.html").render(said).encode() + b"\n"


def render_pdf(template: str, name: str, said: Mapping[str, object]) -> bytes:
    """Return a template rendered with `said`, under the name that the template uses; raises ExtraMissing without a
    typesetter.
    """
    text = json.dumps(said, ensure_ascii=False)
    with needs("certificates", "a certificate as PDF"):
        import typst
    page = typst.compile(_TEMPLATES / template, format="pdf", sys_inputs={name: text})
    return bytes(page) + b"\n"
