"""Placements: the PostgreSQL servers that accounts are spread over. Each is whole by itself, with a schema, a ledger
and residue of its own, so that one that is down stops its own accounts alone.

A placement is the id of an Airflow connection that `REDACTION_PLACEMENTS` names; `default` is `REDACTION_DATABASE_URL`,
or the connection `redaction_default` where that is not set.
The URL of its owner, which only `redaction init`, a move and a replay need, is `AIRFLOW_CONN_<NAME>_OWNER`.
What works on one is given the settings of it, made here; nothing else knows that there are others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic import SecretStr

from redaction.db.database import Database, open_database
from redaction.db.urls import parse_connection
from redaction.errors import BadInput, DatabaseBusy, RedactionError
from redaction.placements.connections import CONNECTION, find_connection, has_airflow
from redaction.settings import DEFAULT, Settings

T = TypeVar("T")


def settings_of(settings: Settings, placement: str) -> Settings:
    """Return the settings of one placement, from those of the process: its database, its own place for the ledger and
    the Data Docs.

    Raises BadInput for a placement that is not named, or whose connection Airflow does not have.
    """
    if placement not in settings.all_placements:
        raise BadInput(f"there is no placement {placement!r}: REDACTION_PLACEMENTS names those there are")
    if placement == DEFAULT:
        return _with_connection(settings)
    beside = settings.ledger_url or str(settings.home.resolve() / "ledger")
    return settings.at(
        placement,
        database_url=SecretStr(find_url(placement)),
        owner_url=_find_owner_url(placement),
        ledger_url=f"{beside.rstrip('/')}_of_{placement}",
    )


def _with_connection(settings: Settings) -> Settings:
    """Return the settings with the database that the connection `redaction_default` is, if they name none."""
    if settings.database_url is not None or not has_airflow():
        return settings
    given = find_connection(CONNECTION)
    if given is None:
        return settings
    return settings.at(DEFAULT, database_url=SecretStr(parse_connection(given, CONNECTION)))


def find_url(placement: str) -> str:
    """Return the database URL of a placement, from its Airflow connection; raises BadInput if there is none."""
    given = find_connection(placement)
    if given is None:
        raise BadInput(
            f"placement {placement}: Airflow has no connection of that id; add it, or set "
            f"AIRFLOW_CONN_{placement.upper()}"
        )
    return parse_connection(given, placement)


def _find_owner_url(placement: str) -> SecretStr | None:
    """Return the URL of a placement's owner, if this process has it. Airflow is not asked: every task may read its
    connections.
    """
    name = f"{placement}_owner"
    given = os.environ.get(f"AIRFLOW_CONN_{name.upper()}")
    return None if given is None else SecretStr(parse_connection(given, name))


def account_exists(database: Database, account_id: int) -> bool:
    """Say whether this placement has an account; also before its schema is of this version."""
    with database.transaction("redaction_worker") as session:
        return bool(session.one("account_exists", account_id=account_id)["found"])


@contextmanager
def opened(settings: Settings, placement: str) -> Iterator[tuple[Database, Settings]]:
    """Open the database of a placement; gives it with its settings."""
    chosen = settings_of(settings, placement)
    database = open_database(chosen)
    try:
        yield database, chosen
    finally:
        database.close()


def find_placement(settings: Settings, account_id: int) -> str:
    """Return the placement of an account; where none has it, the default one, which will say so.

    Raises DatabaseBusy if none that answers has it and one does not answer.
    """
    names = settings.all_placements
    if len(names) == 1:
        return DEFAULT
    silent = []
    for name in names:
        try:
            with opened(settings, name) as (database, _):
                if account_exists(database, account_id):
                    return name
        except DatabaseBusy:
            silent.append(name)
    if silent:
        raise DatabaseBusy(
            f"account {account_id} is at no placement that answers, and {', '.join(silent)} does not: try again later"
        )
    return DEFAULT


def check_free(settings: Settings, account_id: int, placement: str) -> None:
    """Raise BadInput if an account of that id is at another placement, where its DAG would be another's."""
    other = find_placement(settings, account_id)
    if other == placement:
        return
    with opened(settings, other) as (database, _):
        if account_exists(database, account_id):
            raise BadInput(f"account {account_id} is at placement {other} already")


def ask_each(settings: Settings, ask: Callable[[Database, Settings], T]) -> tuple[dict[str, T], dict[str, str]]:
    """Return what each placement answers, by name, and of each that does not the reason."""
    answers: dict[str, T] = {}
    silent: dict[str, str] = {}
    for name in settings.all_placements:
        try:
            with opened(settings, name) as (database, chosen):
                answers[name] = ask(database, chosen)
        except RedactionError as error:
            silent[name] = str(error)
    return answers, silent
