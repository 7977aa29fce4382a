"""The DAG `close_account`: closes an account in the name of the requester, after a second administrator has agreed."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Param

from redaction.airflow.dags.common import link_page, open_deployment
from redaction.airflow.dags.requester import find_requester
from redaction.airflow.dags.second import ASKED, BY_HAND, AskSecond, Waiting
from redaction.airflow.dags.sources import check_source
from redaction.control.form import CLOSE_FORM

if TYPE_CHECKING:
    from airflow.sdk import Context

DAG_ID = "close_account"
_WORDS: dict[str, dict[str, Any]] = {
    "account": {"title": "Account", "description": "Id of the account."},
    "reason": {
        "title": "Reason",
        "description": "Kept for good: name a ticket, never a person, a number or an address.",
    },
}
_FORM = {name: Param(**{**schema, **_WORDS[name]}) for name, schema in CLOSE_FORM.items()}


class CloseAccount(AskSecond):
    """Asks for the closing of an account; after the answer it redacts everything that no hold keeps."""

    def work(self, context: Context) -> Waiting:
        """Ask, or continue the approved closing; return the run that waits for another administrator."""
        from redaction.accounts.accounts import get_account
        from redaction.control.close import close_account, describe_left
        from redaction.errors import ApprovalNeeded, BadInput, NotAllowed
        from redaction.gate.guard import find_approval

        params = context["params"]
        if set(context["dag_run"].conf or ()) - set(_FORM):
            raise BadInput(f"the form takes {', '.join(_FORM)}, and no other key: nothing was changed")
        requester = find_requester(context["dag_run"])
        if requester is None:
            raise NotAllowed("an account is closed by a person: nothing was changed")
        with open_deployment(None, params["account"]) as deployment:
            if get_account(deployment.database, params["account"]).closed_at and True in self.find_asked(context):
                # A kill after the end, or another process, which has ended it.
                return ()
            try:
                closing = close_account(
                    deployment, params["account"], requester, params["reason"], run_key=self._key(context)
                )
            except ApprovalNeeded as error:
                asked = find_approval(deployment.database, int(error.subject or 0))
                if asked is None or asked.approved is not None:
                    raise
                if asked.run_key != self._key(context):
                    raise NotAllowed(
                        f"account {asked.account_id}: run {asked.run_id} waits already to close it; nothing new was "
                        f"begun: an administrator who has not requested it runs `redaction approve {asked.run_id}`"
                    ) from None
                return [(None, asked)]
        if closing.closed_at is None:
            self.log.warning("%s", describe_left(closing))
        return ()

    def find_asked(self, context: Context) -> list[bool | None]:
        """Return the answer to the question about the closing."""
        with open_deployment(None, context["params"]["account"]) as deployment:
            return [row["approved"] for row in deployment.rows("list_asked", run_key=self._key(context))]

    @staticmethod
    def _key(context: Context) -> str:
        return f"{DAG_ID}/{context['dag_run'].run_id}"


def build_close_account() -> DAG:
    """Return the DAG that closes accounts; it runs only when somebody triggers it.

    Raises BadInput if another bundle has it already.
    """
    check_source("build_close_account")
    with DAG(
        dag_id=DAG_ID,
        dag_display_name="Close an account",
        description="Redacts everything of an account that no hold keeps; always asks a second administrator",
        **BY_HAND,
        # Airflow writes what a run was given into the objects.
        params=deepcopy(_FORM),
        doc_md=(
            "### Close an account\n\nAn administrator asks for the closing of an account. The task shows what would be "
            "redacted, and waits for another administrator. **It cannot be undone.** Nothing changes before the answer."
            f" *Settings > Close the account* of {link_page('/accounts', 'its pages')} does the same.\n\n"
            "- **It failed?** The note says what forbids it. Clear the task: it goes on where it stopped.\n"
            "- **Something is left?** Held activities wait for their hold, and the nightly job goes on.\n"
        ),
    ) as dag:
        CloseAccount(
            task_id="close",
            task_display_name="Close the account",
            **ASKED,
        )
    return dag
