"""Libraries that only some processes need: a typesetter, the charts, an embedded PostgreSQL. See `pyproject.toml`."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redaction.errors import BadInput, ExtraMissing
from redaction.resources import open_place


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector away while thousands of objects are made, and from them afterwards: they live as long
    as the process.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Import the libraries of an extra within; raises ExtraMissing, which says how to install it, if one is missing."""
    try:
        yield
    except ImportError as error:
        raise ExtraMissing(
            f"{what} needs the package {error.name}, which is not installed here; nothing was changed: "
            f"pip install redaction[{extra}]"
        ) from None


def open_address(address: str, name: str) -> Any:
    """Return a place as `open_place` does; `name` is its name in messages, such as its setting.

    Raises BadInput for the address of an unknown kind of store, ExtraMissing if its library is missing.
    """
    try:
        place = open_place(address)
        if not isinstance(place, Path):
            # The library is imported only at the first access.
            place.__wrapped__.fs  # noqa: B018
    except ImportError:
        raise ExtraMissing(
            f"{name} names a store whose library is not installed here; nothing was changed: pip install "
            "redaction[s3], or for another store what fsspec needs for it"
        ) from None
    except Exception as error:  # a store may raise anything, with credentials in its message
        raise BadInput(
            f"{name} is no place that can be opened ({type(error).__name__}): write the path of a folder, or an "
            "address like s3://bucket/folder; nothing was changed"
        ) from None
    return place
