"""Realistic activities: seeded, so that the same arguments give the same bytes."""

from __future__ import annotations

import gzip
import io
import random
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import orjson

from redaction.demo.sample_records import AccountSpec, build_record, draw_contacts

_ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    "America/Los_Angeles",
    "America/New_York",
    "Europe/Berlin",
)
_PERIODS = ("daily", "30", "60", "90", "30", "daily", "60", "90")
_MODES = ("every", "rolling", "every", "rolling", "every", "every", "rolling", "every")
_BUSINESSES = ("Dental", "Plumbing", "Roofing", "Law", "Auto", "Vet", "Solar", "Movers")
_PAGE = 150
_FILE = 5_000


@dataclass(frozen=True)
class AgencySpec:
    """An agency of the sample."""

    id: int
    name: str
    plan: str = "agency"
    allow_redaction: bool = True


@dataclass(frozen=True)
class RecipientSpec:
    """A notification rule or an integration, and the personal categories that it receives."""

    account_id: int
    name: str
    fields: Sequence[str]


@dataclass(frozen=True)
class SampleTenants:
    """The owners of a sample's activities."""

    agencies: tuple[AgencySpec, ...]
    accounts: tuple[AccountSpec, ...]
    notification_rules: tuple[RecipientSpec, ...]
    integrations: tuple[RecipientSpec, ...]


@dataclass
class SampleSummary:
    """What was written."""

    files: int = 0
    activities: int = 0
    recordings: int = 0
    bytes: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


def sample_agencies(accounts: int, seed: int, today: date) -> SampleTenants:
    """Return the tenants of a sample: every policy occurs, and each account has a run due at `today`."""
    chosen = random.Random(seed)  # noqa: S311 - sample data, no secret
    agencies = tuple(AgencySpec(number, f"Agency {number}") for number in range(1, max(2, accounts // 50) + 1))
    specs = []
    for number in range(accounts):
        kind = number % 8
        days = 1 if _PERIODS[kind] == "daily" else int(_PERIODS[kind])
        specs.append(
            AccountSpec(
                id=1001 + number,
                agency_id=agencies[number % len(agencies)].id,
                name=f"{_BUSINESSES[number % len(_BUSINESSES)]} {number + 1}",
                timezone=_ZONES[kind],
                auto_redaction=_PERIODS[kind],
                retention_mode=_MODES[kind],
                auto_redaction_since=today - timedelta(days=days + 2 + chosen.randrange(min(days, 25))),
                manual_redaction=True,
            )
        )
    rules = tuple(RecipientSpec(spec.id, "Missed call mail", ("caller name", "caller number")) for spec in specs[::3])
    integrations = tuple(
        RecipientSpec(spec.id, "Salesforce", ("caller name", "caller number", "email")) for spec in specs[1::4]
    )
    return SampleTenants(agencies, tuple(specs), rules, integrations)


def write_sample(
    directory: Path, tenants: SampleTenants, activities: int, seed: int, until: datetime, recordings_url: str | None
) -> SampleSummary:
    """Write the activities of a sample, up to `until`, as API pages, JSON Lines and Singer messages, some gzipped.

    With a `file:` address for the recordings, small ones are written too. Returns what was written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    summary = SampleSummary()
    records = _records(tenants, activities, seed, until, recordings_url, summary)
    batch: list[dict[str, Any]] = []
    for record in records:
        batch.append(record)
        if len(batch) == _FILE:
            _write_batch(directory, batch, summary)
            batch = []
    if batch:
        _write_batch(directory, batch, summary)
    return summary


def _records(
    tenants: SampleTenants,
    activities: int,
    seed: int,
    until: datetime,
    recordings_url: str | None,
    summary: SampleSummary,
) -> Iterator[dict[str, Any]]:
    chosen = random.Random(seed)  # noqa: S311 - sample data, no secret
    contacts = {
        account.id: draw_contacts(chosen, max(20, activities // len(tenants.accounts) // 3))
        for account in tenants.accounts
    }
    window = timedelta(days=150)
    for number in range(activities):
        account = tenants.accounts[number % len(tenants.accounts)]
        at = until - window * (1 - number / max(1, activities)) + timedelta(seconds=chosen.randrange(-3600, 1))
        if chosen.random() < 0.02:
            # Late and backdated: what a collector fetches late, or a person enters afterwards.
            at -= timedelta(days=chosen.randrange(1, 120))
        record = build_record(chosen, account, 5_000_000 + number, at.replace(microsecond=0), contacts[account.id])
        kind = record.pop("sample_kind")
        summary.kinds[kind] = summary.kinds.get(kind, 0) + 1
        if kind == "call" and recordings_url and chosen.random() < 0.33:
            record["audio"] = f"{recordings_url.rstrip('/')}/{account.id}/{record['id']}.wav"
            _write_recording(record["audio"])
            summary.recordings += 1
        yield record


def _write_batch(directory: Path, batch: list[dict[str, Any]], summary: SampleSummary) -> None:
    number = summary.activities // _FILE
    form = number % 4
    if form == 0:
        for page, start in enumerate(range(0, len(batch), _PAGE), 1):
            calls = {"page": page, "total_entries": len(batch), "calls": batch[start : start + _PAGE]}
            _write(
                directory / f"{number:04d}-page-{page:02d}.json",
                orjson.dumps(calls, option=orjson.OPT_INDENT_2),
                summary,
            )
    elif form == 1:
        _write(directory / f"{number:04d}.jsonl", b"".join(orjson.dumps(record) + b"\n" for record in batch), summary)
    elif form == 2:
        lines = [{"type": "RECORD", "stream": "call", "record": record} for record in batch]
        schema = {"type": "SCHEMA", "stream": "call", "schema": {}, "key_properties": ["id"]}
        data = b"".join(orjson.dumps(line) + b"\n" for line in (schema, *lines, {"type": "STATE", "value": {}}))
        _write(directory / f"{number:04d}.singer.jsonl", data, summary)
    else:
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, compresslevel=1) as file:
            file.writelines(orjson.dumps(record) + b"\n" for record in batch)
        _write(directory / f"{number:04d}.jsonl.gz", packed.getvalue(), summary)
    summary.activities += len(batch)


def _write(path: Path, data: bytes, summary: SampleSummary) -> None:
    path.write_bytes(data)
    summary.files += 1
    summary.bytes += len(data)


def _sound() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 160)
    return buffer.getvalue()


_SOUND = _sound()


def _write_recording(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "file":
        path = Path(url2pathname(parts.path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_SOUND)
