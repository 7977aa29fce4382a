"""What systems outside (a CRM, an advertising network) have received of activities that are redacted here.

We cannot erase there. Each run lists what they have, with the ids of their records; a person marks it as erased.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Annotated, TextIO

from pydantic import BaseModel, Field, ValidationError

from redaction.db.database import Database
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.ledger.act import Act
from redaction.ledger.external import check_ledger

_PAGE = 10_000
_LINE = 10_000
_Id = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]


@dataclass(frozen=True)
class Received:
    """What an integration has received: of one activity, or (`activity_id` None) of all `activities` of the run."""

    id: int
    run_id: int
    account_id: int
    integration_id: int
    integration: str
    activity_id: int | None
    external_id: str | None
    activities: int
    listed_at: datetime
    done_by: str | None
    done_at: datetime | None


class Delivery(BaseModel, frozen=True, extra="forbid"):
    """A line of a file of deliveries: which activity an integration has received, and the id of its own record."""

    account_id: _Id
    activity_id: _Id
    integration: _Name
    external_id: _Name


def list_downstream(
    database: Database, account_id: int | None = None, run_id: int | None = None, done: bool = False
) -> list[Received]:
    """Return what is not marked as erased there, oldest first; with `done` also what is marked."""
    rows = database.rows("list_downstream", account_id=account_id, run_id=run_id, done=done)
    return [Received(**row) for row in rows]


def mark_done(
    deployment: Deployment,
    run_id: int,
    done_by: str,
    integration_id: int | None = None,
    activity_id: int | None = None,
) -> int:
    """Mark as erased what integrations have received of a run; return the number of records.

    Their ids are forgotten; the ledger records who marked them. Raises BadInput if nothing is open.
    """
    with Act(deployment) as act, act.transaction() as session:
        asked = {"run_id": run_id, "integration_id": integration_id, "activity_id": activity_id}
        rows = session.rows("mark_done", done_by=done_by, **asked)
        if not rows:
            raise BadInput(f"nothing of run {run_id} is open there: `redaction downstream list` shows what is")
        facts = {**asked, "records": Counter(row["integration"] for row in rows)}
        act.record("delivery", rows[0]["account_id"], done_by, facts, run_id=run_id)
    return len(rows)


def record_deliveries(deployment: Deployment, path: Path) -> int:
    """Record the deliveries of a CSV file (account_id, activity_id, integration, external_id); return how many are new.

    Recording a file twice changes nothing. Either the whole file is recorded, or nothing. Raises BadInput naming the
    invalid line.
    """
    check_ledger(deployment)
    with deployment.transaction("redaction_worker") as session:
        return sum(_record(session, path, page) for page in _pages(path))


def _record(session: Session, path: Path, page: list[Delivery]) -> int:
    counts = session.one("record_deliveries", deliveries=json.dumps([line.model_dump() for line in page]))
    if counts["unknown"]:
        raise BadInput(
            f"{path}: {counts['unknown']} lines name an integration that their account does not have: "
            "`redaction account exposure` adds one; nothing was recorded"
        )
    return int(counts["recorded"])


def _pages(path: Path) -> Iterator[list[Delivery]]:
    page: list[Delivery] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(_short_lines(file, path))
            for line in reader:
                try:
                    page.append(Delivery.model_validate(line))
                except (ValidationError, TypeError):
                    raise BadInput(f"{path}: line {reader.line_num} is no delivery; nothing was recorded") from None
                if len(page) == _PAGE:
                    yield page
                    page = []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as CSV ({type(error).__name__}); nothing was recorded") from None
    yield page


def _short_lines(file: TextIO, path: Path) -> Iterator[str]:
    """Yield the lines of a file; raises BadInput for a line that is longer than any delivery, without reading it
    whole.
    """
    for number in count(1):
        line = file.readline(_LINE + 1)
        if len(line) > _LINE:
            raise BadInput(f"{path}: line {number} has more than {_LINE:,} characters; nothing was recorded")
        if not line:
            return
        yield line
