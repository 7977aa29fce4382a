"""Data Docs: the pages that Great Expectations writes of a validation, for people to read."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache

from redaction.shared import read_file


class _Compiled(BytecodeCache):
    """Keeps in memory what templates were compiled to: the library compiles them for each kind of page of each site."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()
_LONGEST_PATH = 1_000
_LONGEST_NAME = 200
"""Bytes of a name in a path; those of our pages are far shorter."""


def preload() -> None:
    """Compile the templates, so that processes forked later share them."""
    from great_expectations.render.view import DefaultJinjaPageView

    templates = DefaultJinjaPageView().env
    templates.bytecode_cache = _COMPILED
    for name in templates.list_templates(extensions=["j2"]):
        templates.get_template(name)


def write_documents(context: Any, docs: Path, shared: Path) -> None:
    """Write the pages of the suites that a context holds, those of their results, and an index.

    What all sites have in common lies once in the folder `shared`.
    """
    from great_expectations.render.renderer.site_builder import SiteBuilder

    site = SiteBuilder(
        context,
        store_backend={"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)},
        site_name="redaction",
        site_section_builders={"profiling": "none"},
    )
    for part in (*site.site_section_builders.values(), site.site_index_builder):
        part.view_class.env.bytecode_cache = _COMPILED
    site.build()
    _share_static(docs / "static", shared)


def _share_static(own: Path, shared: Path) -> None:
    # Every site brings 4 MB of fonts and pictures; one copy serves them all.
    if own.is_symlink() or not own.is_dir():
        return
    with suppress(OSError):
        own.rename(shared)
    rmtree(own, ignore_errors=True)
    own.symlink_to(Path("..", "..", "static"))


def read_page(root: Any, path: str) -> bytes | None:
    """Return a file of the sites below a folder, by its path there; None if there is none, or the path leads out."""
    if "\0" in path or len(path) > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_NAME for part in path.split("/")):
        # No file has such a name, which file systems say in ways of their own.
        return None
    if isinstance(root, Path):
        inside = root.resolve()
        found = (inside / path).resolve()
        return read_file(found) if found.is_relative_to(inside) else None
    if ".." in path.split("/"):
        return None
    # A store has no links: what all sites have in common is read where it lies.
    return read_file(root / re.sub(r"^account_\d+/run_\d+/static/", "static/", path.lstrip("/")))
