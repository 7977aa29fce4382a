"""Libraries that only some processes need: a typesetter, the charts, a PostgreSQL of its own. See `pyproject.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redaction.errors import ExtraMissing


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Import what an extra brings, within; raises ExtraMissing, which says how to install it, if it is not there."""
    try:
        yield
    except ImportError as error:
        raise ExtraMissing(
            f"{what} needs the package {error.name}, which is not installed here; nothing was changed: "
            f"pip install redaction[{extra}]"
        ) from None
