"""What is left after a redaction: records and objects at other systems, and copies of removed values on disk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from redaction.accounts.accounts import get_account
from redaction.erasure.residue import list_residue
from redaction.evidence.downstream import list_downstream
from redaction.web.access import Seer
from redaction.web.context import get_database, get_deployment, name_accounts, show

router = APIRouter()

_SHOWN = 200
OfAccount = Annotated[int | None, Query(alias="account")]


@router.get("/elsewhere")
def see_elsewhere(person: Seer, account_id: OfAccount = None) -> HTMLResponse:
    """Show what integrations have received of redacted activities, and objects that are not deleted."""
    database = get_database()
    received = list_downstream(database, account_id)
    with database.transaction("redaction_worker") as session:
        left = session.rows("list_objects_left", account_id=account_id, most=_SHOWN)
    return show(
        "elsewhere.html",
        person.name,
        account=None if account_id is None else get_account(database, account_id),
        received=received[:_SHOWN],
        more=max(len(received) - _SHOWN, 0),
        left=left,
        names=name_accounts([*received[:_SHOWN], *left]),
        objects=sum(row["objects"] for row in left),
    )


@router.get("/copies")
def see_copies(person: Seer, account_id: OfAccount = None) -> HTMLResponse:
    """Show which files still hold copies of removed values; for an account, those that its own runs have left."""
    deployment = get_deployment()
    residue, account = list_residue(deployment), None
    if account_id is not None:
        account = get_account(deployment.database, account_id)
        with deployment.transaction("redaction_worker") as session:
            rows = session.rows("partitions_of_account", account_id=account_id)
        touched = {row["partition_name"] for row in rows}
        residue = [part for part in residue if part.partition_name in touched]
    return show("copies.html", person.name, account=account, residue=residue)
