"""What the commands say of a run, a preview, a request or an account: names and values for people, without digests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from redaction.cli.output import out
from redaction.failures import explain
from redaction.reporting.kinds import find_name, find_report
from redaction.words import (
    LEVELS,
    REQUEST_KINDS,
    REQUEST_STATES,
    RUN_KINDS,
    RUN_STATES,
    STEPS,
    say_activities,
    say_count,
    say_each,
    say_files,
    say_kinds,
    say_setting,
    say_stored_rule,
    say_value,
)

if TYPE_CHECKING:
    from redaction.accounts.accounts import Account
    from redaction.control.close import Closing, Removed
    from redaction.control.move import Moved
    from redaction.erasure.proof.structure import PartitionProof
    from redaction.erasure.residue import ErasureSummary
    from redaction.pipeline.preview import DuePreview
    from redaction.pipeline.steps import Step
    from redaction.requests.records import AccountOf, PersonRequest

Facts = Mapping[str, Any]


def announce_step(step: Step) -> None:
    """Print the name of a step that begins."""
    out.print(f"  {STEPS[step]} ...", markup=False, highlight=False)


def run_facts(record: Mapping[str, Any]) -> Facts:
    """Return what the record of a run says: an instant to the minute, a count with its noun, a failure in words."""
    failure = explain(record["failure"], record["failed_step"])
    cutoff = datetime.fromisoformat(record["cutoff"])
    recordings = record["recordings_taken"]
    return {
        "state": RUN_STATES[record["state"]].text,
        "reason of the run": RUN_KINDS[record["kind"]],
        "rule": say_stored_rule(record["policy"]) if record["policy"] else None,
        "requested by": record["requested_by"],
        "reason": record["reason"],
        # A run of chosen activities has no cutoff.
        "cutoff": cutoff if record["kind"] not in ("manual", "source") and cutoff.year > 1970 else None,
        "due": say_activities(record["due_count"]),
        "redacted": say_activities(record["stripped_count"]),
        "by kind": say_kinds(record["by_kind"]),
        "removed values": say_each(record["by_category"]),
        "recordings removed": say_count(recordings, "recording", "recordings") if recordings else None,
        "recordings and files": _count(record["objects"]),
        "erasure level": _level(record["erasure_level"]),
        "texts to decide on": record["undecided_texts"] or None,
        "common names kept": record["common_names"] or None,
        "failed step": STEPS.get(record["failed_step"] or ""),
        "what happened": failure and failure.sentence,
        "what to do": failure and failure.remedy,
        "who does it": failure and failure.who,
        "given up by": record["abandoned_by"],
        "given up because": record["abandoned_because"],
        "began": record["started_at"],
        "ended": record["finished_at"],
        "took": _spent(record["seconds"] or {}),
    }


def due_facts(preview: DuePreview) -> Facts:
    """Return what a preview says of the next run."""
    rows = {find_report(find_name(table)).title: number for table, number in preview.report_rows.items() if number}
    return {
        "cutoff": preview.cutoff,
        "due": say_activities(preview.activities),
        "of these dated in the future": preview.ahead or None,
        "held": say_activities(preview.held),
        "by kind": say_kinds(preview.by_kind),
        "oldest": preview.oldest,
        "recordings and files": preview.objects,
        "report rows that change": ", ".join(f"{title} {number:,}" for title, number in rows.items()),
        "data files": ", ".join(map(_say_plan, preview.plan.values())),
        "recordings before": preview.recordings_cutoff,
        "recordings due": preview.recordings or None,
    }


def request_facts(request: PersonRequest) -> Facts:
    """Return what a request says, without the digest that binds its erasure."""
    return {
        "state": REQUEST_STATES[request.state].text,
        "asks for": REQUEST_KINDS[request.kind],
        "reference": request.reference,
        "identity checked by": request.identity_check,
        "accounts": request.accounts,
        "agency": None if request.agency_id is None else str(request.agency_id),
        "country of its number": request.country,
        "law": request.law.upper(),
        "opened by": request.opened_by,
        "opened": request.opened_at,
        "deadline": request.deadline,
        "found": _count(request.found),
        "answered by": request.answered_by,
        "answered": request.answered_at,
        "reason": request.ground,
        "closed by": request.closed_by,
        "closed": request.closed_at,
    }


def erased_row(account: AccountOf) -> Facts:
    """Return what became of an account of a request: counts, the last run, and why it failed."""
    return {
        "account_id": account.account_id,
        "outcome": _OUTCOMES[account.outcome],
        "erasable": account.found.get("erasable", 0),
        "redacted": account.found.get("redacted", 0),
        "held": account.found.get("held", 0),
        "last_run_id": account.run_id,
        # Its own words name the setting or the hold that forbids it. Before them stands the class of the error.
        "what happened": account.failure and account.failure.partition(": ")[2],
    }


def account_facts(account: Account) -> Facts:
    """Return the settings of an account, by the names that pages have for them."""
    hidden = ("id", "closing_since", "closed_at")
    said = {say_setting(name): say_value(name, value) for name, value in vars(account).items() if name not in hidden}
    return {**said, "Numbers are read as in": account.number_country, "Closing since": account.closing_since}


def status_row(status: Mapping[str, Any], wide: bool) -> Facts:
    """Return the state of an account as a row that fits 120 characters; `wide` leaves nothing out."""
    rule = say_stored_rule(status["policy"] or "Off")
    if wide:
        return {**status, "policy": rule}
    return {
        "id": status["account_id"],
        "name": status["name"],
        "rule": rule,
        "next run": "paused" if status["paused"] else status["next_run"],
        "due": status["due"],
        "held": status["held"],
        "late": status["overdue"],
        "days old": status["oldest_age"],
    }


def closing_facts(closing: Closing) -> Facts:
    """Return the state of a closing."""
    return {
        "state": "closed" if closing.closed_at else "closing",
        "requested by": closing.requested_by,
        "approved by": closing.approved_by,
        "reason": closing.reason,
        "since": closing.since,
        "closed": closing.closed_at,
        "activities left": closing.activities_left,
        "recordings and files left": closing.objects_left,
        "runs": ", ".join(map(str, closing.runs)),
    }


def erasure_facts(summary: ErasureSummary) -> Facts:
    """Return what a night's erasure has done: files by what they hold, and why others are left."""
    return {
        "rewritten": ", ".join(map(say_files, summary.rewritten)) or "nothing",
        "left": _say_left(summary.left) or "nothing",
        "late": ", ".join(map(say_files, summary.late)) or "nothing",
        "recordings and files tried again": _count(summary.objects) or "none",
        "statistics": summary.statistics or "rewritten",
        "log": summary.wal or "rotated",
        "runs by erasure level": ", ".join(f"{count:,} at {level}" for level, count in sorted(summary.levels.items())),
    }


def proof_row(proof: PartitionProof) -> Facts:
    """Return the proof of one table as a row, with its reasons last."""
    return {
        "files of": say_files(proof.partition_name),
        "files": proof.files,
        "log": proof.wal,
        "statistics": proof.statistics,
        "since": proof.since,
        "reasons": "; ".join(proof.reasons) or "-",
    }


def moved_row(done: Moved | Removed) -> Facts:
    """Return what a move or a removal has done, as a row."""
    return {
        **vars(done),
        "rewritten": ", ".join(map(say_files, done.rewritten)) or "-",
        "left": _say_left(done.left) or "-",
    }


def _say_left(left: Mapping[str, str]) -> str:
    return "; ".join(f"{say_files(name)}: {why}" for name, why in left.items())


def _spent(seconds: Mapping[str, float]) -> str:
    """Return the seconds of each step, in the order of the steps."""
    order = [*STEPS]
    steps = sorted(seconds, key=lambda step: order.index(step) if step in order else len(order))
    return ", ".join(f"{STEPS.get(step, step)} {seconds[step]:,.1f} s" for step in steps)


def _count(counts: Mapping[str, Any] | None) -> str:
    named = {name.replace("_", " "): number for name, number in (counts or {}).items() if isinstance(number, int)}
    return ", ".join(f"{number:,} {name}" for name, number in named.items() if number)


def _level(level: str | None) -> str | None:
    return f"{level}: {LEVELS[level]}" if level and level != "none" else None


def _say_plan(plan: str) -> str:
    mode, _, rows = plan.partition(", ")
    return f"{_MODES.get(mode, mode)}: {rows}"


_OUTCOMES = {
    None: "not tried yet",
    "nothing": "nothing to redact",
    "waits": "waits for another administrator",
    "redacted": "redacted",
    "failed": "failed",
}
_MODES = {"update": "update in place", "rewrite": "rewrite"}
