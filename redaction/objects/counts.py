"""How many objects came to which end, in words; one place for run, certificate, page, note and command."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "deleted": "deleted",
    "not_found": "not found",
    "kept": "kept (named by an activity that is not redacted, or held)",
    "remains": "remain in a store",
    "elsewhere": "held elsewhere",
    "said_erased": "said to be erased elsewhere",
    "given_up": "given up",
}
"""Each count of `redaction.runs.objects`, in the order of telling. The last two are there if somebody said so."""
LEFT = ("kept", "remains", "elsewhere", "given_up")
"""What keeps a run from level L1."""
_SHORT = {"kept": "kept", "remains": "remaining", "elsewhere": "elsewhere"}


def describe_counts(counts: Mapping[str, int], short: bool = False) -> str:
    """Return counts as one line, those of nothing left out; "none" if there was no object."""
    parts = [
        f"{counts[name]:,} {_SHORT.get(name, words) if short else words}"
        for name, words in WORDS.items()
        if counts.get(name)
    ]
    return ", ".join(parts) or "none"
