"""The DAG `answer_request`: exports or erases what is kept of a person, in the name of the requester."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Param

from redaction.airflow.dags.common import link_page
from redaction.airflow.dags.requester import find_requester
from redaction.airflow.dags.second import ASKED, BY_HAND, AskSecond, Waiting
from redaction.airflow.dags.sources import check_source
from redaction.control.form import ANSWER_FORM

if TYPE_CHECKING:
    from airflow.sdk import Context

    from redaction.placements.resolve import Placements
    from redaction.requests.erase import Erased

DAG_ID = "answer_request"
_WORDS: dict[str, dict[str, Any]] = {
    "request": {
        "title": "Request",
        "description": "Id of the request, from *Find a person*.",
    },
    "answer": {
        "title": "Answer",
        "description": "`export`: a file with all that is kept, to be fetched once. `erasure`: redact all of it.",
    },
    "acknowledged": {
        "default": False,
        "title": "I know that redacted data cannot be recovered",
        "description": "Must be ticked for an erasure; otherwise the run fails and nothing is changed.",
    },
    "expect": {
        "default": None,
        "title": "Digest of what was found",
        "description": "Needed for an erasure: nothing begins if what is kept has changed since.",
    },
}
_FORM = {name: Param(**{**schema, **_WORDS[name]}) for name, schema in ANSWER_FORM.items()}


class AnswerRequest(AskSecond):
    """Exports or erases, over all accounts and placements of a request; a retry continues with what failed."""

    def work(self, context: Context) -> Waiting:
        """Do it; return the runs that wait for another administrator. Raises the failure of an account."""
        from redaction.airflow.config import load_settings
        from redaction.errors import BadInput, NotAllowed
        from redaction.placements.resolve import Placements
        from redaction.requests.erase import erase_person
        from redaction.requests.exports import make_export
        from redaction.requests.records import check_administers

        dag_run, params = context["dag_run"], context["params"]
        if set(dag_run.conf or ()) - set(_FORM):
            raise BadInput(
                f"the conf of the run has keys that the form does not have: nothing was changed; write only "
                f"{', '.join(_FORM)}, and delete this run in Airflow, which keeps what it was given"
            )
        requester = find_requester(dag_run)
        if requester is None:
            raise NotAllowed("a request is answered by a person: nothing was changed")
        number = params["request"]
        with Placements(load_settings()) as placements:
            check_administers(placements, number, requester)
            if params["answer"] == "export":
                made = make_export(placements, number, requester)
                self.log.info("request %s: export %s, %s activities", number, made.id, made.activities)
                return ()
            erased = erase_person(
                placements,
                number,
                requester,
                params["acknowledged"],
                params["expect"],
                "manual",
                administrator=True,
                announce=self.log.info,
            )
            return self._judge(placements, erased)

    def find_asked(self, context: Context) -> list[bool | None]:
        """Return the answers to the questions about the runs of the request; a silent placement has none yet."""
        from redaction.airflow.config import load_settings
        from redaction.placements.resolve import Placements

        key = f"request_{context['params']['request']}"
        with Placements(load_settings()) as placements:
            found, silent = placements.ask(lambda deployment: deployment.rows("list_asked", run_key=key))
        return [*(row["approved"] for rows in found.values() for row in rows), *(None for _ in silent)]

    def _judge(self, placements: Placements, erased: Erased) -> Waiting:
        from redaction import errors
        from redaction.gate.guard import find_approval

        waiting = []
        for account in erased.accounts:
            if account.outcome == "waits" and account.run_id is not None:
                asked = find_approval(placements.at(account.placement).database, account.run_id)
                if asked is not None and asked.approved is None:
                    waiting.append((account.placement, asked))
        failed = [account for account in erased.accounts if account.outcome == "failed"]
        if failed and not waiting:
            names = {str(account.failure).partition(":")[0] for account in failed}
            may_pass = all(getattr(getattr(errors, name, None), "retryable", False) for name in names)
            raise (errors.DatabaseBusy if may_pass else errors.NotAllowed)(
                f"request {erased.request_id}: {len(failed)} of {len(erased.accounts)} accounts failed, the first is "
                f"account {failed[0].account_id}: {failed[0].failure}; the others are done; clear this task to go on"
            )
        return waiting


def build_answer_request() -> DAG:
    """Return the DAG that answers requests of persons; it runs only when somebody triggers it.

    Raises BadInput if another bundle has it already.
    """
    check_source("build_answer_request")
    with DAG(
        dag_id=DAG_ID,
        dag_display_name="Answer a request of a person",
        description="Exports or erases what is kept of a person, in all accounts of a request",
        **BY_HAND,
        # Airflow writes what a run was given into the objects.
        params=deepcopy(_FORM),
        doc_md=(
            "### Answer a request of a person\n\nAn administrator of all accounts of a request exports or erases what "
            "is kept of its person. **An erasure cannot be undone.** It needs the digest that "
            f"{link_page('/find', 'Find a person')} or `redaction request find` has shown.\n\n"
            "- **It failed?** The note names an account and why. The other accounts are done. Mend it, then clear the "
            "task: it goes on with what is left.\n"
        ),
    ) as dag:
        AnswerRequest(
            task_id="answer",
            task_display_name="Answer the request",
            **ASKED,
        )
    return dag
