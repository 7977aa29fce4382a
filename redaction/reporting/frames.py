"""A report as a pandas DataFrame: the one function behind pages, downloads, commands and notebooks.

An analyst's role is enough, but for the report of tags, which are personal.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

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
"""Days up to which those without an activity get a row too."""
_NUMBERS = ("weekday", "hour")


@dataclass(frozen=True)
class Agency:
    """An agency, by its id: a report of all of its accounts."""

    id: int


@dataclass(frozen=True)
class _Part:
    """What one placement has: the accounts asked for, the period, and the rows of the report."""

    accounts: Sequence[Row]
    period: Period | None
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
    where nothing is known. A day without an activity has a row too. `attrs` says whose it is, of which days, and in
    `missing` what is not in it and why, each as `what` and `why`; it can be written as JSON.

    What looks like a number or an e-mail address in a text is hidden unless `show_contacts`. `placements` are those of
    the process, if it has them open. Raises BadInput (report, period, account), DatabaseBusy, NotAllowed or
    LoginRefused (tags, for a login that may be an analyst alone).
    """
    kind = find_report(report)
    with ExitStack() as stack:
        opened = placements or stack.enter_context(Placements(load_settings()))
        ask = partial(_ask, whose=whose, kind=kind, since=_as_day(since, "since"), until=_as_day(until, "until"))
        found, silent = opened.ask(ask, allow_restored=True)
    parts = [part for part in found.values() if part.accounts]
    if not parts:
        raise _no_account(whose, silent)
    frame = merge_parts(kind, [part.rows for part in parts], show_contacts)
    accounts = [account for part in parts for account in part.accounts]
    # One that is found is at no other placement.
    frame.attrs = _describe(
        frame, report, whose, accounts, parts[0].period, silent if isinstance(whose, Agency) else {}
    )
    return frame


def _ask(deployment: Deployment, whose: int | Agency, kind: Report, since: date | None, until: date | None) -> _Part:
    of_agency = isinstance(whose, Agency)
    ids = {"account_id": None if of_agency else whose, "agency_id": whose.id if isinstance(whose, Agency) else None}
    # An analyst reads no personal column, which the tags of a report are.
    with deployment.transaction("redaction_worker" if kind.personal else "redaction_analyst") as session:
        accounts = session.rows("reported_accounts", **ids)
        if not accounts:
            return _Part((), None, ())
        period = choose_period(since, until, today_in("UTC" if of_agency else accounts[0]["time_zone"]))
        account_ids = [account["account_id"] for account in accounts]
        rows = session.rows(kind.statement, account_ids=account_ids, first=period.since, last=period.until)
    return _Part(accounts, period, rows)


def _as_day(value: date | str | None, what: str) -> date | None:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadInput(f"{what} is no day, and nothing was read: write a day as 2026-01-31") from None


def _no_account(whose: int | Agency, silent: Mapping[str, str]) -> BadInput | DatabaseBusy:
    what = f"agency {whose.id}" if isinstance(whose, Agency) else f"account {whose}"
    if silent:
        return DatabaseBusy(
            f"{what} is at no placement that answers, and {', '.join(silent)} does not: try again later"
        )
    return BadInput(f"there is no {what} with an account to report on: nothing was read")


def merge_parts(kind: Report, parts: Sequence[Sequence[Row]], show_contacts: bool = False) -> pd.DataFrame:
    """Return the rows of several databases as one would have counted them: alike ones added up, in their order."""
    import pandas as pd

    frame = pd.DataFrame([row for part in parts for row in part], columns=list(kind.columns))
    counted = "Int64" if kind.leaves_out else "int64"
    texts = [name for name in kind.labels if name not in (*_NUMBERS, "day")]
    types = {**dict.fromkeys(kind.measures, counted), **dict.fromkeys(texts, "str")}
    types |= {name: "int64" for name in kind.labels if name in _NUMBERS}
    frame = frame.astype(types | ({"day": "datetime64[s]"} if "day" in kind.labels else {}))
    hidden = [] if show_contacts else [name for name in texts if name != "tracking_number"]
    for name in hidden:
        frame[name] = frame[name].str.replace(CONTACT, HIDDEN, regex=True)
    if len(parts) > 1 or hidden:
        # What several databases count apart, or was told apart by a number alone, is alike.
        frame = frame.groupby(list(kind.labels), dropna=False, sort=False, as_index=False).sum(min_count=1)
    if kind.shape == "bars":
        frame = frame.sort_values("activities", ascending=False, kind="stable")
    elif kind.shape == "days":
        frame = _fill_days(frame.sort_values("day"))
    else:
        frame = frame.sort_values(list(kind.labels))
    return frame.reset_index(drop=True)


def _fill_days(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each day between the first and the last one: what was counted and is not there is nothing."""
    import pandas as pd

    if frame.empty or (frame["day"].iloc[-1] - frame["day"].iloc[0]).days >= _MOST_DAYS:
        return frame
    days = pd.date_range(frame["day"].iloc[0], frame["day"].iloc[-1], unit="s", name="day")
    # Not those that are there and NULL: they are not known.
    return frame.set_index("day").reindex(days, fill_value=0).reset_index()


def _describe(
    frame: pd.DataFrame,
    name: str,
    whose: int | Agency,
    accounts: Sequence[Row],
    period: Period | None,
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
                "why": "They are counted by the next run, or by `redaction reports ACCOUNT`.",
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
        "since": str(period.since) if period else None,
        "until": str(period.until) if period else None,
        "last_day": str(last_day) if last_day else None,
        "counts_redacted": not kind.leaves_out,
        "counts_once": kind.counts_once,
        "missing_activities": left_out,
        "missing": missing,
    }
