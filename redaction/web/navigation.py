"""The place of a page: the entries of the navigation, which of them it belongs to, and the tabs of its account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Entry:
    """An entry: its address below the prefix of the pages, and a pattern of the addresses that belong to it."""

    text: str
    path: str
    owns: str = ""
    children: tuple[Entry, ...] = field(default=())
    personal: bool = False
    """Only administrators of the account may open it."""

    def holds(self, path: str) -> bool:
        """Say whether a page belongs to this entry."""
        return re.fullmatch(self.owns or re.escape(self.path), path) is not None


MAIN = (
    Entry("Overview", "/"),
    Entry(
        "Accounts",
        "/accounts",
        "/(accounts|agencies|incoming)(/.*)?",
        (
            Entry("All accounts", "/accounts"),
            Entry("Agencies", "/agencies", "/agencies(/.*)?"),
            Entry("What comes in", "/incoming"),
        ),
    ),
    Entry("Find a person", "/find", "/(find|requests)(/.*)?"),
    Entry("Calendar", "/calendar"),
    Entry(
        "Audit",
        "/ledger",
        "/(ledger|audit|runs|holds|elsewhere|copies|alerts|views)(/.*)?",
        (
            Entry("Ledger", "/ledger"),
            Entry("Evidence pack", "/audit"),
            Entry("Runs", "/runs", "/runs(/.*)?"),
            Entry("Holds", "/holds"),
            Entry("Elsewhere", "/elsewhere"),
            Entry("Copies on disk", "/copies"),
            Entry("Alerts", "/alerts"),
            Entry("Views", "/views"),
        ),
    ),
)
"""The main navigation; children are shown below the entry that a page belongs to."""
TABS = (
    Entry("Summary", ""),
    Entry("Calls", "/log/calls", personal=True),
    Entry("Texts", "/log/texts", personal=True),
    Entry("Reports", "/reports/sources", "/reports(/.*)?"),
    Entry("Runs", "/runs", "/(runs|redact)(/.*)?"),
    Entry("Holds", "/holds", "/holds(/.*)?"),
    Entry(
        "Settings",
        "/settings",
        "/(settings|stores|administrators|texts|closing)(/.*)?",
        (
            Entry("Behaviors", "/settings", "/(settings|stores|administrators)(/.*)?"),
            Entry("Texts to decide on", "/texts", "/texts(/.*)?", personal=True),
            Entry("Close the account", "/closing", "/closing(/.*)?"),
        ),
    ),
)
"""The tabs of an account: always these, below `/accounts/ID`."""


@dataclass(frozen=True)
class Place:
    """The place of a page: its entry in MAIN and among the entry's children, its tab and that of the tab's children."""

    entry: Entry | None
    child: Entry | None
    tab: Entry | None
    part: Entry | None


def find_place(path: str, account_id: int | None) -> Place:
    """Return the place of a page, by its path below the prefix; pages of an account belong to *Accounts*."""
    if account_id is None:
        entry = _choose(MAIN, path)
        return Place(entry, _choose(entry.children, path) if entry else None, None, None)
    tab = _choose(TABS, inner := path.removeprefix(f"/accounts/{account_id}"))
    return Place(_choose(MAIN, "/accounts"), None, tab, _choose(tab.children, inner) if tab else None)


def _choose(entries: Sequence[Entry], path: str) -> Entry | None:
    return next((entry for entry in entries if entry.holds(path)), None)
