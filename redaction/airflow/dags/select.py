"""The first task of an account's DAG: fixes the set, and waits for approval if it is far larger than earlier ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator

from redaction.airflow.dags.common import TASK, copier, open_deployment
from redaction.airflow.dags.note import leave_note, noting_refusal
from redaction.airflow.dags.requester import find_requester
from redaction.airflow.dags.second import answer_elsewhere, compose_body, find_poke
from redaction.errors import BadInput, RedactionError
from redaction.words import STEPS, say_activities

if TYPE_CHECKING:
    from airflow.sdk import DAG, Context

    from redaction.deployment import Deployment
    from redaction.gate.guard import Approval
    from redaction.pipeline.runs import RunRef


class SelectAged(ApprovalOperator):
    """Fixes the set of this run, every aged activity of the account.

    Waits in `awaiting_input` if the guard asks, with the counts of the run in the question; a no skips the other tasks.
    This task decides who may answer, however the answer came: an invalid answer leaves the question open.
    """

    template_fields = ()
    account_id: int
    placement: str

    def execute(self, context: Context) -> int:
        """Return the id of the run, or wait until an administrator who has not requested it has answered. With
        nothing due the other tasks are skipped.
        """
        from redaction.gate.guard import check_approval, find_approval
        from redaction.pipeline.run import describe_run
        from redaction.pipeline.runs import NOTHING_DUE

        with noting_refusal(context), open_deployment(self.placement) as deployment:
            self._redact_others(context, deployment)
            run = self._begin(context, deployment)
            asked = None
            if run.state == NOTHING_DUE:
                leave_note(describe_run(deployment.database, run.id))
            else:
                asked = find_approval(deployment.database, run.id)
                if asked is None or asked.approved is not None:
                    check_approval(deployment.database, run.id)
                    return run.id
                self._ask(deployment, asked)
        if asked is None:
            # One call for all of them, without a task of ours. Skips by raising, as waiting does.
            self.skip(context["ti"], self.get_flat_relatives(upstream=False))
        super().execute(context)
        return run.id

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Record the answer and the person; return the id of the run. Waits again if that person may not answer."""
        from redaction.errors import ApproverRefused
        from redaction.gate.guard import decide_approval, find_approval

        with noting_refusal(context), open_deployment(self.placement) as deployment:
            key = f"{context['dag_run'].dag_id}/{context['dag_run'].run_id}"
            for row in deployment.rows("list_asked", run_key=key) if "error" in event else ():
                if row["approved"] is False:
                    # Somebody has refused elsewhere, which ended the run.
                    super().execute_complete(context, answer_elsewhere(self.REJECT))
                    return row["run_id"]
            run_id = self._begin(context, deployment).id
            asked = find_approval(deployment.database, run_id)
            if "error" in event:
                self._end_waiting(context, deployment, asked, event)
                return run_id
            self.validate_chosen_options(event["chosen_options"])
            if asked is not None and asked.approved is None:
                who = (event["responded_by_user"] or {}).get("name")
                try:
                    asked = decide_approval(deployment, run_id, event["chosen_options"] == [self.APPROVE], who)
                except ApproverRefused as error:
                    self.log.warning("%s", error)
                    self._ask(deployment, asked)
        if asked is not None and asked.approved is None:
            super().execute(context)
        # The decision here or by `redaction approve` counts; the answer only ends the waiting.
        approved = asked is None or asked.approved
        super().execute_complete(context, {**event, "chosen_options": [self.APPROVE if approved else self.REJECT]})
        return run_id

    def _redact_others(self, context: Context, deployment: Deployment) -> None:
        """Redact what is due whatever its time, by runs of its own; a failure there does not stop this one."""
        from redaction.accounts.accounts import get_account
        from redaction.control.follow import follow_accounts, redact_ahead

        dag_run = context["dag_run"]
        if dag_run.conf:
            return
        requester = find_requester(dag_run)
        if requester is not None and get_account(deployment.database, self.account_id).needs_two:
            # The question about the run does not cover these: the schedule takes them.
            return
        records = follow_accounts(deployment, requester, self.log.warning, self.account_id)
        try:
            records += redact_ahead(deployment, self.account_id, requester)
        except RedactionError as error:
            self.log.warning("%s", error)
        for record in records:
            done = f"{say_activities(record['stripped_count'])} {record['policy']}"
            self.log.info("run %s of account %s: %s", record["id"], self.account_id, done)

    def _begin(self, context: Context, deployment: Deployment) -> RunRef:
        from redaction.pipeline.run import begin_run

        dag_run = context["dag_run"]
        if dag_run.conf:
            # Airflow keeps its arguments for good; nothing of ours may be read from them.
            raise BadInput(
                f"the DAG of account {self.account_id} takes no conf: nothing was changed; trigger it without"
            )
        key = f"{dag_run.dag_id}/{dag_run.run_id}"
        # A run triggered through the API need not have an interval: its cutoff is that of the latest run due.
        run = begin_run(
            deployment,
            self.account_id,
            dag_run.data_interval_end,
            str(dag_run.run_type.value),
            key,
            find_requester(dag_run),
        )
        self.log.info(
            "run %s of account %s: %s activities before %s",
            run.id,
            self.account_id,
            run.due_count,
            run.cutoff.isoformat(),
        )
        return run

    def _ask(self, deployment: Deployment, asked: Approval) -> None:
        """Put the question: the counts of this very run. It is open until the next run of the account is due."""
        from redaction.accounts.accounts import get_account
        from redaction.gate.guard import describe_set
        from redaction.gate.question import pose_question

        account = get_account(deployment.database, self.account_id)
        deployment.run("pose_approval", run_id=asked.run_id)
        question = pose_question(account, asked, describe_set(deployment.database, asked))
        self.subject, self.body = question.subject, compose_body(question, asked.run_id)
        self.response_timeout = self._find_timeout(deployment, asked)

    def _find_timeout(self, deployment: Deployment, asked: Approval) -> timedelta:
        """Return how long the task waits before it checks whether the question was answered elsewhere, or is over."""
        left = self._find_patience(deployment, asked)
        return find_poke() if left is None else min(find_poke(), max(left, timedelta(seconds=1)))

    def _find_patience(self, deployment: Deployment, asked: Approval) -> timedelta | None:
        """Return how long the question is open: until the next run is due, which asks for all of it. None: for ever."""
        from redaction.accounts.accounts import get_account
        from redaction.policy import latest_due, next_interval, stagger

        account, now = get_account(deployment.database, self.account_id), datetime.now(UTC)
        if not account.active:
            return None
        policy = account.policy().runs
        following = next_interval(policy, latest_due(policy, asked.asked_at).end).run_after
        return following + stagger(account.id, deployment.settings.stagger_min) - now

    def _end_waiting(
        self, context: Context, deployment: Deployment, asked: Approval | None, event: dict[str, Any]
    ) -> None:
        """Return if somebody has answered by now; wait again while the question is open, else raise."""
        from redaction.errors import ApprovalNeeded
        from redaction.pipeline.abandon import expire_question

        if event["error_type"] != "timeout" or asked is None:
            self.process_trigger_event_error(event)
            return
        if asked.approved:
            return
        left = self._find_patience(deployment, asked)
        if left is None or left > timedelta():
            self.response_timeout = self._find_timeout(deployment, asked)
            super().execute(context)
        expire_question(deployment, asked.run_id, self.dag_id)
        raise ApprovalNeeded(
            f"{asked.describe()}; nobody has answered before the next run was due: nothing was changed, "
            "and the next run asks for all of it"
        )


_copy_into = copier(
    SelectAged(
        task_id="select",
        task_display_name=STEPS["select"],
        subject="The run waits for approval",
        ignore_downstream_trigger_rules=True,
        # No task asks for the id of the run: each finds it by the DAG run.
        do_xcom_push=False,
        **TASK,
    )
)


def begin_with_aged(dag: DAG, account_id: int, placement: str) -> SelectAged:
    """Return the first task of the DAG of an account, which is at a placement."""
    first = _copy_into(dag)
    first.account_id = account_id
    first.placement = placement
    return first
