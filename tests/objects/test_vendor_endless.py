"""A vendor whose answer never ends, although each part of it comes at once."""

from __future__ import annotations

from typing import Any

import pytest

from redaction.objects import vendor
from redaction.objects.access import Settled
from redaction.objects.addresses import parse_address
from redaction.objects.opened import open_store
from redaction.settings import Settings
from tests.endless import answering


@pytest.mark.parametrize(
    ("begin", "part"),
    [
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\ndeleted", b""),
        (b"", b""),
    ],
    ids=["interim answers", "a body that looks whole", "nothing"],
)
def test_an_answer_that_does_not_end_confirms_nothing(
    settings: Settings, make: Any, monkeypatch: pytest.MonkeyPatch, begin: bytes, part: bytes
) -> None:
    """The batch would wait for it, and a new hold for the batch."""
    monkeypatch.setattr(vendor, "_WHOLE_S", 0.2)
    with answering(begin, part) as url:
        access = open_store(make(url, mode="vendor", template=f"{url}/{{account}}/{{activity}}"), settings)
        settled = access.delete(parse_address(f"{url}/r.wav"), 50, 1)
    assert settled == Settled("remains", "the vendor did not answer in time")
