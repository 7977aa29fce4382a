"""The question about a run that waits for approval: the same words in Airflow, on pages, in mails and commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redaction.accounts.accounts import Account
from redaction.gate.guard import Approval, RunSet
from redaction.words import KINDS, say_activities, say_count, say_time, say_zone


@dataclass(frozen=True)
class Question:
    """Whether a run may redact: which run it is, why it waits, what it would take, the effect of each answer.

    It has only counts, ids and names of accounts and administrators. `takes` is "" if the set was not counted.
    """

    subject: str
    size: str
    why: str
    takes: str
    approve: str
    reject: str

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the lines below the subject, a sentence or two a line."""
        answers = (f"Approve: {self.approve}", f"Reject: {self.reject}")
        return tuple(line for line in (self.why, self.takes, *answers) if line)


def pose_question(account: Account, asked: Approval, found: RunSet | None = None) -> Question:
    """Return the question about a run of an account in words; `found`, the counts of its set, makes it exact."""
    size = _say_size(asked)
    closing, again = asked.kind == "closing", asked.kind in ("automatic", "source")
    then = "the schedule takes it" if asked.ground == "two people" else "the next run asks again"
    act = "closes the account and redacts them" if closing else "redacts them"
    return Question(
        subject=f"{account.name or 'Account'} ({account.id}): {size}",
        size=size,
        why=_say_why(asked),
        takes="" if found is None else _say_set(account, asked, found),
        approve=f"{act} now, for good.",
        reject=f"redacts nothing; {then if again else 'the requester has to ask again'}.",
    )


def say_next(asked: Approval) -> str:
    """Return what happens after the answer to a question."""
    if asked.approved is False:
        return "refused, nothing was changed; what was due is due with the next run"
    key = asked.run_key or ""
    if key.startswith("request_"):
        number = key.partition("/")[0].removeprefix("request_")
        return f"approved; `redaction request erase {number} --acknowledge-irreversible` goes on with it"
    if key:
        return "approved; any answer to its question in Airflow lets it go on"
    command = {"closing": "account close {}", "source": "run {} --source"}.get(asked.kind, "run {}")
    return f"approved; `redaction {command.format(asked.account_id)}` goes on with it"


def _say_size(asked: Approval) -> str:
    what = {"closing": "closing, ", "manual": "by hand, ", "source": "redacted at the source, "}.get(asked.kind, "")
    first = "first run, " if asked.first_run and asked.ground == "guard" and not what else ""
    size = say_count(asked.due_count, "activity", "activities")
    if asked.recordings_due:
        size += f" and the recordings of {asked.recordings_due:,} more"
    return f"{first or what}{size}"


def _say_why(asked: Approval) -> str:
    who = f"{asked.requested_by} asked for it. " if asked.requested_by else ""
    if asked.kind == "closing":
        return f"{who}The closing of an account needs a second administrator."
    if asked.ground == "two people":
        return f"{who}The account wants two people for what cannot be undone."
    if asked.kind == "source":
        if asked.within_day <= asked.explained:
            return f"{who}An earlier run of what the source has redacted was not approved."
        day = f"{asked.within_day:,} within a day, and " if asked.on_day else ""
        return f"{who}The source has redacted far more than usual: {day}{asked.explained:,} a day are explained."
    if max(asked.due_count, asked.recordings_due) <= asked.explained:
        return (
            f"{who}Its earlier runs explain {say_activities(asked.explained)}. Including what is due later, newly held "
            "or was redacted at the same cutoff, it is more."
        )
    if asked.first_run:
        return f"{who}First runs of more than {asked.explained:,} wait for a person."
    return f"{who}Its earlier runs explain {asked.explained:,}. Runs of more wait for a person."


def _say_set(account: Account, asked: Approval, found: RunSet) -> str:
    kinds = _say_kinds(found.by_kind) or "no activity"
    objects = say_count(found.objects, "recording or file", "recordings and files")
    if asked.kind != "automatic":
        held = f"; {found.held:,} on hold, which stay: the closing waits for them" if found.held else ""
        return f"{kinds[0].upper()}{kinds[1:]}; {objects}{held if asked.kind == 'closing' else ''}."
    before = f"Before {say_time(asked.cutoff, account.timezone)} ({say_zone(account.timezone)})"
    return f"{before}: {kinds}; {objects}; {found.held:,} on hold, which stay."


def _say_kinds(by_kind: Mapping[str, int]) -> str:
    return ", ".join(say_count(by_kind[kind], *words) for kind, words in KINDS.items() if by_kind.get(kind))
