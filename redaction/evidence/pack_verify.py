"""Say whether an evidence pack is whole. It needs Python 3.9 or later and nothing else, and no network.

    python verify.py                 checks the folder that it lies in
    python verify.py PACK.zip        checks a pack that is not unpacked
    python verify.py PACK --key SHA256:...   trusts only this key; take its name from another channel

Exit code 0: whole. 1: not whole, each problem is a line. 2: no pack, or unknown words.
README.txt says what nobody can check offline."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from redaction.evidence.pack_container import UNREADABLE, Pack

SUMS, SIGNATURE, KEY = "SHA256SUMS", "SHA256SUMS.sig", "public.pem"
LIMITS = (
    "figures, settings, holds and validation: they are what the sender's database said",
    "a ledger that its owner has rewritten as a whole, before this pack was made: compare hashes with an older pack",
    "whether the data was really erased: certificates state what the sender has checked",
    "that a PDF says the same as its JSON: both are signed, only the JSON is compared",
)

# Ed25519 (RFC 8032), verification only: nothing secret is computed, so its timing reveals nothing.
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]


def _add(a: _Point, b: _Point) -> _Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    return ((f - e) * (h - g) % _P, (h + g) * (f + e) % _P, (h - g) * (h + g) % _P, (f - e) * (f + e) % _P)


def _times(number: int, point: _Point) -> _Point:
    found: _Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point = _add(point, point)
        number >>= 1
    return found


def _read_point(text: bytes) -> _Point | None:
    y, sign = int.from_bytes(text, "little") & (2**255 - 1), text[31] >> 7
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


_BASE = _read_point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little")) or (0, 1, 1, 0)


def is_signed(key: bytes, signature: bytes, text: bytes) -> bool:
    """Say whether an Ed25519 signature of a text was made with a key (its 32 bytes)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r, s = _read_point(key), _read_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % _L
    left, right = _times(s, _BASE), _add(r, _times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (left[1] * right[2] - right[1] * left[2]) % _P == 0


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _name_key(key: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _read_key(pem: bytes) -> bytes:
    lines = [line for line in pem.decode("ascii", "replace").splitlines() if line and not line.startswith("-----")]
    try:
        der = base64.b64decode("".join(lines), validate=True)
    except ValueError:
        return b""
    return der[12:] if len(der) == 44 and der[:12].hex() == "302a300506032b6570032100" else b""


def _is_sealed(key: bytes, purpose: str, text: bytes, name: str, value: str) -> bool:
    try:
        signature = base64.b64decode(value, validate=True)
    except ValueError:
        return False
    return name == _name_key(key) and is_signed(key, signature, purpose.encode() + b"\n" + text)


_SEAL = re.compile(rb"\A(.*\n)%?Ed25519 (SHA256:[A-Za-z0-9+/]{43}) ([A-Za-z0-9+/]{86}==)\n\Z", re.DOTALL)


def _digest(pack: Pack, name: str) -> str:
    found = hashlib.sha256()
    with pack.open(name) as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            found.update(part)
    return found.hexdigest()


def check_files(pack: Pack) -> Iterator[str]:
    """Yield which files differ from SHA256SUMS."""
    listed = {}
    for line in pack.read(SUMS).decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    names = pack.list_names()
    for name in sorted(name for name, count in Counter(names).items() if count > 1):
        yield f"{name} is in the pack twice"
    for name in sorted(set(names) - set(listed) - {SUMS, SIGNATURE}):
        yield f"{name} is in the pack, and SHA256SUMS does not list it"
    for name in sorted(listed):
        if name not in names:
            yield f"{name} is listed in SHA256SUMS, and is gone"
        elif _digest(pack, name) != listed[name]:
            yield f"{name} is not the file that SHA256SUMS lists: it was changed"


def check_signature(pack: Pack, key: bytes) -> Iterator[str]:
    """Yield a problem if SHA256SUMS is not signed by a key."""
    found = _SEAL.match(b"\n" + pack.read(SIGNATURE))
    purpose = "redaction evidence pack 1 sums"
    if not key:
        yield f"{KEY} is no Ed25519 public key"
    elif found is None or not _is_sealed(key, purpose, pack.read(SUMS), found[2].decode(), found[3].decode()):
        yield f"{SUMS} was changed or exchanged after it was signed with {_name_key(key)}"


def check_ledger(pack: Pack, stated: dict[str, Any], runs: dict[int, dict[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with the ledger rows; put the facts that certificates must repeat into `runs`.

    Rows of other accounts are present as hashes only, which prove that the rows around them are in place.
    """
    position, previous, whole, withheld = stated["first"] - 1, stated["previous_hash"], 0, 0
    try:
        with pack.open("ledger.jsonl") as file:
            for line in file:
                row = json.loads(line)
                digest = row.pop("hash")
                position += 1
                if row["position"] != position:
                    yield f"row {position} of the ledger is gone: row {row['position']} comes next"
                    position = row["position"]
                elif row["previous_hash"] != previous:
                    yield f"row {position} of the ledger does not go on after the row before it"
                previous = digest
                if set(row) == {"position", "previous_hash"}:
                    withheld += 1
                    continue
                whole += 1
                if hashlib.sha256(_canonical(row)).hexdigest() != digest:
                    yield f"row {position} of the ledger was changed: its hash is another"
                if row["kind"] == "redaction" and position <= stated["last"]:
                    names = ("position", "written_at", "previous_hash")
                    runs[row["run_id"]] = {
                        "account_id": row["account_id"],
                        "ledger": {**{name: row[name] for name in names}, "hash": digest},
                        **{name: row["facts"][name] for name in ("stripped_count", "due_count", "ids_digest")},
                    }
    except (KeyError, OSError, TypeError, ValueError):
        yield f"ledger.jsonl cannot be read beyond row {position}"
        return
    if (position, previous) != (stated["last"], stated["hash"]):
        yield f"the ledger ends at row {position}, and summary.json says that it ends at row {stated['last']}"
    if (whole, withheld) != (stated["rows"], stated["withheld"]):
        yield f"withheld rows of the ledger: {withheld}, and summary.json says {stated['withheld']}"


def check_certificates(pack: Pack, key: bytes, runs: dict[int, dict[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with certificates, each against its signature and its ledger row."""
    names = set(pack.list_names())
    found: set[int] = set()
    for name in sorted(names):
        match = re.match(r"certificates/run-(\d+)\.(json|pdf)\Z", name)
        if not match:
            continue
        run = int(match[1])
        if match[2] == "pdf":
            page = _SEAL.match(pack.read(name))
            text = (page[2].decode(), page[3].decode()) if page else ("", "")
            if page is None or not _is_sealed(key, "redaction certificate 2 pdf", page[1], *text):
                yield f"{name} is not as it was signed"
            continue
        found.add(run)
        try:
            sealed = json.loads(pack.read(name))
            certificate, by = sealed["certificate"], sealed["signature"]
            signed = _is_sealed(key, "redaction certificate 2 json", _canonical(certificate), by["key"], by["value"])
            says = {field: certificate[field] for field in runs.get(run, {})}
        except (KeyError, TypeError, ValueError):
            yield f"{name} is no certificate"
            continue
        if not signed:
            yield f"{name} is not as it was signed"
        if run not in runs:
            yield f"{name} is of a run that no row of this ledger records"
        elif says != runs[run]:
            yield f"{name} is not what row {runs[run]['ledger']['position']} of the ledger says"
        if f"certificates/run-{run}.pdf" not in names:
            yield f"certificates/run-{run}.pdf is gone"
    for run in sorted(set(runs) - found):
        yield f"run {run} is in the ledger, and the pack has no certificate of it"


def check(pack: Pack, trusted: str | None = None) -> tuple[list[str], list[str]]:
    """Return what is wrong with a pack, and what was checked: nothing, if its container is not intact."""
    if problems := list(pack.check_layout()):
        return problems, []
    key = _read_key(pack.read(KEY))
    runs: dict[int, dict[str, Any]] = {}
    problems = [*check_files(pack), *check_signature(pack, key)]
    if trusted is not None and _name_key(key) != trusted:
        problems.append(f"the pack is signed by {_name_key(key)}, and not by {trusted}: it proves nothing")
    try:
        stated = json.loads(pack.read("summary.json"))["ledger"]
        problems += check_ledger(pack, stated, runs)
    except (KeyError, TypeError, ValueError):
        return [*problems, "summary.json cannot be read, so ledger and certificates were not checked"], []
    problems += check_certificates(pack, key, runs)
    return problems, [
        # Words of the package are not at hand: this script runs where it is not installed.
        f"each file with its SHA-256, {len(pack.list_names()):,} in all",
        f"rows {stated['first']} to {stated['last']} of the ledger, {stated['withheld']} of them only by their hashes",
        f"{len(runs)} certificates, each with its signature and its row of the ledger",
        f"the signature of {_name_key(key)}",
    ]


def main(words: list[str]) -> int:
    """Check the pack that the words name; return the exit code."""
    trusted = None
    if "--key" in words[:-1]:
        at = words.index("--key")
        trusted, words = words[at + 1], words[:at] + words[at + 2 :]
    if len(words) > 1 or any(word.startswith("-") for word in words):
        print("usage: python verify.py [PACK] [--key SHA256:...]: nothing was checked")
        return 2
    place = words[0] if words else os.path.dirname(os.path.abspath(sys.argv[0]))
    try:
        pack = Pack(place)
        if SUMS not in pack.list_names():
            raise FileNotFoundError(SUMS)
    except UNREADABLE as error:
        print(f"there is no evidence pack at {place} ({error})")
        return 2
    problems, checked = check(pack, trusted)
    unknown = (
        () if trusted else ("whose key this is: compare its name with the name that you got through another channel",)
    )
    for title, lines in (("NOT WHOLE", problems), ("checked", checked), ("not checked", (*unknown, *LIMITS))):
        for line in lines:
            print(f"{title}: {line}")
    print(f"The pack is not whole: {len(problems)} problems." if problems else "The pack is whole.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
