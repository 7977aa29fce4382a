"""Google and Azure: no deletion is claimed, since nothing proves that no version or softly deleted copy is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry

from redaction.errors import BadInput
from redaction.objects.access import OUTSIDE
from redaction.objects.addresses import Address, parse_address
from redaction.objects.opened import open_store
from redaction.objects.other import GONE
from redaction.objects.stores import check_store
from redaction.settings import Settings


class Bucket(MemoryFileSystem):
    """fsspec's own file system in memory, in place of a vendor's that is not installed here."""

    protocol = "gcs"
    store: dict[str, Any] = {}  # noqa: RUF012
    pseudo_dirs = [""]  # noqa: RUF012

    def rm_file(self, path: str) -> None:
        if "locked" in path:
            raise PermissionError(path)
        if "comes back" not in path:
            super().rm_file(path)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    assert "gcs" not in _registry
    fsspec.register_implementation("gcs", Bucket, clobber=True)
    found = Bucket()
    for key in ("1.wav", "2.wav", "locked.wav", "comes back.wav"):
        found.pipe_file(f"rec/in/{key}", b"RIFF")
    found.pipe_file("rec/1.wav", b"RIFF")
    yield found
    Bucket.store.clear()
    _registry.pop("gcs", None)


def test_what_is_gone_still_remains(bucket: Bucket, settings: Settings, make: Any) -> None:
    store = make("gcs://rec/in")
    check_store(store, [], settings)
    access = open_store(store, settings)
    settled = access.delete(parse_address("gs://rec/in/1.wav#1712345678"), 1, 1)
    assert (settled.outcome, settled.reason) == ("remains", GONE)
    assert not bucket.exists("rec/in/1.wav")
    assert access.delete(parse_address("gs://rec/in/1.wav"), 1, 1).outcome == "remains"
    assert not access.probe().sound
    assert access.check().may_delete is None
    for key in ("locked", "comes back"):
        settled = access.delete(parse_address(f"gs://rec/in/{key}.wav"), 1, 1)
        assert settled.outcome == "remains"
        assert settled.reason != GONE
        assert key not in settled.reason
    assert bucket.exists("rec/in/2.wav")


def test_outside_the_prefix_nothing_is_asked(bucket: Bucket, settings: Settings, make: Any) -> None:
    access = open_store(make("gs://rec/in"), settings)
    for address in (
        Address("gs", "rec", "1.wav"),
        Address("gs", "rec", "in/../1.wav"),
        Address("gs", "rec", "in/.redaction-store-1"),
        Address("s3", "rec", "in/1.wav"),
    ):
        assert access.delete(address, 1, 1) == OUTSIDE
    assert bucket.exists("rec/1.wav")
    ledger = settings.model_copy(update={"ledger_url": "gs://rec/in"})
    assert "ledger" in open_store(make("gs://rec/in"), ledger).delete(Address("gs", "rec", "in/1.wav"), 1, 1).reason
    assert bucket.exists("rec/in/1.wav")


def test_a_package_that_is_missing_is_named(settings: Settings, make: Any) -> None:
    with pytest.raises(BadInput, match="adlfs is not installed"):
        open_store(make("az://box/in"), settings)
