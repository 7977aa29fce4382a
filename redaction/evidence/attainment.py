"""How an account has kept its rule in a period: runs planned, done in time, late; from settings and ledger.

The settings of the time, which the ledger records by their changes, say what was planned. The history of the scheduler
never counts. A run that found nothing due counts as done; the record of runs has it, the ledger does not. The clock for
recordings is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from redaction.accounts.accounts import Account
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.policy import Interval, Policy, day_start

_NAMES = ("auto_redaction", "retention_mode", "timezone", "auto_redaction_since", "recordings_period")
_AGENCY = {"allow_redaction": "agency_allows", "plan": "agency_plan"}
"""Settings of an agency that apply to its accounts, and what an account calls them."""


@dataclass(frozen=True)
class Span:
    """The settings of an account between two instants (UTC)."""

    begin: datetime
    end: datetime
    settings: Mapping[str, Any]

    @property
    def policy(self) -> Policy | None:
        """Return the policy; None while the account did not redact automatically."""
        had = self.settings
        allowed = had["agency_allows"] and had["agency_plan"] == "agency"
        closing = had["closing_since"]
        if had["auto_redaction"] is None or not allowed or (closing is not None and closing <= self.begin):
            return None
        since = had["auto_redaction_since"] or date(2000, 1, 1)
        since = date.fromisoformat(since) if isinstance(since, str) else since
        try:
            return Policy(
                had["auto_redaction"], had["retention_mode"], had["timezone"], since, had["recordings_period"]
            )
        except BadInput:
            # A row of an older program may name a setting that this one does not know.
            return None


def list_spans(
    account: Account,
    changes: Sequence[Mapping[str, Any]],
    begin: datetime,
    end: datetime,
    people: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[Span]:
    """Return the settings of an account in a period, oldest first; `changes` are rows of `changes_since` of the
    account and of its agency, latest first; `people` are its administrators now, as the ledger lists them.
    """
    had, until, found = {**vars(account), **people}, end, list[Span]()
    for change in changes:
        at = max(change["written_at"], begin)
        if at < until:
            found.append(Span(at, until, dict(had)))
            until = at
        names = _AGENCY if change["account_id"] is None else {}
        had |= {names.get(name, name): value for name, value in change["before"].items()}
    found.append(Span(begin, until, had))
    return [span for span in reversed(found) if span.begin < span.end]


def list_planned(spans: Sequence[Span]) -> Iterator[Interval]:
    """Yield the intervals whose runs were planned in these spans, in order."""
    for span in spans:
        policy = span.policy
        if policy is None:
            continue
        start = max(day_start(policy.since, policy.zone), span.begin - timedelta(days=2 * policy.days + 2))
        interval = policy.interval_from(start)
        while interval.run_after < span.end:
            if interval.run_after >= span.begin:
                yield interval
            interval = policy.interval_from(interval.end)


@dataclass(frozen=True)
class EmptyRun:
    """A run that found nothing due before a cutoff, and when."""

    cutoff: datetime
    at: datetime


def list_empty_runs(
    deployment: Deployment, account_ids: Sequence[int], since: datetime, until: datetime
) -> dict[int, list[EmptyRun]]:
    """Return by account the runs that found nothing due between two instants, latest first."""
    found: dict[int, list[EmptyRun]] = {}
    for row in deployment.rows("list_nothing_due", account_ids=list(account_ids), since=since, until=until):
        found.setdefault(row["account_id"], []).append(EmptyRun(row["cutoff"], row["finished_at"]))
    return found


@dataclass
class Attainment:
    """The outcome of the planned runs: done in time, done or still missing too late (`late`), or not late yet
    (`pending`). `nothing_due` counts those that found nothing to redact. `redacted` counts activities of all runs of
    the account, manual ones too.
    """

    spans: Sequence[Span]
    tolerance: timedelta
    empty: list[EmptyRun] = field(default_factory=list)
    """The runs that found nothing due, latest first; each is removed when it is counted."""
    planned: int = 0
    in_time: int = 0
    late: int = 0
    pending: int = 0
    redacted: int = 0
    nothing_due: int = 0
    _plan: Iterator[Interval] = field(init=False, repr=False)
    _next: Interval | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._plan = list_planned(self.spans)
        self._next = next(self._plan, None)

    def note_run(self, cutoff: datetime, at: datetime) -> None:
        """Count a run that has redacted everything before a cutoff, recorded at an instant. Runs must come in order."""
        self._note_empty(at)
        self._note(cutoff, at)

    def _note_empty(self, until: datetime) -> None:
        while self.empty and self.empty[-1].at <= until:
            run = self.empty.pop()
            self.nothing_due += self._note(run.cutoff, run.at)

    def _note(self, cutoff: datetime, at: datetime) -> int:
        """Count what a run has done; return how many planned runs that covers."""
        before = self.planned
        while self._next is not None and self._next.cutoff <= cutoff:
            self._count(at <= self._next.run_after + self.tolerance)
        return self.planned - before

    def end(self, now: datetime | None = None) -> None:
        """Count the planned runs that no run has covered."""
        at = now or datetime.now(UTC)
        self._note_empty(at)
        while self._next is not None:
            if self._next.run_after + self.tolerance < at:
                self._count(in_time=False)
            else:
                self.planned, self.pending = self.planned + 1, self.pending + 1
                self._next = next(self._plan, None)

    def _count(self, in_time: bool) -> None:
        self.planned += 1
        self.in_time += in_time
        self.late += not in_time
        self._next = next(self._plan, None)
