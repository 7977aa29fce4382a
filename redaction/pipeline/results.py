"""The results of a validation, check by check, stored for the pages and the Data Docs: names and counts, no value."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from redaction.shared import read_file, remove_file, replace_file

_FILE = "results.json"
_WORDS = {
    "path_violation": "Call path has only the keys that the catalog lists, and values of their kind",
    "number_violation": "Tracking numbers are numbers and ids are ids",
    "expect_table_columns_to_match_set": "The table has the columns of the catalog and no other",
}
_OF_COLUMN = {
    "expect_column_values_to_be_null": "is empty in all redacted rows",
    "expect_column_values_to_not_be_null": "is there in all redacted rows",
}


class Check(BaseModel, frozen=True):
    """One expectation and whether it passed; `found` says for a failed one what was found instead, in counts.

    `suite` and `arguments` identify it in Great Expectations; results of older versions have none.
    """

    type: str
    column: str | None
    description: str | None
    success: bool
    found: str | None = None
    suite: str | None = None
    arguments: Mapping[str, Any] = Field(default_factory=dict)

    def describe(self) -> str:
        """Return the expectation in words."""
        if self.column in _WORDS:
            return _WORDS[self.column]
        if self.column is not None and self.type in _OF_COLUMN:
            return f"{self.column.replace('_', ' ').capitalize()} {_OF_COLUMN[self.type]}"
        text = self.description or _WORDS.get(self.type, self.type.replace("_", " "))
        return text[:1].upper() + text[1:]

    @property
    def of_rows(self) -> bool:
        """Say whether it is about each row of the run, and not about the run or the table as a whole."""
        return self.column is not None


class Results(BaseModel, frozen=True):
    """The last validation of a run: when, how many rows, its checks, rows with a foreign number or address, and the
    texts of these.
    """

    run_id: int
    validated_at: AwareDatetime
    rows: int
    foreign_contacts: int
    undecided_texts: int = 0
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Say whether every check has passed."""
        return all(check.success for check in self.checks)

    @property
    def suites(self) -> list[str]:
        """Return the names of the suites, in the order of their checks; none for results of older versions."""
        return list(dict.fromkeys(check.suite for check in self.checks if check.suite))

    def sort_checks(self) -> list[Check]:
        """Return the checks, failed ones first."""
        return sorted(self.checks, key=lambda check: check.success)


def write_results(docs: Any, results: Results) -> None:
    """Store the results in the folder of a run."""
    replace_file(docs / _FILE, results.model_dump_json(indent=1).encode())


def forget_results(docs: Any) -> None:
    """Remove the results of an earlier try, before a new one starts."""
    remove_file(docs / _FILE)


def read_results(docs: Any) -> Results | None:
    """Return the results in a folder; None if there are none, or the file is invalid."""
    payload = read_file(docs / _FILE)
    if payload is None:
        return None
    with suppress(ValidationError):
        return Results.model_validate_json(payload)
    return None
