"""Change an agency at all placements. The result names what happened at each; the same call again finishes the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from redaction.accounts.agencies import list_agencies, set_agency
from redaction.errors import ApprovalNeeded, ApproverRefused, BadInput, DatabaseBusy, RedactionError
from redaction.placements.resolve import Placements


@dataclass(frozen=True)
class Changed:
    """What happened to a change at one placement. `why` is "" if it was made. `needs_two` is the rule that is in
    force there.
    """

    placement: str
    outcome: Literal["changed", "waits", "refused", "failed"]
    needs_two: bool
    why: str = ""


def change_agency(placements: Placements, agency_id: int, actor: str, **changes: Any) -> list[Changed]:
    """Change fields of an agency at every placement that has it; return the result of each.

    Nothing is changed unless all placements answer. Under the rule of two people, the change waits for a second
    administrator of one of the agency's accounts there. A placement without such an account follows the other
    placements. The same call again continues with what is left.

    Raises DatabaseBusy for a placement that does not answer, BadInput for an agency that no placement has.
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
        f"{', '.join(one.placement for one in left)}: run the same command again, as the second person or once the "
        "cause is mended; it changes what is left"
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
    """Return the rule in force where the change was not made; a placement that does not answer counts as two people."""
    try:
        rows = list_agencies(placements.at(placement).database)
    except RedactionError:
        return True
    return any(row["needs_approval"] for row in rows if row["id"] == agency_id)
