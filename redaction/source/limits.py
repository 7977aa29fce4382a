"""Limits of a file, a record and a value: anything larger is rejected alone, by its line and id.

The text columns are measured where they are encoded (`copyformat`), which costs nothing; the rest is measured here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from redaction.settings import DEEPEST, Settings
from redaction.source.rules import load_rules

LIGHT_BYTES = 4_000
"""Bytes of a line below which only its depth can be too large."""
_NAME_BYTES = 32_000
CONTAINERS = frozenset({dict, list})
"""The types of values that have others in them, as JSON has them."""


class TooLarge(ValueError):
    """A part of a record exceeds a limit; the message names the field and the setting, never a value."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings `limit_...` of one load, under the same names."""

    line_bytes: int
    document_bytes: int
    values: int
    depth: int
    fields: int
    items: int
    key_bytes: int
    text_bytes: int
    gzip_ratio: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Return the limits in some settings."""
        return cls(**{item.name: getattr(settings, f"limit_{item.name}") for item in fields(cls)})

    @property
    def too_deep(self) -> str:
        """Return the message about a record with too many levels."""
        return f"is nested deeper than {self.depth:,} levels (REDACTION_LIMIT_DEPTH)"

    def has_too_many_values(self, data: bytes) -> bool:
        """Say whether a line or document has more JSON values than allowed; each of them takes memory."""
        return len(data) > self.values and data.count(b",") + data.count(b"[") + data.count(b"{") > self.values

    def check(self, record: Mapping[str, Any]) -> None:
        """Raise TooLarge for a record with too many fields, levels or hops, or with too long a text that is
        searched.
        """
        if len(record) > self.fields:
            raise TooLarge(f"has more than {self.fields:,} fields (REDACTION_LIMIT_FIELDS)")
        if sum(map(len, record)) > _NAME_BYTES:
            raise TooLarge(f"the names of its fields are longer than {_NAME_BYTES:,} characters in all")
        # The encoder refuses a depth that is too large for everything.
        if self.depth < DEEPEST and _is_deeper(record, self.depth):
            raise TooLarge(self.too_deep)
        rules = load_rules()
        if rules.moves:
            record = rules.move(record)
        for name in rules.searched:
            value = record.get(name)
            if value.__class__ is str and len(value) > self.text_bytes:
                raise self.too_long(name, self.text_bytes, "TEXT")
        path = record.get(rules.path)
        if path.__class__ is list:
            self.check_items(rules.path, path)
            for hop in path:
                if hop.__class__ is dict and any(
                    [value.__class__ is str and len(value) > self.text_bytes for value in hop.values()]
                ):
                    raise self.too_long(rules.path, self.text_bytes, "TEXT")

    def check_items(self, name: str, values: list[Any]) -> None:
        """Raise TooLarge for a list with too many values."""
        if len(values) > self.items:
            raise TooLarge(f"{name} has more than {self.items:,} values (REDACTION_LIMIT_ITEMS)")

    @staticmethod
    def too_long(name: str, most: int, setting: str) -> TooLarge:
        """Return the error for a text that is too long."""
        return TooLarge(f"{name} has a value of more than {most:,} bytes (REDACTION_LIMIT_{setting}_BYTES)")


DEFAULT_LIMITS = Limits.of(Settings.model_construct())
"""Those of a deployment without its own."""


def _is_deeper(record: Mapping[str, Any], most: int) -> bool:
    level: list[Any] = [value for value in record.values() if value.__class__ in CONTAINERS]
    for _ in range(most - 1):
        if not level:
            return False
        level = [
            value
            for outer in level
            for value in (outer.values() if outer.__class__ is dict else outer)
            if value.__class__ in CONTAINERS
        ]
    return bool(level)
