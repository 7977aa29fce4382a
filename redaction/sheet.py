"""Rows as CSV, in which no spreadsheet finds a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from redaction.db.session import Row

_FORMULA = frozenset("=+-@\t\r")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+")


def _as_cell(value: Any) -> Any:
    if not isinstance(value, str) or _PLAIN_NUMBER.fullmatch(value):
        return value
    return f"'{value}" if unicodedata.normalize("NFKC", value[:1]) in _FORMULA else value


def write_csv(rows: Sequence[Row], columns: Sequence[str] = ("nothing",)) -> bytes:
    """Return rows as CSV (UTF-8) with a header; an apostrophe stands before what would be a formula.

    `columns` are those of no rows at all.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else list(columns))
    writer.writeheader()
    writer.writerows({column: _as_cell(value) for column, value in row.items()} for row in rows)
    return text.getvalue().encode()
