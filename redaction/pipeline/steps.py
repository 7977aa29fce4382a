"""The steps of a run after its selection: the only list of them. Imports nothing: a parse of the DAGs reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Step = Literal["strip", "objects", "validate", "reports"]
STEPS: Mapping[Step, str] = {
    "strip": "stripped",
    "objects": "erased",
    "validate": "validated",
    "reports": "succeeded",
}
"""In their order, each with the state of a run that has done it."""
