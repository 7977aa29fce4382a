"""Forms that are longer than any of ours, or have invalid values, are refused and change nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from redaction.web.context import make_token

Sql = Callable[..., list[dict[str, Any]]]
As = Callable[[str | None], TestClient]


def _long() -> Iterator[bytes]:
    yield b"token=x&contact="
    for _ in range(4):
        yield b"1" * 1024 * 1024


@pytest.mark.parametrize("path", ["log/calls", "redactions"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_a_long_form_is_refused_at_its_beginning(house_of_two: int, as_: As, path: str, kind: str) -> None:
    answer = as_("ada").post(f"/redaction/accounts/7/{path}", content=_long(), headers={"content-type": kind})
    assert answer.status_code == 413
    assert "1111" not in answer.text


def test_what_is_too_long_or_no_text_is_refused(house_of_two: int, as_: As) -> None:
    client = as_("ada")

    def search(contact: Any, **more: Any) -> Any:
        return client.post(
            "/redaction/accounts/7/log/calls", data={"token": make_token("ada"), "contact": contact, **more}
        )

    assert search("+12125550143").status_code == 200
    assert search("a@" + "x" * 3_000).status_code == 400
    assert search("x" * 100_000).status_code == 413
    assert search("a\x00@x.example").status_code == 404
    assert search("+12125550143", **{f"f{number}": "x" for number in range(2_000)}).status_code == 400
    files = {"contact": ("x.txt", b"canary")}
    token = {"token": make_token("ada")}
    assert client.post("/redaction/accounts/7/log/calls", data=token, files=files).status_code == 400


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 30, "9" * 5_000], ids=range(3))
def test_ids_that_are_none(house_of_two: int, as_: As, number: str) -> None:
    client = as_("ada")
    for path in (
        f"accounts/{number}",
        f"accounts/7/activities/{number}",
        f"accounts/7/redactions/preview?activity={number}",
    ):
        answer = client.get(f"/redaction/{path}")
        assert answer.status_code in (403, 404, 422), (path[:40], answer.status_code)


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5_000, "9" * 19, "\u0664\u0665"], ids=range(4))
def test_ids_of_forms_that_are_none(house_of_two: int, as_: As, number: str) -> None:
    token = {"token": make_token("ada"), "reason": "case 4"}
    answer = as_("ada").post("/redaction/accounts/7/holds", data={**token, "activities": number})
    assert answer.status_code == 400
    [said] = re.findall('id="activities-problem">(.*?)<', answer.text)
    assert number not in said


@pytest.mark.parametrize("path", ["%00", "a%00/b.html", "a" * 5_000, "a/" * 3_000, "\u20ac" * 100], ids=range(5))
def test_pages_that_no_file_can_be(house_of_two: int, as_: As, path: str) -> None:
    assert as_("ada").get(f"/redaction/data-docs/{path}").status_code == 404
