"""The statements: each SQL file in `sql/`, with its name, its parameters and what it guarantees.

A file begins with `-- name: strip_batch(run_id, cutoff)`; the comment lines after it are its documentation; the rest
is one statement, a Jinja template over the column lists of the catalog (already quoted). Values are bound, never
rendered: `:name`. PostgreSQL's `::` casts are not seen as binds next to a parameter, so write CAST(:x AS type).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from redaction import alphabet, formats
from redaction.catalog import Catalog, load_catalog
from redaction.errors import CatalogError
from redaction.own_fields import OWN
from redaction.resources import find_folder

SQL_ROOT = find_folder("sql")
_HEADER = re.compile(r"-- name: (?P<name>[a-z][a-z0-9_]*)\((?P<params>[a-z0-9_, ]*)\)\s*\Z")
_BIND = re.compile(r"(?<![:\w\\]):([a-zA-Z_]\w*)(?!:)")
_QUOTED = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.S)
_CODE_DIGEST = "code_digest"
"""The script that records the digest of the others."""


@dataclass(frozen=True)
class Statement:
    """One SQL statement, rendered: identifiers filled in, values still to be bound."""

    name: str
    parameters: tuple[str, ...]
    doc: str
    sql: str
    path: Path


def quote(identifier: str) -> str:
    """Return a PostgreSQL identifier in double quotes (manual, 4.1.1)."""
    return '"' + identifier.replace('"', '""') + '"'


@cache
def _open_templates(root: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(root),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - SQL, not HTML; identifiers only, quoted below
    )


def _render(path: Path, catalog: Catalog, root: Path) -> str:
    columns = {
        kind: [quote(name) for name in getattr(catalog, kind)]
        for kind in ("keys", "state", "retained", "personal", "scrubbed", "copied")
    }
    path_keys = [name.replace("'", "''") for name in catalog.path_keys]
    categories = [(name, [quote(column) for column in held]) for name, held in catalog.categories.items()]
    template = _open_templates(root).get_template(path.relative_to(root).as_posix())
    own = [
        {
            "field": name.removeprefix(OWN),
            "column": quote(name),
            "type": entry.type,
            "retained": entry.kind == "retained",
        }
        for name, entry in catalog.own.items()
    ]
    return template.render(
        columns,
        path_keys=path_keys,
        categories=categories,
        places=_places(catalog),
        own=own,
        alphabet=_alphabet,
        formats=formats,
        code_digest=code_digest,
    )


@cache
def _alphabet() -> dict[str, Any]:
    """Return the tables for searching people in texts, as the inside of SQL quotes."""
    cases = alphabet.letter_cases()
    return {
        "encoded": alphabet.ENCODED,
        "invisible": alphabet.INVISIBLE,
        "separator": alphabet.SEPARATOR,
        "spaceless": alphabet.SPACELESS,
        "dashes": alphabet.DASHES,
        "apart": alphabet.APART,
        "common_contacts": alphabet.COMMON_CONTACTS,
        "common_days": alphabet.COMMON_DAYS,
        "latest": alphabet.LATEST,
        "number": alphabet.NUMBER,
        "no_number": alphabet.NO_NUMBER,
        "address": alphabet.ADDRESS,
        "host_end": alphabet.HOST_END,
        "any_address": alphabet.ANY_ADDRESS,
        "spelled_at": alphabet.SPELLED_AT,
        "spelled_dot": alphabet.SPELLED_DOT,
        "maybe_spelled": alphabet.MAYBE_SPELLED,
        "calling_code": alphabet.CALLING_CODE,
        "number_spellings": alphabet.NUMBER_SPELLINGS,
        "long_number": alphabet.LONG_NUMBER,
        "made_up": alphabet.MADE_UP,
        "old_codes": alphabet.OLD_CODES,
        "trunks": alphabet.TRUNKS,
        "card": alphabet.CARD,
        "security_number": alphabet.SECURITY_NUMBER,
        "spelled_out": list(alphabet.SPELLED_OUT.items()),
        "other_script": alphabet.OTHER_SCRIPT,
        "romanized": json.dumps(
            {letters: f"(?:{ways})" for letters, ways in alphabet.ROMANIZED.items()}, ensure_ascii=False
        ),
        "maybe_several": alphabet.MAYBE_SEVERAL,
        "damaged": alphabet.DAMAGED,
        "contacts": alphabet.CONTACTS,
        "maybe_name_field": alphabet.MAYBE_NAME_FIELD,
        "most_number": alphabet.MOST_NUMBER,
        "name_fields": ",".join(f'"{" ".join(parts)}"' for parts in alphabet.name_fields()),
        "field_values": alphabet.FIELD_VALUES,
        "field_called": alphabet.FIELD_CALLED,
        "field_texts": alphabet.FIELD_TEXTS,
        "field_keys": alphabet.FIELD_KEYS,
        "field_names": alphabet.FIELD_NAMES,
        "field_line": alphabet.FIELD_LINE,
        "field_lines": alphabet.FIELD_LINES,
        "field_prefix": alphabet.FIELD_PREFIX,
        "field_ending": alphabet.FIELD_ENDING,
        "full_before_full": alphabet.FULL_BEFORE_FULL,
        "joint": alphabet.JOINT,
        "between_people": alphabet.BETWEEN_PEOPLE.replace("'", "''"),
        "two_letters": list(alphabet.TWO_LETTERS.items()),
        "upper": "".join(cases),
        "lower": "".join(cases.values()),
        "accented": "".join(alphabet.latin_letters()),
        "unaccented": "".join(alphabet.latin_letters().values()),
        "entities": json.dumps(alphabet.entities(), ensure_ascii=False).replace("'", "''"),
        "common_words": ",".join(sorted(alphabet.common_words())),
        "name_words": ",".join(sorted(alphabet.name_words())),
        "name_beginnings": ",".join(sorted({word[:3] for word in alphabet.name_words() if len(word) >= 3})),
        "name_labels": ",".join(sorted(alphabet.name_labels())),
        "label_beginnings": ",".join(_in_each_case({word[:3] for word in alphabet.name_labels() if len(word) >= 3})),
        "beside_a_name": alphabet.beside_a_name(),
    }


def _in_each_case(words: Iterable[str]) -> list[str]:
    """Return words with each of their letters in both cases."""
    return sorted("".join(letters) for word in words for letters in product(*zip(word, word.upper(), strict=True)))


def _places(catalog: Catalog) -> list[dict[str, Any]]:
    """Return the other tables with personal values: names, columns, and the column that names the account."""
    return [
        {
            "table": table,
            "suffix": table.replace(".", "_"),
            "columns": [
                {"name": name, "quoted": quote(name), "shared": column.shared}
                for name, column in declared.personal.items()
            ],
            "account": "account_id" if "account_id" in declared.columns else "NULL::bigint",
        }
        for table, declared in catalog.places.items()
    ]


def read_statement(path: Path, catalog: Catalog, root: Path = SQL_ROOT) -> Statement:
    """Return the statement of one file; raises CatalogError with file and line if it is not well formed."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header = _HEADER.match(lines[0]) if lines else None
    if header is None:
        raise CatalogError(f"{path}:1: the first line must be `-- name: statement_name(parameter, ...)`")
    if header["name"] != path.stem:
        raise CatalogError(f"{path}:1: is called {header['name']}, the file {path.stem}")
    documented = 1
    while documented < len(lines) and lines[documented].startswith("--"):
        documented += 1
    doc = " ".join(line.removeprefix("--").strip() for line in lines[1:documented])
    if not doc:
        raise CatalogError(f"{path}:2: a comment must say what the statement guarantees")
    try:
        rendered = _render(path, catalog, root)
    except TemplateError as error:
        raise CatalogError(f"{path}:{getattr(error, 'lineno', None) or '?'}: {error.message}") from None
    sql = "\n".join(rendered.splitlines()[documented:]).strip()
    if not sql:
        raise CatalogError(f"{path}:{documented + 1}: there is no statement")
    declared = tuple(part.strip() for part in header["params"].split(",") if part.strip())
    if len(set(declared)) != len(declared):
        raise CatalogError(f"{path}:1: a parameter is declared twice")
    used = set(_BIND.findall(_QUOTED.sub(" ", sql)))
    for name in sorted(used ^ set(declared)):
        raise CatalogError(f"{path}:1: parameter {name} is {'used but not declared' if name in used else 'not used'}")
    return Statement(name=header["name"], parameters=declared, doc=doc, sql=sql, path=path)


def read_code(name: str) -> str:
    """Return a script of `sql/schema/code/`, which may hold several statements, rendered with the catalog."""
    return _render(SQL_ROOT / "schema" / "code" / f"{name}.sql", load_catalog(), SQL_ROOT)


def list_code() -> list[str]:
    """Return the names of the scripts of `sql/schema/code/`, in the order in which they run."""
    return [path.stem for path in sorted((SQL_ROOT / "schema" / "code").glob("*.sql"))]


def code_digest() -> str:
    """Return the digest of the scripts of `sql/schema/code/`, rendered with the catalog."""
    rendered = "".join(read_code(name) for name in list_code() if name != _CODE_DIGEST)
    return hashlib.sha256(rendered.encode()).hexdigest()


@cache
def list_statements(root: Path = SQL_ROOT) -> dict[str, Path]:
    """Return the file of every statement by its name, in the order of the paths; raises CatalogError if two share one.

    Schema files and fragments (names that begin with an underscore) are not statements of their own.
    """
    found: dict[str, Path] = {}
    for path in sorted(root.rglob("*.sql")):
        if path.name.startswith("_") or root / "schema" in path.parents:
            continue
        if path.stem in found:
            raise CatalogError(f"{path}:1: {path.stem} stands in {found[path.stem]} too")
        found[path.stem] = path
    return found


@cache
def get_statement(name: str) -> Statement:
    """Return the statement of that name, rendered with this installation's catalog; raises CatalogError if there is
    none. Renders one at a time: a process that needs five does not pay for two hundred.
    """
    try:
        path = list_statements()[name]
    except KeyError:
        raise CatalogError(f"no file below {SQL_ROOT} declares a statement {name}") from None
    return read_statement(path, load_catalog())


def load_statements() -> dict[str, Statement]:
    """Return every statement by its name."""
    return {name: get_statement(name) for name in list_statements()}
