"""Addresses of objects: one canonical spelling of each, and a refusal of those that name none."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.errors import BadAddress, BadInput
from redaction.objects import addresses
from redaction.objects.addresses import Address, is_address, is_below, overlaps, parse_address, parse_prefix


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("file:///R/call%20one%20%C3%A9.wav", "/R/call one é.wav"),
        ("file://localhost/R/local.wav", "/R/local.wav"),
        ("FILE://LocalHost./R/local.wav", "/R/local.wav"),
        ("file://127.0.0.1/R/a.wav", "/R/a.wav"),
        ("file://127.1.2.3/R/a.wav", "/R/a.wav"),
        ("file://[::1]/R/a.wav", "/R/a.wav"),
        ("file://[0:0:0:0:0:0:0:1]/R/a.wav", "/R/a.wav"),
        ("file:/R/a.wav", "/R/a.wav"),
        ("file:////R//a.wav", "/R/a.wav"),
        ("file:///R/sig.wav?sig=1", "/R/sig.wav"),
        ("file:///R/space name.wav", "/R/space name.wav"),
        ("file:///R/hash#1.wav", "/R/hash#1.wav"),
        ("file:///R/hash%231.wav", "/R/hash#1.wav"),
        ("file:///R/what%3F.wav", "/R/what?.wav"),
        ("file:///R/./x/../a.wav", "/R/a.wav"),
        ("file:///R/x/%2e%2e/a.wav", "/R/a.wav"),
        ("file:///R/x%2f..%2Fa.wav", "/R/a.wav"),
        ("file:///R/%252e%252e/a.wav", "/R/%2e%2e/a.wav"),
        ("file:///R/100%.wav", "/R/100%.wav"),
        ("file:///R/a.wav/", "/R/a.wav"),
        ("file:///../../etc/passwd", "/etc/passwd"),
        ("file:///R/back\\slash.wav", "/R/back\\slash.wav"),
        ("file:///R/a+b;c&d@e.wav", "/R/a+b;c&d@e.wav"),
    ],
)
def test_a_local_file_is_its_decoded_and_resolved_path(text: str, path: str) -> None:
    address = parse_address(text)
    assert (address.scheme, address.host, address.path) == ("file", "", path)
    assert address.place == "files of this host"
    assert parse_address(address.text) == address


def test_a_file_of_another_host_is_not_one_of_this() -> None:
    address = parse_address("file://nas.example/R/a.wav")
    assert address.host == address.place == "nas.example"
    assert not is_below(address, parse_prefix("file:///R"))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("s3://rec/1.wav", "s3://rec/1.wav"),
        ("S3A://rec/1.wav", "s3://rec/1.wav"),
        ("s3://rec/call%20one.wav", "s3://rec/call%20one.wav"),
        ("s3://rec/a//b#c?d", "s3://rec/a//b#c?d"),
        ("s3://rec//lead", "s3://rec//lead"),
        ("s3://rec/q.wav?versionId=abc", "s3://rec/q.wav"),
        ("s3://rec/q.wav?versionid=a?versionId=b", "s3://rec/q.wav"),
        ("gcs://rec/1.wav#1712345678", "gs://rec/1.wav"),
        ("az://box/1.wav?snapshot=2026-01-01", "abfs://box/1.wav"),
        ("HTTPS://App.Example.COM.:443/a/./b//c?x=%41%c3%a9#top", "https://app.example.com/a/b/c?x=A%C3%A9"),
        ("http://h.example:0080", "http://h.example/"),
        ("http://h.example:8080/a%2Fb", "http://h.example:8080/a/b"),
        ("https://[2001:DB8::0:1]/a", "https://[2001:db8::1]/a"),
        ("https://bücher.example/a b", "https://xn--bcher-kva.example/a%20b"),
        ("https://h.example/a/b/..", "https://h.example/a/"),
        ("sftp://h.example:22/a", "sftp://h.example/a"),
    ],
)
def test_equal_objects_have_equal_texts(text: str, canonical: str) -> None:
    assert parse_address(text).text == canonical
    assert parse_address(canonical).text == canonical


def test_unicode_forms_are_different_files() -> None:
    one, two = (f"file:///R/{unicodedata.normalize(form, 'é')}.wav" for form in ("NFC", "NFD"))
    assert parse_address(one).text != parse_address(two).text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("/R/a.wav", "no scheme"),
        ("R/a.wav", "no scheme"),
        (" file:///R/a.wav", "no scheme"),
        ("file:R/a.wav", "no absolute path"),
        ("file://R", "no absolute path"),
        ("file:///", "names no object"),
        ("file:///R/..", "names no object"),
        ("s3:///1.wav", "no bucket"),
        ("s3://rec", "names no object"),
        ("s3://rec/", "names no object"),
        ("s3:rec/1.wav", "no host"),
        ("s3://rec/a/../b", "dot segment"),
        ("s3://rec/./b", "dot segment"),
        ("s3://user@rec/1.wav", "user"),
        ("https://user:secret@h.example/1.wav", "user"),
        ("https://h.example%40evil.example/1.wav", "host"),
        ("file://user@localhost/R/a.wav", "user"),
        ("simplecache::s3://rec/1.wav", "chain"),
        ("zip://a.wav::file:///R/a.zip", "chain"),
        ("file:///R/a::b", "chain"),
        ("s3://rec/a::b", "chain"),
        ("https:///a", "no host"),
        ("https://h.example:99999/a", "port"),
        ("https://h.example:x/a", "port"),
        ("https://a b.example/a", "host"),
        ("https://a..b/a", "host"),
        ("https://[::1/a", "host"),
        ("https://[fe80::1%25eth0]/a", "host"),
        ("https://h.example\\@evil.example/a", "backslash"),
        ("https://h.example/a\\..\\b", "backslash"),
        ("https://h.example/a%5C..%5Cb", "backslash"),
        ("file:///R/a%00.wav", "control character"),
        ("file:///R/a\n.wav", "control character"),
        ("file:///R/a%0A.wav", "control character"),
        ("s3://rec/a\x7f", "control character"),
        ("s3://rec/a\x85b", "control character"),
        ("file:///R/a%C2%85", "control character"),
        ("s3://rec/a\u2028", "control character"),
        ("s3://rec/\ud800", "control character"),
        ("file:///R/%ff.wav", "encoding"),
        ("file:///R/%c0%ae%c0%ae/a", "encoding"),
        ("s3://rec/" + "a" * 9000, "too long"),
    ],
)
def test_what_names_no_object_or_not_one_alone_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadAddress) as caught:
        parse_address(text)
    assert caught.value.why == why
    assert isinstance(caught.value, BadInput)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("https://h.example/a.wav", True),
        ("file:///R/space name.wav", True),
        ("file:/R/a", True),
        ("simplecache::s3://rec/1", True),
        ("https://h.example/a and then some words", False),
        ("see https://h.example/a", False),
        ("10:30", False),
        ("tel:+12125550143", False),
        ("/R/a.wav", False),
        ("", False),
        (None, False),
        (7, False),
        (["https://h.example/a"], False),
    ],
)
def test_a_value_that_looks_like_an_address(value: object, is_one: bool) -> None:
    assert is_address(value) is is_one


@pytest.mark.parametrize(
    ("prefix", "inside", "outside"),
    [
        ("file:///R/", "file:///R/a.wav", "file:///Rx/a.wav"),
        ("file:///R", "file:///R/x/../a.wav", "file:///R/../a.wav"),
        ("file:///R%20S", "file://localhost/R S/a.wav", "file:///R%2520S/a.wav"),
        ("s3://rec", "s3://rec/1.wav", "s3://rec2/1.wav"),
        ("s3://rec/", "s3a://rec//1.wav", "gs://rec/1.wav"),
        ("s3://rec/in", "s3://rec/in/1.wav", "s3://rec/in"),
        ("s3://rec/in/", "s3://rec/in//1.wav", "s3://rec/in2/1.wav"),
        ("https://h.example", "https://h.example:443/a", "http://h.example/a"),
        ("https://h.example/api/v1", "https://H.example/api/v1/a", "https://h.example/api/v1/../a"),
        ("https://h.example/api/v1", "https://h.example/api/%76%31/a", "https://h.example/api/v1%2f..%2fa"),
        ("http://127.0.0.1:81", "http://127.0.0.1:81/a", "http://127.0.0.1:82/a"),
    ],
)
def test_below_a_prefix_by_whole_segments(prefix: str, inside: str, outside: str) -> None:
    place = parse_prefix(prefix)
    assert is_below(parse_address(inside), place)
    assert not is_below(parse_address(outside), place)


def test_prefixes_that_overlap() -> None:
    def of(one: str, two: str) -> bool:
        first, second = parse_prefix(one), parse_prefix(two)
        assert overlaps(first, second) == overlaps(second, first)
        return overlaps(first, second)

    assert of("s3://rec", "s3a://rec/in")
    assert of("file:///R", "file://localhost/R/x/..")
    assert of("https://h.example", "https://h.example/api")
    assert not of("s3://rec/in", "s3://rec/in2")
    assert not of("s3://rec", "gs://rec")


@pytest.mark.parametrize("text", ["s3://rec/a?versionId=1", "https://h.example/a?b=1", "https://h.example/a#b"])
def test_a_prefix_has_no_query(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_prefix(text)


_TEXTS = st.text(st.sampled_from("ab/.%2eEfF5c?#@:\\ é\u0301[]\0\n"), max_size=30)
_SCHEMES = st.sampled_from(["file://", "file:", "s3://b/", "gs://b/", "https://h/", "http://h:81/", "x://h/", "az://b"])


@given(_SCHEMES, _TEXTS)
def test_the_canonical_text_reads_back_as_itself(scheme: str, rest: str) -> None:
    try:
        address = parse_address(scheme + rest)
    except BadAddress:
        return
    assert parse_address(address.text) == address
    assert parse_address(address.text).text == address.text


@given(st.sampled_from(["file:///R/in/", "s3://b/in/", "https://h/in/"]), _TEXTS)
def test_what_is_below_a_prefix_has_no_segment_that_leads_out(base: str, rest: str) -> None:
    try:
        address = parse_address(base + rest)
    except BadAddress:
        return
    if is_below(address, parse_prefix(base)):
        assert (address.path + "/").startswith(parse_prefix(base).path + "/")
        assert not {".", ".."} & set(address.path.split("/"))


_PLAIN = st.text(st.sampled_from("ab09./-_~"), max_size=20)


@given(st.sampled_from(["file://", "https://h.example", "http://h.example", "https://", "https://a-.b"]), _PLAIN)
def test_the_short_way_reads_as_the_long_one(scheme: str, rest: str) -> None:
    def read(parse: Callable[[str], Address]) -> Address | str:
        try:
            return parse(f"{scheme}{rest}")
        except BadAddress as error:
            return error.why

    assert read(addresses._parse) == read(addresses._parse_any)


def test_a_made_address_shows_its_host_alone() -> None:
    assert Address("s3", "rec", "jane/1.wav").place == "rec"
    assert Address("https", "h.example:81", "/jane", "t=1").place == "h.example:81"
