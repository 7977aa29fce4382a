"""Tables of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable


def row(*cells: object) -> str:
    """Return a row of a table; what is a bar in a cell is written as one."""
    return "| " + " | ".join(re.sub(r"\s+", " ", str(cell)).replace("|", "\\|") for cell in cells) + " |"


def table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    """Return a table."""
    return "\n".join([row(*head), "|" + "---|" * len(head), *rows])
