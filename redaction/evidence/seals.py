"""Signatures of certificates: each kind of file has one exact form, and a signature is valid for one kind only.

The JSON has its signature next to the certificate. HTML and PDF end in a comment line with the signature of all bytes
before it. Only the exact signed bytes are accepted: other spellings of the same content are refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redaction.errors import BadInput, SignatureWrong
from redaction.evidence.keys import fingerprint
from redaction.ledger.entries import canonical

Kind = Literal["json", "html", "pdf"]
_COMMENTS: Mapping[Kind, tuple[bytes, bytes]] = {"html": (b"<!-- ", b" -->\n"), "pdf": (b"%", b"\n")}
_BEGINS: Mapping[Kind, bytes] = {"json": b"{\n", "html": b"<!doctype html>\n", "pdf": b"%PDF-"}
_SEAL = rb"Ed25519 (SHA256:[A-Za-z0-9+/]{43}) ([A-Za-z0-9+/]{86}==)"


@dataclass(frozen=True)
class Sealed:
    """A file taken apart: its kind, the signed bytes (the kind among them), the key's name, the signature."""

    kind: Kind
    signed: bytes
    key: str
    signature: bytes


def seal_json(certificate: Mapping[str, Any], key: Ed25519PrivateKey) -> bytes:
    """Return a certificate as JSON with its signature."""
    plain = canonical(certificate)
    name, value = _sign("json", plain, key)
    return _render_json(json.loads(plain), name, value)


def seal_page(kind: Literal["html", "pdf"], text: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return a page with the line that signs it."""
    name, value = _sign(kind, text, key)
    begin, end = _COMMENTS[kind]
    return text + begin + f"Ed25519 {name} {value}".encode() + end


def sign_sums(sums: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the line that signs the digests of an evidence pack."""
    value = base64.b64encode(key.sign(b"redaction evidence pack 1 sums\n" + sums)).decode()
    return f"Ed25519 {fingerprint(key.public_key())} {value}\n".encode()


def open_sealed(text: bytes, name: str) -> Sealed:
    """Take apart the bytes of a file; `name` is its name in messages.

    Raises BadInput for a file that is no certificate, SignatureWrong if it is not in the exact form.
    """
    kind = next((kind for kind, begin in _BEGINS.items() if text.startswith(begin)), None)
    if kind is None or kind == "json":
        return _open_json(text, name)
    begin, end = _COMMENTS[kind]
    found = re.search(b"(?<=\n)" + re.escape(begin) + _SEAL + re.escape(end) + rb"\Z", text)
    if found is None:
        raise BadInput(f"{name} is no certificate, or was cut off or added to: its last line is no signature")
    return Sealed(kind, _purpose(kind, text[: found.start()]), found[1].decode(), _decode(found[2].decode(), name))


def _open_json(text: bytes, name: str) -> Sealed:
    twice: list[str] = []

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(pairs)
        if len(read) < len(pairs):
            twice.append(name)
        return read

    try:
        parsed = json.loads(text.decode(), object_pairs_hook=read_object)
        certificate, signature = parsed["certificate"], parsed["signature"]
        key, value = signature["key"], signature["value"]
        plain = canonical(certificate)
        rendered = _render_json(json.loads(plain), str(key), str(value))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadInput(f"{name} is no certificate, or was cut off: it has no signature at its end") from None
    if twice:
        raise SignatureWrong(
            f"{name} names a member twice, so that readers may see different values: somebody has altered it"
        )
    if rendered != text:
        raise SignatureWrong(
            f"{name} is not byte for byte as a certificate is written: spaces, order, spelling or bytes around it "
            "differ, so somebody has altered it; ask for the file as it was issued"
        )
    return Sealed("json", _purpose("json", plain), str(key), _decode(str(value), name))


def _render_json(certificate: Mapping[str, Any], key: str, value: str) -> bytes:
    sealed = {"certificate": certificate, "signature": {"algorithm": "Ed25519", "key": key, "value": value}}
    return json.dumps(sealed, indent=2, ensure_ascii=False).encode() + b"\n"


def _decode(value: str, name: str) -> bytes:
    """Return the bytes of a signature; refuses every other base64 spelling of the same bytes."""
    try:
        signature = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if base64.b64encode(signature).decode() != value or len(signature) != 64:
        raise SignatureWrong(f"{name}: its signature is not spelled as one is written: somebody has altered it")
    return signature


def _sign(kind: Kind, text: bytes, key: Ed25519PrivateKey) -> tuple[str, str]:
    signature = key.sign(_purpose(kind, text))
    return fingerprint(key.public_key()), base64.b64encode(signature).decode()


def _purpose(kind: Kind, text: bytes) -> bytes:
    """Return the signed text: the bytes after a line that names their kind, so that they are valid as nothing else."""
    return f"redaction certificate 2 {kind}\n".encode() + text
