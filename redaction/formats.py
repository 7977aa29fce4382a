"""The formats of retained values, as data: a tracking number, a short id, a type of a route, a time of a hop.

Two readers use them: `redaction.source.retained`, and the database through `sql/schema/code/retained_values.sql`.
"""

from __future__ import annotations

NUMBER = r"\+?[0-9(][0-9 ().\-/]{1,28}[0-9]"
"""A number or short code in any notation, an international prefix included."""
SHORTEST_NUMBER, LONGEST_NUMBER = 3, 18
"""Digits of a number or short code."""
SHORT_ID = r"[A-Za-z0-9_-]{1,40}"
"""An id that is a text; one of letters alone may be a name."""
WORD = r"[A-Za-z]+(?:[_-][A-Za-z]+)*"
LONGEST_WORD = 40
FIRST_SECOND, LAST_SECOND = 946_684_800, 2_000_000_000
"""In place of a text, a number between these is a Unix time: a later one may be a phone number as well."""
NO_CARD = 10**16
"""The numbers of almost all cards have at most 16 digits; the ids of some sources have more."""
_CLOCK = r"[0-2]?[0-9][0-9:.,]*(?: ?[AP]M)?(?: ?(?:Z|[+-][0-9:.]+))?"
TIME = (
    r"(?:[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])|W[0-5][0-9](?:-[1-7])?)"
    r"|[0-9]{4}[./][0-9]{1,2}[./][0-9]{1,2}|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4})"
    rf"(?:[^0-9]{_CLOCK})?"
)
"""The time of a hop: a date with separators, its year first or last, perhaps with a time of day, and no other words."""
