"""The catalog: the class of each column of the schemas `tracking`, `redaction` and `reporting`, defined only here.

Default deny: a column that the catalog does not name is refused, and so is a named column that does not exist.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from redaction.errors import CatalogError, UnclassifiedColumn
from redaction.own_fields import OWN, OwnType, read_own_fields
from redaction.resources import find_file
from redaction.settings import load_settings

CATALOG_PATH = find_file("catalog.yml")

Category = Literal[
    "caller name",
    "caller number",
    "caller id",
    "call audio",
    "transcription",
    "message",
    "custom fields",
    "notes",
    "email",
    "visitor data",
    "tags",
    "form data",
    "enhanced caller id",
    "other",
]
RetainedField = Literal["tracking number", "tracking source", "time", "status", "call flow", "own field"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
TableName = Annotated[str, Field(pattern=r"^(tracking|redaction|reporting)\.[a-z][a-z0-9_]{0,62}$")]

ACTIVITIES = "tracking.activities"
"""The table that the section `columns` declares; its partitions follow it."""
OWN_REPORT = "reporting.activity_by_own_field"  # Exists if an operator retains fields.
# Each process reads the catalog when it starts: 2 ms with the C parser, if it is built in, 13 ms without.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CatalogEntry(BaseModel, frozen=True, extra="forbid", populate_by_name=True):
    """The class of a column, or of a key of `call_path`."""

    kind: Literal["key", "retained", "personal"] = Field(alias="class")
    category: Category | None = None
    field: RetainedField | None = None
    state: bool = False
    scrub: bool = False
    type: OwnType | None = None  # Only for a column of an operator's file.

    @model_validator(mode="after")
    def _belongs_together(self) -> CatalogEntry:
        if (self.kind == "personal") != (self.category is not None):
            raise ValueError("a personal entry, and no other, has a category")
        if (self.kind == "retained") != (self.field is not None):
            raise ValueError("a retained entry, and no other, has a field")
        if self.state and self.kind != "key":
            raise ValueError("only a key is state")
        if self.scrub and self.kind != "retained":
            raise ValueError("only a retained text is scrubbed")
        return self

    @property
    def words(self) -> str:
        """Return the entry in words."""
        about = self.category or self.field
        words = ("state" if self.state else self.kind) + (f" ({about})" if about else "")
        return words + (", scrubbed" if self.scrub else "") + (f", own {self.type}" if self.type else "")


class PersonalColumn(BaseModel, frozen=True, extra="forbid"):
    """A personal column of another table; `shared`: several rows of an account hold the same value."""

    category: Category
    shared: bool = False

    @property
    def words(self) -> str:
        """Return the column in words."""
        return f"personal ({self.category})" + (", shared" if self.shared else "")


class Table(BaseModel, frozen=True, extra="forbid"):
    """The columns of another table than the activities, by class."""

    record: tuple[Name, ...] = ()
    retained: Mapping[Name, RetainedField] = Field(default_factory=dict)
    typed: tuple[Name, ...] = ()
    personal: Mapping[Name, PersonalColumn] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_each_once(self) -> Table:
        for name in self.columns:
            if self.columns.count(name) > 1:
                raise ValueError(f"column {name} is declared twice")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Return all columns that are declared."""
        return (*self.record, *self.retained, *self.typed, *self.personal)


class Catalog(BaseModel, frozen=True, extra="forbid"):
    """The whole catalog; column names in the order of the file."""

    version: int
    columns: Mapping[Name, CatalogEntry]
    call_path: Mapping[Name, CatalogEntry]
    tables: Mapping[TableName, Table] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _belongs_together(self) -> Catalog:
        if ACTIVITIES in self.tables:
            raise ValueError(f"{ACTIVITIES} is declared by `columns`")
        for key, entry in self.call_path.items():
            if entry.kind != "retained":
                raise ValueError(f"call_path key {key} must be retained: what may not stay may not be listed")
        for table, columns in self.tables.items():
            for name in columns.retained:
                if name in self.personal:
                    raise ValueError(
                        f"{table}.{name} is a copy of {ACTIVITIES}.{name}, which is personal: declare it personal too"
                    )
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the columns that identify a row (without state)."""
        return tuple(name for name, entry in self.columns.items() if entry.kind == "key" and not entry.state)

    @property
    def state(self) -> tuple[str, ...]:
        """Return the columns that the system itself writes."""
        return tuple(name for name, entry in self.columns.items() if entry.state)

    @property
    def retained(self) -> tuple[str, ...]:
        """Return the columns that may stay for ever."""
        return tuple(name for name, entry in self.columns.items() if entry.kind == "retained")

    @property
    def personal(self) -> tuple[str, ...]:
        """Return the columns that a strip sets to NULL."""
        return tuple(name for name, entry in self.columns.items() if entry.kind == "personal")

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """Return the personal columns of each category, categories in the order of the file."""
        found: dict[str, tuple[str, ...]] = {}
        for name, entry in self.columns.items():
            if entry.category is not None:
                found[entry.category] = (*found.get(entry.category, ()), name)
        return found

    @property
    def copied(self) -> tuple[str, ...]:
        """Return the columns that a load writes, in the order of its COPY: all but state."""
        return tuple(name for name, entry in self.columns.items() if not entry.state)

    @cached_property
    def scrubbed(self) -> tuple[str, ...]:
        """Return the retained text columns from which the caller's own name and number are cut."""
        return tuple(name for name, entry in self.columns.items() if entry.scrub)

    @cached_property
    def own(self) -> Mapping[str, CatalogEntry]:
        """Return the columns of an operator's file."""
        return {name: entry for name, entry in self.columns.items() if entry.type is not None}

    @property
    def own_fields(self) -> Mapping[str, str]:
        """Return the source fields of an operator's file, each with its column."""
        return {name.removeprefix(OWN): name for name in self.own}

    @property
    def path_keys(self) -> tuple[str, ...]:
        """Return the keys allowed inside each hop of `call_path`."""
        return tuple(self.call_path)

    @property
    def places(self) -> Mapping[str, Table]:
        """Return the other tables that hold personal values."""
        return {name: table for name, table in self.tables.items() if table.personal}

    @property
    def entries(self) -> dict[str, CatalogEntry]:
        """Return the columns of the activities and the keys of `call_path`, the latter as `call_path[].key`."""
        return {**self.columns, **{f"call_path[].{key}": entry for key, entry in self.call_path.items()}}

    @property
    def declared(self) -> dict[str, str]:
        """Return every column of the three schemas and every key of `call_path`, each with its class and its
        category or field, in words. Equal results mean equal databases.
        """
        found = {f"{ACTIVITIES}.{name}": entry.words for name, entry in self.entries.items()}
        for table, columns in self.tables.items():
            found |= {f"{table}.{name}": "record" for name in columns.record}
            found |= {f"{table}.{name}": "typed" for name in columns.typed}
            found |= {f"{table}.{name}": f"retained ({field})" for name, field in columns.retained.items()}
            found |= {f"{table}.{name}": column.words for name, column in columns.personal.items()}
        return found

    @property
    def digest(self) -> str:
        """Return the SHA-256, in hexadecimal, of `declared`."""
        return hashlib.sha256(json.dumps(self.declared, sort_keys=True).encode()).hexdigest()

    def check_named(self, live: Collection[str]) -> None:
        """Refuse columns of `tracking.activities` that the catalog does not name; raises UnclassifiedColumn."""
        _check_named(ACTIVITIES, live, self.columns)

    def check_live(self, live: Mapping[str, Collection[str]]) -> None:
        """Refuse a database whose columns differ from the catalog.

        `live` has the columns of each table of the three schemas. Raises UnclassifiedColumn with the first difference.
        """
        self.check_named(live.get(ACTIVITIES, ()))
        declared = {ACTIVITIES: tuple(self.columns)} | {name: table.columns for name, table in self.tables.items()}
        for table in sorted(live):
            _check_named(table, live[table], declared.get(table, ()))
        for table in sorted(declared):
            for column in sorted(set(declared[table]) - set(live.get(table, ()))):
                raise UnclassifiedColumn(
                    f"the catalog names a column {table}.{column}, which is not there: "
                    f"run `redaction init`, or remove it from {CATALOG_PATH.name}; nothing was changed"
                )


def _check_named(table: str, live: Collection[str], declared: Collection[str]) -> None:
    for column in sorted(set(live) - set(declared)):
        raise UnclassifiedColumn(
            f"{table}.{column} is a column that the catalog does not name: "
            f"classify it in {CATALOG_PATH.name}, or drop it; nothing was changed"
        )


def parse_catalog(text: str) -> Catalog:
    """Return the catalog of a YAML text; raises CatalogError naming the invalid entry."""
    try:
        return Catalog.model_validate(yaml.load(text, _Loader))  # noqa: S506
    except yaml.YAMLError as error:
        line = error.problem_mark.line + 1 if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark else "?"
        raise CatalogError(f"catalog: line {line} is not YAML; correct the file") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CatalogError(f"catalog: {where}: {first['msg']}") from None


def add_own_fields(catalog: Catalog, path: Path) -> Catalog:
    """Return a catalog with the fields of an operator's file; raises CatalogError naming the invalid field."""
    columns, found = dict(catalog.columns), read_own_fields(path, _Loader, catalog.columns)
    for name, entry in found.items():
        field = name.removeprefix(OWN)
        try:
            columns[name] = CatalogEntry.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            raise CatalogError(
                f"REDACTION_CATALOG: {'.'.join([field, *map(str, first['loc'])])}: {first['msg']}"
            ) from None
    tables = dict(catalog.tables)
    if any(columns[name].kind == "retained" for name in found):
        record = ("account_id", "day", "field", "activities", "redacted")
        tables[OWN_REPORT] = Table(record=record, retained={"value": "own field"})
    return Catalog(version=catalog.version, columns=columns, call_path=catalog.call_path, tables=tables)


def read_builtin() -> Catalog:
    """Return the product's own catalog, without an operator's file: safe to read at import time."""
    return parse_catalog(CATALOG_PATH.read_text(encoding="utf-8"))


@cache
def load_catalog() -> Catalog:
    """Return the catalog of this installation, with the operator's own fields, read once a process."""
    path = load_settings().catalog
    return add_own_fields(read_builtin(), path) if path else read_builtin()


def catalog_table(catalog: Catalog) -> str:
    """Return the documentation of the catalog as a Markdown table, one row a column or key of `call_path`."""
    rows = ["| column | class | what it holds |", "|---|---|---|"]
    for name, entry in catalog.entries.items():
        kind = "state" if entry.state else entry.kind
        about = (entry.category or entry.field or "key of the row") + (f" ({entry.type})" if entry.type else "")
        rows.append(f"| `{name}` | {kind} | {about} |")
    return "\n".join(rows) + "\n"
