"""The list of reports: title, grouping, counts, and what a redaction removes from each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from redaction.catalog import OWN_REPORT, load_catalog
from redaction.errors import BadInput

Shape = Literal["bars", "days", "hours"]
"""How a report is drawn: a bar a label, a column a local day, or a cell an hour of the week."""
Group = Literal["Volume", "Routing", "People"]


@dataclass(frozen=True)
class Report:
    """A report: its title, its statement, the columns it groups by, and the columns it counts."""

    title: str
    group: Group
    statement: str
    shape: Shape
    labels: tuple[str, ...]
    measures: tuple[str, ...]
    why_missing: str = ""
    """Why redacted activities are not counted in it; "" if they are."""
    counts_once: bool = True
    """Whether each activity is in only one row, so that the rows add up to activities."""
    personal: bool = False
    """Whether its rows hold personal values: only administrators of the accounts see or download it."""

    @property
    def leaves_out(self) -> bool:
        """Say whether redacted activities are not counted in it."""
        return bool(self.why_missing)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return its columns, in their order."""
        return (*self.labels, *self.measures)


_COUNTS = ("activities", "redacted")
REPORTS: Mapping[str, Report] = MappingProxyType(
    {
        "sources": Report("By tracking source", "Volume", "report_by_source", "bars", ("source",), _COUNTS),
        "numbers": Report(
            "By tracking number", "Volume", "report_by_number", "bars", ("tracking_number", "tracking_label"), _COUNTS
        ),
        "statuses": Report("By status", "Volume", "report_by_status", "bars", ("kind", "status"), _COUNTS),
        "days": Report("By day", "Volume", "report_by_day", "days", ("day",), _COUNTS),
        "hours": Report("By hour and weekday", "Volume", "report_by_hour", "hours", ("weekday", "hour"), _COUNTS),
        "call-flow": Report(
            *("By call flow", "Routing", "report_call_flow", "bars", ("route_name", "route_type"), _COUNTS),
            counts_once=False,
        ),
        "sessions": Report(
            *("Sessions", "People", "report_sessions", "days", ("day",), ("sessions", "activities", "missing")),
            why_missing="A session is known by visitor data, which a redaction removes.",
        ),
        "tags": Report(
            *("By tag", "People", "report_tags", "bars", ("tag",), ("activities", "missing")),
            why_missing="Tags are personal, so a redaction removes them.",
            counts_once=False,
            personal=True,
        ),
        "contacts": Report(
            *("Unique and returning contacts", "People", "report_contacts", "days", ("day",)),
            ("unique_contacts", "new_contacts", "returning_contacts", "missing"),
            why_missing="A contact is known by number or address, which a redaction removes. Somebody whose earlier "
            "activities are all redacted counts as new.",
        ),
    }
)
"""The reports of every installation, by name."""
_NAMES = {
    "activity_by_source": "sources",
    "activity_by_number": "numbers",
    "activity_by_status": "statuses",
    "activity_by_hour": "hours",
    "activity_by_own_field": "own-fields",
    "call_flow": "call-flow",
}
"""Names of reports that differ from their table's name."""
_OWN = Report("By own fields", "Routing", "report_by_own_field", "bars", ("value",), _COUNTS, counts_once=False)
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "source": "Tracking source",
        "tracking_number": "Tracking number",
        "tracking_label": "Label",
        "kind": "Kind",
        "status": "Status",
        "day": "Day",
        "weekday": "Weekday",
        "hour": "Hour",
        "route_name": "Route",
        "route_type": "Type of route",
        "tag": "Tag",
        "value": "Field and value",
        "activities": "Activities",
        "redacted": "Redacted",
        "missing": "Not counted: redacted",
        "sessions": "Sessions",
        "unique_contacts": "Contacts",
        "new_contacts": "New contacts",
        "returning_contacts": "Returning contacts",
    }
)
"""The names of columns for people."""


def find_name(table: str) -> str:
    """Return the name of the report that is counted in a table of `reporting`."""
    return _NAMES.get(table, table)


def list_reports() -> dict[str, Report]:
    """Return the reports by name; one by own fields is included if the operator retains some."""
    return {**REPORTS, **({"own-fields": _OWN} if OWN_REPORT in load_catalog().tables else {})}


def find_report(name: str) -> Report:
    """Return a report by its name; raises BadInput, naming the reports."""
    found = list_reports().get(name)
    if found is None:
        raise BadInput(f"there is no report of that name, and nothing was read: choose {', '.join(list_reports())}")
    return found
