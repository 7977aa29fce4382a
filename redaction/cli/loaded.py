"""Output of `load` and `collect`: the loaded records, and the runs of accounts that follow their source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from redaction.cli.actor import current_actor
from redaction.cli.lost import keep_exit_code
from redaction.cli.output import each_deployment, err, print_facts, print_warnings
from redaction.words import say_activities, say_count

if TYPE_CHECKING:
    from redaction.source.load import LoadSummary

_SOME_REJECTED = 3
"""The exit code of a load that stored some records and rejected others."""
_ALWAYS = ("read", "inserted", "updated", "unchanged", "rejected")
_COUNTS = {
    "already_redacted": "redacted already, unchanged",
    "kept_by_hold": "held values kept",
    "late_objects": "recordings of redacted activities",
    "redacted_at_source": "redacted at the source",
    "common_names": "common names kept",
    "recordings_left_out": "recordings left out",
    "other_streams": "records of other streams",
    "quarantined": "in the quarantine",
}


def code_of(summary: LoadSummary) -> int:
    """Return the exit code of a command that has loaded this: 3 if something was rejected, 1 if nothing else was
    there. The command ends with it also if its output cannot be written.
    """
    keep_exit_code()
    return 0 if summary.rejected == 0 else _SOME_REJECTED if summary.total else 1


def print_counts(title: str, summary: LoadSummary) -> None:
    """Print what was loaded as a table; a count that is seldom of interest only if it is not 0."""
    counts = {key: value for key, value in vars(summary).items() if isinstance(value, int)}
    print_facts(title, {_COUNTS.get(key, key): n for key, n in counts.items() if n or key in _ALWAYS})


def print_rejected(summary: LoadSummary) -> None:
    """Print to standard error what was rejected and where it is kept."""
    for rejection in summary.rejections:
        named = "?" if rejection.activity_id is None else rejection.activity_id
        where = f"{rejection.path}:{rejection.line}: activity {named}"
        err.print(f"{where}: {rejection.reason}", markup=False, highlight=False, soft_wrap=True)
    if summary.other_streams and not summary.read:
        err.print("there is no activity among them: all records are of other streams", soft_wrap=True)
    if summary.quarantine:
        err.print(
            f"{say_count(summary.quarantined, 'rejected record is', 'rejected records are')} kept as sent: "
            f"{', '.join(summary.quarantine)}; mend and load what is in it, then `redaction quarantine purge`",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    print_warnings([summary.not_kept] if summary.not_kept else [])


def print_followed(records: Sequence[dict[str, Any]]) -> None:
    """Print the records of the runs that followed the source."""
    from redaction.cli.runs import print_run

    for record in records:
        print_run(record, f"has redacted {say_activities(record['stripped_count'])} redacted by the source")


def count_reports() -> None:
    """Count the days that loads have changed again, at every placement."""
    from redaction.pipeline.reports import refresh_after_load

    for deployment in each_deployment():
        refresh_after_load(deployment.database, lambda line: print_warnings([line]))


def follow_placements() -> list[dict[str, Any]]:
    """Redact what the source has redacted, for accounts that follow it; return the records of the runs."""
    from redaction.control.follow import follow_accounts

    return [
        record
        for deployment in each_deployment()
        for record in follow_accounts(deployment, current_actor(), lambda line: print_warnings([line]))
    ]
