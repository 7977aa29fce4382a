"""Airflow's own metadata database, in a folder that goes with the tests."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Migrate the metadata database that `tests/conftest.py` has pointed Airflow at."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True, env=os.environ)
