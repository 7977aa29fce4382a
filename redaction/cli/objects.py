"""`redaction store` and `redaction object`: where objects may be deleted, and which are left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar, cast

import typer

from redaction.cli.actor import current_actor
from redaction.cli.output import (
    Json,
    ask_placements,
    each_deployment,
    open_deployment,
    out,
    print_json,
    print_table,
    read_id,
)
from redaction.control.ends import give_up as end_object
from redaction.control.ends import list_left, mark_erased_outside
from redaction.db.database import Database
from redaction.errors import BadInput
from redaction.objects.registry import add_store, check_promises, list_stores, remove_store
from redaction.objects.stores import Store
from redaction.words import say_count

T = TypeVar("T")

store_app = typer.Typer(
    no_args_is_help=True, help="Stores: the places where objects (recordings, pictures, uploads) may be deleted."
)
object_app = typer.Typer(
    no_args_is_help=True, help="Objects that are not deleted: what remains, and what lies elsewhere."
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the store.")]
Reason = Annotated[str, typer.Option(help="Why; a ticket, never a name or number.")]


@store_app.command()
def add(
    name: Name,
    prefix: Annotated[str, typer.Option(metavar="P", help="file:///mnt/rec, s3://bucket/folder, https://host/path.")],
    connection: Annotated[str | None, typer.Option(metavar="C", help="Id of its Airflow connection.")] = None,
    mode: Annotated[
        str, typer.Option(metavar="delete|vendor", help="Deleted there, or asked of the vendor.")
    ] = "delete",
    template: Annotated[
        str | None, typer.Option(metavar="T", help="Mode vendor: the address to call, with {account} and {activity}.")
    ] = None,
    method: Annotated[str, typer.Option(metavar="M", help="Mode vendor: DELETE, POST, PUT or PATCH.")] = "DELETE",
    body: Annotated[str | None, typer.Option(metavar="B", help="Mode vendor: what is sent with it.")] = None,
    agency: Annotated[
        int | None, typer.Option(parser=read_id, metavar="A", help="Only for the accounts of this agency.")
    ] = None,
    account: Annotated[int | None, typer.Option(parser=read_id, metavar="N", help="Only for this account.")] = None,
) -> None:
    """Declare a store: from now on objects below its prefix are deleted with their activities, for good."""
    if mode not in ("delete", "vendor"):
        raise BadInput(f"store {name}: the mode is delete or vendor")
    store = Store(
        id=0,
        name=name,
        prefix=prefix,
        connection=connection,
        mode=cast(Literal["delete", "vendor"], mode),
        agency_id=agency,
        account_id=account,
        template=template,
        method=method.upper(),
        body=body,
    )
    for deployment in each_deployment(account):
        add_store(deployment, store, current_actor())
    out.print(f"store {name} added; `redaction store check {name}` says what it can promise", markup=False)


@store_app.command("list")
def list_(
    account: Annotated[
        int | None, typer.Option(parser=read_id, metavar="N", help="Only those of this account.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the stores."""
    found = _ask(account, lambda database: list_stores(database, account))
    print_json(found) if json else print_table("Stores", [_store_row(store) for store in found])


def _store_row(store: Store) -> dict[str, object]:
    """Return a store as a row; JSON has the request to a vendor too."""
    agency = "all" if store.agency_id is None else f"agency {store.agency_id}"
    return {
        "name": store.name,
        "prefix": store.prefix,
        "connection": store.connection,
        "mode": store.mode,
        "for": agency if store.account_id is None else f"account {store.account_id}",
    }


@store_app.command()
def check(name: Name, json: Json = False) -> None:
    """Check what a store can promise: versions, locks, soft delete, the right to delete. Deletes only its own test
    objects.
    """
    with open_deployment() as deployment:
        promise = check_promises(deployment, name)
    if json:
        print_json(promise)
        return
    promised = {key: value for key, value in vars(promise).items() if key != "notes"}
    words = {True: "yes", False: "no", None: "unknown"}
    print_table(
        f"Store {name}", [{"what": key.replace("_", " "), "value": words[value]} for key, value in promised.items()]
    )
    for note in promise.notes:
        out.print(f"  {note}", markup=False, soft_wrap=True)


@store_app.command()
def remove(
    name: Name,
    account: Annotated[
        int | None, typer.Option(parser=read_id, metavar="N", help="Its account, if it is for only one.")
    ] = None,
) -> None:
    """Remove a store: objects below its prefix are no longer deleted, and are listed as held elsewhere."""
    for deployment in each_deployment(account):
        remove_store(deployment, name, current_actor())
    out.print(f"store {name} removed", markup=False)


@object_app.command("list")
def list_objects(
    account: Annotated[int | None, typer.Option(parser=read_id, metavar="N", help="Only of this account.")] = None,
    run: Annotated[int | None, typer.Option(parser=read_id, metavar="R", help="Only of this run.")] = None,
    json: Json = False,
) -> None:
    """Show the objects that are due and not deleted, without their addresses: why, where, since when, tries."""
    found = _ask(account, lambda database: list_left(database, account, run))
    print_json(found) if json else print_table("Objects", [vars(item) for item in found])


@object_app.command("give-up")
def give_up(
    number: Annotated[
        int, typer.Argument(parser=read_id, metavar="ID", help="Id of the object, see `redaction object list`.")
    ],
    reason: Reason,
) -> None:
    """Give up an object that cannot be deleted: its address is forgotten, and its run never reaches L1."""
    with open_deployment() as deployment:
        ended = end_object(deployment, number, reason, current_actor())
    out.print(f"object {number} of activity {ended.activity_id} of account {ended.account_id} given up", markup=False)


@object_app.command()
def done(
    run: Annotated[int, typer.Argument(parser=read_id, metavar="RUN", help="Id of the run.")],
    place: Annotated[str, typer.Option(metavar="HOST", help="The place, as `redaction object list` names it.")],
) -> None:
    """Mark as erased what a place outside every store holds of a run; the addresses are forgotten."""
    with open_deployment() as deployment:
        marked = mark_erased_outside(deployment, run, place, current_actor())
    out.print(say_count(marked, "object", "objects") + " marked as erased there")


def _ask(account: int | None, ask: Callable[[Database], list[T]]) -> list[T]:
    if account is not None:
        with open_deployment(account, known=True) as deployment:
            return list(ask(deployment.database))
    return [item for part in ask_placements(lambda deployment: ask(deployment.database)).values() for item in part]
