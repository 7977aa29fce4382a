"""A task of a run after its first: does one step. It is a class of its own, since a parse of thousands of DAGs pays
for what a decorated function carries.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias, BaseOperator

from redaction.airflow.dags.common import TASK, copier, name_at, open_deployment
from redaction.airflow.dags.note import leave_note
from redaction.pipeline.steps import STEPS
from redaction.words import STEPS as WORDS

if TYPE_CHECKING:
    from airflow.sdk import Context

    from redaction.deployment import Deployment

log = logging.getLogger(__name__)

POOL = "redaction_strips"
"""The pool that limits the strips at work at the default placement; those of others have their name added."""
_NEVER_SET = {
    *("do_xcom_push", "template_fields", "template_ext", "template_fields_renderers", "render_template_as_native_obj"),
    *("multiple_outputs", "map_index_template", "is_setup", "is_teardown", "start_from_trigger", "start_trigger_args"),
    *("allow_nested_operators", "inlets", "params", "resources", "ui_color", "ui_fgcolor", "end_date"),
    *("doc", "doc_json", "doc_rst", "doc_yaml", "email", "email_on_failure", "email_on_retry"),
    *("ignore_first_depends_on_past", "wait_for_past_depends_before_skipping", "wait_for_downstream"),
    *("on_failure_fail_dagrun", "_logger_name", "_pre_execute_hook", "_post_execute_hook"),
}
"""Not even by a policy of the deployment: sensors, templates, and what only the worker reads."""
_COUNTS = ("due_count", "stripped_count", "objects", "by_kind", "by_category", "erasure_level")


class RunStep(BaseOperator):
    """Does the step of its task id for the run that was begun under the key of its DAG run. The last one gives
    followers of the account's asset ids, counts and the position in the ledger, never a value.
    """

    template_fields = ()
    placement: str | None = None
    """The account's placement; None if only the parameter `account` of the run names the account."""

    @classmethod
    @cache
    def get_serialized_fields(cls) -> frozenset[str]:
        """Return the names of a step's fields for Airflow's serialised DAG, without those that are never set: with
        10,000 accounts, these would be checked 40,000 times.
        """
        return frozenset(super().get_serialized_fields() - _NEVER_SET)

    def execute(self, context: Context) -> None:
        """Do the step; leave the note of the run if that is its end."""
        from redaction.errors import RedactionError
        from redaction.ledger.entries import find_entry
        from redaction.pipeline.run import describe_run, run_step

        step: Any = self.task_id
        with open_deployment(self.placement or None, context["params"].get("account")) as deployment:
            run_id = self._find_run(context, deployment)
            try:
                counts = run_step(deployment, run_id, step)
            except RedactionError:
                leave_note(describe_run(deployment.database, run_id))
                raise
            record = describe_run(deployment.database, run_id)
            if record["state"] == "succeeded":
                leave_note(record)
            entry = find_entry(deployment.database, run_id) if self.outlets else None
        log.info("run %s: %s: %s", run_id, step, ", ".join(f"{count} {what}" for what, count in counts.items()))
        if self.outlets:
            facts = {name: record[name] for name in ("id", "account_id", "kind", *_COUNTS)}
            facts |= {"ledger_position": entry.position if entry else None}
            events, asset = context["outlet_events"], account_asset(record["account_id"])
            for outlet in self.outlets:
                if isinstance(outlet, AssetAlias):
                    events[outlet].add(asset, extra=facts)
                else:
                    events[outlet].extra = facts

    def _find_run(self, context: Context, deployment: Deployment) -> int:
        """Return the run of this DAG run. The value of the first task is not used: anybody who may write an XCom
        could name the run of another account.
        """
        from redaction.errors import BadInput, NotAllowed

        dag_run = context["dag_run"]
        rows = deployment.rows("find_run", run_key=f"{dag_run.dag_id}/{dag_run.run_id}")
        (first,) = self.dag.roots
        if not rows:
            raise BadInput(
                f"{first.task_id} has begun no run for {self.task_id}: clear {first.task_id} and what follows"
            )
        account_id = getattr(first, "account_id", None) or context["params"]["account"]
        if rows[0]["account_id"] != account_id:
            raise NotAllowed(
                f"run {rows[0]['id']} is of account {rows[0]['account_id']}, not of account {account_id}: nothing was "
                "changed; trigger a run with another id"
            )
        return int(rows[0]["id"])


def account_asset(account_id: int) -> Asset:
    """Return the asset that every run of an account updates, for other DAGs to follow."""
    return Asset(name=f"redaction_account_{account_id}", uri=f"redaction://account/{account_id}")


_COPIERS = [copier(RunStep(task_id=step, task_display_name=WORDS[step], do_xcom_push=False, **TASK)) for step in STEPS]


def chain_steps(first: BaseOperator, outlet: Asset | AssetAlias, placement: str | None = None) -> None:
    """Put the steps after the first task of a DAG, in order; the last one updates `outlet`: the asset of the
    account, or an alias if only the run knows the account.
    """
    before: BaseOperator = first
    for copy_into in _COPIERS:
        after = copy_into(first.dag)
        after.placement = placement
        if placement is not None and after.task_id == "strip":
            after.pool = name_at(POOL, placement)
        before >> after
        before = after
    before.outlets = [outlet]
