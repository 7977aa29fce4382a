"""Addresses inside texts with other content: the loader finds them, wherever and however they are written."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.source.addresses import SEARCHED, find_objects
from redaction.source.copyformat import Encoder
from redaction.source.limits import DEFAULT_LIMITS
from redaction.source.personal import RECORDINGS
from redaction.source.rows import CallSettings, build_row
from tests.objects_of import World

ONE, TWO = "file:///R/1.pdf", "s3://bucket/2.wav"
WEB = "https://vendor.example.com/3.mp3"


def _found(fields: dict[str, Any], whole: bool = False) -> list[str]:
    """What the loader finds in a record; `whole` searches each column, and not only those that the encoder names."""
    row = build_row({"id": 1, "account_id": 7, "unix_time": 1790812800} | fields, {7: CallSettings()})
    linked = Encoder.of(DEFAULT_LIMITS).encode(row)[1]
    found = [
        *row.get(RECORDINGS, ()),
        *find_objects(row, [name for name in SEARCHED if name in row] if whole else linked),
    ]
    return ([row["recording_url"]] if "recording_url" in row else []) + found


@pytest.mark.parametrize("field", ["notes", "transcription", "name", "cnam", "caller_number", "payload", "summary"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@", [ONE]),
        ("see @, then call", [ONE]),
        ("<@>", [ONE]),
        ('"@"', [ONE]),
        ("[cv](@)", [ONE]),
        ("@<br>next", [ONE]),
        ("@|x", [ONE]),
        ("@!", [ONE]),
        ("@:", [ONE]),
        ("@ (12 s)", [ONE]),
        ("@\\n" + TWO, [ONE, TWO]),
        ("@\n" + TWO, [ONE, TWO]),
        ("@," + TWO, [ONE, TWO]),
        ("@ and " + WEB + ".", [ONE, WEB]),
        ('{"recording": "@"}', [ONE]),
        ('x={"recording":"file:\\/\\/\\/R\\/1.pdf"}', [ONE]),
        ("see file:\\\\mnt\\rec\\new\\1.wav, then", ["file:\\\\mnt\\rec\\new\\1.wav"]),
        ("<FILE:\\\\\\R\\1.pdf>", ["FILE:\\\\\\R\\1.pdf"]),
        ('{"a": "file:\\\\\\\\mnt\\\\rec\\\\1.wav"}', ["file:\\\\mnt\\rec\\1.wav"]),
        ('x={"a":"s3:\\\\b\\k.wav"}', ["s3:\\\\b\\k.wav"]),
        ("(https:\\\\vendor.example.com\\rec\\3.mp3) and @", ["https:\\\\vendor.example.com\\rec\\3.mp3", ONE]),
        ("https://shop.example.com/a.html, gc\u017f://bucket/a.wav", []),
        ("see https: / and C:\\ or profile:/x or 5:/", []),
        ("profile:\\\\x\\y, file:\\\\ file:\\x, local:\\\\n and file:\\\\nSee https:\\\\h\\page", []),
    ],
)
def test_an_address_inside_a_text(field: str, text: str, found: list[str]) -> None:
    # A text that is an address with blanks is one too, unchanged.
    assert [each for each in found if each not in _found({field: text.replace("@", ONE)})] == []
    if not found:
        assert _found({field: text}) == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"tag_list": ["vip", ONE]}, [ONE]),
        ({"form": {"CV": f"{WEB}\n{TWO}"}}, [WEB, TWO]),
        ({"form": {"CV": json.dumps([WEB])}}, [WEB]),
        ({"form": {"CV": "/uploads/7/cv.pdf"}}, ["/uploads/7/cv.pdf"]),
        ({"form": {"Media": "a.wav"}}, ["a.wav"]),
        ({"x": {"AUDIO": ["a.wav"]}}, ["a.wav"]),
        ({"MEDIA": "a.wav"}, ["a.wav"]),
        ({"voice-mail": "https://h.example/1"}, ["https://h.example/1"]),
        ({"voice mail": "https://h.example/1"}, ["https://h.example/1"]),
        ({"vm_url": "https://h.example/1"}, ["https://h.example/1"]),
        ({"legs": [{"playback": "https://h.example/1"}]}, ["https://h.example/1"]),
        ({"salesforce": {"recording_url": WEB, "link": ONE, "url": "https://acme.example.com/x"}}, [WEB, ONE]),
        ({"message_body": f"look {WEB}"}, [WEB]),
        ({"visitor": {"x": WEB, "page": "https://h.example/a.pdf"}, "location": "https://h.example/b.pdf"}, [WEB]),
        # The key of a value is a text of the record too.
        ({"x": {ONE: 1}}, [ONE]),
        ({WEB: "left a message"}, [WEB]),
        ({"x": {"https://acme.example.com/a": 1}}, []),
        ({"attachments": {WEB: {"type": "audio/mpeg"}, TWO: None}}, [TWO, WEB]),
        ({"form": {"CV": {ONE: True}}, "custom_fields": {TWO: "x"}}, [ONE, TWO]),
        ({"message_body": json.dumps({WEB: {}})}, [WEB]),
        ({"visitor": {TWO: [{WEB: 1}]}}, [TWO, WEB]),
        ({"audio": {ONE: 12}}, [ONE]),
        ({"transcription": {"parts": [{ONE: 1}]}}, [ONE]),
        # A chain and another name of a file are refused where they are, and keep the file.
        ({"notes": f"see simplecache::{ONE}."}, [f"simplecache::{ONE}"]),
        ({"notes": "zip://a::local:///R/1.pdf"}, ["a::local:///R/1.pdf"]),
        ({"audio": f"\t{ONE}"}, [ONE]),
        ({"audio": f"{ONE}\n"}, [ONE]),
        ({"audio": f"[a]({ONE})"}, [ONE]),
        ({"audio": f"{ONE}."}, [f"{ONE}.", ONE]),
    ],
)
def test_a_field_that_holds_some(fields: dict[str, Any], found: list[str]) -> None:
    assert _found(fields) == found


_NAMES = (
    ONE,
    WEB,
    "x",
    "vm",
    "left_vm",
    "Media",
    "audio",
    "url",
    "page",
    "note",
    "clip",
    "FAX",
    "sms",
    "gs",
    "salesforce_x",
)
_PIECES = (
    *(ONE, TWO, WEB, "gcs://b/k", "AZ://c/k.bin", "a.wav", "/u/1.pdf", "C:\\x\\1.wav", " ", "\n", ",", '"', "<", ">"),
    *(
        "\\",
        "\\n",
        "https://h.example/",
        "hello",
        '{"a":"',
        "\\u0073" + '3://b/k"}',
        "s3:\\/\\/b\\/k",
        "file:\\\\mnt\\rec\\1.wav",
        "profile:/",
        ":/",
    ),
)


def _value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(6 if depth < 3 else 4)
    if kind == 4:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(3))]
    if kind == 5:
        return {chance.choice(_NAMES): _value(chance, depth + 1) for _ in range(chance.randrange(3))}
    return "".join(chance.choice(_PIECES) for _ in range(chance.randrange(4)))


def test_what_is_passed_over_unsearched_holds_nothing() -> None:
    chance = random.Random(20)
    fields = ("media", "message_body", "form", "custom_fields", "payload", "legs", "visitor", "ga", "spotted", "notes")
    fields += ("tag_list", "emails", "city", "salesforce", "referrer", "MEDIA", "extended_lookup", "name", "cnam")
    for _ in range(4_000):
        record = {name: _value(chance) for name in chance.sample(fields, 3)}
        assert set(_found(record)) == set(_found(record, whole=True)), record


@pytest.mark.parametrize(
    "fields",
    [
        {"notes": "@"},
        {"notes": "zip::@"},
        {"notes": "see <%>"},
        {"payload": {"@": 1}},
        {"payload": '{"x": "@"}'},
        {"form": {"CV": "<@>"}},
        {"audio": "@,"},
        {"tag_list": ["see @."]},
    ],
)
def test_a_held_activity_that_names_it_so_keeps_it(world: World, fields: dict[str, Any]) -> None:
    world.account(7, 8)
    path = world.file("1.pdf")
    world.store(world.root)
    uri = path.as_uri()
    named = json.dumps(fields).replace("@", uri).replace("%", uri.replace("/", "\\\\"))
    world.load({"account_id": 8, "id": 2} | json.loads(named))
    world.load({"account_id": 7, "id": 1, "audio": uri})
    world.sql("INSERT INTO redaction.holds (account_id, scope, reason, placed_by) VALUES (8, 'account', 'case', 'eve')")
    assert world.counts(world.run(7)["id"]) == {"kept": 1}
    assert path.exists()


@pytest.mark.parametrize("text", ["\t@", "@\n", "[a](@)", '["@"]', "<@>"])
def test_the_file_goes_once_and_all_is_erased(world: World, text: str) -> None:
    world.account(7)
    path = world.file("1.pdf")
    world.store(world.root)
    world.load({"account_id": 7, "id": 1, "audio": text.replace("@", path.as_uri())})
    run = world.run_whole(7)
    assert (run["erasure_level"], world.counts(run["id"]), path.exists()) == ("L1", {"deleted": 1}, False)


def test_a_loader_cannot_say_that_an_address_is_spelled(world: World, database: Database) -> None:
    world.account(7, 8)
    path = world.file("1.wav")
    world.store(world.root)
    world.load({"account_id": 7, "id": 1}, {"account_id": 8, "id": 2, "audio": path.as_uri()})
    world.sql("INSERT INTO redaction.holds (account_id, scope, reason, placed_by) VALUES (8, 'account', 'case', 'eve')")
    other = path.as_uri().replace("1.wav", "%31.wav")
    said = "INSERT INTO tracking.objects (account_id, activity_id, address, canonical) VALUES (7, 1, %s, true)"
    unsaid = "INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (7, 1, %s)"
    with pytest.raises(sa.exc.DBAPIError, match="permission denied"), database.engine("redaction_loader").begin() as c:
        c.exec_driver_sql(said, (other,))
    with database.engine("redaction_loader").begin() as connection:
        connection.exec_driver_sql(unsaid, (other,))
    assert world.counts(world.run(7)["id"]) == {"kept": 1}
    assert path.exists()


STORED = ("file:///R/1.wav", "see FILE:/R/1.wav", "s3://bucket/1.wav", "simplecache::s3a://bucket/1", "gs://b/1")
STORED += ("file:\\\\mnt\\rec\\1.wav", "see file:\\R\\1.wav", "s3:\\\\b\\1.wav")


@pytest.mark.parametrize("text", STORED)
@pytest.mark.parametrize("name", ["source", "status", "call_status", "tracking_label", "tracking_number"])
def test_an_address_is_nothing_that_may_stay(name: str, text: str) -> None:
    row = build_row({"id": 1, "account_id": 7, "unix_time": 1790812800, name: text}, {7: CallSettings()})
    assert name not in row
    assert row["unlisted"] == {name: text}


def test_a_call_flow_that_names_an_address_keeps_the_rest() -> None:
    path = [{"route_name": "Menu", "route_type": "menu"}, {"route_name": STORED[0], "route_type": "queue"}]
    record = {"id": 1, "account_id": 7, "unix_time": 1790812800, "source": "https://g.example/a", "call_path": path}
    row = build_row(record, {7: CallSettings()})
    assert row["call_path"] == [path[0], {"route_type": "queue"}]
    assert row["unlisted"] == {"call_path": [{}, {"route_name": STORED[0]}]}
    assert row["source"] == "https://g.example/a", "a source may be a page"


@pytest.mark.parametrize("fields", [{"source": "@"}, {"call_path": [{"route_name": "@"}]}])
def test_what_only_a_retained_text_names_is_found_and_not_left(world: World, fields: dict[str, Any]) -> None:
    world.account(7)
    file = world.file("1.wav")
    world.store(world.root)
    world.load({"account_id": 7, "id": 1} | json.loads(json.dumps(fields).replace("@", file.as_uri())))
    run = world.run_whole(7)
    assert (world.counts(run["id"]), run["erasure_level"]) == ({"deleted": 1}, "L1")
    assert not file.exists()
    [row] = world.sql("SELECT source, call_path FROM tracking.activities")
    assert str(file) not in json.dumps(row)
