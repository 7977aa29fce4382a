"""DAGs that a person triggers, and their task that waits where an account needs two people."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.utils.types import DagRunType

from redaction.airflow.dags.common import TASK, open_deployment
from redaction.airflow.dags.note import noting_refusal
from redaction.settings import load_settings
from redaction.web.address import PAGES, base_path
from redaction.words import say_activities

if TYPE_CHECKING:
    from airflow.sdk import Context

    from redaction.gate.guard import Approval
    from redaction.gate.question import Question

BY_HAND: dict[str, Any] = {
    "schedule": None,
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,
    "is_paused_upon_creation": False,
    "allowed_run_types": DagRunType.MANUAL,
    "tags": ["redaction"],
}
"""The arguments of a DAG that runs only when somebody triggers it."""
ASKED: dict[str, Any] = {
    "subject": "Another administrator has to agree",
    "ignore_downstream_trigger_rules": True,
    **TASK,
}
"""The arguments of its first task."""
Waiting = Sequence[tuple[str | None, "Approval"]]
"""The runs that wait for approval, each with its placement (None: that of its account)."""


class ParkedQuestion(ApprovalOperator):
    """A question whose task waits; after a while the task checks whether it was answered elsewhere."""

    template_fields = ()

    def _park(self, context: Context) -> None:
        self.response_timeout = find_poke()
        # Waits by raising.
        super().execute(context)


class AskSecond(ParkedQuestion):
    """Does its work; while runs of it wait for another administrator, it waits in `awaiting_input`. A no skips the
    rest.

    This task and the database decide who may answer, however the answer came: an invalid answer leaves the question
    open.
    """

    @abstractmethod
    def work(self, context: Context) -> Waiting:
        """Do the work as far as possible, again if it was begun; return what waits for approval."""

    def tell(self, context: Context) -> Any:
        """Return what the task gives to those after it."""

    @abstractmethod
    def find_asked(self, context: Context) -> list[bool | None]:
        """Return the answers to the questions in Airflow, however they came; None for a missing one."""

    def execute(self, context: Context) -> Any:
        """Do the work, or wait until an administrator who has not requested it has answered."""
        with noting_refusal(context):
            self._work_or_park(context)
            return self.tell(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Record the answer and the person, and continue. Waits again if that person may not answer."""
        with noting_refusal(context):
            return self._complete(context, event)

    def _complete(self, context: Context, event: dict[str, Any]) -> Any:
        from redaction.errors import ApproverRefused
        from redaction.gate.guard import decide_approval

        if "error" in event:
            return self._look_again(context, event)
        self.validate_chosen_options(event["chosen_options"])
        approved = event["chosen_options"] == [self.APPROVE]
        who = (event["responded_by_user"] or {}).get("name")
        for placement, asked in self.work(context):
            # The answer is one to the named questions. Runs that started since then are asked about again.
            if asked.posed_at is None:
                continue
            with open_deployment(placement, asked.account_id) as deployment:
                try:
                    decide_approval(deployment, asked.run_id, approved, who)
                except ApproverRefused as error:
                    self.log.warning("%s", error)
                    self._work_or_park(context)
        if approved:
            self._work_or_park(context)
        super().execute_complete(context, event)
        return self.tell(context)

    def _look_again(self, context: Context, event: dict[str, Any]) -> Any:
        """Continue if all questions are answered on a page or by command; else wait again, with the same question."""
        if event["error_type"] != "timeout":
            self.process_trigger_event_error(event)
        answers = self.find_asked(context)
        if None in answers:
            self._park(context)
        if answers and not any(answers):
            super().execute_complete(context, answer_elsewhere(self.REJECT))
            return self.tell(context)
        self._work_or_park(context)
        return self.tell(context)

    def _work_or_park(self, context: Context) -> None:
        waiting = self.work(context)
        if not waiting:
            return
        questions = [_pose(placement, asked) for placement, asked in waiting]
        if len(questions) == 1:
            self.subject, self.body = questions[0].subject, compose_body(questions[0], waiting[0][1].run_id)
        else:
            activities = say_activities(sum(asked.due_count for _, asked in waiting))
            self.subject = f"{activities} of {len(waiting)} accounts: another administrator has to agree"
            subjects = "\n".join(f"- {question.subject}" for question in questions)
            self.body = f"{subjects}\n\n{compose_body(questions[0])}"
        self._park(context)


def find_poke() -> timedelta:
    """Return how long a question waits before its task checks whether it was answered elsewhere."""
    return timedelta(seconds=load_settings().question_poke_s)


def answer_elsewhere(chosen: str) -> dict[str, Any]:
    """Return the event of an answer that has not come by Airflow."""
    return {
        "chosen_options": [chosen],
        "params_input": {},
        "responded_at": datetime.now(UTC),
        "responded_by_user": None,
    }


def _pose(placement: str | None, asked: Approval) -> Question:
    """Record that people are asked about a run, and return the question."""
    from redaction.accounts.accounts import get_account
    from redaction.gate.guard import describe_set
    from redaction.gate.question import pose_question

    with open_deployment(placement, asked.account_id) as deployment:
        account = get_account(deployment.database, asked.account_id)
        deployment.run("pose_approval", run_id=asked.run_id)
        return pose_question(account, asked, describe_set(deployment.database, asked))


def compose_body(question: Question, run_id: int | None = None) -> str:
    """Return the text of a question in Airflow (Markdown); without `run_id` that of several runs at once."""
    lines = [question.why, question.takes] if run_id is not None else [question.why]
    lines += [f"**Approve**: {question.approve}", f"**Reject**: {question.reject}"]
    lines.append("Only the answer of an administrator of the account counts who has not requested the run.")
    if run_id is not None:
        lines.append(f"[Run {run_id} on the pages of Redaction]({base_path()}{PAGES}/runs/{run_id})")
    return "\n\n".join(line for line in lines if line)
