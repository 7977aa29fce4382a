"""Move values of an operator's own fields out of `unlisted`: those loaded before their catalog entry existed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from redaction.catalog import ACTIVITIES
from redaction.contacts.countries import country_of
from redaction.db.applied import Changes, own_columns
from redaction.db.session import Session
from redaction.errors import NotAllowed
from redaction.own_fields import OWN
from redaction.source.own import read_stored

_BATCH = 10_000
_TYPE = ", own "


@dataclass(frozen=True)
class MovedValues:
    """How many activities got values from `unlisted`, and for each field how many keep a value there."""

    activities: int
    left: Mapping[str, int]


def new_fields(changes: Changes) -> list[str]:
    """Return the fields that have a column only by this program's catalog."""
    return [_field(name) for name in own_columns(changes) if changes[name][0] is None]


def changes_report(changes: Changes) -> bool:
    """Say whether the report by own fields changes its fields."""
    return any((words or "").startswith("retained") for name in own_columns(changes) for words in changes[name])


def check_own_changes(changes: Changes) -> None:
    """Refuse what cannot be undone or was not reviewed; raises NotAllowed naming the field."""
    for name in own_columns(changes):
        before, after = changes[name]
        if before is None:
            continue
        if after is None:
            raise NotAllowed(
                f"{_field(name)} is a field of your own that REDACTION_CATALOG does not name any more, and nothing "
                f"drops its column {name}: name it again, as {before}, or call it personal; nothing was changed"
            )
        if before.rpartition(_TYPE)[2] != after.rpartition(_TYPE)[2]:
            raise NotAllowed(
                f"{_field(name)} is {before} in the database, and its type stays: give it that type; "
                "nothing was changed"
            )
        if before.startswith("personal") and after.startswith("retained"):
            raise NotAllowed(
                f"{_field(name)} is {before} in the database: what was loaded as personal was not scrubbed, and is not "
                "retained afterwards; call it personal; nothing was changed"
            )


def move_values(session: Session, fields: list[str]) -> MovedValues:
    """Move the values of fields out of `unlisted`, for activities that are not redacted, in the caller's transaction.

    A value stays if it does not fit its column's type, names an object, or is a number of the contact.
    """
    if not fields:
        return MovedValues(0, {})
    done, left = 0, Counter[str]()
    after: dict[str, Any] = {"account_id": 0, "called_at": "-infinity", "id": 0}
    while found := session.rows("list_unlisted", fields=fields, most=_BATCH, **after):
        rows = []
        for row in found:
            values = read_stored(
                row["held"], row, country_of(row["country"], row["timezone"]), ZoneInfo(row["timezone"])
            )
            moved = [column.removeprefix(OWN) for column in values]
            left.update(row["held"].keys() - set(moved))
            if moved:
                rows.append({**{key: row[key] for key in after}, "moved": moved, **values})
        if rows:
            done += session.run("move_unlisted", rows=orjson.dumps(rows, default=_json).decode())
        after = {key: found[-1][key] for key in after}
    return MovedValues(done, dict(left))


def _json(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def _field(name: str) -> str:
    return name.removeprefix(f"{ACTIVITIES}.{OWN}")


def describe_own(changes: Changes) -> list[str]:
    """Return, as lines for people, what a decision on fields means."""
    retained = [_field(name) for name in own_columns(changes) if (changes[name][1] or "").startswith("retained")]
    if not retained:
        return []
    return [
        f"{', '.join(retained)}: retained for ever because REDACTION_CATALOG says so: you answer for it that no value "
        "of them is personal"
    ]
