"""The list *Needs somebody*: late accounts, failed runs, questions, and open work, each with a link to its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from redaction.accounts.status import AccountStatus
from redaction.evidence.figures import FIGURES, Figure, say_figure
from redaction.failures import explain
from redaction.gate.question import Question
from redaction.settings import DEFAULT
from redaction.web.accounts import MOST
from redaction.words import ACCOUNT_STATES, Word, say_count

_EACH = 5
"""So many accounts of one kind of need are named; the others are counted."""
_PAGES: Mapping[str, tuple[str, str]] = {
    "redacted at the source": ("", "See the account"),
    "dated in the future": ("", "See the account"),
    "texts to decide on": ("/texts", "Decide"),
    "objects": ("/elsewhere", "See which"),
    "objects elsewhere": ("/elsewhere", "Mark as erased"),
    "records elsewhere": ("/elsewhere", "Mark as erased"),
    "accounts being closed": ("", "See the account"),
    "holds": ("/holds", "Review"),
    "holds that end": ("/holds", "Review"),
    "unfinished moves": ("", "See the account"),
    "requests of persons": ("/find", "Answer"),
    "answers kept": ("/find", "Fetch"),
    "copies on disk": ("/copies", "Details"),
    "sent elsewhere": ("/copies", "Details"),
    "accounts not fetched": ("/incoming", "See why"),
    "quarantined records": ("/incoming", "See which"),
    "raw files": ("/incoming", "See why"),
    "breaks of the ledger": ("/ledger", "See what"),
    "acts without a row of the ledger": ("/ledger", "See what"),
}
"""By figure: the page below that of the account or of all, and the label of the link. Other figures count as states
of an account.
"""
_OF_ALL = {"/elsewhere", "/holds", "/find", "/copies", "/incoming", "/ledger"}
"""Pages that also exist for all accounts."""
_OF_PLACEMENT = _OF_ALL - {"/find"}
"""Those of them that show one placement at a time."""
_ONLY_OF_ALL = {"/find", "/incoming", "/ledger"}
"""Those of them that do not exist for a single account."""
_ONLY_LATE = {"holds", "accounts not fetched", "quarantined records", "raw files"}
"""Figures that are no need before they are late."""


def at_placement(path: str, placements: Collection[str]) -> str:
    """Return the address of a page that shows one placement at a time, at a placement that has something."""
    return path if DEFAULT in placements or not placements else f"{path}?placement={min(placements)}"


@dataclass(frozen=True)
class Need:
    """Work that waits for a person; `account` is None if it is about several, `path` is below the pages' prefix."""

    word: Word
    text: str
    account: tuple[int, str] | None
    since: datetime | None
    path: str
    action: str


def list_needs(
    statuses: Sequence[AccountStatus],
    figures: Mapping[str, Iterable[Figure]],
    questions: Mapping[int, tuple[int, Question]],
    paused: Mapping[int, datetime],
) -> list[Need]:
    """Return the needs, worst first. `figures` are by placement; `questions` have, by account, the waiting run and
    its question; `paused` has, by account, since when it alone is paused.
    """
    names = {status.account.id: status.account.name for status in statuses}
    return [
        *_tell_accounts(statuses, "late", questions),
        *_tell_accounts(statuses, "failed", questions),
        *_tell_accounts([one for one in statuses if one.account.id in paused], "paused", questions, paused),
        *_tell_accounts(statuses, "waits", questions),
        *_tell_figures(figures, names),
    ]


def _tell_accounts(
    statuses: Sequence[AccountStatus],
    state: str,
    questions: Mapping[int, tuple[int, Question]],
    paused: Mapping[int, datetime] = MappingProxyType({}),
) -> Iterable[Need]:
    found = [status for status in statuses if _is(status, state)]
    found.sort(key=lambda status: (-status.overdue, status.account.id))
    word = ACCOUNT_STATES[state]
    for status in found[:_EACH]:
        text, since, path, action = _tell(status, state, questions.get(status.account.id))
        account = status.account.id, status.account.name
        yield Need(word, text, account, paused.get(account[0], since), path, action)
    if (more := len(found) - _EACH) > 0:
        text = f"and {say_count(more, 'other account', 'other accounts')}"
        yield Need(word, text, None, None, f"/accounts?state={state}", "See all")


def _is(status: AccountStatus, state: str) -> bool:
    """Say whether an account is in a state, even if a worse state hides it."""
    stopped = status.paused and status.cutoff is not None
    return {"late": status.is_late, "failed": status.has_failed, "paused": stopped, "waits": status.waits}[state]


def _tell(
    status: AccountStatus, state: str, asked: tuple[int, Question] | None
) -> tuple[str, datetime | None, str, str]:
    home = f"/accounts/{status.account.id}"
    where = f"?placement={status.placement}" if status.placement != "default" else ""
    if state == "late":
        counts = {"overdue activities": status.overdue, "overdue recordings": status.overdue_recordings}
        text = ", ".join(say_figure(what, count, MOST - 1) for what, count in counts.items() if count)
        return text, status.overdue_since, home, "See why"
    if state == "paused":
        return "Nothing of it is redacted until somebody ends the pause", None, home, "See why"
    if state == "waits":
        if asked is None:
            return "A run waits until somebody approves it", None, f"{home}/runs", "Answer"
        run_id, question = asked
        text = f"{question.size[0].upper()}{question.size[1:]}. {question.why}"
        since = status.run_at if status.run_id == run_id else None
        return text, since, f"/runs/{run_id}{where}", "Answer"
    failure = explain(status.run_failure, status.run_step)
    said = failure.sentence if failure else "The last run failed"
    return said, status.run_at, f"/runs/{status.run_id}{where}", f"Run {status.run_id}"


def _tell_figures(figures: Mapping[str, Iterable[Figure]], names: Mapping[int, str]) -> Iterable[Need]:
    """Yield a need for each figure that is not zero, over all accounts; one for each placement if the page shows one
    at a time.
    """
    found: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for placement, of_placement in figures.items():
        for figure in of_placement:
            if figure.what in _PAGES and (figure.late if figure.what in _ONLY_LATE else figure.count):
                where = placement if _PAGES[figure.what][0] in _OF_PLACEMENT else DEFAULT
                found[figure.what, where].append(figure)
    for (what, placement), parts in found.items():
        path, action = _PAGES[what]
        accounts = {figure.account_id for figure in parts}
        most = max(parts, key=lambda figure: figure.count)
        # No page shows them of all accounts: begin where most of them are.
        apart = len(accounts) > 1 and None not in accounts and path not in _OF_ALL
        single = most.account_id if len(accounts) == 1 or apart else None
        since = min((figure.since for figure in parts if figure.since is not None), default=None)
        word, of = FIGURES[what][0], say_count(len(accounts), "account", "accounts")
        if any(figure.late for figure in parts) and word.tone == "info":
            word = Word(word.text, "due")
        yield Need(
            word,
            say_figure(what, sum(figure.count for figure in parts))
            + (f" in {of}, {most.count:,} of them in this one" if apart else "")
            + (f", at {placement}" if placement != DEFAULT else ""),
            (single, names.get(single, "")) if single is not None else None,
            since,
            _address(path, single, placement),
            action,
        )


def _address(path: str, account_id: int | None, placement: str) -> str:
    if account_id is None or path in _ONLY_OF_ALL:
        return at_placement(path, {placement}) if path in _OF_ALL else "/accounts"
    if path in ("/elsewhere", "/copies"):
        return f"{path}?account={account_id}"
    return f"/accounts/{account_id}{path}"
