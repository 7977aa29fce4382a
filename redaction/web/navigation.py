"""The place of a page: the entries of the navigation, which of them it belongs to, and the tabs of its account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MenuEntry:
    """An entry: its address below the prefix of the pages, and a pattern of the addresses that belong to it."""

    text: str
    path: str
    owns: str = ""
    children: tuple[MenuEntry, ...] = field(default=())
    personal: bool = False
    """Only administrators of the account may open it."""

    def holds(self, path: str) -> bool:
        """Say whether a page belongs to this entry."""
        return re.fullmatch(self.owns or re.escape(self.path), path) is not None


MAIN = (
    MenuEntry("Overview", "/"),
    MenuEntry(
        "Accounts",
        "/accounts",
        "/(accounts|agencies|incoming)(/.*)?",
        (
            MenuEntry("All accounts", "/accounts"),
            MenuEntry("Agencies", "/agencies", "/agencies(/.*)?"),
            MenuEntry("What comes in", "/incoming"),
        ),
    ),
    MenuEntry("Find a person", "/find", "/(find|requests)(/.*)?"),
    MenuEntry("Calendar", "/calendar"),
    MenuEntry(
        "Audit",
        "/ledger",
        "/(ledger|audit|runs|holds|elsewhere|copies|alerts|views)(/.*)?",
        (
            MenuEntry("Ledger", "/ledger"),
            MenuEntry("Evidence pack", "/audit"),
            MenuEntry("Runs", "/runs", "/runs(/.*)?"),
            MenuEntry("Holds", "/holds"),
            MenuEntry("Elsewhere", "/elsewhere"),
            MenuEntry("Copies on disk", "/copies"),
            MenuEntry("Alerts", "/alerts"),
            MenuEntry("Views", "/views"),
        ),
    ),
)
"""The main navigation; children are shown below the entry that a page belongs to."""
TABS = (
    MenuEntry("Summary", ""),
    MenuEntry("Calls", "/log/calls", personal=True),
    MenuEntry("Texts", "/log/texts", personal=True),
    MenuEntry("Reports", "/reports/sources", "/reports(/.*)?"),
    MenuEntry("Runs", "/runs", "/(runs|redact)(/.*)?"),
    MenuEntry("Holds", "/holds", "/holds(/.*)?"),
    MenuEntry(
        "Settings",
        "/settings",
        "/(settings|stores|administrators|texts|closing)(/.*)?",
        (
            MenuEntry("Behaviors", "/settings", "/(settings|stores|administrators)(/.*)?"),
            MenuEntry("Texts to decide on", "/texts", "/texts(/.*)?", personal=True),
            MenuEntry("Close the account", "/closing", "/closing(/.*)?"),
        ),
    ),
)
"""The tabs of an account: always these, below `/accounts/ID`."""


@dataclass(frozen=True)
class Place:
    """The place of a page: its entry in MAIN and among the entry's children, its tab and that of the tab's children."""

    entry: MenuEntry | None
    child: MenuEntry | None
    tab: MenuEntry | None
    part: MenuEntry | None


def find_place(path: str, account_id: int | None) -> Place:
    """Return the place of a page, by its path below the prefix; pages of an account belong to *Accounts*."""
    if account_id is None:
        entry = _choose(MAIN, path)
        return Place(entry, _choose(entry.children, path) if entry else None, None, None)
    tab = _choose(TABS, inner := path.removeprefix(f"/accounts/{account_id}"))
    return Place(_choose(MAIN, "/accounts"), None, tab, _choose(tab.children, inner) if tab else None)


def _choose(entries: Sequence[MenuEntry], path: str) -> MenuEntry | None:
    return next((entry for entry in entries if entry.holds(path)), None)
