"""Where something stands, as `file:line`: what a check says of it can be opened."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def find_definition(thing: Callable[..., Any]) -> str:
    """Return the place of a function or a class."""
    thing = inspect.unwrap(thing)
    return f"{_name(Path(inspect.getfile(thing)))}:{inspect.getsourcelines(thing)[1]}"


def find_text(text: str, *paths: Path) -> str:
    """Return the place of the first line that contains a text; the first file if none does."""
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if text in line:
                return f"{_name(path)}:{number}"
    return _name(paths[0])


def find_difference(text: str, wanted: str) -> tuple[int, str]:
    """Return the first line that differs between a text and what it must be, and what that line must be."""
    lines, others = text.splitlines(), wanted.splitlines()
    both = min(len(lines), len(others))
    first = next((at for at in range(both) if lines[at] != others[at]), both)
    return first + 1, others[first].strip() if first < len(others) else ""


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
