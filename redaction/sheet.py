"""Rows as CSV that no spreadsheet reads as formulas."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from redaction.db.session import Row

_FORMULA = frozenset("=+-@\t\r\n")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+")
_CELL_WITHIN = re.compile(r"[;\t\r\n][\s\"]*(?=(\S))")
"""Where a cell starts for a spreadsheet that does not separate by commas: quotes do not keep the text together."""


def _as_cell(value: Any) -> Any:
    if not isinstance(value, str) or _PLAIN_NUMBER.fullmatch(value):
        return value
    text = _CELL_WITHIN.sub(lambda found: found[0] + _mark(found[1]), value)
    return _mark(value[:1]) + text


def _mark(first: str) -> str:
    return "'" if first and unicodedata.normalize("NFKC", first) in _FORMULA else ""


def write_csv(rows: Sequence[Row], columns: Sequence[str] = ("nothing",)) -> bytes:
    """Return rows as CSV (UTF-8) with a header. An apostrophe precedes what would be a formula, also within a text
    after a semicolon, a tab or a line break.

    `columns` is the header if there are no rows.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else list(columns))
    writer.writeheader()
    writer.writerows({column: _as_cell(value) for column, value in row.items()} for row in rows)
    return text.getvalue().encode()
