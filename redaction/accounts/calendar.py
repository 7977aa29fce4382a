"""Future runs, day by day: which accounts, when, and how much of today's activities each takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

from redaction.accounts.accounts import Account
from redaction.deployment import Deployment
from redaction.policy import Policy, latest_due, list_intervals, stagger

COUNTED = 10_001
"""The activities of a run are counted up to this."""
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class PlannedRun:
    """A future run: it starts at an instant (UTC) and redacts everything from `after` to `cutoff`; the run before it
    takes what is older. `expected` counts that among today's activities, without what a hold keeps.
    """

    account: Account
    begins: datetime
    after: datetime
    cutoff: datetime
    expected: int = 0


@dataclass(frozen=True)
class PlannedDay:
    """A local day of the accounts: how many have a run that day, and the first of them."""

    day: date
    runs: int
    shown: tuple[PlannedRun, ...]


def plan_days(
    deployment: Deployment, accounts: Sequence[Account], now: datetime, days: int, shown: int
) -> list[PlannedDay]:
    """Return those of the next `days` on which accounts of a deployment have runs, naming at most `shown` of each."""
    minutes, until = deployment.settings.stagger_min, now + timedelta(days=days)
    groups: dict[Policy, list[tuple[timedelta, Account]]] = defaultdict(list)
    for account in accounts:
        if account.active:
            groups[account.policy()].append((stagger(account.id, minutes), account))
    counts: dict[date, int] = defaultdict(int)
    chosen: dict[date, list[PlannedRun]] = defaultdict(list)
    for policy, members in groups.items():
        members.sort(key=lambda member: (member[0], member[1].id))
        before, after = now - timedelta(days=1), _BEGINNING
        for begins, cutoff in _walk(policy, now, until):
            day = begins.astimezone(policy.zone).date()
            coming = [(delay, account) for delay, account in members if begins + delay > now]
            counts[day] += len(coming)
            # If a run has started, the next one takes what it leaves.
            chosen[day] += [
                PlannedRun(account, begins + delay, after if before + delay > now else _BEGINNING, cutoff)
                for delay, account in coming[:shown]
            ]
            before, after = begins, cutoff
    named = {
        day: sorted(runs, key=lambda run: (run.begins, run.account.id))[:shown] for day, runs in sorted(chosen.items())
    }
    amounts = iter(_count(deployment, [run for runs in named.values() for run in runs]))
    return [
        PlannedDay(day, counts[day], tuple(replace(run, expected=next(amounts)) for run in runs))
        for day, runs in named.items()
        if runs
    ]


def _walk(policy: Policy, now: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the runs of a policy up to an instant, from the due one on: the boundary of each, and its cutoff."""
    for interval in takewhile(lambda found: found.run_after < until, list_intervals(policy.runs, now)):
        yield interval.run_after, latest_due(policy, interval.run_after).cutoff


def _count(deployment: Deployment, runs: Sequence[PlannedRun]) -> list[int]:
    ids = sorted({run.account.id for run in runs})
    held = {row["account_id"] for row in deployment.rows("accounts_with_holds", account_ids=ids)} if ids else set()
    amounts: dict[int, int] = {}
    for statement, of_held in (("count_between", False), ("count_between_holds", True)):
        chosen = [(place, run) for place, run in enumerate(runs) if (run.account.id in held) == of_held]
        if not chosen:
            continue
        given = {
            "account_ids": [run.account.id for _, run in chosen],
            "starts": [run.after for _, run in chosen],
            "ends": [run.cutoff for _, run in chosen],
        }
        rows = deployment.rows(statement, **given, most=COUNTED)
        amounts |= {place: row["activities"] for (place, _), row in zip(chosen, rows, strict=True)}
    return [amounts[place] for place in range(len(runs))]
