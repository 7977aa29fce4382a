"""The effects of a change of settings, shown before it is confirmed: before and after, next runs, what is not
covered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from redaction.accounts.accounts import Account
from redaction.accounts.ahead import preview_kinds
from redaction.accounts.recipients import list_exposures
from redaction.accounts.status import list_account_status
from redaction.policy import Interval, Policy, latest_due, next_interval, stagger, upcoming
from redaction.web.access import Person
from redaction.web.context import get_database, get_deployment, get_settings, show
from redaction.words import PERIODS, say_rule, say_setting, say_value

_RUNS = 3
_SCHEDULE = ("auto_redaction", "retention_mode", "timezone", "recordings_period", "auto_redaction_since")


def moves_schedule(before: Account, after: Account) -> bool:
    """Say whether a change affects when automatic redaction takes what, or whether it is on."""
    on = before.auto_redaction or after.auto_redaction
    return bool(on) and any(getattr(before, name) != getattr(after, name) for name in _SCHEDULE)


def list_runs(before: Account, after: Account, now: datetime) -> list[tuple[datetime, Interval]]:
    """Return the next runs of an account with the settings of `after`: the start of each, and its interval."""
    policy = after.policy_or_zone()
    if policy is None:
        return []
    # An account that is on continues from its last run; an account that is switched on starts at its first day.
    old = before.policy_or_zone() if before.active else None
    following = upcoming(policy, latest_due(old, now).end if old else None, None, now)
    found = []
    for _ in range(_RUNS):
        found.append((max(following.run_after, now) + stagger(after.id, get_settings().stagger_min), following))
        following = next_interval(policy, following.end)
    return found


def show_question(person: Person, before: Account, after: Account, changes: Mapping[str, Any]) -> Any:
    """Return the page that asks for confirmation of a change of the schedule."""
    database, now = get_database(), datetime.now(UTC)
    runs = list_runs(before, after, now)
    first = runs[0][1] if runs else None
    [status] = list_account_status(get_deployment(), [before], now, 2**31 - 1)
    with database.transaction("redaction_worker") as session:
        kinds = preview_kinds(session, before.id, first.cutoff) if first else []
    policy = after.policy_or_zone()
    later = runs and (status.next_run is None or runs[0][0] > status.next_run)
    age = (runs[0][0] - status.oldest).days if later and status.oldest else 0
    return show(
        "confirm_settings.html",
        person.name,
        account=before,
        after=after,
        changes=changes,
        act=_name_act(before, after),
        rows=list_differences(before, after),
        next_before=status.next_run,
        runs=runs,
        kinds=[row for row in kinds if row["activities"]],
        clock=_find_first_of_clock(before.id, policy, first.cutoff) if policy and first else None,
        activities=sum(row["activities"] for row in kinds),
        objects=sum(row["objects"] for row in kinds),
        exposures=list_exposures(database, before.id),
        account_status=status,
        age=age if policy and age > policy.days else None,
    )


def _name_act(before: Account, after: Account) -> str:
    """Return the words of the button that makes the change."""
    if not after.auto_redaction:
        return "Switch off automatic redaction"
    how = PERIODS[after.auto_redaction]
    if not before.auto_redaction:
        return f"Switch on automatic redaction, {how}"
    return f"Change to {how}" if after.auto_redaction != before.auto_redaction else "Change the schedule"


def list_differences(before: Account, after: Account) -> list[tuple[str, str, str]]:
    """Return the differences in words: the setting, its value before, its value after; the whole rule first."""
    old, new = before.policy_or_zone(), after.policy_or_zone()
    rows = [("Rule", say_rule(old), say_rule(new))] if say_rule(old) != say_rule(new) else []
    rule = ("auto_redaction", "retention_mode", "recordings_period") if rows else ()
    return rows + [
        (say_setting(name), say_value(name, value), say_value(name, getattr(after, name)))
        for name, value in vars(before).items()
        if value != getattr(after, name) and name not in rule
    ]


def _find_first_of_clock(account_id: int, policy: Policy, whole: datetime) -> Mapping[str, Any] | None:
    """Return when recordings are deleted first, their cutoff, and the number of activities; None without a clock."""
    if policy.clock is None:
        return None
    now = datetime.now(UTC)
    run_after = max(upcoming(policy.runs, None, None, now).run_after, now)
    cutoff = latest_due(policy.clock, run_after).cutoff
    with get_database().transaction("redaction_worker") as session:
        rows = session.rows(
            "list_recordings_due", account_id=account_id, cutoff=min(whole, cutoff), recordings_cutoff=cutoff
        )
    begins = run_after + stagger(account_id, get_settings().stagger_min)
    return {"begins": begins, "cutoff": cutoff, "activities": sum(row["due"] for row in rows)}
