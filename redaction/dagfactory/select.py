"""The first task of an account's DAG: fixes the set, and waits for a person if it is far larger than those before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator

from redaction.dagfactory.common import TASK, copier, deployment

if TYPE_CHECKING:
    from airflow.sdk import DAG, Context

    from redaction.database import Database
    from redaction.settings import Settings


class SelectAged(ApprovalOperator):
    """Fixes the set of this run, every aged activity of the account; gives the id of the run to the other tasks.

    Parks in `awaiting_input` if the guard asks, with the preview in the question; a no skips the other tasks.
    """

    template_fields = ()
    account_id: int
    placement: str

    def execute(self, context: Context) -> int:
        """Return the id of the run, or park until somebody has answered."""
        from redaction.control.guard import check_approval, find_approval

        with deployment(self.placement) as (database, settings):
            run_id = self._begin(context, database, settings)
            asked = find_approval(database, run_id)
            if asked is None or asked.approved is not None:
                check_approval(database, run_id)
                return run_id
            self.subject = f"Account {self.account_id}: far more than usual is due"
            self.body = self._preview(database, settings, asked.describe(), context)
        # Parks by raising: there is nothing to return.
        super().execute(context)
        return run_id

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Keep the answer and whose it is; return the id of the run."""
        from redaction.control.guard import decide_approval, find_approval

        answer = super().execute_complete(context, event)
        with deployment(self.placement) as (database, settings):
            run_id = self._begin(context, database, settings)
            asked = find_approval(database, run_id)
            if asked is not None and asked.approved is None:
                who = (answer["responded_by_user"] or {}).get("name") or "somebody unknown to Airflow"
                decide_approval(database, settings, run_id, answer["chosen_options"] == [self.APPROVE], who)
        return run_id

    def _begin(self, context: Context, database: Database, settings: Settings) -> int:
        from redaction.accounts import get_account
        from redaction.pipeline.run import begin_run
        from redaction.policy import latest_due

        dag_run = context["dag_run"]
        # A run triggered through the API may come without an interval; the rule is the same.
        cutoff = (
            dag_run.data_interval_end
            or latest_due(get_account(database, self.account_id).policy(), dag_run.run_after).cutoff
        )
        key = f"{dag_run.dag_id}/{dag_run.run_id}"
        run = begin_run(database, settings, self.account_id, cutoff, str(dag_run.run_type.value), key)
        self.log.info(
            "run %s of account %s: %s activities before %s", run.id, self.account_id, run.due_count, cutoff.isoformat()
        )
        return run.id

    def _preview(self, database: Database, settings: Settings, question: str, context: Context) -> str:
        from redaction.pipeline.preview import preview_due

        told = preview_due(database, settings, self.account_id, context["dag_run"].run_after)
        rows = {
            **{f"activities: {kind}": count for kind, count in told.by_kind.items()},
            "held, not among them": told.held,
            "objects": told.objects,
            **{f"rows of report {name} that change": count for name, count in told.report_rows.items()},
        }
        table = "\n".join(f"| {what} | {count:,} |" for what, count in rows.items())
        return f"{question}. **It cannot be undone.**\n\n| what | how many |\n| --- | --- |\n{table}\n"


_copy_into = copier(
    SelectAged(
        task_id="select_aged", subject="Far more than usual is due", ignore_downstream_trigger_rules=True, **TASK
    )
)


def begin_with_aged(dag: DAG, account_id: int, placement: str) -> SelectAged:
    """Return the first task of the DAG of an account, which is at a placement."""
    first = _copy_into(dag)
    first.account_id = account_id
    first.placement = placement
    return first
