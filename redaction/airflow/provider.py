"""Our entry in Airflow's page of providers, its form of connections and its lists of the configuration."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

SECTION = "redaction"
"""The section of Airflow's configuration."""
OPTIONS = {
    "dag_shards": (
        12,
        "DAG files among which the bundle RedactionDagBundle divides the accounts; at most 1,500 accounts a file.",
    ),
    "erasure_schedule": ("0 2 * * *", "When the DAG erase_residue runs (cron, UTC)."),
    "erasure_window_min": (240, "How long the DAG erase_residue may run (minutes)."),
    "reports_schedule": ("45 * * * *", "When the DAG refresh_reports runs (cron, UTC)."),
    "watch_schedule": ("15 * * * *", "When the DAG retention_watch runs (cron, UTC)."),
}
"""Its options, with defaults and descriptions: the settings that only DAG files and their bundle read."""


def get_provider_info() -> dict[str, Any]:
    """Return our entry; pages, timetable and listener come by the plugin."""
    return {
        "package-name": "redaction",
        "name": "Redaction",
        "description": "Redaction pipelines for call-tracking data.",
        "versions": [version("redaction")],
        "connection-types": [
            {
                "connection-type": "redaction",
                "hook-class-name": "redaction.airflow.hook.RedactionHook",
                "hook-name": "Redaction (PostgreSQL)",
                "ui-field-behaviour": {
                    "relabeling": {"schema": "Database"},
                    "placeholders": {
                        "host": "the server itself, without a connection pooler",
                        "login": "the login of tasks and pages, which owns nothing",
                        "schema": "redaction",
                        "port": "5432",
                        "extra": '{"sslmode": "verify-full"}',
                    },
                },
            }
        ],
        "config": {
            SECTION: {
                "description": "Redaction of call-tracking data. All other settings are environment variables.\n",
                "options": {
                    name: {
                        "description": f"{words}\nThe environment variable REDACTION_{name.upper()} wins.\n",
                        "version_added": "0.2.0",
                        "type": "integer" if isinstance(default, int) else "string",
                        "example": None,
                        "default": str(default),
                    }
                    for name, (default, words) in OPTIONS.items()
                },
            }
        },
    }
