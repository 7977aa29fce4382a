"""What the build of a wheel adds to it: the folders that lie next to the package in a checkout."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("sql", "expectations", "templates", "dags", "source")
"""Found by `redaction/resources.py`, in a checkout as in an installed package."""


class MapFolders(BuildHookInterface[Any]):
    """Puts the folders into the package. An editable install has none: its package reads those of the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Map each folder; `version` is the kind of the build."""
        if version != "editable":
            build_data["force_include"] |= {f"{self.root}/{name}": f"redaction/{name}" for name in FOLDERS}
