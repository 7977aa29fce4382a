"""An agency at all placements: changed at each, and what became of that at each is said; asked again, it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from redaction.accounts.agencies import list_agencies, set_agency
from redaction.errors import ApprovalNeeded, ApproverRefused, BadInput, DatabaseBusy, RedactionError
from redaction.placements.resolve import Placements


@dataclass(frozen=True)
class Changed:
    """What became of a change of an agency at a placement; `why` is "" where it is made. `needs_two` is what holds."""

    placement: str
    outcome: Literal["changed", "waits", "refused", "failed"]
    needs_two: bool
    why: str = ""


def change_agency(placements: Placements, agency_id: int, actor: str, **changes: Any) -> list[Changed]:
    """Change fields of an agency at every placement that has it; return what became of it at each.

    Nothing is changed unless all placements answer. Where two people are wanted the change waits for a second
    administrator of an account of the agency there; where it has no account, for that at the other placements. The same
    act again goes on with what is left.

    Raises DatabaseBusy for a placement that does not answer, BadInput for an agency that is nowhere.
    """
    rows = _find(placements, agency_id)
    found = [_change(placements, name, agency_id, actor, False, changes) for name in rows if rows[name]["accounts"]]
    agreed = all(one.outcome == "changed" for one in found)
    empty = [name for name in rows if not rows[name]["accounts"]]
    found += [_change(placements, name, agency_id, actor, agreed, changes) for name in empty]
    return sorted(found, key=lambda one: placements.names.index(one.placement))


def say_changed(agency_id: int, changed: Sequence[Changed]) -> str:
    """Return in words where a change of an agency is not made yet; "" if it is made everywhere."""
    left = [one for one in changed if one.outcome != "changed"]
    if not left:
        return ""
    done = [one.placement for one in changed if one.outcome == "changed"]
    return (
        f"agency {agency_id} is {'changed at ' + ', '.join(done) if done else 'changed nowhere'}, and not at "
        f"{', '.join(one.placement for one in left)}: do the same again, as the second person or when the cause is "
        "mended; it goes on where it is not made"
    )


def _find(placements: Placements, agency_id: int) -> dict[str, Any]:
    answers, silent = placements.ask(lambda deployment: list_agencies(deployment.database))
    if silent:
        placement, why = next(iter(silent.items()))
        raise DatabaseBusy(f"placement {placement} does not answer: {why}; agency {agency_id} was changed nowhere")
    found = {name: row for name, rows in answers.items() for row in rows if row["id"] == agency_id}
    if not found:
        raise BadInput(f"there is no agency {agency_id}: `redaction agency add {agency_id}` creates it")
    return {name: found[name] for name in placements.names if name in found}


def _change(
    placements: Placements, placement: str, agency_id: int, actor: str, agreed: bool, changes: dict[str, Any]
) -> Changed:
    deployment = placements.at(placement)
    try:
        agency = set_agency(deployment, agency_id, actor, agreed, **changes)
    except RedactionError as error:
        outcome: Literal["waits", "refused", "failed"] = (
            "waits"
            if isinstance(error, ApprovalNeeded)
            else "refused"
            if isinstance(error, ApproverRefused)
            else "failed"
        )
        if len(placements.names) == 1 and outcome == "failed":
            raise
        return Changed(placement, outcome, _needs_two(placements, placement, agency_id), str(error))
    return Changed(placement, "changed", agency.needs_approval)


def _needs_two(placements: Placements, placement: str, agency_id: int) -> bool:
    """Return what holds where a change was not made; what does not answer wants two."""
    try:
        rows = list_agencies(placements.at(placement).database)
    except RedactionError:
        return True
    return any(row["needs_approval"] for row in rows if row["id"] == agency_id)
