"""A report as a pandas DataFrame: the one function behind pages, downloads, commands and notebooks.

An analyst's role is enough, except for the report of tags, which are personal.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from operator import index
from typing import TYPE_CHECKING, Any, Literal

from redaction.db.session import Row
from redaction.deployment import Deployment
from redaction.errors import BadInput, DatabaseBusy
from redaction.placements.resolve import Placements
from redaction.reporting.hiding import CONTACT, HIDDEN
from redaction.reporting.kinds import Report, find_report
from redaction.reporting.periods import Period, choose_period, today_in
from redaction.settings import load_settings
from redaction.words import say_count

if TYPE_CHECKING:
    import pandas as pd

_MOST_DAYS = 3_660
"""Longest period in which days without an activity get a row too (days)."""
_MOST_NAMED = 10
"""So many days are named."""
_NUMBERS = ("weekday", "hour")
_COUNTED_BY = "They are counted by the next run, or by `redaction reports ACCOUNT`."


@dataclass(frozen=True)
class Agency:
    """An agency, by its id: for a report of all its accounts."""

    id: int


@dataclass(frozen=True)
class _Part:
    """The part of one placement: the requested accounts, their uncounted days of the period (None: the role may not
    see them), and the rows of the report.
    """

    accounts: Sequence[Row]
    uncounted: frozenset[date] | None
    rows: Sequence[Row]


def read(
    whose: int | Agency,
    report: str,
    since: date | str | None = None,
    until: date | str | None = None,
    *,
    placements: Placements | None = None,
    show_contacts: bool = False,
) -> pd.DataFrame:
    """Return a report of an account, by its id, or of an `Agency`, over local days: by default the last 30.

    Columns are those of `Report.columns`: texts as `str`, the local day as `datetime64[s]`, counts as integers, `<NA>`
    for unknown values. A report by day has every day until today, also without activities; for more than ten years only
    from the first to the last activity. A period without any has no rows. `attrs` names its account and days; its
    `missing` lists what is not in it, each with `what` and `why`; it can be written as JSON.

    Texts that look like a number or an e-mail address are hidden unless `show_contacts`. `placements` are those of the
    process, if open. Raises BadInput (report, period, account), DatabaseBusy, NotAllowed or LoginRefused (tags, for a
    login that may only be an analyst).
    """
    kind, whose = find_report(report), _as_whose(whose)
    days = _as_day(since, "since"), _as_day(until, "until")
    with ExitStack() as stack:
        opened = placements or stack.enter_context(Placements(load_settings()))
        found, silent = opened.ask(partial(_find_accounts, whose=whose, kind=kind), allow_restored=True)
        accounts = [account for one in found.values() for account in one]
        if not accounts:
            raise _no_account(whose, silent)
        today = today_in(*(account["time_zone"] for account in accounts))
        period = choose_period(*days, today)
        answers, later = opened.ask(partial(_ask, found=found, kind=kind, period=period), allow_restored=True)
    parts, silent = [part for part in answers.values() if part.accounts], {**silent, **later}
    if not parts:
        raise _no_account(whose, silent)
    frame = merge_parts(kind, [part.rows for part in parts], show_contacts)
    uncounted = [part.uncounted for part in parts]
    known = frozenset[date]().union(*(one for one in uncounted if one is not None))
    if kind.shape == "days":
        frame = _fill_days(frame, period, today, None if None in uncounted else known)
    # An account that is found is at no other placement.
    said = silent if isinstance(whose, Agency) else {}
    frame.attrs = _describe(frame, report, whose, [one for part in parts for one in part.accounts], period, said)
    frame.attrs["missing"] += _name_uncounted(frame, kind, None in uncounted)
    return frame


def _find_accounts(deployment: Deployment, whose: int | Agency, kind: Report) -> list[Row]:
    of_agency = isinstance(whose, Agency)
    ids = {"account_id": None if of_agency else whose, "agency_id": whose.id if isinstance(whose, Agency) else None}
    with deployment.transaction(_find_role(kind)) as session:
        return session.rows("reported_accounts", **ids)


def _ask(deployment: Deployment, found: Mapping[str, Sequence[Row]], kind: Report, period: Period) -> _Part:
    accounts = found.get(deployment.placement, ())
    if not accounts:
        return _Part((), frozenset(), ())
    asked = {"account_ids": [one["account_id"] for one in accounts], "first": period.since, "last": period.until}
    # Read before the rows: a day that is counted in between is known then.
    uncounted: frozenset[date] | None = frozenset()
    if any(account["days_to_count"] for account in accounts):
        sees = accounts[0]["sees_days_to_count"]
        uncounted = frozenset(row["day"] for row in deployment.rows("list_stale_days", **asked)) if sees else None
    with deployment.transaction(_find_role(kind)) as session:
        return _Part(accounts, uncounted, session.rows(kind.statement, **asked))


def _find_role(kind: Report) -> Literal["redaction_worker", "redaction_analyst"]:
    # An analyst reads no personal column, and the tags of a report are personal.
    return "redaction_worker" if kind.personal else "redaction_analyst"


def _as_whose(whose: int | Agency) -> int | Agency:
    """Return it as a plain number, also if pandas gave it."""
    try:
        return Agency(index(whose.id)) if isinstance(whose, Agency) else index(whose)
    except TypeError:
        raise BadInput("no account is known by that, and nothing was read: give an id, or Agency(id)") from None


def _as_day(value: object, what: str) -> date | None:
    # NumPy's own day type is recognised by its number; importing NumPy only for that takes too long.
    if type(value).__name__ == "datetime64":
        value = str(value)[:10]
    try:
        if isinstance(value, str):
            value = date.fromisoformat(value)
        elif isinstance(value, datetime):
            value = value.date()
    except ValueError:
        value = what
    # The pandas value for "no time" is its own kind of day.
    if value is None or type(value) is date:
        return value
    raise BadInput(f"{what} is no day, and nothing was read: write a day as 2026-01-31")


def _no_account(whose: int | Agency, silent: Mapping[str, str]) -> BadInput | DatabaseBusy:
    what = f"agency {whose.id}" if isinstance(whose, Agency) else f"account {whose}"
    if silent:
        return DatabaseBusy(
            f"{what} is at no placement that answers, and {', '.join(silent)} does not: try again later"
        )
    return BadInput(f"there is no {what} with an account to report on: nothing was read")


def merge_parts(kind: Report, parts: Sequence[Sequence[Row]], show_contacts: bool = False) -> pd.DataFrame:
    """Return the rows of several databases as one would have counted them: equal ones summed, in order."""
    import pandas as pd

    frame = pd.DataFrame([row for part in parts for row in part], columns=list(kind.columns))
    counted = "Int64" if kind.leaves_out or kind.shape == "days" else "int64"
    texts = [name for name in kind.labels if name not in (*_NUMBERS, "day")]
    types = {**dict.fromkeys(kind.measures, counted), **dict.fromkeys(texts, "str")}
    types |= {name: "int64" for name in kind.labels if name in _NUMBERS}
    frame = frame.astype(types | ({"day": "datetime64[s]"} if "day" in kind.labels else {}))
    hidden = [] if show_contacts else [name for name in texts if name != "tracking_number"]
    for name in hidden:
        frame[name] = frame[name].str.replace(CONTACT, HIDDEN, regex=True)
    if len(parts) > 1 or hidden:
        # Rows are equal that several databases count separately, or that differ only in a hidden number.
        frame = frame.groupby(list(kind.labels), dropna=False, sort=False, as_index=False).sum(min_count=1)
    if kind.shape == "bars":
        frame = frame.sort_values("activities", ascending=False, kind="stable")
    elif kind.shape == "days":
        frame = frame.sort_values("day")
    else:
        frame = frame.sort_values(list(kind.labels))
    return frame.reset_index(drop=True)


def _fill_days(frame: pd.DataFrame, period: Period, today: date, uncounted: frozenset[date] | None) -> pd.DataFrame:
    """Return a row for each day of the period until today: a counted day without a row has no activities.

    A day that is not counted yet is unknown. None: any day may be uncounted.
    """
    import pandas as pd

    there: list[date] = frame["day"].dt.date.tolist()
    if not there and not uncounted:
        return frame
    last = max(min(period.until, today), *there[-1:], *(uncounted or ()))
    spans = [(period.since, last), (there[0], there[-1])] if there else [(period.since, last)]
    span = next((span for span in spans if (span[1] - span[0]).days < _MOST_DAYS), None)
    if span is None:
        return frame
    days = pd.date_range(span[0], span[1], unit="s", name="day")
    filled = frame.set_index("day").reindex(days, fill_value=0)
    # Not the rows that exist with NULL: they are redacted.
    added = [
        day not in known and (uncounted is None or day in uncounted) for known in [set(there)] for day in days.date
    ]
    filled.loc[added] = pd.NA
    return filled.reset_index()


def _name_uncounted(frame: pd.DataFrame, kind: Report, any_day: bool) -> list[dict[str, str]]:
    """Return, in the form of `missing`, the days that are unknown because they are not counted yet."""
    if kind.shape != "days":
        return []
    days = [str(day) for day in frame.loc[frame[list(kind.measures)].isna().all(axis=1), "day"].dt.date]
    if not days:
        return []
    if any_day:
        what = f"{say_count(len(days), 'day', 'days')} without an activity, which may not be counted yet"
        return [{"what": what, "why": "This login does not see which days are to be counted: none of them is known."}]
    more = f" and {len(days) - _MOST_NAMED:,} more" if len(days) > _MOST_NAMED else ""
    which = "which is" if len(days) == 1 else "which are"
    what = f"{say_count(len(days), 'day', 'days')} of this period, {which} not counted yet: "
    return [{"what": what + ", ".join(days[:_MOST_NAMED]) + more, "why": _COUNTED_BY}]


def _describe(
    frame: pd.DataFrame,
    name: str,
    whose: int | Agency,
    accounts: Sequence[Row],
    period: Period,
    silent: Mapping[str, str],
) -> dict[Hashable | None, Any]:
    kind, first = find_report(name), accounts[0]
    of_agency = isinstance(whose, Agency)
    zones = {account["time_zone"] for account in accounts}
    left_out = int(frame["missing"].sum()) if "missing" in frame else 0
    stale = sum(account["days_to_count"] for account in accounts)
    missing = [
        {"what": f"placement {placement}, which does not answer", "why": why} for placement, why in silent.items()
    ]
    if left_out:
        missing.append(
            {"what": say_count(left_out, "redacted activity", "redacted activities"), "why": kind.why_missing}
        )
    if stale:
        missing.append(
            {
                "what": f"changes of {say_count(stale, 'local day', 'local days')} of any period",
                "why": _COUNTED_BY,
            }
        )
    last_day = max((account["last_day"] for account in accounts if account["last_day"]), default=None)
    return {
        "report": name,
        "title": kind.title,
        "agency" if of_agency else "account": first["agency_id"] if of_agency else first["account_id"],
        "name": first["agency"] if of_agency else first["account"],
        "accounts": len(accounts),
        "time_zone": zones.pop() if len(zones) == 1 else None,
        "since": str(period.since),
        "until": str(period.until),
        "last_day": str(last_day) if last_day else None,
        "counts_redacted": not kind.leaves_out,
        "counts_once": kind.counts_once,
        "missing_activities": left_out,
        "missing": missing,
    }
