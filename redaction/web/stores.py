"""The stores of an account on its settings page: added after a confirmation of their effect, and removed."""

from __future__ import annotations

from typing import Literal, cast

from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from redaction.accounts.accounts import get_account
from redaction.errors import BadInput, NotAllowed
from redaction.objects.registry import add_store, examine_store, list_stores, remove_store
from redaction.objects.stores import Store, uses_the_workers
from redaction.web.access import Changer, Person, can_change_agency, can_use_connection
from redaction.web.behaviors import show_settings
from redaction.web.context import PREFIX, Form, get_database, get_deployment, show

router = APIRouter(prefix="/accounts/{account_id}/stores")


@router.post("")
def add(person: Changer, account_id: int, form: Form) -> Response:
    """Declare a store for the account, after showing its effect and a confirmation."""
    deployment = get_deployment()
    account = get_account(deployment.database, account_id)
    try:
        store = examine_store(deployment, _read(person, account_id, form))
        if form.get("confirmed") != "yes":
            return show("confirm_store.html", person.name, account=account, store=store)
        add_store(deployment, _read(person, account_id, form), person.name)
    except (BadInput, NotAllowed) as error:
        status = 403 if isinstance(error, NotAllowed) else 400
        return show_settings(
            person, account, problems={str(error.subject or "name"): str(error)}, given=form, status=status
        )
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/settings?done=stores#stores", status_code=303)


@router.post("/{store_id}/remove")
def remove(person: Changer, account_id: int, store_id: int, form: Form) -> Response:
    """Remove a store of the account; stores of its agency and of all are not its administrators' to remove."""
    found = [store for store in list_stores(get_database(), account_id) if store.id == store_id]
    if not found or found[0].account_id != account_id:
        raise HTTPException(404, f"There is no store {store_id} of account {account_id}.")
    remove_store(get_deployment(), found[0].name, person.name)
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/settings?done=stores#stores", status_code=303)


def _read(person: Person, account_id: int, form: FormData) -> Store:
    """Return the store of a form; raises NotAllowed for what the person may not let it use."""
    given = {
        name: str(form.get(name, "")).strip()
        for name in ("name", "prefix", "connection", "mode", "template", "method", "body")
    }
    if given["mode"] not in ("delete", "vendor"):
        raise BadInput("the mode of a store is delete or vendor", "mode")
    if given["mode"] == "delete":
        # The fields of a vendor are not shown then, whatever stands in them.
        given |= {"template": "", "method": "", "body": ""}
    if given["connection"] and not can_use_connection(person, given["connection"]):
        what = "You may not let a store use this connection: Airflow does not let you see it."
        raise NotAllowed(what, "connection")
    store = Store(
        id=0,
        name=given["name"],
        prefix=given["prefix"],
        connection=given["connection"] or None,
        mode=cast(Literal["delete", "vendor"], given["mode"]),
        agency_id=None,
        account_id=account_id,
        template=given["template"] or None,
        method=given["method"] or "DELETE",
        body=given["body"] or None,
    )
    if uses_the_workers(store) and not can_change_agency(person):
        # They belong to everybody: the administrator of one account does not decide about them.
        raise NotAllowed(
            "You may not declare a store by the workers' own files, credentials or network: name a connection of a "
            "bucket or a public host, or ask an operator, `redaction store add`.",
            "prefix",
        )
    return store
