"""What Airflow's page of providers says of us."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return our entry; what Airflow uses of ours comes by the plugin."""
    return {
        "package-name": "redaction",
        "name": "Redaction",
        "description": "Redaction pipelines for call-tracking data.",
        "versions": [version("redaction")],
    }
