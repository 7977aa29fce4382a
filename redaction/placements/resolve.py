"""Which placement is meant: one resolver by account, by name, or all, for commands, pages, tasks and loads.

A placement is the id of an Airflow connection in `REDACTION_PLACEMENTS`. `default` is `REDACTION_DATABASE_URL`, or the
connection `redaction_default`. `AIRFLOW_CONN_<NAME>_OWNER` is its owner's URL, which only `redaction init`, a move and
a replay need. Each placement has its own schema, ledger and residue, so a placement that is down stops only its own
accounts. Code that works on one placement gets its deployment from here and knows no other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from pydantic import SecretStr

from redaction.db.database import Database, open_database
from redaction.db.urls import parse_connection
from redaction.deployment import Deployment
from redaction.errors import BadInput, DatabaseBusy, RedactionError
from redaction.ledger.external import check_ledger
from redaction.ledger.place import StoragePlace
from redaction.placements.connections import CONNECTION, find_connection, has_airflow
from redaction.settings import DEFAULT, Settings

T = TypeVar("T")
Answers = tuple[dict[str, T], dict[str, str]]
"""The answer of each placement, by name, and the reason of each that does not answer."""


class Placements(AbstractContextManager["Placements"]):
    """The placements of a process, each opened when first needed, all closed by `close`.

    With `chosen`, only that one exists, also for an account at another.
    """

    def __init__(self, settings: Settings, chosen: str | None = None) -> None:
        """Take the settings of the process."""
        self.settings = settings
        self.names = settings.all_placements if chosen is None else (chosen,)
        self._opened: dict[str, Deployment] = {}

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every database."""
        while self._opened:
            self._opened.popitem()[1].database.close()

    def at(self, placement: str, allow_restored: bool = False) -> Deployment:
        """Return the deployment of one placement; raises BadInput for an unknown name.

        Raises DatabaseBehind if its database was restored, unless the caller says `allow_restored`: for a replay, for
        creating what a replay misses, and for pages that only read.
        """
        if placement not in self._opened:
            settings = settings_of(self.settings, placement)
            # Two threads may ask at once; an opened database connects only when it is used.
            self._opened.setdefault(placement, deploy(open_database(settings), settings))
        deployment = self._opened[placement]
        if not allow_restored:
            check_ledger(deployment)
        return deployment

    def of(self, account_id: int | None, allow_restored: bool = False) -> Deployment:
        """Return the deployment of an account's placement, or of the first placement for None."""
        return self.at(self.names[0] if account_id is None else self.find(account_id), allow_restored)

    def each(self, allow_restored: bool = False) -> Iterator[Deployment]:
        """Yield the deployments of all placements, one after the other."""
        for placement in self.names:
            yield self.at(placement, allow_restored)

    def find(self, account_id: int) -> str:
        """Return the placement of an account; the first placement if none has it, which then reports that.

        Raises DatabaseBusy if a placement does not answer and no other has the account, BadInput if its definition
        cannot work.
        """
        if len(self.names) == 1:
            return self.names[0]
        silent: dict[str, RedactionError] = {}
        for placement in self.names:
            try:
                if account_exists(self.at(placement, allow_restored=True).database, account_id):
                    return placement
            except RedactionError as error:
                silent[placement] = error
        what = f"account {account_id} is at no placement that answers, and"
        for placement, why in silent.items():
            if not why.retryable:
                raise BadInput(f"{what} placement {placement}: {why}")
        if silent:
            raise DatabaseBusy(f"{what} {', '.join(silent)} does not: try again later")
        return self.names[0]

    def check_free(self, account_id: int, placement: str) -> None:
        """Raise BadInput if another placement has an account of that id: both would have the same DAG id."""
        other = self.find(account_id)
        if other != placement and account_exists(self.at(other, allow_restored=True).database, account_id):
            raise BadInput(f"account {account_id} is at placement {other} already")

    def ask(self, ask: Callable[[Deployment], T], allow_restored: bool = False) -> Answers[T]:
        """Return what each placement answers, all asked at once. Raises the error of a single placement."""

        def answer(placement: str) -> T | RedactionError:
            try:
                return ask(self.at(placement, allow_restored))
            except RedactionError as error:
                return error

        if len(self.names) == 1:
            return {self.names[0]: ask(self.at(self.names[0], allow_restored))}, {}
        with ThreadPoolExecutor(len(self.names)) as pool:
            found = dict(zip(self.names, pool.map(answer, self.names), strict=True))
        answers = {name: given for name, given in found.items() if not isinstance(given, RedactionError)}
        return answers, {name: str(given) for name, given in found.items() if isinstance(given, RedactionError)}


def deploy(database: Database, settings: Settings) -> Deployment:
    """Return the deployment of a database that is open."""
    return Deployment(settings, database, StoragePlace(settings))


def account_exists(database: Database, account_id: int) -> bool:
    """Say whether this placement has an account; works on an older schema too."""
    return bool(database.one("account_exists", account_id=account_id)["found"])


def settings_of(settings: Settings, placement: str) -> Settings:
    """Return the settings of one placement, from those of the process: its database, and its own place for the ledger
    and the Data Docs.

    Raises BadInput for an unknown placement, or if Airflow lacks its connection.
    """
    if placement not in settings.all_placements:
        raise BadInput(f"there is no placement {placement!r}: REDACTION_PLACEMENTS lists the placements")
    if placement == DEFAULT:
        return _with_connection(settings)
    return settings.at(
        placement,
        database_url=SecretStr(find_url(placement)),
        owner_url=_find_owner_url(placement),
        ledger_url=f"{settings.ledger_place.rstrip('/')}_of_{placement}",
    )


def _with_connection(settings: Settings) -> Settings:
    """Return the settings with the database of the connection `redaction_default`, if they name none."""
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
