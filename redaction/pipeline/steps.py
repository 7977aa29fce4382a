"""The steps of a run after its selection: the only list of them. It imports nothing, because parses of the DAGs
import it.
"""

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
"""In order, each with the state of a run that has done it."""
