"""Access to a store: the protocol that the module of each kind implements, the credentials, the outcome of an
object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from redaction.errors import BadInput
from redaction.objects.addresses import Address, is_below
from redaction.objects.protected import find_kept
from redaction.objects.stores import MARKER_PREFIX
from redaction.settings import Settings

Outcome = Literal["deleted", "not_found", "kept", "remains", "elsewhere"]


@dataclass(frozen=True)
class Settled:
    """The outcome of one object. `reason` is in safe words: no path, no address, no message of a store.

    `until` is when a lock ends, which shows that the object exists.
    """

    outcome: Outcome
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Probe:
    """Whether a store has proven to be the right and whole one, so that *not found* may be believed; and why."""

    sound: bool
    reason: str


@dataclass(frozen=True)
class Promise:
    """What a store can promise. None: unknown."""

    versioning: bool | None = None
    lock: bool | None = None
    soft_delete: bool | None = None
    may_delete: bool | None = None
    may_delete_versions: bool | None = None
    notes: tuple[str, ...] = ()


class Refused(Exception):
    """A store refused or failed. `reason` is in safe words, `code` is the store's own code or a class of failure."""

    def __init__(self, reason: str, code: str = "") -> None:
        """Take both."""
        super().__init__(reason)
        self.reason, self.code = reason, code


OUTSIDE = Settled("elsewhere", "it lies outside the store")
"""The outcome of an address that does not belong to the store: nothing was asked and nothing was deleted."""


_SILENT = 3


class Silence:
    """How often in a row a store did not answer. A silent store is not asked again through this object.

    Each try takes up to a minute, and a run may have thousands of objects there: they remain and are tried later.
    """

    def __init__(self) -> None:
        """Start with a store that answers."""
        self._times, self._reason = 0, ""

    def note(self, reason: str | None) -> None:
        """Take why a store did not answer; None if it did."""
        self._times, self._reason = (0, "") if reason is None else (self._times + 1, reason)

    @property
    def settled(self) -> Settled | None:
        """Return the outcome of an object while the store is silent; None if it may be asked."""
        return Settled("remains", self._reason) if self._times >= _SILENT else None


class StoreAccess(Protocol):
    """An opened store. No method raises for what a store does or answers."""

    def delete(self, address: Address, account_id: int, activity_id: int) -> Settled:
        """Delete one object of the store and look again; return the outcome."""
        ...

    def probe(self) -> Probe:
        """Check whether it is the right and whole store. Changes nothing."""
        ...

    def check(self) -> Promise:
        """Return what the store can promise. Changes only objects of its own: a test object, and the marker."""
        ...


def lies_inside(address: Address, prefix: Address) -> bool:
    """Return whether an untrusted address is below a prefix and has no segment that leads out of it."""
    dots = any(segment in (".", "..") for segment in address.path.split("/"))
    return not dots and "\0" not in address.path and is_below(address, prefix)


def refuse_key(address: Address, prefix: Address, settings: Settings) -> Settled | None:
    """Return the outcome of an object that must not be deleted: outside its store, a marker, or at a protected place.

    None if it may be deleted.
    """
    if not address.path or not lies_inside(address, prefix):
        return OUTSIDE
    if address.path.rpartition("/")[2].startswith(MARKER_PREFIX):
        return OUTSIDE
    kept = find_kept(address, settings)
    return None if kept is None else Settled("remains", f"it lies in {kept}, where nothing is deleted")


@dataclass(frozen=True)
class Credentials:
    """The facts of a connection. Its repr has no secret in it."""

    host: str | None = None
    scheme: str | None = None
    port: int | None = None
    login: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)


def read_connection(store_name: str, connection: str | None) -> Credentials:
    """Return the credentials of an Airflow connection; empty if the store names none. Raises BadInput if it does not
    exist.

    The connection comes only from the store, never from a record.
    """
    if connection is None:
        return Credentials()
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowException

    try:
        found = Connection.get(connection)
        extra = found.extra_dejson
    except AirflowException:
        found = None
    except Exception as error:  # an unreadable connection: its message may have the secret in it
        raise BadInput(
            f"store {store_name}: its Airflow connection cannot be read ({type(error).__name__}): enter it again"
        ) from None
    if found is None:
        raise BadInput(
            f"store {store_name}: Airflow has no connection of the id that it names: add it, or name another"
        )
    return Credentials(found.host, found.schema, found.port, found.login, found.password, dict(extra or {}))
