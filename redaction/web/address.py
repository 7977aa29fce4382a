"""The path of Airflow's `[api] base_url`, which precedes every link of a page."""

from __future__ import annotations

from urllib.parse import urlsplit

from airflow.configuration import conf

PAGES = "/redaction"
"""The mount point of our pages, below that path."""


def base_path() -> str:
    """Return the path below which Airflow is reached, such as `/airflow`; "" if it has its own host."""
    return urlsplit(str(conf.get("api", "base_url", fallback=""))).path.rstrip("/")
