"""The kind of an activity: a call, a text, a chat or a form. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from redaction.contacts.remembered import Remembered
from redaction.source.fields import Shape
from redaction.source.personal import EMPTY, Row
from redaction.source.rules import Rules, load_rules

_WORD = re.compile(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""What separates words: `SMSMessage` has two."""


def _read_kind(text: str) -> str | None:
    words = load_rules().kind_words
    said = (*_WORD.split(text), *_WORD.split(text.lower()))
    return next((words[low] for word in said if (low := word.lower()) in words), None)


kind_of = Remembered(_read_kind, 1_000, lambda text: len(text) < 100)
"""The kind that a text names, by its words; None if it names none."""


def find_kind(record: Mapping[str, Any], shape: Shape, row: Row, rules: Rules) -> str:
    """Return the kind that the fields of a record name, else the kind that its values show."""
    called = False
    for name in shape.kinds:
        text = record[name]
        if text.__class__ is str and (kind := kind_of[text]) is not None:
            # A form or a text is sometimes called a call too, and no call is called one of these.
            if kind != "call":
                return kind
            called = True
    message = row.get("message")
    if message and not called:
        if not rules.texts_have.isdisjoint(message):
            return "text"
        if not rules.chats_have.isdisjoint(message):
            return "chat"
    if not called and "form" in row and all([record.get(name) in EMPTY for name in rules.calls_have]):
        return "form"
    return "call"
