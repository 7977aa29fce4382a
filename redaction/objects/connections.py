"""The Airflow connection of a store: it comes from the store alone, never from a payload."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from redaction.errors import BadInput


@dataclass(frozen=True)
class Credentials:
    """What a connection says. Its repr has no secret in it."""

    host: str | None = None
    scheme: str | None = None
    port: int | None = None
    login: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)


def read_connection(store_name: str, connection: str | None) -> Credentials:
    """Return what an Airflow connection says; nothing for a store that names none. Raises BadInput if there is none."""
    if connection is None:
        return Credentials()
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowException

    try:
        found = Connection.get(connection)
        extra = found.extra_dejson
    except AirflowException:
        found = None
    except Exception as error:  # a connection that cannot be read: its message may have the secret in it
        raise BadInput(
            f"store {store_name}: its Airflow connection cannot be read ({type(error).__name__}): write it anew"
        ) from None
    if found is None:
        raise BadInput(
            f"store {store_name}: Airflow has no connection of the id that it names: add it, or name another"
        )
    return Credentials(found.host, found.schema, found.port, found.login, found.password, dict(extra or {}))
