"""Which objects the loader finds: all that a record names, in any form."""

from __future__ import annotations

from typing import Any

import pytest

from redaction.gate.holds import place_hold, release_hold
from redaction.source.addresses import find_objects
from redaction.source.copyformat import Encoder
from redaction.source.limits import DEFAULT_LIMITS
from tests.objects_of import World, only


def _found(row: dict[str, Any]) -> list[str]:
    """The objects that the loader finds in a row: it searches the columns that the encoder has named."""
    return find_objects(row, Encoder.of(DEFAULT_LIMITS).encode(row)[1])


def test_the_recordings_of_all_copies_of_an_activity_in_one_file_go(world: World) -> None:
    world.account(7)
    world.store(world.root)
    files = [world.file(f"{number}.wav") for number in range(3)]
    world.load(*[{"account_id": 7, "id": 1, "audio": path.as_uri()} for path in (*files, files[0])])
    assert only(world.run(7)["objects"]) == {"deleted": 3}
    assert not any(path.exists() for path in files)


def test_a_recording_that_comes_while_its_activity_is_held_goes_after_the_release(world: World) -> None:
    world.account(7)
    world.store(world.root)
    first, second = world.file("first.wav"), world.file("second.wav")
    world.load_audio(7, first.as_uri())
    hold = place_hold(world.deployment, 7, "case 4", "eve")
    assert world.load_audio(7, second.as_uri()).kept_by_hold == 1
    assert world.sql("SELECT recording_url AS url FROM tracking.activities") == [{"url": first.as_uri()}]
    release_hold(world.deployment, hold.id, "eve")
    assert only(world.run(7)["objects"]) == {"deleted": 2}
    assert not first.exists()
    assert not second.exists()


def _nest(value: Any, times: int) -> Any:
    for level in range(times):
        value = [value] if level % 2 else {"x": value}
    return value


@pytest.mark.parametrize(
    ("media", "found"),
    [
        (_nest("file:///R/1.jpg", 95), ["file:///R/1.jpg"]),
        ("file:///R/1.jpg,file:///R/2.jpg", ["file:///R/1.jpg", "file:///R/2.jpg"]),
        ("https://h.example/1.jpg https://h.example/2.jpg", ["https://h.example/1.jpg", "https://h.example/2.jpg"]),
        ("s3://b/1.jpg;\ns3://b/2.jpg", ["s3://b/1.jpg", "s3://b/2.jpg"]),
        ('["s3://b/1.jpg", {"link": "s3://b/2.jpg"}]', ["s3://b/1.jpg", "s3://b/2.jpg"]),
        ('"file:///R/1.jpg"', ["file:///R/1.jpg"]),
        ("https://h.example/1.jpg?u=https://h.example/2", ["https://h.example/1.jpg?u=https://h.example/2"]),
        ("file:///R/call 1, part 2.wav", ["file:///R/call%201%2C%20part%202.wav"]),
        (["recordings/1.jpg", "2.jpg", "\\\\disk\\3.jpg"], ["recordings/1.jpg", "2.jpg", "\\\\disk\\3.jpg"]),
        ([{"content_type": "image/jpeg", "url": "s3://b/1.jpg"}], ["s3://b/1.jpg"]),
        (["s3://b/" + "a" * 9_000], ["s3://b/" + "a" * 9_000]),
        (["none", "", "image/jpeg", "2 pictures"], []),
    ],
)
@pytest.mark.parametrize("field", ["media", "message_media"])
def test_what_a_field_of_objects_names(media: Any, found: list[str], field: str) -> None:
    assert _found({"message": {field: media}}) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"recording": "recordings/1.wav"}, ["recordings/1.wav"]),
        ({"recording": "C:\\rec\\1.wav"}, ["C:\\rec\\1.wav"]),
        ({"attachments": "cdn.example.com/x.jpg"}, ["cdn.example.com/x.jpg"]),
        ({"recording": "N/A", "recorded_at": "2026/10/01", "media_type": "image/jpeg", "file_name": "cv.pdf"}, []),
        ({"file": "image/svg+xml"}, []),
        ({"source_ref": "campaign/a.b"}, []),
    ],
)
def test_what_a_field_that_nobody_listed_names(fields: dict[str, Any], found: list[str]) -> None:
    assert _found({"unlisted": fields}) == found


def test_each_recording_of_a_list_that_is_written_as_a_text(world: World) -> None:
    world.account(7)
    world.store(world.root)
    files = [world.file(f"{number}.wav") for number in range(2)]
    world.load_audio(7, ",".join(path.as_uri() for path in files))
    assert only(world.run(7)["objects"]) == {"deleted": 2}
    assert not any(path.exists() for path in files)


def test_each_object_that_a_listed_field_of_another_kind_names(world: World) -> None:
    world.account(7)
    world.store(world.root)
    where = ("legs", "visitor", "notes", "transcription", "emails", "enhanced", "ga", "s")
    there = {name: world.file(f"{name}.wav") for name in where}
    uri = {name: path.as_uri() for name, path in there.items()}
    world.load(
        {
            "account_id": 7,
            "id": 1,
            "legs": [{"sid": "1", "audio": uri["legs"]}],
            "visitor": {"recording": uri["visitor"], "url": "https://shop.example.com/a.html"},
            "ga": {"events": [{"file": uri["ga"]}]},
            "referrer": "android-app://com.example.mail/",
            "notes": [{"text": "hello", "attachment": uri["notes"]}],
            "transcription": {"text": "hello", "url": uri["transcription"]},
            "emails": [{"address": "a@example.com", "picture": uri["emails"]}],
            "enhanced_caller_id": {"image": uri["enhanced"]},
            "audio": [(world.root / "s.wav").as_uri()],
        }
    )
    assert only(world.run(7)["objects"]) == {"deleted": len(there)}
    assert not any(path.exists() for path in there.values())
