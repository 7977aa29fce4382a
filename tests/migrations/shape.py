"""The shape of a database: every object of our schemas, as the queries of shape.sql read it from `pg_catalog`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from redaction.db.database import Database

Shape = dict[str, dict[str, Any]]
_QUERIES = dict(
    re.findall(r"^-- ([a-z ]+)\n(SELECT .*?)(?=\n-- |\Z)", Path(__file__).with_suffix(".sql").read_text(), re.S | re.M)
)
_OURS = "n.nspname IN ('tracking', 'redaction', 'reporting')"


def describe(database: Database) -> Shape:
    """Return all objects of a database by kind and name, each with everything that defines it."""
    shape: Shape = {}
    with database.engine("owner").connect() as connection:
        for kind, query in _QUERIES.items():
            for row in connection.exec_driver_sql(query.replace("<ours>", _OURS)).mappings():
                shape[f"{kind} {row['name']}"] = dict(row)
    return shape


def differences(one: Shape, other: Shape) -> list[str]:
    """Return in words the differences of two databases, the names of objects first."""
    found = [f"{name}: only in one" for name in sorted(one.keys() ^ other.keys())]
    for name in sorted(one.keys() & other.keys()):
        found += [
            f"{name}: {fact}: {one[name][fact]!r} is not {other[name][fact]!r}"
            for fact in one[name]
            if one[name][fact] != other[name][fact]
        ]
    return found
