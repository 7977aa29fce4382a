"""The ways to redact that are compared: ours, and what people do instead."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from bench.tables import CUTOFF, owner_url
from redaction.catalog import load_catalog
from redaction.deployment import Deployment
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.pipeline.runs import Request, RunRef
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy

NULLS = ", ".join(f"{name} = NULL" for name in load_catalog().personal)
PLAIN = f"UPDATE tracking.activities SET {NULLS}, redacted_at = now() WHERE account_id = 1 AND called_at < :cutoff"
Way = Callable[[Deployment], Any]


def plain_update(deployment: Deployment) -> None:
    """Type the UPDATE that a DBA would."""
    with deployment.database.engine("owner").begin() as connection:
        connection.execute(sa.text(PLAIN), {"cutoff": CUTOFF})


def update_and_vacuum_full(deployment: Deployment) -> None:
    """Type it, then free the files of the values."""
    plain_update(deployment)
    with deployment.database.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM FULL tracking.activities")


def pandas_rows(deployment: Deployment) -> None:
    """Read the keys into a data frame, write the rows back one by one in batches."""
    import pandas as pd

    engine = deployment.database.engine("owner")
    keys = pd.read_sql(
        sa.text(
            "SELECT account_id, called_at, id FROM tracking.activities WHERE account_id = 1 AND called_at < :cutoff"
        ),
        engine,
        params={"cutoff": CUTOFF},
    )
    update = sa.text(
        f"UPDATE tracking.activities SET {NULLS}, redacted_at = now()"
        " WHERE account_id = :account_id AND called_at = :called_at AND id = :id"
    )
    with engine.begin() as connection:
        connection.execute(update, keys.to_dict("records"))


class Pganonymize:
    """pganonymize, in an environment of its own, with the schema file that sets every personal column to NULL."""

    def __init__(self, folder: Path) -> None:
        """Install it below a folder; it knows neither schemas nor keys of several columns."""
        self._home = folder / "pganonymize"
        self._rules = folder / "pganonymize.yml"
        fields = [{name: {"provider": {"name": "clear"}}} for name in load_catalog().personal]
        self._rules.write_text(yaml.safe_dump({"tables": [{"activities": {"primary_key": "id", "fields": fields}}]}))
        subprocess.run([sys.executable, "-m", "venv", str(self._home)], check=True)
        install = [self._home / "bin" / "pip", "install", "--quiet", "pganonymize", "psycopg2-binary"]
        subprocess.run(install, check=True, capture_output=True)

    def __call__(self, deployment: Deployment) -> None:
        """Run it on a database."""
        url = owner_url(deployment.database)
        done = subprocess.run(
            [
                *(self._home / "bin" / "pganonymize", "--schema", self._rules, "--dbname", url.database),
                *("--user", url.username, "--host", url.query["host"]),
            ],
            capture_output=True,
            text=True,
            env={**os.environ, "PGOPTIONS": "-c search_path=tracking"},
        )
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])


def select(deployment: Deployment) -> RunRef:
    """Fix the set of a run."""
    return select_aged(deployment, 1, CUTOFF, Request("bench"))


def strip(**changes: Any) -> Way:
    """Return select and strip, recorded as a run, under changed settings."""

    def way(deployment: Deployment) -> None:
        strip_run(deploy(deployment.database, deployment.settings.model_copy(update=changes)), select(deployment))

    return way


def validated(deployment: Deployment) -> None:
    """Select, strip, delete objects, validate; without the reports."""
    run = begin_run(deployment, 1, CUTOFF, "bench")
    for step in ("strip", "objects", "validate"):
        run_step(deployment, run.id, step)


def whole_run(deployment: Deployment) -> dict[str, Any]:
    """Do the whole job; Great Expectations is imported already."""
    return complete_run(deployment, begin_run(deployment, 1, CUTOFF, "bench").id)
