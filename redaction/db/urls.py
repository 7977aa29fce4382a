"""The URLs of a database: of its login and of its owner, from settings, connections of Airflow, or a server of ours."""

from __future__ import annotations

import json

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from redaction.db.offered import Offered, Urls
from redaction.errors import BadInput
from redaction.settings import Settings

DRIVER = "postgresql+psycopg2"
_TYPES = frozenset({"postgresql", "postgres", "redaction"})
"""Types of a connection that is a PostgreSQL; the last one is ours."""
_MOST_CONNECTION = 10_000


def parse_url(url: str, name: str = "REDACTION_DATABASE_URL") -> URL:
    """Return a URL with our driver; raises BadInput, without quoting it, if it is not one of PostgreSQL. `name` is the
    setting that it comes from.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadInput(f"{name} is not a URL: write postgresql://user@host:5432/database") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise BadInput(f"{name} must begin with postgresql://")
    return parsed.set(drivername=DRIVER)


def parse_connection(text: str, name: str) -> str:
    """Return the URL that an Airflow connection, a URI or JSON, stands for; raises BadInput, without quoting it."""
    try:
        if len(text) > _MOST_CONNECTION:
            raise ValueError
        if text.lstrip().startswith("{"):
            given = json.loads(text)
            url = URL.create(
                DRIVER,
                given.get("login"),
                given.get("password"),
                given.get("host"),
                int(given["port"]) if given.get("port") else None,
                given.get("schema"),
                {key: str(value) for key, value in (given.get("extra") or {}).items()},
            )
            kind = str(given.get("conn_type"))
        else:
            url = make_url(text)
            kind = url.get_backend_name()
    except (ArgumentError, ValueError, AttributeError, TypeError, RecursionError):
        raise BadInput(f"connection {name} is not one of PostgreSQL: write postgresql://user@host:5432/name") from None
    if kind not in _TYPES:
        raise BadInput(
            f"connection {name} is of another type than postgres or redaction: write redaction://user@host:5432/name"
        )
    return url.set(drivername=DRIVER).render_as_string(hide_password=False)


def locate_database(settings: Settings) -> Urls:
    """Return the URLs of the user's database, else those that this process was offered; raises BadInput for none."""
    if settings.database_url is not None:
        owner = settings.owner_url
        return Urls(settings.database_url.get_secret_value(), None if owner is None else owner.get_secret_value())
    if settings.owner_url is not None:
        raise BadInput("REDACTION_OWNER_URL is set and REDACTION_DATABASE_URL, the login of tasks and pages, is not")
    if Offered.locate is None:
        raise BadInput("REDACTION_DATABASE_URL is not set: name a PostgreSQL there; nothing was done")
    return Offered.locate(settings)
