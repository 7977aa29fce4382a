"""What was worked out once and is asked again and again. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V]):
    """Results by what they come from. A look into a dict costs half of one into a cache of functools."""

    def __init__(self, work_out: Callable[[K], V], most: int, keeps: Callable[[K], bool] = lambda _: True) -> None:
        """Take the function, how many results are kept until all are forgotten, and which are kept at all."""
        super().__init__()
        self._work_out, self._most, self._keeps = work_out, most, keeps

    def __missing__(self, key: K) -> V:
        found = self._work_out(key)
        if self._keeps(key):
            if len(self) >= self._most:
                self.clear()
            self[key] = found
        return found
