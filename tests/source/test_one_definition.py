"""A person's marks have one definition: what the load cuts, the strip finds, and so the validation refuses it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import PersonalDataRemains
from redaction.pipeline.run import run_account
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source.load import load_files
from redaction.source.rows import CallSettings, build_row
from tests.conftest import EMPTY

Sql = Callable[..., list[dict[str, Any]]]
Record = dict[str, Any]
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
CALL = {"account_id": 7, "called_at": "2026-03-02T15:00:00Z", "direction": "inbound"}
TEXTS = ("source", "tracking_label", "status")
PEOPLE = (
    ("Jane", "Lovelace"),
    ("Mary-Ann", "O'Neil"),
    ("Min-su", "Smith-Jones"),
    ("太郎", "山田"),
    ("Zoë", "Ångström"),
    ("José", "Álvarez"),
    ("Юлия", "Чехов"),
    ("Mueller", "Joerg"),
)
WRITTEN: tuple[Callable[[str, str], str], ...] = (
    lambda first, last: f"for {first} {last} VIP",
    lambda first, last: f"{last}, {first}",
    lambda first, last: f"{first.upper()}_{last.upper()}",
    lambda first, last: quote(f"{first} {last}"),
    lambda first, last: f"to {first} M. {last}".encode().decode("latin-1"),
    lambda first, last: _as_windows(f"{last} {first}"),
    lambda first, last: json.dumps(f"{first} {last}")[1:-1],
    lambda first, last: f"{_as_windows(first)} {last}",
    lambda first, last: _as_windows(_as_windows(f"{first} {last}")),
    lambda first, last: quote(_as_windows(f"{first} {last}")),
    lambda first, last: f"referral {first} {last[0]}.",
    lambda first, last: f"{last} {first[0]}",
    lambda first, last: f"{first}{last}1".lower(),
    lambda first, last: f"{first}.{last}1985",
    lambda first, last: " ".join(f"{first} {last}".upper()),
    lambda first, last: f"to {first} {last}".replace("-", "").replace("'", "").lower(),
    lambda first, last: f"{first} &amp; {last}",
    lambda first, last: f"{first} desk",
)


def _as_windows(text: str) -> str:
    """Return a text whose UTF-8 a system has read as Windows-1252."""
    return "".join(bytes((octet,)).decode("cp1252", "ignore") or chr(octet) for octet in text.encode())


CARRIERS: tuple[Callable[[str, str], Record], ...] = (
    lambda first, last: {"name": f"{first} {last}"},
    lambda first, last: {"name": f"{last}, {first}"},
    lambda first, last: {"name": [first, last]},
    lambda first, last: {"name": {"first": first, "last": last}},
    lambda first, last: {"name": orjson.dumps({"first": first, "last": last}).decode()},
    lambda first, last: {"name": f"{first} {last}".encode().decode("latin-1")},
    lambda first, last: {"name": _as_windows(f"{first} {last}")},
    lambda first, last: {"name": json.dumps(f"{first} {last}")[1:-1]},
    lambda first, last: {"name": f"{first} and Bob {last}"},
    lambda first, last: {"name": "WIRELESS CALLER", "cnam": f"{last} {first}"},
    lambda first, last: {"name": "Ann Roe", "cnam": f"{last} {first}", "callerid": "CELL PHONE"},
    lambda first, last: {"name": "Ann Roe", "extended_lookup": {"first_name": first, "last_name": last}},
    lambda first, last: {"name": "Ann Roe", "extended_lookup": {"name": f"{first} {last}"}},
    lambda first, last: {"name": "Ann Roe", "form": {"name": f"{first} {last}"}},
    lambda first, last: {"name": "Ann Roe", "form": {"name": {"first": first, "last": last}}},
    lambda first, last: {"form": {"First Name": first, "Last Name": last}},
    lambda first, last: {"form": [{"label": "Vorname", "value": first}, {"label": "Nachname", "value": last}]},
    lambda first, last: {"form": {"fields": {"fname": first, "lname": last}}},
    lambda first, last: {"form": orjson.dumps({"Full Name": f"{first} {last}"}).decode()},
    lambda first, last: {"form": {"fields": {"3": {"name": "Name", "value": f"{first} {last}", "type": "name"}}}},
    lambda first, last: {"form": f"Your name: {first} {last}\nCity: New York"},
    lambda first, last: {"form": f"your-name={quote(first)}+{quote(last)}&x=1"},
    lambda first, last: {"custom_fields": {"Customer Name": f"{first} {last}"}},
    lambda first, last: {"custom_fields": {"first_name": first, "last_name": last, "plan": "gold"}},
    lambda first, last: {"custom_fields": [{"name": "Full name", "value": f"{first} {last}"}]},
    lambda first, last: {"salesforce": {"contact": {"FirstName": first, "LastName": last}}},
    lambda first, last: {"name": "Ann Roe", "email": f"{first} {last} <x@one.example>"},
    lambda first, last: {"email": [f'"{last}, {first}" <x@one.example>', "y@one.example"]},
    lambda first, last: {"caller_number": f'"{first} {last}" <+1 212 555 0143>'},
    lambda first, last: {"caller_number": f'"{first} {last}" <sip:pbx@one.example>'},
    lambda first, last: {"name": "Ann Roe"},
)
MARKS: tuple[tuple[Record, str], ...] = (
    ({"caller_number": "sip:jane.doe@pbx.example"}, "queue jane.doe@PBX.example"),
    ({"caller_number": '"Jane Doe" <sips:jane.doe@pbx.example>'}, "to jane.doe%40pbx.example"),
    ({"email": "Ann <ann@one.example>"}, "ann@one.example"),
    ({"email": "'ann'@one.example"}, "for 'ann'@one.example"),
    ({"email": '"ann roe"@one.example'}, 'for "ann roe"@one.example now'),
    ({"email": "a@one.example, b@two.example"}, "for b@two.example"),
    ({"form": {"Your E-Mail": "x", "email": "c@one.example"}}, "for c@one.example"),
    ({"form": {"phone": "(212) 555-0143"}}, "call 212.555.0143"),
    ({"alternative_number": "555-0177"}, "call 555 0177"),
    ({"caller_number": "+12125550143"}, "call 212Â\xa0555Â\xa00143"),
    ({"caller_number": "+12125550143"}, "call 212\u30fc555\uff700143"),
    ({"caller_number": "+12125550143"}, "call 212\U000e0100555\u20e30143"),
    ({"caller_number": "+12125550143"}, "call 212 555 0199"),
    ({"email": "ann@one.example"}, "ann@two.example"),
    ({"name": "Maryann Doebel"}, "for Mary Ann Doebel"),
    ({"name": "Maryann Doebel"}, "for Mary Ann"),
    ({"name": "Doebel, Maryann"}, "for Mary-Ann Doebel"),
    ({"email": "ann@one.example"}, "ann (at) one.example"),
    ({"email": "ann@one.example"}, "café: ann at one dot example"),
    ({"email": "ann (at) one.example"}, "for ann [at] one [dot] example"),
    ({"email": "ann@one.example"}, "ann at one.example"),
    ({"caller_number": "+12125550143"}, "caf\u00e9 \x1e\x1f{ 212 555 0143 \x1e["),
    ({"caller_number": "+5511987654321"}, "call 0xx11 8765-4321"),
    ({"caller_number": "+5492966412345"}, "call 02966 15 41-2345"),
    ({"caller_number": "+541112345678"}, "call +54 9 11 15 1234 5678"),
    ({}, "SSN: 219099999"),
    ({}, "social security number 219099999"),
    ({"tracking_number": "+4989551234"}, "Praxis 089/55-1234"),
    ({"tracking_number": "+4989551234"}, "089/55-1234 078-05-1120"),
)


def _examples() -> Iterator[tuple[Record, str]]:
    for first, last in PEOPLE:
        for carry in CARRIERS:
            yield from ((carry(first, last), write(first, last)) for write in WRITTEN)
    yield from MARKS


EXAMPLES = tuple(enumerate(_examples(), 1))


def _find_by_run(deployment: Deployment, sql: Sql, rewritten: bool) -> set[int]:
    """Return the activities of account 7 that the check of a run finds, by a rewrite or in place."""
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, source, caller_name)"
        " SELECT 100000 + n, 7, 'call', '2026-03-02T15:00:00Z', 'Google Ads', 'Zoe Roe'"
        " FROM generate_series(1, CAST(:others AS integer)) n",
        others=20_000 * rewritten,
    )
    with pytest.raises(PersonalDataRemains):
        run_account(deployment, 7, NOW)
    found = {row["activity_id"] for row in sql("SELECT activity_id FROM redaction.run_findings")}
    assert sql("SELECT DISTINCT mode FROM redaction.run_partitions") == [{"mode": "rewrite" if rewritten else "update"}]
    return found


def _in_place(number: int, text: str) -> Record:
    """Return the fields of a record with a text in one of the retained ones."""
    place = number % (len(TEXTS) + 1)
    return {TEXTS[place]: text} if place < len(TEXTS) else {"call_path": [{"route_name": text, "route_type": "queue"}]}


@pytest.mark.parametrize("rewritten", [False, True])
def test_the_strip_finds_what_the_load_cuts(
    database: Database, settings: Settings, account: int, sql: Sql, tmp_path: Path, rewritten: bool
) -> None:
    """Each text is put into the row after its load, as a system before this one has stored it."""
    deployment = deploy(
        database,
        settings.model_copy(
            update={"rewrite_share": 0.0 if rewritten else 1.0, "rewrite_min_rows": 10**9 * (not rewritten)}
        ),
    )
    cut = set()
    for number, (marks, text) in EXAMPLES:
        sent = {**CALL, "id": number, **marks, **_in_place(number, text)}
        if "[redacted]" in str(build_row(sent, {7: CallSettings()})):
            cut.add(number)
    assert len(cut) > len(EXAMPLES) / 2
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps({**CALL, "id": number, **marks}) for number, (marks, _) in EXAMPLES))
    assert load_files(deployment, [file]).inserted == len(EXAMPLES)
    for number, (_, text) in EXAMPLES:
        [(column, value)] = _in_place(number, text).items()
        value = value if isinstance(value, str) else json.dumps(value)
        sql(
            f"{EMPTY.partition(';')[0]}; UPDATE tracking.activities SET {column} = :value WHERE id = :id",
            value=value,
            id=number,
        )
    found = _find_by_run(deployment, sql, rewritten)
    of = dict(EXAMPLES)
    assert [("found" if number in found else "cut", *of[number]) for number in sorted(cut ^ found)] == []


US, UK, BRAZIL, DENMARK = "+12125550143", "+447911123456", "+5511987654321", "+4520123456"
HUNGARY, IVORY_COAST, BELGIUM = "+3612345678", "+2250707123456", "+32475123456"
OWN_LINE = "+12065550100"
HOP: Record = {"route_name": "Desk", "route_type": "queue"}
NUMBERS: tuple[tuple[str, str, Any], ...] = (
    (US, "tracking_number", US),
    (US, "tracking_number", "(212) 555-0143"),
    (US, "tracking_number", "1 212 555 0143"),
    (US, "tracking_number_id", 2125550143),
    (US, "tracking_number_id", 12125550143),
    (US, "source_id", 12125550143),
    (US, "call_path", [{**HOP, "route_id": "2125550143"}]),
    (US, "call_path", [{**HOP, "route_id": 12125550143}]),
    (US, "call_path", [{**HOP, "route_id": 1}, {**HOP, "route_id": "212-555-0143"}]),
    (US, "call_path", [HOP, HOP, {**HOP, "route_id": 2125550143}]),
    (UK, "source_id", 447911123456),
    (UK, "source_id", 7911123456),
    (UK, "call_path", [{**HOP, "route_id": "07911123456"}]),
    (BRAZIL, "source_id", 11987654321),
    (DENMARK, "tracking_number_id", 20123456),
    ("+436641234567", "tracking_number", "0664 1234567"),
    (UK, "tracking_number", "07911 123 456"),
    ("+33612345678", "tracking_number", "06 12 34 56 78"),
    ("+41791234567", "tracking_number", "0041 (0)79 123 45 67"),
    (BELGIUM, "tracking_number", "+32 (0)475 12 34 56"),
    (BELGIUM, "tracking_number", "+32 0475 12 34 56"),
    (DENMARK, "tracking_number", "20 12 34 56"),
    (DENMARK, "tracking_number", "011 45 20 12 34 56"),
    (HUNGARY, "tracking_number", "06 1 234 5678"),
    (IVORY_COAST, "tracking_number", "+225 07 12 34 56"),
    ("+525512345678", "tracking_number", "044 55 1234 5678"),
    (US, "tracking_number", "02125550143"),
    (US, "tracking_number", "0 212 555 0143"),
    (US, "tracking_number", "00 212 555 0143"),
    *((US, "tracking_number", said) for said in ("912125550143", "99 1 212 555 0143", "11212555014300")),
    *((US, "tracking_number", said) for said in ("1-212-555-0143-99", "21255501430", "2125550143 1")),
    *((US, "tracking_number", said) for said in ("+1 212 555 0143 99", "12-1255-5014-3", "121-2555-014-38")),
    (US, "source_id", 21255501430),
    (US, "tracking_number", "+2125550143"),
    (US, "tracking_number", "+4165550143"),
    (US, "call_path", [{**HOP, "route_id": "x-212-555-0143-99"}]),
    (US, "call_path", [HOP, {**HOP, "route_id": 21255501430}]),
    (US, "call_path", [HOP, HOP, HOP, {**HOP, "route_id": "21255501430"}]),
    ("+33612345678", "tracking_number", "0612345678-12"),
    (BRAZIL, "tracking_number", "0 11 98765-4321-1"),
    (US, "tracking_number", "91212555014"),
    ("+4930123456", "tracking_number", "030 123456-10"),
    ("+493012345678", "tracking_number", "+49301234567810"),
    (DENMARK, "tracking_number", "9920123456"),
    (DENMARK, "source_id", 120123456),
    (DENMARK, "tracking_number", "06 20 12 34 56"),
    # No numbers, by the plans of all countries; but the caller's, as sent.
    ("07400 123456", "call_path", [{**HOP, "route_id": "07400123456"}]),
    ("07400 123456", "call_path", [HOP, {**HOP, "route_id": 7400123456}]),
    ("07400 123456", "source_id", 7400123456),
    ("+447700900123", "call_path", [{**HOP, "route_id": "447700900123"}]),
    ("+12070001234", "source_id", 12070001234),
    ("+12070001234", "tracking_number_id", 2070001234),
    ("(555) 019-9123", "tracking_number", "555 019 9123"),
    ("(555) 019-9123", "source_id", 5550199123),
    ("(555) 019-9123", "source_id", -5550199123),
    ("(555) 019-9123", "source_id", 5550199124),
    ("anonymous", "tracking_number", "555 019 9123"),
    (US, "source_id", -2125550143),
    (US, "source_id", -(2**63)),
    (UK, "tracking_number", "(791) 112-3457"),
    (US, "tracking_number", "206 555 0143"),
    (US, "tracking_number", "+12125550144"),
    (US, "tracking_number", "+442125550143"),
    (US, "tracking_number", None),
    (UK, "source_id", 7911123457),
    (US, "source_id", 143),
    (US, "call_path", [{**HOP, "route_id": 143}, {**HOP, "route_id": "0143"}]),
    (US, "call_path", []),
    (OWN_LINE, "tracking_number", OWN_LINE),
    ("Ann <ann@one.example>", "source_id", 7911123456),
)
"""The contact, and a retained value. The check of ids is the narrower one: whose number an id is, it cannot tell."""


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("rewritten", [False, True])
def test_the_strip_finds_the_numbers_that_the_load_does_not_retain(
    database: Database, settings: Settings, account: int, sql: Sql, tmp_path: Path, rewritten: bool, several: bool
) -> None:
    deployment = deploy(
        database,
        settings.model_copy(
            update={"rewrite_share": 0.0 if rewritten else 1.0, "rewrite_min_rows": 10**9 * (not rewritten)}
        ),
    )
    sql(
        "INSERT INTO tracking.call_settings (account_id, name, tracking_numbers) VALUES (7, 'Lines', ARRAY[:own])",
        own=OWN_LINE,
    )
    known = {7: CallSettings(by_number={OWN_LINE: (True, True)})}
    sent = [
        {**CALL, "id": number, "email" if "@" in contact else "caller_number": contact}
        | ({"alternative_number": "+13035550199"} if several else {})
        for number, (contact, _, _) in enumerate(NUMBERS, 1)
    ]
    refused = {
        record["id"]
        for record, (_, column, value) in zip(sent, NUMBERS, strict=True)
        if column in build_row(record | {column: value}, known).get("unlisted", {})
    }
    assert len(refused) > len(NUMBERS) / 2
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, sent)))
    assert load_files(deployment, [file]).inserted == len(NUMBERS)
    for number, (_, column, value) in enumerate(NUMBERS, 1):
        sql(
            f"UPDATE tracking.activities SET {column} = :value WHERE id = :id",
            value=json.dumps(value) if isinstance(value, list) else value,
            id=number,
        )
    found = _find_by_run(deployment, sql, rewritten)
    assert [
        ("found" if number in found else "refused", *NUMBERS[number - 1]) for number in sorted(refused ^ found)
    ] == []


LINE = "+12065550142"
AT = "2026-03-02T15:00:00Z"
_DATE, _CARD = "2026-03-02", 5105105105105100
_OF_COLUMNS: dict[str, tuple[Any, ...]] = {
    "tracking_number": (
        *(LINE, "(206) 555-0142", "55512", "555 12 12", "", "+5511987654321", "+4915112345678", "Ada Lovelace"),
        *("1-800-ADA", "4111 1111 1111 1111", "4111111111111111", "123-45-6789", "5", "9" * 25, "ada@one.example"),
    ),
    "source_id": (7, -7, 2**62, -(2**63), 123456789, 4111111111111111, 378282246310005, 4111111111111112),
    "tracking_number_id": (None, _CARD),
}
_OF_HOPS: dict[str, tuple[Any, ...]] = {
    "route_type": (
        *("receiving_number", None, "Ada Lovelace", "ada@one.example", LINE, "a" * 41, 7, ["Ada"], {"name": "Ada"}),
    ),
    "started_at": (
        *(f"{_DATE} 03:04 PM -05:00", _DATE, f"{_DATE}T15:00:00.123456+05:30", 1772463600, f"{_DATE} 15:00", None),
        *("2026-W10-1", "20260302T150000", "Ada Lovelace", "614-555-0143", 6145550143, "2065550142", 7.5, ["Ada"]),
        *(f"{_DATE} Ada", f"Ada {_DATE}T15:00:00Z", f"{_DATE}T15:00:00Z Ada"),
    ),
    "route_id": (
        *(None, "a1-b2", "17", 12.0, "Ada", "Ada Lovelace", "4111111111111111", _CARD, True, ["Ada"], "a" * 41 + "1"),
        *("123-45-6789", 2**70),
    ),
    "route_name": (None, "[Desk]", {"name": "Bo"}, ["Bo"], True),
}
_WHOLE: Record = {**HOP, "started_at": AT, "route_id": 9}
MISFITS: tuple[tuple[str, Any], ...] = (
    *((column, value) for column, values in _OF_COLUMNS.items() for value in values),
    *(("call_path", [_WHOLE | {key: value}]) for key, values in _OF_HOPS.items() for value in values),
    ("call_path", [_WHOLE]),
    ("call_path", [_WHOLE] * 3 + [{**HOP, "route_type": "Ada Lovelace"}]),
    ("call_path", [_WHOLE] * 6 + [{**HOP, "started_at": "Ada Lovelace"}]),
    ("call_path", [_WHOLE] * 7),
    ("call_path", []),
    ("call_path", None),
)
"""Retained values, some of which are not what their column says: nobody's number among them is a contact's."""


@pytest.mark.parametrize("view", ["rows_looked_up", "rows_of_few", "rows_read_through"])
def test_the_validation_finds_what_the_load_does_not_retain(
    database: Database, settings: Settings, account: int, sql: Sql, tmp_path: Path, view: str
) -> None:
    deployment = deploy(database, settings)
    sent = [{**CALL, "id": number, "caller_number": US} for number in range(1, len(MISFITS) + 1)]
    refused = {
        record["id"]
        for record, (column, value) in zip(sent, MISFITS, strict=True)
        if column in build_row(record | {column: value}, {7: CallSettings()}).get("unlisted", {})
    }
    assert len(refused) > len(MISFITS) / 3
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, sent)))
    assert load_files(deployment, [file]).inserted == len(MISFITS)
    for number, (column, value) in enumerate(MISFITS, 1):
        sql(
            f"UPDATE tracking.activities SET {column} = :value WHERE id = :id",
            value=json.dumps(value) if column == "call_path" and value is not None else value,
            id=number,
        )
    with pytest.raises(PersonalDataRemains) as caught:
        run_account(deployment, 7, NOW)
    said = str(caught.value)
    assert "that its key does not say, on " in said
    assert f"no id, on 11 of {len(MISFITS)} rows (activities 8, 9, 10, 11" in said
    assert "Ada" not in said
    run = sql("SELECT id FROM redaction.runs")[0]["id"]
    with database.transaction("owner") as session:
        names = {
            f"redaction.{name}": str(value)
            for name, value in session.one("settings_of_run", run_id=run).items()
            if value is not None
        }
        session.set_local(names)
        rows = session.connection.exec_driver_sql(
            f"SELECT id FROM redaction.{view} WHERE path_violation OR number_violation"
        )
        found = {row[0] for row in rows}
    assert [
        ("found" if number in found else "refused", *MISFITS[number - 1]) for number in sorted(refused ^ found)
    ] == []
