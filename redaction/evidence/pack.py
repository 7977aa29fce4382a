"""The evidence pack of a period: a ZIP for an auditor without a login, who checks it offline with the script in it.

It is streamed, one certificate at a time, so its size needs no memory. It names only staff, as the ledger and the
certificates do, and has no value of a caller, since neither has one. Reasons are in it as people wrote them: without
them an auditor cannot follow an act to its cause. Only administrators of all its accounts may download it from a page.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redaction.deployment import Deployment
from redaction.errors import RedactionError
from redaction.evidence import pack_verify
from redaction.evidence.certificate import certify_run
from redaction.evidence.keys import fingerprint, public_pem
from redaction.evidence.pack_scope import Elsewhere, PackScope, list_in_scope
from redaction.evidence.pack_summary import Summary
from redaction.evidence.render import render_pdf, seal_certificate
from redaction.evidence.seals import sign_sums
from redaction.evidence.watch import OUTSIDE
from redaction.gate.holds import list_holds
from redaction.ledger.entries import canonical, read_entries
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.results import read_results
from redaction.resources import find_file, find_folder


def write_pack(
    deployment: Deployment, scope: PackScope, key: Ed25519PrivateKey, elsewhere: Elsewhere = MappingProxyType({})
) -> Iterator[bytes]:
    """Yield the bytes of the ZIP, part by part; the summary names the accounts `elsewhere`.

    A certificate that cannot be issued, or a part that is not intact, becomes an exception in the pack, in words; the
    script reports it too. Raises BadInput as `list_in_scope` does, ExtraMissing without a typesetter, and what reading
    the ledger raises.
    """
    accounts = list_in_scope(deployment, scope)
    summary = Summary.open(deployment, scope, accounts, elsewhere)
    files = _Files()
    yield from files.add("ledger.jsonl", _write_ledger(deployment, scope, summary))
    for run_id in summary.runs:
        try:
            sealed = seal_certificate(certify_run(deployment, run_id), key)
        except RedactionError as error:
            summary.without_certificate[run_id] = str(error)
            continue
        for suffix, text in sealed.items():
            yield from files.add(f"certificates/run-{run_id}{suffix}", (text,))
    yield from files.add("validation.json", _write_list(_list_validation(deployment, summary)))
    yield from files.add("settings.json", _write_list(summary.list_settings()))
    yield from files.add("holds.json", _write_list(_list_holds(deployment, scope, summary)))
    yield from files.add("elsewhere.json", _write_list(_list_received(deployment, scope, summary)))
    said = summary.close(verify_ledger(deployment, OUTSIDE), fingerprint(key.public_key()))
    yield from files.add("summary.json", (json.dumps(said, indent=1, ensure_ascii=False).encode() + b"\n",))
    yield from files.add("summary.pdf", (render_pdf("pack.typ", "pack", summary.say(said)),))
    yield from files.add("README.txt", ((find_folder("templates") / "pack.txt").read_bytes(),))
    yield from files.add("verify.py", (_join_script(),))
    yield from files.add(pack_verify.KEY, (public_pem(key.public_key()).encode(),))
    sums = files.list_sums()
    yield from files.add(pack_verify.SUMS, (sums,))
    yield from files.add(pack_verify.SIGNATURE, (sign_sums(sums, key),))
    yield files.close()


def _join_script() -> bytes:
    """Return `verify.py`: one file, with the imported module inlined."""
    script, container = (find_file(f"evidence/pack_{name}.py").read_text("utf-8") for name in ("verify", "container"))
    imported = "from redaction.evidence.pack_container import UNREADABLE, Pack\n"
    begin, end = script.split(imported)
    return (begin + container.split("from __future__ import annotations\n")[1] + end).encode()


def _write_ledger(deployment: Deployment, scope: PackScope, summary: Summary) -> Iterator[bytes]:
    """Yield the rows of the period, a line each; rows that do not concern the accounts show only their hashes."""
    account_ids = frozenset(summary.accounts)
    for entry in read_entries(deployment.database, summary.span["before"]):
        if entry.position > summary.span["last"]:
            # A run that was planned in the period may have finished in time after it.
            if entry.written_at >= scope.end + summary.tolerance:
                return
            summary.note_later(entry)
            continue
        whole = scope.concerns(entry, account_ids)
        summary.note(entry, whole)
        if whole:
            yield entry.serialize() + b"\n"
        else:
            yield canonical({name: getattr(entry, name) for name in ("position", "previous_hash", "hash")}) + b"\n"


def _list_validation(deployment: Deployment, summary: Summary) -> Iterator[Mapping[str, Any]]:
    for run_id, account_id in summary.runs.items():
        docs = deployment.settings.data_docs_path / f"account_{account_id}" / f"run_{run_id}"
        results = read_results(docs)
        yield {
            "run_id": run_id,
            "account_id": account_id,
            "passed": results.passed if results else None,
            "rows": results.rows if results else None,
            "checks": [
                {"check": check.describe(), "passed": check.success, "found": check.found}
                for check in (results.sort_checks() if results else ())
            ],
        }


def _list_holds(deployment: Deployment, scope: PackScope, summary: Summary) -> Iterator[Mapping[str, Any]]:
    for hold in reversed(list_holds(deployment.database, scope.account_id)):
        in_period = hold.placed_at < scope.end and (hold.released_at is None or hold.released_at >= scope.begin)
        if hold.account_id in summary.accounts and in_period:
            summary.note_hold(hold, scope.end)
            yield vars(hold) | {"activity_ids": list(hold.activity_ids)}


def _list_received(deployment: Deployment, scope: PackScope, summary: Summary) -> Iterator[Mapping[str, Any]]:
    rows = deployment.rows("elsewhere_of_runs", account_ids=list(summary.accounts), since=scope.begin, until=scope.end)
    for row in rows:
        summary.note_received(row)
        yield row


def _write_list(rows: Iterator[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield rows as one JSON list, a line each."""
    before = b"[\n"
    for row in rows:
        yield before + canonical(row)
        before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


class _Files:
    """A streamed ZIP: each call yields what is ready."""

    def __init__(self) -> None:
        self._out = _Outlet()
        self._zip = zipfile.ZipFile(self._out, "w")
        self._sums: dict[str, str] = {}

    def add(self, name: str, parts: Iterator[bytes] | tuple[bytes, ...]) -> Iterator[bytes]:
        """Write a file from its parts; yield the bytes of the ZIP that are ready."""
        digest, about = hashlib.sha256(), zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
        about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        with self._zip.open(about, "w", force_zip64=True) as file:
            for part in parts:
                digest.update(part)
                file.write(part)
                yield self._out.take()
        self._sums[name] = digest.hexdigest()
        yield self._out.take()

    def list_sums(self) -> bytes:
        """Return a line for each file so far, as `sha256sum` writes and checks them."""
        return "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items())).encode()

    def close(self) -> bytes:
        """Return the end of the ZIP."""
        self._zip.close()
        return self._out.take()


class _Outlet(io.RawIOBase):
    """Keeps what is written until it is taken. It cannot seek, so the ZIP stores sizes after each file."""

    def __init__(self) -> None:
        super().__init__()
        self._parts = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, text: Any) -> int:
        self._parts += text
        return len(text)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        found = bytes(self._parts)
        self._parts.clear()
        return found
