"""The report by the fields that an operator retains: a page that exists if there are any."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pandas as pd

from redaction.control.reclassify import apply_catalog
from redaction.deployment import Deployment
from redaction.pipeline.reports import rebuild_account
from tests.own_fields import FIELDS, Decide, decide
from tests.web.conftest import As

__all__ = ["decide"]

PAGES = "/redaction/accounts/7/reports"
MARCH = "first=2026-03-01&last=2026-03-31"


def test_an_analyst_reads_the_report_by_own_fields(
    as_: As, house_of_two: int, deployment: Deployment, insert: Callable[..., Any], decide: Decide
) -> None:
    insert(1)
    insert(2, unlisted='{"direction": "inbound"}')
    client = as_("vera")
    assert client.get(f"{PAGES}/own-fields?{MARCH}").status_code == 404
    assert "By own fields" not in client.get(f"{PAGES}/sources?{MARCH}").text
    decide(FIELDS)
    apply_catalog(deployment, "ada", "ticket 9")
    rebuild_account(deployment.database, 7)
    assert "By own fields" in client.get(f"{PAGES}/sources?{MARCH}").text
    page = client.get(f"{PAGES}/own-fields?{MARCH}")
    assert (page.status_code, "<svg" in page.text) == (200, True)
    table = pd.read_csv(io.BytesIO(client.get(f"{PAGES}/own-fields.csv?{MARCH}").content))
    assert sorted(table.itertuples(index=False, name=None)) == [
        ("direction: inbound", 1, 0),
        ("direction: no value", 1, 0),
        ("duration: 12", 1, 0),
        ("duration: no value", 1, 0),
    ]
