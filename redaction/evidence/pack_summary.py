"""The first page of an evidence pack: rule, runs, redacted activities, the oldest at each month's end, exceptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from redaction.accounts.accounts import Account
from redaction.accounts.administrators import list_administrators_of
from redaction.deployment import Deployment
from redaction.evidence.attainment import Attainment, list_empty_runs, list_spans
from redaction.evidence.pack_scope import Elsewhere, PackScope, describe_elsewhere
from redaction.gate.holds import Hold
from redaction.ledger.entries import Entry
from redaction.ledger.verify import Verified
from redaction.words import SETTINGS, say_count, say_rule, say_zone

_SHOWN = 200
"""So many accounts get their own line on paper; `summary.json` has all of them."""
_ENDED = {"refusal": "refused", "abandonment": "given up"}


@dataclass
class Summary:
    """The counts of a pack, in memory that grows only with accounts and runs."""

    scope: PackScope
    placement: str
    elsewhere: Elsewhere
    accounts: dict[int, Account]
    attained: dict[int, Attainment]
    oldest: dict[int, list[datetime | None]]
    ends: list[datetime]
    span: Mapping[str, Any]
    tolerance: timedelta
    runs: dict[int, int] = field(default_factory=dict)
    """The runs that the ledger records in the period, with their accounts."""
    without_certificate: dict[int, str] = field(default_factory=dict)
    _rows: Counter[str] = field(default_factory=Counter)
    _last: Entry | None = None
    _pauses: list[str] = field(default_factory=list)
    _ended: dict[int, Counter[str]] = field(default_factory=dict)
    _left_out: Counter[str] = field(default_factory=Counter)
    _holds: Counter[int] = field(default_factory=Counter)
    _held: Counter[int] = field(default_factory=Counter)
    _received: Counter[str] = field(default_factory=Counter)

    @classmethod
    def open(cls, deployment: Deployment, scope: PackScope, accounts: Sequence[Account], elsewhere: Elsewhere) -> Self:
        """Start with the settings of the time, and the oldest activities at the end of each month."""
        changes: dict[tuple[int | None, int | None], list[Mapping[str, Any]]] = {}
        for row in deployment.rows("changes_since", since=scope.begin):
            changes.setdefault((row["account_id"], row["agency_id"]), []).append(row)
        tolerance, ids = timedelta(hours=deployment.settings.watch_overdue_h), [account.id for account in accounts]
        people = list_administrators_of(deployment.database, ids)
        empty = list_empty_runs(deployment, ids, scope.begin, scope.end + tolerance)
        attained = {}
        for account in accounts:
            own = [*changes.get((account.id, None), ()), *changes.get((None, account.agency_id), ())]
            own.sort(key=lambda row: row["written_at"], reverse=True)
            spans = list_spans(account, own, scope.begin, scope.end, people[account.id])
            attained[account.id] = Attainment(spans, tolerance, empty.get(account.id, []))
        ends = _list_ends(scope)
        return cls(
            scope=scope,
            placement=deployment.placement,
            elsewhere=elsewhere,
            accounts={account.id: account for account in accounts},
            attained=attained,
            oldest=_find_oldest(deployment, ids, ends),
            ends=ends,
            span=deployment.one("ledger_span", since=scope.begin, until=scope.end),
            tolerance=tolerance,
        )

    def note(self, entry: Entry, whole: bool) -> None:
        """Count a row of the period; `whole`: it is about these accounts."""
        self._rows["rows" if whole else "withheld"] += 1
        self._last = entry
        if not whole:
            return
        of = entry.account_id
        if entry.kind == "redaction" and of in self.attained:
            assert entry.run_id is not None
            self.runs[entry.run_id] = of
            self.attained[of].redacted += entry.facts["stripped_count"]
            self._left_out.update({why: n for why, n in entry.facts.get("left_out", {}).items() if why != "held"})
            self.note_later(entry)
        elif entry.kind in _ENDED and of in self.attained:
            self._ended.setdefault(of, Counter())[entry.kind] += 1
        elif entry.kind in ("pause", "resume"):
            whose = "All accounts were" if of is None else f"{self._name(of)} was"
            what = "paused" if entry.kind == "pause" else "resumed"
            self._pauses.append(f"{whose} {what} on {_instant(entry.written_at)} by {entry.actor}.")

    def note_later(self, entry: Entry) -> None:
        """Count a run that has redacted everything up to its cutoff, in the period or soon after it."""
        if entry.kind == "redaction" and entry.account_id in self.attained and entry.facts["ids"] is None:
            cutoff = datetime.fromisoformat(entry.facts["cutoff"])
            self.attained[entry.account_id].note_run(cutoff, entry.written_at)

    def note_hold(self, hold: Hold, end: datetime) -> None:
        """Count a hold that is in force at the end of the period."""
        if hold.released_at is None or hold.released_at >= end:
            self._holds[hold.account_id] += 1
            self._held[hold.account_id] += hold.activities

    def note_received(self, row: Mapping[str, Any]) -> None:
        """Count what another system has received and is not marked as erased."""
        if row["left"]:
            self._received[row["integration"]] += row["left"]

    def list_settings(self) -> Iterator[Mapping[str, Any]]:
        """Yield the settings of each account at the start and at the end of the period."""
        for account_id, attained in self.attained.items():
            first, last = attained.spans[0], attained.spans[-1]
            names = (*(name for name in SETTINGS if name in first.settings), "agency_allows")
            yield {
                "account_id": account_id,
                "begin": {name: _plain(first.settings[name]) for name in names},
                "end": {name: _plain(last.settings[name]) for name in names},
                "changes": len(attained.spans) - 1,
            }

    def close(self, verified: Verified, key: str) -> dict[str, Any]:
        """Return what `summary.json` states."""
        for attained in self.attained.values():
            attained.end()
        before = self.span["before"]
        return {
            "format": "redaction evidence pack 1",
            "made_at": _iso(datetime.now(UTC)),
            "placement": self.placement,
            "not_of_placements": list(self.elsewhere),
            "not_in_pack": describe_elsewhere(self.elsewhere),
            "about": self.scope.describe(),
            "since": str(self.scope.since),
            "until": str(self.scope.until),
            "late_after_hours": self.tolerance / timedelta(hours=1),
            "certificates": len(self.runs) - len(self.without_certificate),
            "signed_by": key,
            "ledger": {
                "first": before + 1,
                "last": before + self._rows.total(),
                "previous_hash": self.span["hash"],
                "hash": self._last.hash if self._last else self.span["hash"],
                "rows": self._rows["rows"],
                "withheld": self._rows["withheld"],
            },
            "ledger_intact": verified.is_whole,
            "accounts": [self._tell(account) for account in self.accounts.values()],
            "exceptions": list(self._list_exceptions(verified)),
        }

    def _tell(self, account: Account) -> dict[str, Any]:
        attained = self.attained[account.id]
        return {
            "id": account.id,
            "name": account.name,
            "agency": account.agency_name,
            "timezone": account.timezone,
            "rule": say_rule(attained.spans[-1].policy),
            "rule_at_begin": say_rule(attained.spans[0].policy),
            "runs": {
                name: getattr(attained, name) for name in ("planned", "in_time", "late", "pending", "nothing_due")
            },
            "redacted": attained.redacted,
            "oldest": [
                {"at": _iso(at), "oldest": _iso(oldest) if oldest else None}
                for at, oldest in zip(self.ends, self.oldest[account.id], strict=True)
            ],
        }

    def _list_exceptions(self, verified: Verified) -> Iterator[str]:
        """Yield in words what does not keep the rule."""
        if not verified.is_whole:
            why = verified.reason or "; ".join(verified.unrecorded[:3])
            yield f"The ledger is not intact: {why}."
        for account_id, attained in self.attained.items():
            if attained.late:
                runs = say_count(attained.late, "planned run was", "planned runs were")
                yield f"{self._name(account_id)}: {runs} late, of {attained.planned:,}."
        for account_id, counts in self._ended.items():
            for kind, count in sorted(counts.items()):
                yield f"{self._name(account_id)}: {say_count(count, 'run was', 'runs were')} {_ENDED[kind]}."
        yield from self._pauses[:_SHOWN]
        for account_id, count in self._holds.items():
            holds = say_count(count, "hold is", "holds are")
            kept = say_count(self._held[account_id], "activity is", "activities are")
            yield f"{self._name(account_id)}: {holds} in force at the end of the period. Today {kept} kept by them."
        for why, count in sorted(self._left_out.items()):
            what = say_count(count, "chosen activity was", "chosen activities were")
            yield f"{what} left out of their runs: {why.replace('_', ' ')}."
        for system, count in sorted(self._received.items()):
            what = say_count(count, "redacted activity", "redacted activities")
            yield f"{system} had received {what}, and nobody has marked them as erased there."
        for run_id, reason in self.without_certificate.items():
            yield f"Run {run_id} has no certificate: {reason}."

    def _name(self, account_id: int) -> str:
        return f"{self.accounts[account_id].name or 'Account'} ({account_id})"

    def say(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content of the page, all of it text."""
        totals = Counter[str]()
        for account in said["accounts"]:
            totals.update(account["runs"])
            totals["redacted"] += account["redacted"]
        unnamed = len(said["accounts"]) - _SHOWN
        exceptions, more = said["exceptions"][:_SHOWN], len(said["exceptions"]) - _SHOWN
        return {
            "title": f"Evidence of redaction: {said['about']}, {said['since']} to {said['until']}",
            "facts": [
                ("Accounts", f"{len(said['accounts']):,}{self.scope.say_others(self.placement, self.elsewhere)}"),
                ("Runs planned", f"{totals['planned']:,}"),
                ("Done in time", f"{totals['in_time']:,}"),
                (
                    "Of them with nothing due",
                    f"{totals['nothing_due']:,} (by the record of runs, no row of the ledger)",
                ),
                ("Late or missing", f"{totals['late']:,} (later than {said['late_after_hours']:g} h after their time)"),
                *([("Not late yet", f"{totals['pending']:,}")] if totals["pending"] else []),
                ("Activities redacted", f"{totals['redacted']:,}"),
                ("Certificates", f"{said['certificates']:,}"),
                ("Ledger", "intact" if said["ledger_intact"] else "not intact"),
            ],
            "accounts": [_say_account(account) for account in said["accounts"][:_SHOWN]],
            "more": f"and {unnamed:,} more in summary.json" if unnamed > 0 else "",
            "oldest": [
                (f"{account['name']} ({account['id']})", _minute(end["at"]), (end["oldest"] or "none")[:10])
                for account in said["accounts"][:_SHOWN]
                for end in account["oldest"]
            ],
            "exceptions": [*exceptions, *([f"and {more:,} more in summary.json"] if more > 0 else [])],
            "proof": [
                ("Rows of the ledger", f"{said['ledger']['first']:,} to {said['ledger']['last']:,}"),
                ("Hash of the last one", said["ledger"]["hash"] or "none"),
                ("Made", f"{_minute(said['made_at'])} UTC"),
                ("Signed (Ed25519) by", said["signed_by"]),
            ],
        }


def _say_account(account: Mapping[str, Any]) -> tuple[str, ...]:
    rule = account["rule"]
    if account["rule_at_begin"] != rule:
        rule = f"{rule} (at the begin: {account['rule_at_begin']})"
    runs = account["runs"]
    return (
        f"{account['name']} ({account['id']})",
        account["agency"],
        f"{rule}, {say_zone(account['timezone'])}",
        *(f"{runs[name]:,}" for name in ("planned", "in_time", "late")),
        f"{account['redacted']:,}",
    )


def _list_ends(scope: PackScope) -> list[datetime]:
    """Return the ends of the months in the period, and of the period itself; none after now."""
    now, found, at = datetime.now(UTC), [], scope.begin
    while (at := _next_month(at)) < scope.end:
        found.append(at)
    return [*(end for end in found if end < now), min(scope.end, now)]


def _next_month(at: datetime) -> datetime:
    return (at.replace(day=1) + timedelta(days=32)).replace(day=1)


def _find_oldest(
    deployment: Deployment, account_ids: list[int], ends: list[datetime]
) -> dict[int, list[datetime | None]]:
    """Return for each account the oldest activity that still had its personal data at each instant, None for none."""
    found: dict[int, list[datetime | None]] = {account_id: [None] * len(ends) for account_id in account_ids}
    for row in deployment.rows("oldest_unredacted", account_ids=account_ids, ends=ends):
        oldest = found[row["account_id"]]
        for number, end in enumerate(ends[: row["passed"]]):
            had = oldest[number]
            if row["oldest"] < end and (had is None or row["oldest"] < had):
                oldest[number] = row["oldest"]
    return found


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ")


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | list | None) else str(value)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
