"""From a DAG run in Airflow to the run that it has started."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse

from redaction.settings import DEFAULT
from redaction.web.access import Seer
from redaction.web.context import PREFIX, get_placements

router = APIRouter()


@router.get("/dag-runs/{dag_id}/{dag_run_id}")
def lead_to_run(person: Seer, dag_id: str, dag_run_id: str) -> RedirectResponse:
    """Redirect from a DAG run to its run, at whichever placement it is."""
    key = f"{dag_id}/{dag_run_id}"
    found, _ = get_placements().ask(lambda deployment: deployment.rows("find_run", run_key=key), allow_restored=True)
    for placement, rows in found.items():
        for row in rows:
            where = "" if placement == DEFAULT else f"?{urlencode({'placement': placement})}"
            return RedirectResponse(f"{PREFIX}/runs/{row['id']}{where}")
    raise HTTPException(404, "This DAG run has redacted nothing: it has not begun a run, or is of another DAG.")
