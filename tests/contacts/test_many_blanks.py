"""A value with very many blanks is read once: from each blank it would take hours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redaction.contacts.folding import read_as_meant
from redaction.source.asked import read_asked

MANY = " " * 1_000_000


@pytest.mark.parametrize(
    ("read", "found"),
    [
        (lambda: read_as_meant(f"é (at){MANY}"), "é@"),
        (lambda: read_as_meant(f"é{MANY}at{MANY}x"), None),
        (lambda: read_as_meant(f"é{MANY}dot "), "é."),
        (lambda: read_asked({"phone": f"{MANY}x"}, "US"), ([], [])),
        (lambda: read_asked({"phone": f"{MANY}212 555 0143"}, "US"), ([], [])),
        (lambda: read_asked({"phone": f"1{MANY}x", "country": "GB"}, "US"), ([], [])),
        (lambda: read_asked({"country": f"{MANY}x", "phone": "2125550143"}, "US"), (["+12125550143"], [])),
        (lambda: read_asked(f"phone:{MANY}212 555 0143", "US"), (["+12125550143"], [])),
    ],
)
def test_they_are_read_once(read: Callable[[], object], found: object) -> None:
    assert read() == found
