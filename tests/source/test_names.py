"""No code knows what a source calls its fields: only the folder that declares it has these names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from redaction.catalog import read_builtin
from tests.checkout import ROOT

FOLDER = ROOT / "source" / "calltrackingmetrics"
WORDS = frozenset(
    (
        *(
            "audio",
            "contact",
            "content",
            "email",
            "form",
            "from",
            "in",
            "link",
            "media",
            "message",
            "mobile",
            "month",
            "note",
            "offset",
        ),
        *("out", "page", "search", "sid", "text", "time", "to", "type", "url", "value"),
    )
)
"""Words of no particular source: of Singer, of JSON, of other parts of the program, of fields that hold objects."""


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield from value.split(".")


def names_of_the_source() -> set[str]:
    """The source's names of its fields, at the top and within, except those that are ours too."""
    lines = (FOLDER / "fields.tsv").read_text(encoding="utf-8").splitlines()[1:]
    listed = (line.split("\t")[0].rpartition("] ")[2].replace("[]", "") for line in lines)
    said = yaml.safe_load((FOLDER / "mapping.yml").read_text(encoding="utf-8"))
    found = {part for name in listed for part in name.split(".")}
    # Stems of names are words of every language, and no names.
    said["contact"] = {
        key: held
        for key, held in said["contact"].items()
        if key
        not in ("number_stems", "email_stems", "others", "business", "yours", "countries", "number_countries", "areas")
    }
    found |= set(
        _leaves({key: said[key] for key in ("identity", "time", "direction", "columns", "contact", "objects")})
    )
    catalog = read_builtin()
    ours = {
        *catalog.columns,
        *catalog.call_path,
        *(name for table in catalog.tables.values() for name in table.columns),
    }
    return found - ours - WORDS


def find_named(path: Path, names: set[str]) -> set[str]:
    """The names among some that are texts of a module, outside documentation."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            found |= names & {node.value}
            found |= {word for word in re.findall(r"\w+", node.value) if "_" in word and word in names}
    return found


def test_no_code_knows_the_names_of_a_source() -> None:
    names = names_of_the_source()
    assert {"caller_number_complete", "unix_time", "extended_lookup", "tag_list", "direction", "cnam"} <= names
    found = {
        path.relative_to(ROOT).as_posix(): here
        for path in sorted((ROOT / "redaction").rglob("*.py"))
        if "demo" not in path.parts and (here := find_named(path, names))
    }
    assert found == {}


def test_a_name_in_code_is_found(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text('"""Reads unix_time."""\nx = row.get("cnam")\ny = f"a.extended_lookup.{x}"\nz = "cname"\n')
    assert find_named(path, {"unix_time", "cnam", "extended_lookup"}) == {"cnam", "extended_lookup"}
