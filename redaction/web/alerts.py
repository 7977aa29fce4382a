"""The last messages about what is late, and the weekly digests."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from redaction.evidence.alerts import GIVEN_UP, list_alerts
from redaction.web.access import Seer
from redaction.web.context import get_database, get_settings, show

router = APIRouter()

_PAGE = 50


@router.get("/alerts")
def see_alerts(person: Seer, before: Annotated[int | None, Query(ge=1)] = None) -> HTMLResponse:
    """Show the sent messages, with recipients and times; newest first, a page at a time."""
    alerts = list_alerts(get_database(), before, _PAGE)
    settings = get_settings()
    return show(
        "alerts.html",
        person.name,
        alerts=alerts,
        recipients=len(settings.alert_addresses) + bool(settings.alert_slack_connection),
        digest=settings.alert_digest,
        given_up=GIVEN_UP,
        paged=before is not None,
        older=alerts[-1]["id"] if len(alerts) == _PAGE else None,
    )
