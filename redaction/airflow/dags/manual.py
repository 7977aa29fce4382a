"""The DAG `redact_on_demand`: manual redaction from a form; after its first task it is a run like any other."""

from __future__ import annotations

import logging
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, AssetAlias, Param

from redaction.airflow.dags.common import link_page, open_deployment
from redaction.airflow.dags.requester import find_requester
from redaction.airflow.dags.second import ASKED, BY_HAND, AskSecond, Waiting
from redaction.airflow.dags.sources import check_source
from redaction.airflow.dags.step import chain_steps
from redaction.control.form import FORM

if TYPE_CHECKING:
    from airflow.sdk import Context

    from redaction.deployment import Deployment
    from redaction.pipeline.runs import RunRef

log = logging.getLogger(__name__)

DAG_ID = "redact_on_demand"
_ASSET = "redaction_account_on_demand"
_WORDS: dict[str, dict[str, Any]] = {
    "account": {"title": "Account", "description": "Id of the account."},
    "activity_ids": {
        "title": "Activities",
        "description": "Ids of activities of this account, one a line.",
    },
    "content": {
        "default": True,
        "title": "Redact content of this activity",
        "description": "The named activities themselves.",
    },
    "past_from_contact": {
        "default": False,
        "title": "Redact past activities from this contact",
        "description": "All that their contacts did, calls, texts, chats and forms, up to and including their time.",
    },
    "acknowledged": {
        "default": False,
        "title": "I know that redacted data cannot be recovered",
        "description": "Must be on; otherwise nothing begins and nothing is changed.",
    },
    "reason": {
        "title": "Reason",
        "description": "Kept for good: name a ticket, never a person, a number or an address.",
    },
    "expect": {
        "default": None,
        "title": "Digest of the preview",
        "section": "From a preview",
        "description": (
            "The log's red flag and `redaction activity` show it. With it the run is refused if the activities are not "
            "the same as in the preview."
        ),
    },
}
_FORM = {name: Param(**{**schema, **_WORDS[name]}) for name, schema in FORM.items()}


class BeginManual(AskSecond):
    """Checks the requester and the request, and fixes the set of the run; gives the id of the run to the other
    tasks.
    """

    def work(self, context: Context) -> Waiting:
        """Begin the run, or find it; return it if it waits for another administrator."""
        from redaction.gate.guard import check_approval, find_approval

        with open_deployment(None, context["params"]["account"]) as deployment:
            run = self._begin(context, deployment)
            asked = find_approval(deployment.database, run.id)
            if asked is not None and asked.approved is None:
                return [(None, asked)]
            check_approval(deployment.database, run.id)
        return ()

    def tell(self, context: Context) -> int:
        """Return the id of the run."""
        with open_deployment(None, context["params"]["account"]) as deployment:
            return self._begin(context, deployment).id

    def find_asked(self, context: Context) -> list[bool | None]:
        """Return the answer to the question about the run."""
        dag_run = context["dag_run"]
        with open_deployment(None, context["params"]["account"]) as deployment:
            rows = deployment.rows("list_asked", run_key=f"{dag_run.dag_id}/{dag_run.run_id}")
        return [row["approved"] for row in rows]

    def _begin(self, context: Context, deployment: Deployment) -> RunRef:
        from redaction.control.manual import ManualRequest, begin_manual
        from redaction.errors import BadInput, NotAllowed

        dag_run, params = context["dag_run"], context["params"]
        unknown = set(dag_run.conf or ()) - set(_FORM)
        if unknown:
            raise BadInput(
                f"the conf of the run has {len(unknown)} keys that the form does not have: nothing was changed; "
                f"write only {', '.join(_FORM)}, and delete this run in Airflow, which keeps what it was given"
            )
        # Airflow's own record of the person who has triggered the run; the form cannot change it.
        requester = find_requester(dag_run)
        if requester is None:
            raise NotAllowed("a manual redaction is asked for by a person: nothing was changed")
        request = ManualRequest(
            account_id=params["account"],
            activity_ids=tuple(map(int, params["activity_ids"])),
            reason=params["reason"],
            requested_by=requester,
            content=params["content"],
            past_from_contact=params["past_from_contact"],
        )
        key = f"{dag_run.dag_id}/{dag_run.run_id}"
        run = begin_manual(
            deployment, request, "manual", params["acknowledged"], params["expect"], key, administrator=True
        )
        log.info("run %s of account %s: %s activities, asked by hand", run.id, run.account_id, run.due_count)
        return run


def build_redact_on_demand() -> DAG:
    """Return the DAG for manual redaction; it runs only when somebody triggers it.

    Raises BadInput if another bundle has it already.
    """
    check_source("build_redact_on_demand")
    with DAG(
        dag_id=DAG_ID,
        dag_display_name="Redact by hand",
        description="Redacts single activities, or what their contacts did before, by hand",
        **BY_HAND,
        # Airflow writes what a run was given into the objects.
        params=deepcopy(_FORM),
        doc_md=(
            "### Redact by hand\n\nAn administrator of an account redacts single activities of it, or all that their "
            "contacts did up to then. **This cannot be undone.** The red flag in the log of an account does the same: "
            f"{link_page('/accounts', 'the accounts on the pages of Redaction')}. `redaction activity ID... --account "
            "A --reason R` shows what would go, with a digest that binds the act to it.\n\n"
            "- **`begin` failed?** The note says what forbids it. Nothing was changed.\n"
            "- **Another task failed?** Clear it: the run goes on where it stopped.\n"
        ),
    ) as dag:
        first = BeginManual(
            task_id="begin",
            task_display_name="Check the request",
            **ASKED,
        )
        chain_steps(first, AssetAlias(_ASSET))
    return dag
