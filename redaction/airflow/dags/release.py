"""The DAG `release_hold`: releases a hold in the name of the requester, and asks a second administrator for it."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Param

from redaction.airflow.dags.common import link_page, open_deployment
from redaction.airflow.dags.note import noting_refusal
from redaction.airflow.dags.requester import find_requester
from redaction.airflow.dags.second import ASKED, BY_HAND, ParkedQuestion, answer_elsewhere
from redaction.airflow.dags.sources import check_source
from redaction.control.form import RELEASE_FORM
from redaction.words import say_activities

if TYPE_CHECKING:
    from airflow.sdk import Context

    from redaction.deployment import Deployment
    from redaction.gate.holds import Hold

DAG_ID = "release_hold"
_WORDS = {
    "account": {"title": "Account", "description": "Id of the account."},
    "hold": {"title": "Hold", "description": "Id of the hold, from *Holds* of the account."},
}
_FORM = {name: Param(**{**schema, **_WORDS[name]}) for name, schema in RELEASE_FORM.items()}


class ReleaseHold(ParkedQuestion):
    """Releases a hold; under the rule of two people, waits in `awaiting_input` until a second person has answered.

    This task and the database decide who may answer, however the answer came: an invalid answer leaves the question
    open.
    """

    def execute(self, context: Context) -> int:
        """Release the hold, or propose it and wait; return its id."""
        with noting_refusal(context), self._open(context) as deployment:
            self._release(context, deployment, self._find_requester(context, deployment))
        return int(context["params"]["hold"])

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Release the hold, or leave it, as answered; wait again if that person may not answer, or nobody has."""
        from redaction.errors import ApproverRefused, NotAllowed
        from redaction.gate.holds import decline_release, release_hold

        hold_id = int(context["params"]["hold"])
        with noting_refusal(context), self._open(context) as deployment:
            if "error" in event:
                return self._look_again(context, deployment, event)
            self.validate_chosen_options(event["chosen_options"])
            who = (event["responded_by_user"] or {}).get("name") or ""
            if self._is_open(context, deployment):
                answer = release_hold if event["chosen_options"] == [self.APPROVE] else decline_release
                try:
                    answer(deployment, hold_id, who)
                except (ApproverRefused, NotAllowed) as error:
                    self.log.warning("%s", error)
                    self._ask(context, deployment)
            return self._end(context, deployment)

    def _open(self, context: Context) -> Any:
        return open_deployment(None, context["params"]["account"])

    def _find_requester(self, context: Context, deployment: Deployment) -> str:
        from redaction.accounts.administrators import check_administrator
        from redaction.errors import BadInput, NotAllowed

        if set(context["dag_run"].conf or ()) - set(_FORM):
            raise BadInput(f"the form takes {', '.join(_FORM)}, and no other key: nothing was changed")
        requester = find_requester(context["dag_run"])
        if requester is None:
            raise NotAllowed("a hold is released by a person: nothing was changed")
        check_administrator(deployment.database, context["params"]["account"], requester)
        return requester

    def _find_hold(self, context: Context, deployment: Deployment) -> Hold:
        from redaction.errors import BadInput
        from redaction.gate.holds import list_holds

        account_id, hold_id = context["params"]["account"], context["params"]["hold"]
        for hold in list_holds(deployment.database, account_id):
            if hold.id == hold_id:
                return hold
        raise BadInput(f"account {account_id} has no hold {hold_id}: nothing was changed")

    def _find_proposal(self, context: Context, deployment: Deployment) -> dict[str, Any]:
        params = context["params"]
        about = {"kind": "release", "account_id": params["account"], "hold_id": params["hold"]}
        return dict(next(iter(deployment.rows("last_proposal", **about)), {}))

    def _is_open(self, context: Context, deployment: Deployment) -> bool:
        in_force = self._find_hold(context, deployment).released_at is None
        return in_force and bool(self._find_proposal(context, deployment).get("open"))

    def _release(self, context: Context, deployment: Deployment, requester: str) -> None:
        from redaction.errors import ApprovalNeeded
        from redaction.gate.holds import release_hold

        if self._find_hold(context, deployment).released_at is not None:
            return
        proposal = self._find_proposal(context, deployment)
        own = str(proposal.get("requested_by")).strip().casefold() == requester.strip().casefold()
        if not (proposal.get("open") and own):
            try:
                release_hold(deployment, context["params"]["hold"], requester)
                return
            except ApprovalNeeded as error:
                self.log.info("%s", error)
        self._ask(context, deployment)

    def _ask(self, context: Context, deployment: Deployment) -> None:
        """Put the question, only with counts and names of administrators, and wait by raising."""
        from redaction.accounts.accounts import get_account

        hold = self._find_hold(context, deployment)
        account = get_account(deployment.database, hold.account_id)
        who = self._find_proposal(context, deployment)["requested_by"]
        self.subject = f"{account.name or 'Account'} ({account.id}): release hold {hold.id}?"
        self.body = "\n\n".join(
            (
                f"{who} asked for it. The account wants two people for what cannot be undone.",
                f"It keeps {say_activities(hold.activities)} now.",
                "**Approve**: the hold ends; what is old enough goes with the next run, for good.",
                "**Reject**: the hold stays.",
                "Only the answer of a second person counts who administers the account and may release holds.",
                link_page(f"/accounts/{account.id}/holds", "Holds of the account"),
            )
        )
        self._park(context)

    def _look_again(self, context: Context, deployment: Deployment, event: dict[str, Any]) -> Any:
        if event["error_type"] != "timeout":
            self.process_trigger_event_error(event)
        if self._is_open(context, deployment):
            self._park(context)
        return self._end(context, deployment)

    def _end(self, context: Context, deployment: Deployment) -> Any:
        """End as decided, by whichever answer; raise ApprovalNeeded if nobody has answered in time."""
        from redaction.errors import ApprovalNeeded

        hold = self._find_hold(context, deployment)
        decided = self._find_proposal(context, deployment).get("approved")
        if hold.released_at is None and decided is None:
            raise ApprovalNeeded(f"nobody has answered within 30 days: hold {hold.id} stays in force; ask again")
        chosen = self.REJECT if hold.released_at is None else self.APPROVE
        super().execute_complete(context, answer_elsewhere(chosen))
        return hold.id


def build_release_hold() -> DAG:
    """Return the DAG that releases holds; it runs only when somebody triggers it.

    Raises BadInput if another bundle has it already.
    """
    check_source("build_release_hold")
    with DAG(
        dag_id=DAG_ID,
        dag_display_name="Release a hold",
        description="Ends a legal hold; asks a second administrator under the rule of two people",
        **BY_HAND,
        # Airflow writes what a run was given into the objects.
        params=deepcopy(_FORM),
        doc_md=(
            "### Release a hold\n\nAn administrator of the account who may release holds ends one. The held activities "
            f"are due with the next run. {link_page('/holds', 'The holds in force')}.\n\nUnder the rule of two people "
            "the task asks a second administrator. An answer on our page or by command ends the question too.\n"
        ),
    ) as dag:
        ReleaseHold(task_id="release", task_display_name="Release the hold", **ASKED)
    return dag
