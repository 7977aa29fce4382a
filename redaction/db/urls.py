"""The URLs of a database, for its login and its owner: from settings, Airflow connections, or an offered server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import psycopg2
from psycopg2.extensions import make_dsn
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from redaction.db.offered import Offered, Urls
from redaction.errors import BadInput
from redaction.settings import Settings

DRIVER = "postgresql+psycopg2"
_TYPES = frozenset({"postgresql", "postgres", "redaction"})
"""Connection types that mean a PostgreSQL; the last one is ours."""
_MOST_CONNECTION = 10_000
_EXTRA = "__extra__"
"""The URI parameter in which Airflow keeps, as JSON, an extra that has more than texts."""


def parse_url(url: str, name: str = "REDACTION_DATABASE_URL") -> URL:
    """Return a URL with our driver; raises BadInput, without quoting it, if it is not a PostgreSQL URL. `name` is
    the setting that it comes from.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"postgresql", "postgres"}:
            raise BadInput(f"{name} must begin with postgresql://")
        parsed = parsed.set(drivername=DRIVER)
        _, arguments = parsed.get_dialect()().create_connect_args(parsed)
    except (ArgumentError, ValueError):
        raise BadInput(f"{name} is not a URL: write postgresql://user@host:5432/database") from None
    _check_parameters(arguments, name)
    return parsed


def _check_parameters(names: Mapping[str, Any], name: str) -> None:
    """Refuse a parameter that libpq does not know: the driver reports it like a lost connection."""
    for parameter in names:
        try:
            make_dsn(**{parameter: ""})
        except psycopg2.ProgrammingError:
            raise BadInput(
                f"{name}: {parameter} is no parameter of a PostgreSQL connection: take it out; nothing was done"
            ) from None


def parse_connection(text: str, name: str) -> str:
    """Return the URL of an Airflow connection, given as a URI or JSON; raises BadInput, without quoting it."""
    try:
        if len(text) > _MOST_CONNECTION:
            raise ValueError
        if text.lstrip().startswith("{"):
            given = json.loads(text)
            kind = str(given.get("conn_type"))
            port = int(given["port"]) if given.get("port") else None
            login, password, host, schema = (given.get(field) for field in ("login", "password", "host", "schema"))
            url = URL.create(DRIVER, login, password, host, port, schema)
            extra = given.get("extra") or {}
        else:
            url = make_url(text)
            kind = url.get_backend_name()
            # Airflow quotes every part; a SQLAlchemy URL is not quoted in these two.
            url = url.set(host=unquote(url.host or ""), database=unquote(url.database or ""))
            extra = url.query.get(_EXTRA, url.query)
        parameters = _read_extra(json.loads(extra) if isinstance(extra, str) else extra, name)
    except (ArgumentError, ValueError, AttributeError, TypeError, RecursionError):
        raise BadInput(f"connection {name} is not one of PostgreSQL: write postgresql://user@host:5432/name") from None
    if kind not in _TYPES:
        raise BadInput(
            f"connection {name} is of another type than postgres or redaction: write redaction://user@host:5432/name"
        )
    _check_parameters(parameters, f"connection {name}")
    host = url.host or ""
    if host.startswith(("/", "@")):
        # A URL has no room for the folder of a socket where its host is.
        url, parameters["host"] = url.set(host=""), host
    return url.set(drivername=DRIVER, query=parameters).render_as_string(hide_password=False)


def _read_extra(extra: Mapping[str, Any], name: str) -> dict[str, str | tuple[str, ...]]:
    """Return the parameters of a connection's extra, as texts. A tuple, several hosts, comes from a URI."""
    found: dict[str, str | tuple[str, ...]] = {}
    for key, value in extra.items():
        if not isinstance(value, str | int | float | tuple | None):
            raise BadInput(f"connection {name}: {key} of its extra is no plain value: take it out; nothing was done")
        if value is not None:
            found[key] = value if isinstance(value, tuple) else str(int(value) if isinstance(value, bool) else value)
    return found


def locate_database(settings: Settings) -> Urls:
    """Return the URLs of the user's database, or those offered to this process; raises BadInput if there is none."""
    if settings.database_url is not None:
        owner = settings.owner_url
        return Urls(settings.database_url.get_secret_value(), None if owner is None else owner.get_secret_value())
    if settings.owner_url is not None:
        raise BadInput("REDACTION_OWNER_URL is set and REDACTION_DATABASE_URL, the login of tasks and pages, is not")
    if Offered.locate is None:
        raise BadInput("REDACTION_DATABASE_URL is not set: name a PostgreSQL there; nothing was done")
    return Offered.locate(settings)
