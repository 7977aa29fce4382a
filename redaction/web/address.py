"""Where Airflow is reached: the path of `[api] base_url`, before everything that a page links to."""

from __future__ import annotations

from urllib.parse import urlsplit

from airflow.configuration import conf

PAGES = "/redaction"
"""Where our pages are mounted, below that path."""


def base_path() -> str:
    """Return the path that Airflow is reached below, such as `/airflow`; "" if it has a host of its own."""
    return urlsplit(str(conf.get("api", "base_url", fallback=""))).path.rstrip("/")
