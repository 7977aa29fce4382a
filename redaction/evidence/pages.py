"""A certificate as JSON, as a page (HTML) and for print (PDF), each signed as a whole: what is read is what was signed.

The JSON has its signature beside it; the other two end in a line of comment with the signature of all that is before.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typst
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError

from redaction.errors import BadInput, SignatureWrong
from redaction.evidence.certificate import Certificate
from redaction.evidence.keys import fingerprint
from redaction.evidence.ledger import canonical
from redaction.objects.counts import describe_counts
from redaction.settings import ROOT

_TEMPLATES = ROOT / "templates"
_PURPOSE = b"redaction certificate 1\n"
_MOST_BYTES = 10_000_000
_COMMENTS = {".html": (b"<!-- ", b" -->\n"), ".pdf": (b"%", b"\n")}
_SEAL = re.compile(rb"(?:<!-- |%)Ed25519 (SHA256:[A-Za-z0-9+/]{43}) ([A-Za-z0-9+/=]{88})(?: -->)?\n\Z")


def write_certificate(certificate: Certificate, key: Ed25519PrivateKey, folder: Path) -> list[Path]:
    """Write the three files of a certificate into a folder; return their paths. Raises BadInput if that fails."""
    stem = folder / f"certificate-{certificate.run_id}"
    texts = {
        ".json": _sign_json(certificate, key),
        ".html": _seal(_render_html(certificate, key), ".html", key),
        ".pdf": _seal(_render_pdf(certificate, key), ".pdf", key),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, text in texts.items():
            stem.with_suffix(suffix).write_bytes(text)
    except OSError as error:
        raise BadInput(f"{folder}: the certificate cannot be written there: {error.strerror}") from None
    return [stem.with_suffix(suffix) for suffix in texts]


def verify_certificate(path: Path, trusted: Mapping[str, Ed25519PublicKey]) -> str:
    """Return the fingerprint of the key that signed a file; raises SignatureWrong if it is not one that is trusted, or
    the file is not as it was signed; BadInput if it is no certificate at all.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    signed, name, signature = _take_apart(path, text)
    key = trusted.get(name)
    if key is None:
        raise SignatureWrong(f"{path} was signed by {name}, which is none of {', '.join(trusted)}: it proves nothing")
    try:
        key.verify(signature, _PURPOSE + signed)
    except InvalidSignature:
        raise SignatureWrong(f"{path} is not as {name} has signed it: somebody has altered it") from None
    return name


def _take_apart(path: Path, text: bytes) -> tuple[bytes, str, bytes]:
    """Return what was signed, the name of the key, and the signature."""
    seal = _SEAL.search(text)
    if seal is not None:
        return text[: seal.start()], seal[1].decode(), base64.b64decode(seal[2])
    try:
        told = json.loads(text)
        certificate = Certificate.model_validate(told["certificate"])
        signature = told["signature"]
        if set(told) == {"certificate", "signature"} and set(signature) == {"algorithm", "key", "value"}:
            return canonical(certificate.model_dump()), str(signature["key"]), base64.b64decode(signature["value"])
    except (ValueError, TypeError, KeyError, ValidationError):
        pass
    raise BadInput(f"{path} is no certificate, or was cut off: it has no signature at its end")


def _sign(signed: bytes, key: Ed25519PrivateKey) -> tuple[str, str]:
    return fingerprint(key.public_key()), base64.b64encode(key.sign(_PURPOSE + signed)).decode()


def _sign_json(certificate: Certificate, key: Ed25519PrivateKey) -> bytes:
    plain = canonical(certificate.model_dump())
    name, value = _sign(plain, key)
    told = {"certificate": json.loads(plain), "signature": {"algorithm": "Ed25519", "key": name, "value": value}}
    return json.dumps(told, indent=2, ensure_ascii=False).encode() + b"\n"


def _seal(text: bytes, suffix: str, key: Ed25519PrivateKey) -> bytes:
    name, value = _sign(text, key)
    begin, end = _COMMENTS[suffix]
    return text + begin + f"Ed25519 {name} {value}".encode() + end


def _say(certificate: Certificate, key: Ed25519PrivateKey) -> dict[str, object]:
    """Return what a page says: (what, value) by section, all of it text."""

    def instant(at: datetime) -> str:
        return f"{at:%Y-%m-%d %H:%M:%S} UTC"

    def counts(by: Mapping[str, int]) -> str:
        return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in sorted(by.items())) or "none"

    told = certificate
    return {
        "title": f"Certificate of redaction: run {told.run_id} of account {told.account_id}",
        "facts": [
            ("Personal data erased from", f"{told.stripped_count:,} of {told.due_count:,} activities that were due"),
            ("Before", instant(told.cutoff)),
            ("Asked by" if told.reason else "By", told.asked_by),
            ("Reason", told.reason or "the policy of the account"),
            ("Begun", instant(told.started_at)),
            ("Ended", instant(told.finished_at)),
            ("By kind", counts(told.by_kind)),
            ("Values erased", counts(told.by_category)),
            ("Objects", describe_counts(told.objects)),
            ("Objects when the run ended", describe_counts(told.objects_at_end)),
            ("Validation", f"passed: {counts(told.validation)}"),
            ("Level of erasure", f"{told.level} ({told.level_at_end} when the run ended)"),
        ],
        "covered": list(told.covered),
        "not_covered": list(told.not_covered),
        "proof": [
            ("Row of the ledger", f"{told.ledger.position}, written {instant(told.ledger.written_at)}"),
            ("Its hash", told.ledger.hash),
            ("The hash before", told.ledger.previous_hash or "none, it is the first"),
            ("Digest of the ids", told.ids_digest),
            ("Version of the catalog", str(told.catalog_version)),
            ("Issued", instant(told.issued_at)),
            ("Signed (Ed25519) by", fingerprint(key.public_key())),
        ],
    }


def _render_html(certificate: Certificate, key: Ed25519PrivateKey) -> bytes:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("certificate.html").render(_say(certificate, key)).encode() + b"\n"


def _render_pdf(certificate: Certificate, key: Ed25519PrivateKey) -> bytes:
    told = json.dumps(_say(certificate, key), ensure_ascii=False)
    page = typst.compile(_TEMPLATES / "certificate.typ", format="pdf", sys_inputs={"told": told})
    return bytes(page) + b"\n"
