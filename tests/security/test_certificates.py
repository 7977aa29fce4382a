"""Attacks on a certificate without the key: no other spelling of it, and nothing next to it, is verified."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redaction.errors import BadInput, RedactionError, SignatureWrong
from redaction.evidence.certificate import Certificate, Position
from redaction.evidence.keys import fingerprint
from redaction.evidence.render import verify_certificate, write_certificate

KEY = Ed25519PrivateKey.generate()
TRUSTED = {fingerprint(KEY.public_key()): KEY.public_key()}
AT = datetime(2026, 4, 1, tzinfo=UTC)
CERTIFICATE = Certificate(
    issued_at=AT,
    run_id=5,
    account_id=7,
    asked_by="Zoë of the office",
    requested_by="Zoë of the office",
    policy=None,
    reason="<style>body{display:none}</style> ticket 4",
    redone=False,
    kind="manual",
    listed=True,
    cutoff=AT,
    started_at=AT,
    finished_at=AT,
    due_count=4,
    stripped_count=3,
    left_out={"held": 1},
    held=0,
    objects={"deleted": 2, "not_found": 1, "kept": 0, "remains": 0, "elsewhere": 0},
    objects_at_end={"deleted": 1, "not_found": 1, "kept": 0, "remains": 1, "elsewhere": 0},
    by_kind={"call": 3},
    by_category={"caller name": 3},
    ids_digest="0" * 64,
    catalog_version=3,
    validation={"rows": 3, "expectations": 28, "foreign_contacts": 0},
    level_at_end="L0",
    level="L1",
    covered=("L0: empty",),
    not_covered=("L2: files",),
    ledger=Position(position=9, written_at=AT, hash="a" * 64, previous_hash="b" * 64),
)
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The three files of a certificate, unchanged, by their kind."""
    paths = write_certificate(CERTIFICATE, KEY, tmp_path_factory.mktemp("written"))
    return {path.suffix.removeprefix("."): path.read_bytes() for path in paths}


def _verify(folder: Path, kind: str, text: bytes) -> str:
    path = folder / f"certificate-5.{kind}"
    path.write_bytes(text)
    return verify_certificate(path, TRUSTED)


def _once(text: bytes, old: str, new: str) -> bytes:
    assert text.count(old.encode()) >= 1, old
    return text.replace(old.encode(), new.encode(), 1)


def _dump(told: Any, **style: Any) -> bytes:
    return json.dumps(told, **{"indent": 2, "ensure_ascii": False, **style}).encode() + b"\n"


SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "another count before the signed one": lambda t: _once(
        t, '"stripped_count": 3', '"stripped_count": 9,\n    "stripped_count": 3'
    ),
    "the signed value twice": lambda t: _once(t, '"level": "L1"', '"level": "L1",\n    "level": "L1"'),
    "another certificate before the signed one": lambda t: _once(
        t, '{\n  "certificate"', '{\n  "certificate": {"level": "L4"},\n  "certificate"'
    ),
    "a second signature": lambda t: _once(t, '"signature": {', '"signature": {},\n  "signature": {'),
    "a key twice, one of them escaped": lambda t: _once(t, '"level": "L1"', '"l\\u0065vel": "L4",\n    "level": "L1"'),
    "a duplicate deep inside": lambda t: _once(t, '"call": 3', '"call": 9,\n      "call": 3'),
    "white space": lambda t: _once(t, '"run_id": 5', '"run_id":  5'),
    "no white space": lambda t: _dump(json.loads(t), indent=None, separators=(",", ":")),
    "tabs": lambda t: _dump(json.loads(t), indent="\t"),
    "line ends of Windows": lambda t: t.replace(b"\n", b"\r\n"),
    "no line end": lambda t: t.rstrip(b"\n"),
    "two line ends": lambda t: t + b"\n",
    "a space before": lambda t: b" " + t,
    "a byte order mark": lambda t: b"\xef\xbb\xbf" + t,
    "UTF-16": lambda t: t.decode().encode("utf-16"),
    "UTF-32": lambda t: t.decode().encode("utf-32-le"),
    "escapes for all that is not ASCII": lambda t: _dump(json.loads(t), ensure_ascii=True),
    "an escape for a letter": lambda t: _once(t, "ticket", "t\\u0069cket"),
    "an escape for a slash": lambda t: _once(t, "</style>", "<\\/style>"),
    "an escape in a key": lambda t: _once(t, '"reason"', '"re\\u0061son"'),
    "a float": lambda t: _once(t, '"stripped_count": 3', '"stripped_count": 3.0'),
    "an exponent": lambda t: _once(t, '"stripped_count": 3', '"stripped_count": 3e0'),
    "minus zero": lambda t: _once(t, '"foreign_contacts": 0', '"foreign_contacts": -0'),
    "a number as text": lambda t: _once(t, '"stripped_count": 3', '"stripped_count": "3"'),
    "a truth for a number": lambda t: _once(t, '"redone": false', '"redone": 0'),
    "an instant spelled otherwise": lambda t: _once(t, "+00:00", "Z"),
    "keys in another order": lambda t: _dump(
        {"certificate": dict(reversed(json.loads(t)["certificate"].items())), "signature": json.loads(t)["signature"]}
    ),
    "the signature first": lambda t: _dump(dict(reversed(json.loads(t).items()))),
    "a member more": lambda t: _dump({**json.loads(t), "note": "verified"}),
    "a member more in the certificate": lambda t: _dump(
        {**json.loads(t), "certificate": {**json.loads(t)["certificate"], "note": "x"}}
    ),
    "a member more in the signature": lambda t: _dump(
        {**json.loads(t), "signature": {**json.loads(t)["signature"], "note": "x"}}
    ),
    "a second document": lambda t: t + t,
    "bytes after it": lambda t: t + b"also: 9 objects\n",
    "a NUL after it": lambda t: t + b"\0",
    "white space and more, far behind": lambda t: t + b" " * (10_000_000 - len(t)) + b'{"level": "L4"}',
    "a comment": lambda t: b"// L4\n" + t,
    "an array around it": lambda t: b"[" + t.rstrip(b"\n") + b"]\n",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_json_certificate_has_one_spelling(written: dict[str, bytes], tmp_path: Path, spelling: str) -> None:
    assert _verify(tmp_path, "json", written["json"]) in TRUSTED
    text = SPELLINGS[spelling](written["json"])
    assert text != written["json"]
    with pytest.raises((SignatureWrong, BadInput)) as raised:
        _verify(tmp_path, "json", text)
    assert "certificate-5.json" in str(raised.value)
    assert "Zoë" not in str(raised.value)


@pytest.mark.parametrize(
    ("spelling", "says"),
    [
        ("another count before the signed one", "twice"),
        ("white space", "byte for byte"),
        ("a second document", "no certificate"),
        ("white space and more, far behind", "longer"),
    ],
)
def test_each_refusal_says_what_is_wrong(written: dict[str, bytes], tmp_path: Path, spelling: str, says: str) -> None:
    with pytest.raises(RedactionError, match=says):
        _verify(tmp_path, "json", SPELLINGS[spelling](written["json"]))


@pytest.mark.parametrize("text", [b"[" * 200_000, b'{"a":' * 200_000, b"9" * 5_000, b"\xff\xfe", b"null", b"", b"NaN"])
def test_what_is_no_certificate_is_one_clear_line(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(BadInput, match="no certificate"):
        _verify(tmp_path, "json", text)


@pytest.mark.parametrize("odd", ["1e999", "NaN", "-Infinity", '"\\ud800"', "1" * 5000])
def test_a_value_that_json_does_not_have_is_refused(written: dict[str, bytes], tmp_path: Path, odd: str) -> None:
    with pytest.raises((SignatureWrong, BadInput)):
        _verify(tmp_path, "json", _once(written["json"], '"stripped_count": 3', f'"stripped_count": {odd}'))


def _respelled(value: bytes) -> list[bytes]:
    """Return other spellings in base64 of the same 64 bytes."""
    place = ALPHABET.index(value[85:86])
    others = [value[:85] + ALPHABET[(place & 48) | low : ((place & 48) | low) + 1] + b"==" for low in range(16)]
    others += [value[:4] + b"\n" + value[4:], value.rstrip(b"="), value[:40] + b"=" + value[40:], value + b"="]
    others += [base64.urlsafe_b64encode(base64.b64decode(value))] if set(b"+/") & set(value) else []
    return [other for other in others if other != value]


@pytest.mark.parametrize("kind", ["json", "html", "pdf"])
def test_a_signature_has_one_spelling(written: dict[str, bytes], tmp_path: Path, kind: str) -> None:
    text = written[kind]
    end = text.rindex(b"==") + 2
    value = text[end - 88 : end]
    assert len(base64.b64decode(value, validate=True)) == 64
    for other in _respelled(value):
        with pytest.raises((SignatureWrong, BadInput)):
            _verify(tmp_path, kind, text[: end - 88] + other + text[end:])


def _seal_of(text: bytes) -> bytes:
    return text[text.rindex(b"Ed25519 SHA256:") :].split(b" -->")[0].rstrip(b"\n")


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_nothing_stands_before_or_behind_what_was_signed(written: dict[str, bytes], tmp_path: Path, kind: str) -> None:
    text, other = written[kind], written["pdf" if kind == "html" else "html"]
    seal = _seal_of(text)
    body = text[: text.rindex(b"<!-- Ed25519" if kind == "html" else b"%Ed25519")]
    update = b"9 0 obj\n<</Type/Catalog>>\nendobj\nxref\n0 1\ntrailer\n<</Root 9 0 R>>\nstartxref\n9\n%%EOF\n"
    altered = {
        "behind": text + b"<p>Level L4</p>\n",
        "a line end behind": text + b"\n",
        "an incremental update": text + update,
        "an incremental update before the seal": body + update + text[len(body) :],
        "a certificate above": text + text,
        "a page above": b"<!doctype html>\n<h1>Level L4</h1>\n" + text,
        "the seal twice": text + text[len(body) :],
        "the update sealed with the same seal": text + update + text[len(body) :],
        "the other kind before it": other + text,
        "the seal of the other kind": body + other[other.rindex(_seal_of(other)) - (4 if kind == "pdf" else 1) :],
        "a seal in the comment of the other kind": body
        + (b"%" + seal if kind == "html" else b"<!-- %s -->" % seal)
        + b"\n",
        "a comment that is not closed": body + b"<!-- " + seal + b"\n",
        "a mixed comment": body + b"%" + seal + b" -->\n",
        "no last line end": text.rstrip(b"\n"),
        "line ends of Windows": text.replace(b"\n", b"\r\n"),
        "something before the seal on its line": body + b" " + text[len(body) :],
    }
    assert _verify(tmp_path, kind, text) in TRUSTED
    for what, changed in altered.items():
        with pytest.raises((SignatureWrong, BadInput)):
            pytest.fail(f"{what}: verified by {_verify(tmp_path, kind, changed)}")


def test_a_signature_is_for_one_kind_of_file(written: dict[str, bytes], tmp_path: Path) -> None:
    told = json.loads(written["json"])
    plain = json.dumps(told["certificate"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    seal = f"Ed25519 {told['signature']['key']} {told['signature']['value']}".encode()
    for kind, text in (("html", plain + b"<!-- " + seal + b" -->\n"), ("pdf", plain + b"%" + seal + b"\n")):
        with pytest.raises((SignatureWrong, BadInput)):
            _verify(tmp_path, kind, text)


@pytest.mark.parametrize("kind", ["json", "html", "pdf"])
@pytest.mark.parametrize("name", ["json", "html", "htm", "pdf", "svg", "xhtml", "txt"])
def test_a_certificate_is_not_shown_as_another_kind(
    written: dict[str, bytes], tmp_path: Path, kind: str, name: str
) -> None:
    """A reason with markup is text in a JSON file, and a page in a file that a browser takes for HTML."""
    if kind == name:
        return
    with pytest.raises(SignatureWrong, match="name"):
        _verify(tmp_path, name, written[kind])


def test_a_key_that_is_not_trusted_proves_nothing(written: dict[str, bytes], tmp_path: Path) -> None:
    other = Ed25519PrivateKey.generate()
    for path in write_certificate(CERTIFICATE, other, tmp_path / "other"):
        with pytest.raises(SignatureWrong, match="none of"):
            verify_certificate(path, TRUSTED)
        # The name of a trusted key over another's signature does not either.
        name, trusted = fingerprint(other.public_key()).encode(), next(iter(TRUSTED)).encode()
        path.write_bytes(path.read_bytes().replace(name, trusted))
        with pytest.raises(SignatureWrong, match="altered"):
            verify_certificate(path, TRUSTED)
