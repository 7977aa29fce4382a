"""The folder of a source -> its checked declaration. Only this module knows its files.

`mapping.yml` maps the fields, `fields.tsv` classifies each field, `placeholders.tsv` lists the placeholders of numbers.
`redaction/source/rules.py` prepares all of this for the loader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from redaction.catalog import Category, RetainedField, read_builtin
from redaction.errors import BadInput
from redaction.mapping.declaration import Declaration
from redaction.resources import find_folder
from redaction.settings import load_settings

PERSONAL_COLUMNS = {"caller_number": "caller number", "recording_url": "call audio", "transcription": "transcription"}
"""Personal columns whose fields a mapping names, with their category; other columns take all fields of their
category.
"""
_OF_SIDES = ("caller_number", "tracking_number")
_OF_A_SECTION = frozenset({"called_at", "indexed_at", "call_path"})
_CLASSES = {"key": ("-",), "retained": get_args(RetainedField), "personal": get_args(Category)}
_SECTION = "must have entries, each with a value: `entry: value`"
_PROBLEMS = {
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "dict_type": _SECTION,
    "mapping_type": _SECTION,
    "tuple_type": "must be a list: `[one, two]`",
    "extra_forbidden": "is no entry of this file",
    "missing": "is missing",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most 200 characters",
}
"""What is wrong with an entry, by the name that pydantic gives it."""
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Source:
    """A source as its folder declares it."""

    declared: Declaration
    categories: Mapping[str, str | None]
    """Each listed top-level field of a record with its personal category; None for a key or a retained field."""
    placeholders: frozenset[str]
    """Placeholders of numbers: words without blanks, and digits."""


@cache
def load_source() -> Source:
    """Return the source of this installation (`REDACTION_SOURCE`), read once a process.

    Raises BadInput in one line that names the file and the entry.
    """
    chosen = load_settings().source
    if "/" in chosen:
        return read_source(Path(chosen))
    folder = find_folder("source") / chosen
    if not folder.is_dir():
        known = ", ".join(sorted(path.parent.name for path in folder.parent.glob("*/mapping.yml")))
        raise BadInput(f"REDACTION_SOURCE: there is no source {chosen}: name one of {known}, or the path of a folder")
    return read_source(folder)


def read_source(folder: Path) -> Source:
    """Return the source that a folder declares; raises BadInput in one line that names the file and the entry."""
    path = folder / "mapping.yml"
    declared = _read_mapping(path)
    categories = {name: None for name in declared.kind.fields} | _read_fields(folder / "fields.tsv")
    for entry, problem in _find_problems(declared, categories):
        raise _wrong(path, f"{entry}: {problem}")
    return Source(declared, categories, _read_placeholders(folder / "placeholders.tsv"))


def _wrong(path: Path, problem: str) -> BadInput:
    return BadInput(f"REDACTION_SOURCE: {path}: {problem}; nothing was changed")


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _wrong(path, "is not UTF-8") from None


def _read_mapping(path: Path) -> Declaration:
    text = _read_text(path)
    try:
        _refuse_twice(yaml.compose(text, _Loader), path)
        return Declaration.model_validate(yaml.load(text, _Loader))  # noqa: S506
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"] if part != "[key]") or "the file"
            raise _wrong(path, f"{where}: {_explain(first)}") from None
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        raise _wrong(path, f"line {mark.line + 1 if mark else '?'} is not YAML") from None


def _explain(error: Mapping[str, Any]) -> str:
    """Return what is wrong with an entry in the words of the product, as far as there are some."""
    if error["type"] == "literal_error":
        return f"must be {error['ctx']['expected']}"
    return _PROBLEMS.get(error["type"]) or error["msg"].removeprefix("Value error, ")


def _refuse_twice(root: yaml.Node | None, path: Path) -> None:
    """Refuse an entry that occurs twice, of which YAML would take the last; an aliased one is checked once."""
    rest, seen = [(root, "")], set()
    while rest:
        node, above = rest.pop()
        if id(node) in seen or not isinstance(node, yaml.MappingNode):
            continue
        seen.add(id(node))
        names = set()
        for key, value in node.value:
            name = f"{above}{key.value}"
            if name in names:
                raise _wrong(path, f"{name} occurs twice (line {key.start_mark.line + 1}): leave one of them")
            names.add(name)
            rest.append((value, f"{name}."))


def _read_rows(path: Path, names: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the head of a tab-separated table, each with its line."""
    lines = _read_text(path).splitlines()
    if not lines or tuple(lines[0].split("\t")) != names:
        raise _wrong(path, f"line 1 must name the columns {', '.join(names)}, with tabs between")
    for number, line in enumerate(lines[1:], 2):
        row = line.split("\t")
        if len(row) != len(names):
            raise _wrong(path, f"line {number} must have {len(names)} columns with tabs between")
        yield number, row


def _read_fields(path: Path) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for number, (field, _, kind, about) in _read_rows(path, ("field", "type", "class", "category")):
        # `[text] body` is a field of texts; a field within another one belongs to that.
        name = field.rpartition("] ")[2] if field.startswith("[") else field
        base = about.partition(" (")[0]
        if kind not in _CLASSES:
            raise _wrong(path, f"line {number}: {field}: the class must be key, retained or personal")
        if base not in _CLASSES[kind]:
            raise _wrong(path, f"line {number}: {field}: {about!r} is no category of what is {kind}")
        if "." in name or "[]" in name:
            continue
        category = base if kind == "personal" else None
        if found.setdefault(name, category) != category:
            raise _wrong(path, f"line {number}: {field}: is {found[name] or 'not personal'} in a line above")
    return found


def _read_placeholders(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for number, (name, digits, *_) in _read_rows(path, ("name", "digits", "meaning", "source")):
        if name in found:
            raise _wrong(path, f"line {number}: {name} is in a line above")
        if digits != "-" and not (digits.isascii() and digits.isdecimal()):
            raise _wrong(path, f"line {number}: {name}: the digits must be digits, or - for none")
        found |= {name.replace(" ", ""), digits}
    return frozenset(found - {"-"})


def _find_problems(declared: Declaration, categories: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Yield contradictions: each entry with its problem."""
    catalog = read_builtin()
    wanted = {name: None for name in catalog.retained if name not in _OF_A_SECTION} | PERSONAL_COLUMNS
    direction = declared.direction
    sides = {direction.sender, direction.receiver} - {None} if direction else set()
    for entry, names in _listed(declared):
        for name in names:
            if name not in categories:
                yield entry, f"{name} is not in fields.tsv"
    used: dict[str, str] = {}
    for column, names in declared.columns.items():
        entry = f"columns.{column}"
        if column not in wanted:
            yield entry, f"is not a column for fields: use one of {', '.join(wanted)}"
            continue
        for name in names:
            if name in sides:  # in one column if it went out, in the other if it came in
                if column not in _OF_SIDES:
                    yield entry, f"{name} is a side of the activity: only {' and '.join(_OF_SIDES)} take one"
                continue
            if name in used:
                yield entry, f"{name} comes into {used[name]} already"
            used[name] = column
            if categories[name] != wanted[column]:
                yield entry, f"{name} must be {wanted[column] or 'retained'} in fields.tsv"
    if declared.call_path is not None and categories[declared.call_path.field] is not None:
        yield "call_path.field", f"{declared.call_path.field} must be retained in fields.tsv"
    written = declared.time.written
    if written is not None and categories.get(written) not in (None, "other"):
        yield "time.written", f"{written} is {categories[written]} in fields.tsv, and no time of the source"
    forms = [name for name, category in categories.items() if category == "form data"]
    if len(forms) > 1:
        yield "fields.tsv", f"{forms[1]}: form data is one field, and {forms[0]} is it"
    identity = declared.identity
    if identity.id == identity.account:
        yield "identity.account", f"{identity.account} is the id already"
    if declared.redacted in (identity.id, identity.account, *sides):
        yield "redacted", f"{declared.redacted} says something else already"
    if len(set(declared.moved.values())) != len(declared.moved):
        yield "moved", "two fields come to one place"
    for path, target in declared.moved.items():
        yield from ((f"moved.{path}", problem) for problem in _find_wrong_moves(path, target, declared, categories))


def _find_wrong_moves(
    path: str, target: str, declared: Declaration, categories: Mapping[str, str | None]
) -> Iterator[str]:
    if not all([*path.split("."), *target.split(".")]):
        yield "a name between dots is empty"
    if any(f"{other}.".startswith(f"{target}.") for other in declared.moved):
        yield f"{target} is read from another place itself"
    category = categories.get(path.partition(".")[0])
    place = target.partition(".")[0]
    if category is not None and place in categories and categories[place] != category:
        yield f"is {category}, and {place} is {categories[place] or 'not personal'} in fields.tsv"


def _listed(declared: Declaration) -> Iterator[tuple[str, Iterable[str]]]:
    direction, path = declared.direction, declared.call_path
    yield "identity.id", (declared.identity.id,)
    yield "identity.account", (declared.identity.account,)
    if direction and direction.sender and direction.receiver:
        yield "direction.sender", (direction.sender,)
        yield "direction.receiver", (direction.receiver,)
    yield "call_path.field", (path.field,) if path else ()
    yield "redacted", (declared.redacted,) if declared.redacted else ()
    for column, names in declared.columns.items():
        yield f"columns.{column}", names
