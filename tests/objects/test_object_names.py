"""The name of an object, for protection: which parts of an address are left out, and which are not."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.objects.names import find_name, is_looked_up, list_texts, to_recorded

SIGNED = (
    *("sig", "signature", "Signature", "token", "access_token", "expires", "Expires", "se", "sp", "sv", "sr"),
    *("X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "x-goog-signature", "X-Goog-Date", "x-id"),
    *("AWSAccessKeyId", "GoogleAccessId", "Policy", "Key-Pair-Id", "versionId", "response-content-type"),
    *("response-content-disposition", "account_id", "request_id", "session_id", "t", "v", "format", "download"),
)
OF_OBJECTS = (
    "id",
    "ID",
    "sid",
    "key",
    "uuid",
    "file",
    "call",
    "call_id",
    "callId",
    "recordingSid",
    "file_name",
    "path",
)


def _address(rng: random.Random, path: str, identity: dict[str, str]) -> str:
    """Write one web address in different spellings: its signatures in any order, what follows it, its scheme and
    host.
    """
    query = [f"{name}={quote(value)}" for name, value in identity.items()]
    query += [f"{name}={rng.randrange(10**6)}/x".replace("/", "%2F") for name in rng.sample(SIGNED, rng.randrange(6))]
    rng.shuffle(query)
    end = rng.choice(["", "/", "."])
    scheme = rng.choice(["https", "HTTPS", "http"])
    host = rng.choice(["vendor.example", "Vendor.EXAMPLE", "vendor.example."])
    text = f"{scheme}://{host}{path}{end}" + (f"?{'&'.join(query)}" if query else "")
    return text + rng.choice(["", "#t=10", "#"])


@given(st.randoms(use_true_random=False))
def test_a_signature_is_no_part_of_a_name_and_an_id_is(rng: random.Random) -> None:
    name, path = rng.choice(OF_OBJECTS), rng.choice(["/recording", "/v2/play", "/calls/recording.php", "/get.mp3"])
    one, again = (_address(rng, path, {name: "5"}) for _ in range(2))
    other = _address(rng, path, {name: "6"})
    assert find_name(one) == find_name(again) != find_name(other)
    assert to_recorded(again) in list_texts(find_name(one) or pytest.fail(one))
    assert to_recorded(other) not in list_texts(find_name(one) or pytest.fail(one))
    assert is_looked_up(to_recorded(one))


@given(st.randoms(use_true_random=False))
def test_a_path_that_names_an_object_is_all_of_its_name(rng: random.Random) -> None:
    path = rng.choice(["/rec/1.mp3", "/rec/a1.tiff", "/calls/4711/audio-4711", "/Recordings/RE0a1b2c"])
    first, second = (_address(rng, path, {rng.choice(OF_OBJECTS): str(rng.randrange(9))}) for _ in range(2))
    assert find_name(first) == find_name(second) == find_name(f"https://vendor.example{path}")
    assert to_recorded(first).partition("?")[1] == ""
    assert is_looked_up(to_recorded(first))


S3 = "s3://b/r/1.wav"


@pytest.mark.parametrize(
    "text",
    [
        *(S3 + end for end in ("#t=10", "?x-id=GetObject", "?response-content-type=audio/wav", "%20", ";", "?a=b#c")),
        *("s3://b/r/./1.wav", "s3://b/r//1.wav", "s3://b//r/1.wav", "s3://user@b/r/1.wav", "S3A://B/r/1.wav"),
        *("s3:///b/r/1.wav", "simplecache::s3://b/r/1.wav", "https://b.s3.amazonaws.com/r/1.wav#t"),
        *("https://b.s3.amazonaws.com/r//1.wav", "https://b.s3.eu-west-1.amazonaws.com/r/1.wav/"),
        *("https://s3.amazonaws.com/b/r/1.wav%23t=1", "https://s3.amazonaws.com/b/r/1.wav?X-Amz-Signature=1"),
    ],
)
def test_a_key_has_one_name(text: str) -> None:
    assert find_name(text) == find_name(S3)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("file:///u/Invoice%20%2312.pdf", "file:///u/Invoice%20%2313.pdf"),
        ("file:///u/Smith%20%26%20Sons%201.wav", "file:///u/Smith%20%26%20Sons%202.wav"),
        ("file:///u/J.Smith%20(1).wav", "file:///u/J.Smith%20(2).wav"),
        ("file:///u/acme.com%3B%20x/1.wav", "file:///u/acme.com%3B%20x/2.wav"),
        ("file:///u/1.wav", "file:///u/1.WAV"),
        ("s3://b/1.wav", "s3://b/1.wav.txt"),
        ("https://h.example/a/1.wav", "https://h.example/b/1.wav"),
    ],
)
def test_two_objects_have_two_names(first: str, second: str) -> None:
    assert find_name(first) != find_name(second)


@pytest.mark.parametrize("text", ["", "1.wav", "recordings/1.wav", "see me", "mailto:a@b.example", "https://"])
def test_what_names_no_place_has_no_name(text: str) -> None:
    assert find_name(text) is None
    assert is_looked_up(text)


def test_what_no_look_up_finds_is_known_as_such() -> None:
    assert not any(map(is_looked_up, ("file:///1.wav%23t%3D10", "//localhost/1.wav", "simplecache::file:///1.wav")))
    assert all(map(is_looked_up, ("file:///r/1.wav", "/1.wav", "file://nas/1.wav", "https://b.s3.amazonaws.com/1.wav")))
