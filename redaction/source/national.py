"""The country that a form says next to a number: it decides how the number is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from redaction.contacts.countries import read_country
from redaction.contacts.numbers import numbers_of
from redaction.contacts.values import leaves_of
from redaction.source.forms import letters_of
from redaction.source.sides import numbers_in, texts_in

Fields = Iterable[tuple[str, Any]]
_FULL = re.compile(r"\s*(?:\(\s*)?(?:tel:)?(?:\+|00|011)", re.IGNORECASE)


class Said(NamedTuple):
    """The countries (ISO 3166-1) that an object says, each by the name of its field: of numbers, and of anything."""

    numbers: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()

    def of(self, name: str) -> set[str]:
        """Return the countries of the number in a field: those that are called like it, else the most certain ones."""
        if not any(self):
            return set()
        own = {country for called, country in self.numbers if name and called.startswith(name)}
        return own or {country for _, country in self.numbers or self.others}


NOTHING = Said()


def find_said(fields: Fields, ranks: Mapping[str, int | None]) -> Said:
    """Return the countries that the fields of an object say.

    `ranks` has 0 for the names of fields with the country of a number, 1 for those with another country.
    """
    found: tuple[list[tuple[str, str]], ...] = ([], [])
    for name, value in fields:
        rank = ranks[name]
        if rank is not None and (country := read_country(value)) is not None:
            found[rank].append((letters_of[name], country))
    return Said(*map(tuple, found)) if any(found) else NOTHING


def read_numbers(value: Any, country: str, countries: set[str]) -> list[str]:
    """Return the numbers (E.164) in the value of a field next to which these countries are said.

    Without any, a number is read as in `country`. A number without its country is left out if several are said, or if
    it is not valid there: it would be a stranger's.
    """
    if not countries:
        return _read(value, country)
    full = [text for text in texts_in(value, numbers_of(country)) if _FULL.match(text)]
    found = [number for text in full if (number := numbers_of(country)[text]) is not None]
    return found or (_read(value, countries.pop()) if len(countries) == 1 else [])


def _read(value: Any, country: str) -> list[str]:
    found = numbers_in(value, country)
    if found or not isinstance(value, dict):
        return found
    # A number in parts: its area and the rest.
    number = numbers_of(country)["".join(leaves_of(value))]
    return [] if number is None else [number]
