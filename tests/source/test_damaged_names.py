"""Names that a system has damaged on the way: UTF-8 read as another encoding, letters as escapes of JSON."""

from __future__ import annotations

import json
import re

import pytest

from redaction.source.rows import CallSettings, build_row

CALL = {"id": 1, "account_id": 7, "unix_time": 1_790_812_800}
NAMES = ("José Álvarez", "Björn Ångström", "Łukasz Żółć", "Иван Петров", "Jürgen Müller", "Zoë Doe", "山田太郎")


def _source(name: str, text: str) -> object:
    return build_row({**CALL, "name": name, "source": text}, {7: CallSettings()})["source"]


def _as_cp1252(text: str) -> str:
    return "".join(
        bytes((octet,)).decode("cp1252" if octet not in b"\x81\x8d\x8f\x90\x9d" else "latin-1")
        for octet in text.encode()
    )


DAMAGED = (
    lambda text: text.encode().decode("latin-1"),
    _as_cp1252,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text)[1:-1].replace("\\u00e9", "\\u00E9"),
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_name_is_cut_out_and_a_name_is_cut_out_for_a_damaged_one(name: str, damage: object) -> None:
    assert callable(damage)
    damaged = damage(name)
    assert damaged != name
    for said, text in ((name, damaged), (damaged, name), (damaged, damaged)):
        kept = str(_source(said, f"for {text} VIP"))
        assert "[redacted]" in kept, (said, text)
        assert not any(word in kept for word in re.findall(r"\w{3,}", text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("José Álvarez", "JosÃ© line"),
        ("José Álvarez", "Café \\u00e9"),
        ("Jane Doe", "JosÃ© Ã\x81lvarez"),
    ],
)
def test_other_texts_stay(name: str, text: str) -> None:
    assert _source(name, text) == text
