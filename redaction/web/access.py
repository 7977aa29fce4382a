"""Permissions of the pages. Airflow's auth manager says who a person is and what they may do in Airflow.

`tracking.account_users` has the administrators of accounts. The table of permissions is in
`docs/reference/permissions.md`; every route requires a permission.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import (
    AccessView,
    ConnectionDetails,
    DagAccessEntity,
    DagDetails,
    VariableDetails,
)
from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, HTTPException, Request

from redaction.db.database import Database
from redaction.errors import NotAllowed
from redaction.requests.records import check_administers
from redaction.web.context import get_placements, is_administrator_of

ON_DEMAND = "redact_on_demand"
ANSWER = "answer_request"
RELEASE = "release_hold"
CLOSE = "close_account"


def dag_of(account_id: int) -> str:
    """Return the id of the DAG of an account."""
    return f"redact_account_{account_id}"


@dataclass(frozen=True)
class Person:
    """The person who sends a request: their name in Airflow, and Airflow's own user object."""

    name: str
    user: Any


def get_person(user: Annotated[Any, Depends(get_user)]) -> Person:
    """Return the person; Airflow answers 401 without a login, 403 for a token that is not its own."""
    return Person(str(user.get_name()), user)


Asking = Annotated[Person, Depends(get_person)]


def may_see(person: Asking) -> Person:
    """Allow people who may see Airflow's plugins: overview, reports, evidence, none of which shows a personal value."""
    _require(get_auth_manager().is_authorized_view(access_view=AccessView.PLUGINS, user=person.user), "see this page")
    return person


def is_administrator(person: Person, account_id: int) -> bool:
    """Say whether a person administers an account."""
    return is_administrator_of(person.name, account_id)


def administers(person: Person, database: Database, account_ids: Collection[int]) -> bool:
    """Say whether a person administers all of these accounts of a placement."""
    return list_administered(person, database).issuperset(account_ids)


def list_administered(person: Person, database: Database) -> set[int]:
    """Return the accounts of a placement that a person administers, and whose personal values and reasons they may
    see.
    """
    return {row["account_id"] for row in database.rows("administered_accounts", username=person.name)}


def may_administer(request: Request, person: Annotated[Person, Depends(may_see)]) -> Person:
    """Allow administrators of the account in the path: they see the personal data in its log."""
    _require(is_administrator(person, _account(request)), "see the log of this account: only its administrators do")
    return person


def may_change(request: Request, person: Annotated[Person, Depends(may_administer)]) -> Person:
    """Allow administrators of the account who may edit its DAG in Airflow: settings, holds, records at other
    systems.
    """
    _require(can_edit(person, _account(request)), "change this account: Airflow does not let you edit its DAG")
    return person


def can_edit(person: Person, account_id: int) -> bool:
    """Say whether Airflow lets a person edit the DAG of an account."""
    details = DagDetails(id=dag_of(account_id))
    return bool(get_auth_manager().is_authorized_dag(method="PUT", details=details, user=person.user))


def may_start(request: Request, person: Annotated[Person, Depends(may_change)]) -> Person:
    """Allow people who may change the account and trigger its DAG in Airflow: a run by its rule, now."""
    _require(can_start(person, _account(request)), "begin a run: Airflow does not let you trigger this account's DAG")
    return person


def can_start(person: Person, account_id: int) -> bool:
    """Say whether Airflow lets a person trigger the DAG of an account."""
    return _can_trigger(person, dag_of(account_id))


def may_redact(request: Request, person: Annotated[Person, Depends(may_administer)]) -> Person:
    """Allow administrators of the account who may trigger the DAG `redact_on_demand` in Airflow."""
    _require(can_redact(person), "redact: Airflow does not let you trigger the DAG redact_on_demand")
    return person


def may_approve(request: Request, person: Annotated[Person, Depends(may_administer)]) -> Person:
    """Allow administrators of the account whom Airflow lets answer the questions of its DAG."""
    _require(can_approve(person, _account(request)), "answer: Airflow does not let you answer questions of this DAG")
    return person


def can_approve(person: Person, account_id: int) -> bool:
    """Say whether Airflow lets a person answer the questions of the DAG of an account."""
    return bool(
        get_auth_manager().is_authorized_dag(
            method="PUT",
            access_entity=DagAccessEntity.HITL_DETAIL,
            details=DagDetails(id=dag_of(account_id)),
            user=person.user,
        )
    )


def can_redact(person: Person) -> bool:
    """Say whether Airflow lets a person trigger manual redactions."""
    return _can_trigger(person, ON_DEMAND)


def can_answer(person: Person) -> bool:
    """Say whether Airflow lets a person answer requests of persons."""
    return _can_trigger(person, ANSWER)


def can_ask_to_close(person: Person) -> bool:
    """Say whether Airflow lets a person ask for the closing of an account."""
    return _can_trigger(person, CLOSE)


def _can_trigger(person: Person, dag_id: str) -> bool:
    return bool(
        get_auth_manager().is_authorized_dag(
            method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=person.user
        )
    )


def may_answer(request: Request, person: Annotated[Person, Depends(may_see)]) -> Person:
    """Allow people who administer every account of the request in the path and may trigger the DAG `answer_request`."""
    what = "see this request: only who administers all of its accounts, and may trigger the DAG answer_request, does"
    try:
        check_administers(get_placements(), int(request.path_params["request_id"]), person.name)
    except (ValueError, NotAllowed):
        _require(False, what)
    _require(can_answer(person), what)
    return person


def can_use_connection(person: Person, connection: str) -> bool:
    """Say whether Airflow lets a person see a connection; otherwise they may not let a store use it."""
    details = ConnectionDetails(conn_id=connection)
    return bool(get_auth_manager().is_authorized_connection(method="GET", details=details, user=person.user))


def may_change_agency(person: Annotated[Person, Depends(may_see)]) -> Person:
    """Allow people who may change Airflow's variables: settings of agencies, which concern many accounts."""
    _require(can_change_agency(person), "change an agency: Airflow does not let you change its variables")
    return person


def can_change_agency(person: Person) -> bool:
    """Say whether a person may change settings of agencies."""
    details = VariableDetails(key="redaction")
    return bool(get_auth_manager().is_authorized_variable(method="PUT", details=details, user=person.user))


Seer = Annotated[Person, Depends(may_see)]
Administrator = Annotated[Person, Depends(may_administer)]
Changer = Annotated[Person, Depends(may_change)]
Starter = Annotated[Person, Depends(may_start)]
Redactor = Annotated[Person, Depends(may_redact)]
AgencyChanger = Annotated[Person, Depends(may_change_agency)]
Approver = Annotated[Person, Depends(may_approve)]
Answerer = Annotated[Person, Depends(may_answer)]

PERMISSIONS: tuple[Callable[..., Person], ...] = (
    may_see,
    may_administer,
    may_change,
    may_start,
    may_redact,
    may_approve,
    may_change_agency,
    may_answer,
)
"""All permissions; a route without any is an error."""


def _account(request: Request) -> int:
    try:
        return int(request.path_params["account_id"])
    except ValueError:
        raise HTTPException(404, "there is no such account") from None


def _require(allowed: bool, what: str) -> None:
    if not allowed:
        raise HTTPException(403, f"You may not {what}.")
