"""What a person gives as the contact of a request: a valid number or address opens it, anything else does not."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest

from redaction.db.database import Database
from redaction.errors import BadInput
from redaction.ledger.entries import read_entries
from redaction.placements.resolve import Placements
from redaction.requests.records import get_home
from tests.requests.test_requests import ask

Sql = Callable[..., list[dict[str, Any]]]


@pytest.mark.parametrize(
    "contact",
    [
        *("anonymous", "", "12", "+1 266 696 687", "a@b.example, c@d.example", "\x00", "9" * 400, "０", "null"),
        *("not@an", "a@b..c", "@x.org", "x@", "x@-a.org", "x@a_.org-", f"x@{'a' * 64}.org", "Ada <not@an>"),
    ],
)
def test_a_contact_that_is_withheld_or_not_valid_opens_nothing(
    both: Database, placements: Placements, sql: Sql, contact: str
) -> None:
    with pytest.raises(BadInput) as refused:
        ask(placements, contact)
    assert not contact.strip() or len(contact) < 3 or contact not in str(refused.value)
    assert sql("SELECT FROM redaction.requests") == []
    assert list(read_entries(get_home(placements).database)) == []


@pytest.mark.parametrize(
    ("contact", "understood"),
    [
        ("Ada <Ada.L@Mail.Example.co.uk.>", "ada.l@mail.example.co.uk"),
        ("a..b@x.org", "a..b@x.org"),
        ("x@müller.example", "x@müller.example"),
        ("sip:zoe@pbx", "zoe@pbx"),
    ],
)
def test_an_address_with_a_whole_domain_or_of_sip_is_taken(
    both: Database, placements: Placements, contact: str, understood: str
) -> None:
    assert ask(placements, contact).understood == understood


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("212 555 0143", "the person is +12125550143 (read as in US): check"),
        ("zoe@x.org", "the person is zoe@x.org: check"),
    ],
)
def test_only_a_number_is_shown_with_a_country(
    both: Database, cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, given: str, shown: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    words = ("request", "open", "--kind", "both", "--identity", "called back", "--reference", "DSR-12")
    code, said, _ = cli(*words, "--agency", "1")
    assert (code, shown in said) == (0, True), said
