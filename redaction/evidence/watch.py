"""What should be gone or decided by now and is not: read from the data, never from what a job reports about itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from redaction.accounts.accounts import get_account, list_accounts
from redaction.accounts.status import ALL, list_account_status
from redaction.db.outflow import list_publications
from redaction.deployment import Deployment
from redaction.erasure.residue import list_residue
from redaction.errors import RedactionError
from redaction.evidence.figures import Figure, find_hours
from redaction.evidence.raw_files import count_raw_files, keep_raw_files, read_raw_files
from redaction.ledger.checked import keep_check, read_check
from redaction.ledger.verify import verify_ledger
from redaction.policy import latest_due

OUTSIDE = 1_000  # so many of the last ledger rows are compared with the copy outside
_TOLD_BEFORE = timedelta(days=14)
"""How long before the end of a hold the watch reports it."""
_NAMED = 3
_VERIFY = "`redaction ledger verify` names the first bad row; `redaction ledger replay` after a restore"
_COUNTED = (
    (
        "objects",
        "overdue_objects",
        "watch_object_h",
        "see why the store keeps them: `redaction object list`, `redaction store check`; `redaction erase-residue` "
        "tries them again",
    ),
    (
        "objects elsewhere",
        "objects_outside_stores",
        "watch_downstream_d",
        "have them erased there, then `redaction object done RUN --place PLACE`; or declare a store",
    ),
    (
        "unfinished runs",
        "unfinished",
        "watch_unfinished_h",
        "clear the task that failed, or start the run again; if it cannot end: `redaction abandon RUN --reason TICKET`",
    ),
    (
        "unfinished moves",
        "list_moving",
        "watch_unfinished_h",
        "`redaction account move ACCOUNT --to PLACEMENT` goes on with it",
    ),
    (
        "runs that wait for a person",
        "open_approvals",
        "watch_approval_h",
        "answer the question in Airflow, or `redaction approve RUN`: an administrator who has not requested it",
    ),
    (
        "accounts being closed",
        "open_closings",
        "watch_hold_d",
        "`redaction account close ACCOUNT` says what it waits for, and goes on",
    ),
    (
        "holds",
        "open_holds",
        "watch_hold_d",
        "ask whether the hold is still needed: `redaction hold list`, `redaction hold release`",
    ),
    (
        "records elsewhere",
        "open_downstream",
        "watch_downstream_d",
        "have them erased there, then `redaction downstream done`",
    ),
)
_UNFETCHED = ("accounts not fetched", "uncollected", "watch_unfinished_h", "`redaction collect ACCOUNT` says why")
"""What a statement counts: its name, the setting with the tolerated age, what to do."""


def watch(deployment: Deployment, now: datetime | None = None) -> list[Figure]:
    """Return every figure as of an instant (default: now); accounts in order of their ids.

    A ledger that cannot be read counts as late, because nobody knows what it would show.
    """
    at = now or datetime.now(UTC)
    raw = count_raw_files(deployment, at)
    # The pages work without them.
    with suppress(RedactionError):
        keep_raw_files(deployment.settings, raw)
    return [*_overdue(deployment, at), *list_open(deployment, at), *_ledger(deployment), *raw]


def list_open(deployment: Deployment, at: datetime) -> list[Figure]:
    """Return the figures that are fast enough for a page: no look at every account, every ledger row, or a file."""
    return [
        *_count_redacted_at_source(deployment, at),
        *_count_ahead(deployment, at),
        *_count_texts(deployment),
        *_count(deployment, at, *_UNFETCHED, agency_ids=list(deployment.settings.collectors)),
        *(figure for row in _COUNTED for figure in _count(deployment, at, *row)),
        *_ending_holds(deployment, at),
        *_open_requests(deployment, at),
        *_kept_answers(deployment, at),
        _residue(deployment, at),
        *_publications(deployment),
    ]


def list_checked(deployment: Deployment) -> list[Figure]:
    """Return the figures of the ledger and of raw files from the last check: a new check is too slow for a page."""
    checked = read_check(deployment.settings)
    ledger = [] if checked is None else _tell_check(checked.first_bad, checked.unrecorded)
    return [*ledger, *read_raw_files(deployment.settings)]


def list_late(figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures that are late."""
    return [figure for figure in figures if figure.late]


def _overdue(deployment: Deployment, at: datetime) -> Iterator[Figure]:
    """Yield, for each account that redacts automatically, the overdue activities, and the overdue recordings if it
    has a clock for them.
    """
    for status in list_account_status(deployment, list_accounts(deployment.database), at, ALL):
        account_id, since = status.account.id, status.overdue_since
        if status.cutoff is None:
            continue
        hint = f"see why its DAG did not run, or `redaction run {account_id}`"
        overdue = status.overdue
        yield Figure("overdue activities", account_id, overdue, since, find_hours(at, since), overdue > 0, hint)
        if status.account.recordings_period is not None:
            left = status.overdue_recordings
            yield Figure("overdue recordings", account_id, left, None, 0.0, left > 0, hint)


def _count_redacted_at_source(deployment: Deployment, at: datetime) -> Iterator[Figure]:
    """Yield, for each account, activities redacted at the source and not here: late only if the account follows its
    source.
    """
    tolerance = timedelta(hours=deployment.settings.watch_overdue_h)
    for row in deployment.rows("redacted_at_source"):
        account_id, since, due_since = row["account_id"], row["since"], row["due_since"]
        late = row["follows"] and due_since is not None and at - due_since > tolerance
        hint = (
            f"`redaction run {account_id} --source` redacts what no hold keeps"
            if row["follows"]
            else f"`redaction account set {account_id} --follow-source` has it redacted here too; or redact by hand"
        )
        yield Figure("redacted at the source", account_id, row["found"], since, find_hours(at, since), late, hint)


def _count_ahead(deployment: Deployment, at: datetime) -> Iterator[Figure]:
    """Yield, for each account, activities dated in the future: late if they are old enough since they were loaded."""
    tolerance = timedelta(hours=deployment.settings.watch_overdue_h)
    hint = "look at the clock of its source; the account's runs redact by when it was loaded"
    for row in deployment.rows("dated_ahead"):
        account, since = get_account(deployment.database, row["account_id"]), row["since"]
        late = account.active and since < latest_due(account.policy(), at - tolerance).cutoff
        yield Figure("dated in the future", account.id, row["found"], since, find_hours(at, since), late, hint)


def _count_texts(deployment: Deployment) -> Iterator[Figure]:
    """Yield, for each account, the undecided texts, and callers' names that are words of the business: never late,
    since they block nothing.
    """
    for row in deployment.rows("undecided_texts"):
        account_id = row["account_id"]
        hint = f"`redaction texts list {account_id}`, then keep or cut each: an administrator of the account"
        yield Figure("texts to decide on", account_id, row["found"], None, 0.0, False, hint)
    for row in deployment.rows("count_common_names"):
        account_id = row["account_id"]
        hint = (
            "their words stay in texts, which the reports of the account show; a person's: "
            f"`redaction texts cut {account_id} --reason TEXT` takes the text from standard input"
        )
        yield Figure("names of the business's words", account_id, row["found"], None, 0.0, False, hint)


def _count(
    deployment: Deployment, at: datetime, what: str, statement: str, setting: str, hint: str, **given: Any
) -> Iterator[Figure]:
    length: int = getattr(deployment.settings, setting)
    tolerance = timedelta(days=length) if setting.endswith("_d") else timedelta(hours=length)
    for row in deployment.rows(statement, **given):
        since = row["since"]
        yield Figure(what, row["account_id"], row["found"], since, find_hours(at, since), at - since > tolerance, hint)


def _ending_holds(deployment: Deployment, at: datetime) -> Iterator[Figure]:
    """Yield, for each account, the holds that end soon: late if the end has passed and the hold has not ended."""
    tolerance = timedelta(hours=deployment.settings.watch_unfinished_h)
    for row in deployment.rows("ending_holds", before=at + _TOLD_BEFORE):
        ends = row["expires_at"]
        hint = (
            f"hold {row['hold_id']} ends by itself on {ends:%Y-%m-%d %H:%M} UTC, and what it keeps is due then: "
            "place another one if it is still needed"
        )
        yield Figure("holds that end", row["account_id"], row["found"], None, 0.0, at - ends > tolerance, hint)


def _open_requests(deployment: Deployment, at: datetime) -> Iterator[Figure]:
    for row in deployment.rows("open_requests"):
        due, first = row["deadline"], row["first_id"]
        hint = (
            f"request {first} is answered and still has the person's number or address: send the answer by "
            f"{due:%Y-%m-%d}, then `redaction request close {first}`"
            if row["first_state"] == "answered"
            else f"request {first} is due by {due:%Y-%m-%d}: `redaction request find {first}` shows what is kept"
        )
        late = at > due
        yield Figure("requests of persons", None, row["found"], row["since"], find_hours(at, row["since"]), late, hint)


def _kept_answers(deployment: Deployment, at: datetime) -> Iterator[Figure]:
    tolerance = timedelta(hours=deployment.settings.watch_unfinished_h)
    for row in deployment.rows("kept_answers"):
        late = at - row["expires_at"] > tolerance
        hint = "their makers fetch them; `retention_watch` deletes them when their time is over"
        yield Figure("answers kept", None, row["found"], row["since"], find_hours(at, row["since"]), late, hint)


def _residue(deployment: Deployment, at: datetime) -> Figure:
    residue = list_residue(deployment)
    hours = max((item.hours for item in residue), default=0.0)
    late = any(item.late for item in residue)
    since = at - timedelta(hours=hours) if residue else None
    hint = "see why `redaction erase-residue` leaves the partitions"
    return Figure("copies on disk", None, len(residue), since, round(hours, 1), late, hint)


def _ledger(deployment: Deployment) -> Iterator[Figure]:
    try:
        verified = verify_ledger(deployment, OUTSIDE)
    except RedactionError as error:
        yield Figure("breaks of the ledger", None, 1, None, 0.0, True, str(error))
        return
    # The pages work without it.
    with suppress(RedactionError):
        keep_check(deployment.settings, verified, "retention_watch")
    yield from _tell_check(verified.first_bad, verified.unrecorded)


def _tell_check(first_bad: int | None, missing: Sequence[str]) -> Iterator[Figure]:
    bad = first_bad is not None
    yield Figure("breaks of the ledger", None, int(bad), None, 0.0, bad, _VERIFY)
    hint = "; ".join((*missing[:_NAMED], "`redaction ledger verify` names all: rows were removed, find out by whom"))
    yield Figure("acts without a row of the ledger", None, len(missing), None, 0.0, bool(missing), hint)


def _publications(deployment: Deployment) -> Iterator[Figure]:
    with deployment.transaction("redaction_worker") as session:
        found = list_publications(session)
    if found:
        hint = f"{', '.join(found)}: have the values erased where it sends them, or drop it"
        yield Figure("sent elsewhere", None, len(found), None, 0.0, deployment.settings.publications == "refuse", hint)
