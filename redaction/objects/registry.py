"""The declared stores: kept in the database, each change with a ledger row. Each placement has its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Literal

from redaction.accounts.accounts import find_account
from redaction.accounts.agencies import find_agency
from redaction.db.database import Database
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.ledger.act import Act
from redaction.objects.access import Promise
from redaction.objects.opened import open_store
from redaction.objects.stores import Store, check_store

_KEPT = ("name", "prefix", "connection", "mode", "agency_id", "account_id", "template", "method", "body")


def list_stores(database: Database, account_id: int | None = None) -> list[Store]:
    """Return every store, or those of an account: its own, its agency's and those of all."""
    with database.transaction("redaction_worker") as session:
        return read_stores(session, account_id)


def read_stores(session: Session, account_id: int | None = None) -> list[Store]:
    """Return stores as `list_stores` does, in an open transaction."""
    if account_id is None:
        return [Store(**row) for row in session.rows("list_stores")]
    return [Store(**row) for row in session.rows("stores_of_account", account_id=account_id)]


def get_store(database: Database, name: str) -> Store:
    """Return the store of a name; raises BadInput if there is none."""
    for store in list_stores(database):
        if store.name == name:
            return store
    raise BadInput(f"there is no store {name!r}: `redaction store list` lists the stores; nothing was changed")


def add_store(deployment: Deployment, store: Store, actor: str) -> Store:
    """Declare a store in the name of `actor`; return it with its id.

    From then on objects below its prefix are deleted with their activities.

    Raises BadInput, with nothing changed, for what `check_store` refuses, a taken name, an unknown account or agency,
    or an unknown connection. Its `subject` is the wrong field.
    """
    with Act(deployment) as act, act.transaction() as session:
        session.rows("lock_stores")
        store = _examine(deployment, session, store)
        made = replace(store, id=session.one("add_store", **_columns(store))["id"])
        record_store(act, made, actor, "added")
    return made


def examine_store(deployment: Deployment, store: Store) -> Store:
    """Return a store as `add_store` would declare it, and raise what that would raise; changes nothing."""
    with deployment.transaction("redaction_worker") as session:
        return _examine(deployment, session, store)


def _examine(deployment: Deployment, session: Session, store: Store) -> Store:
    if store.account_id is not None and store.agency_id is not None:
        raise BadInput("a store is for an account, for an agency or for all: name one of them; nothing was changed")
    if store.account_id is not None:
        store = replace(store, agency_id=find_account(session, store.account_id).agency_id)
    elif store.agency_id is not None:
        find_agency(session, store.agency_id)
    others = read_stores(session)
    if any(other.name == store.name for other in others):
        raise BadInput(f"there is a store {store.name!r} already: choose another name; nothing was changed", "name")
    try:
        check_store(store, others, deployment.settings)
        open_store(store, deployment.settings)
    except BadInput as error:
        # What the check leaves to the opening is the connection.
        raise BadInput(f"{error}; nothing was changed", error.subject or "connection") from None
    return store


def remove_store(deployment: Deployment, name: str, actor: str) -> Store:
    """Remove a store in the name of `actor`: its objects are held elsewhere from then on. Raises BadInput."""
    with Act(deployment) as act:
        store = get_store(deployment.database, name)
        with act.transaction() as session:
            session.rows("lock_stores")
            session.run("remove_store", id=store.id)
            record_store(act, store, actor, "removed")
    return store


def check_promises(deployment: Deployment, name: str) -> Promise:
    """Ask a store what it can promise. Raises BadInput if there is none, or its connection cannot be used."""
    return open_store(get_store(deployment.database, name), deployment.settings).check()


def restore_store(session: Session, facts: Mapping[str, Any]) -> None:
    """Declare or remove a store by a ledger row, after a restore; writes no row of its own."""
    declared = facts["store"]
    if facts["change"] == "removed":
        session.run("remove_store", id=declared["id"])
        return
    session.run("restore_store", id=declared["id"], **{name: declared[name] for name in _KEPT})
    session.rows("next_store_id")


def _columns(store: Store) -> dict[str, Any]:
    columns = {name: value for name, value in asdict(store).items() if name in _KEPT}
    return columns | {"agency_id": None if store.account_id is not None else store.agency_id}


def record_store(act: Act, store: Store, actor: str, change: Literal["added", "removed"]) -> None:
    """Append the row of a declared or removed store; must come last in its transaction."""
    facts = {"change": change, "store": {"id": store.id, **_columns(store)}}
    act.record("store", store.account_id, actor, facts)
