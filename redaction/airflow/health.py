"""Is what answers at an address healthy? `python -m redaction.airflow.health URL`; exit code 0 if it is."""

from __future__ import annotations

import sys

import requests


def is_healthy(url: str) -> bool:
    """Say whether an address answers with 200, and with no part that calls itself unhealthy."""
    try:
        answer = requests.get(url, timeout=5)
        # The scheduler says it by its status alone.
        told = answer.json() if answer.content else {}
    except (requests.RequestException, ValueError):
        return False
    if answer.status_code != 200:
        return False
    return not any(isinstance(part, dict) and part.get("status") == "unhealthy" for part in told.values())


if __name__ == "__main__":
    sys.exit(0 if is_healthy(sys.argv[1]) else 1)
