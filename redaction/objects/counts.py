"""The numbers of objects by outcome, in words that name stores and places, never an address.

Run, certificate, page, note and command use this module. It imports nothing, because parses of the DAGs import it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

WORDS: Mapping[str, str] = {
    "deleted": "deleted",
    "not_found": "not found",
    "kept": "kept (named by an activity that is not redacted, or held)",
    "remains": "remain in a store",
    "elsewhere": "held elsewhere",
    "said_erased": "said to be erased elsewhere",
    "given_up": "given up",
}
"""The counts of `redaction.runs.objects`, in the order of display. The last two exist only after a person's
decision.
"""
LEFT = ("kept", "remains", "elsewhere", "given_up")
"""What keeps a run from level L1."""
_SHORT = {"kept": "kept", "remains": "remaining", "elsewhere": "elsewhere"}


def describe_counts(counts: Mapping[str, int], short: bool = False) -> str:
    """Return counts as one line, without zeros; "none" if there was no object."""
    parts = [
        f"{counts[name]:,} {_SHORT.get(name, words) if short else words}"
        for name, words in WORDS.items()
        if counts.get(name)
    ]
    return ", ".join(parts) or "none"


def describe_left(rows: Sequence[Mapping[str, Any]], counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return what keeps a run from L1: `rows` of `count_objects_left`, and the counts of its record."""
    lines = []
    for row in rows:
        number = f"{row['objects']:,} {'object' if row['objects'] == 1 else 'objects'}"
        until = f" until {row['until'].date()} at least" if row["until"] else ""
        if row["outcome"] == "elsewhere":
            lines.append(f"{number} held elsewhere ({row['place']}), not deleted")
        elif row["outcome"] == "kept":
            lines.append(f"{number} kept, since a hold or an activity that is not redacted needs it ({row['place']})")
        elif row["outcome"] == "remains":
            lines.append(f"{number} still in store {row['store']}{until}")
        else:
            lines.append(f"{number} not tried yet")
    unseen = sum(counts.get(name, 0) for name in ("kept", "remains", "elsewhere"))
    unseen -= sum(row["objects"] for row in rows if row["outcome"] is not None)
    if unseen > 0:
        lines.append(
            f"{unseen:,} {'object' if unseen == 1 else 'objects'} left: at another placement now, or not known any more"
        )
    if given_up := counts.get("given_up"):
        lines.append(f"{given_up:,} {'object was' if given_up == 1 else 'objects were'} given up, not deleted")
    return tuple(lines)
