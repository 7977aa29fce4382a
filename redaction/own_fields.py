"""An operator's file (`REDACTION_CATALOG`): source fields that the product does not retain, with another class.

Each declared field becomes a column and a part of the catalog. The operator is responsible for a field that they call
retained.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

from redaction.errors import CatalogError

OWN = "own_"
"""The prefix of these columns; no version of the product adds a column with it."""
OWN_FIELD = "own field"
"""The type of a retained field, unless its file says something else."""
OwnType = Literal["bigint", "boolean", "double precision", "text", "timestamptz"]
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,58}")
_KEYS = ("class", "field", "category", "type")


def read_own_fields(path: Path, loader: type[yaml.SafeLoader], product: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return what a file declares: each column, with its entry as the catalog takes it.

    `product` are the names that a field may not use. The activity's own caller is cut out of a retained text. Raises
    CatalogError, in one line that names the field.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root: Any = yaml.compose(text, loader)
        said: Any = yaml.load(text, loader)  # noqa: S506
    except OSError as error:
        raise CatalogError(f"REDACTION_CATALOG: {path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = f"line {mark.line + 1} of {path}" if mark else path
        raise CatalogError(f"REDACTION_CATALOG: {where} is not YAML; correct the file") from None
    if not isinstance(said, dict) or set(said) != {"version", "fields"} or said["version"] != 1:
        raise CatalogError(f"REDACTION_CATALOG: {path} must have `version: 1` and `fields`, and nothing else")
    fields = said["fields"]
    if not isinstance(fields, dict):
        raise CatalogError(f"REDACTION_CATALOG: `fields` of {path} must name fields, each with its class and type")
    _refuse_twice(root, path)
    for name in fields:
        if name in product:
            raise CatalogError(f"REDACTION_CATALOG: {name} is a column of the product already: leave it out")
    return {f"{OWN}{_field(name)}": _entry(name, entry) for name, entry in fields.items()}


def _refuse_twice(root: Any, path: Path) -> None:
    rest = [root]
    while rest:
        names: set[Any] = set()
        for key, value in rest.pop().value:
            if key.value in names:
                raise CatalogError(f"REDACTION_CATALOG: {key.value:.80} occurs twice in {path}; leave one of them")
            names.add(key.value)
            rest += [value] if isinstance(value, yaml.MappingNode) else []


def _field(name: Any) -> str:
    if not isinstance(name, str) or _FIELD.fullmatch(name) is None:
        raise CatalogError(
            f"REDACTION_CATALOG: {name!r:.80} is no name of a field: small letters, digits and _, at most 59, "
            "a letter first"
        )
    return name


def _entry(name: str, entry: Any) -> dict[str, Any]:
    if not isinstance(entry, Mapping) or not {"class", "type"} <= set(entry) <= set(_KEYS):
        raise CatalogError(
            f"REDACTION_CATALOG: {name} must have a class and a type, a personal field its category too, and no more"
        )
    if entry["class"] not in ("retained", "personal"):
        raise CatalogError(f"REDACTION_CATALOG: {name}: the class must be retained or personal")
    if entry["class"] == "personal":
        return dict(entry)
    return {"field": OWN_FIELD, "scrub": entry["type"] == "text", **entry}
