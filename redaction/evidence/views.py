"""The record of views of personal data: its rows are deleted by age."""

from __future__ import annotations

from redaction.deployment import Deployment


def drop_views(deployment: Deployment) -> int:
    """Drop the rows older than `view_log_d` days; return how many. The database keeps the last thirty days anyway."""
    dropped: int = deployment.one("drop_views", days=deployment.settings.view_log_d)["dropped"]
    return dropped
