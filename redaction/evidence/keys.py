"""The key that signs certificates (Ed25519, RFC 8032): from the settings, as PEM or the path of a PEM file."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from redaction.errors import BadInput
from redaction.settings import Settings

_MOST_BYTES = 64 * 1024
_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the signing key; raises BadInput, never quoting it, if it is missing or invalid."""
    if settings.certificate_key is None:
        raise BadInput(
            "there is no key to sign certificates with: `redaction certificate new-key FILE` makes one, "
            "REDACTION_CERTIFICATE_KEY names it"
        )
    key = None
    with contextlib.suppress(ValueError, TypeError, UnsupportedAlgorithm):
        key = serialization.load_pem_private_key(
            _pem(settings.certificate_key.get_secret_value(), "REDACTION_CERTIFICATE_KEY"), password=None
        )
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("REDACTION_CERTIFICATE_KEY is no Ed25519 private key in PEM, without a passphrase")
    return key


def trusted_keys(settings: Settings, files: list[Path]) -> dict[str, Ed25519PublicKey]:
    """Return the public keys that a reader trusts, by fingerprint: those of some files, or the settings' own. Raises
    BadInput for an invalid file.
    """
    if not files:
        own = signing_key(settings).public_key()
        return {fingerprint(own): own}
    found = {}
    for path in files:
        key = None
        with contextlib.suppress(ValueError, UnsupportedAlgorithm):
            key = serialization.load_pem_public_key(_pem(str(path), str(path)))
        if not isinstance(key, Ed25519PublicKey):
            raise BadInput(f"{path} is no Ed25519 public key in PEM")
        found[fingerprint(key)] = key
    return found


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the name of a key: the SHA-256 of its 32 bytes, in base64, as OpenSSH writes it."""
    digest = hashlib.sha256(key.public_bytes(*_RAW)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def make_key(path: Path) -> str:
    """Write a new private key to a file that only its owner can read; return its public key (PEM).

    Raises BadInput if the file is there already or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None
    return public_pem(key.public_key())


def public_pem(key: Ed25519PublicKey) -> str:
    """Return a public key as PEM, for those who verify."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def _pem(given: str, name: str) -> bytes:
    if given.lstrip().startswith("-----BEGIN"):
        return given.encode()
    try:
        with Path(given).open("rb") as file:
            # A key has a few hundred bytes; anything longer is no key, and its beginning is enough to see that.
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise BadInput(f"{name}: the file of the key cannot be read: {error.strerror}") from None
