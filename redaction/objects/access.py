"""The way into a store: a protocol, which a module for each kind follows, the credentials, what comes of an object."""

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
    """What came of one object. `reason` is in safe words: no path, no address, no message of a store.

    `until` is when a lock ends, which shows that the object is there.
    """

    outcome: Outcome
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Probe:
    """Whether a store is shown to be the right and whole one, so that *not found* may be believed; and why."""

    sound: bool
    reason: str


@dataclass(frozen=True)
class Promise:
    """What a store can promise. None: it could not be told."""

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
"""What is said of an address that a store was wrongly asked about: nothing was asked and nothing was deleted."""


_SILENT = 3


class Silence:
    """How often in a row a store did not answer. Once it is silent it is not asked again by this way into it.

    Each try takes up to a minute, and a run may have thousands of objects there: they remain and are tried later.
    """

    def __init__(self) -> None:
        """Begin with a store that answers."""
        self._times, self._reason = 0, ""

    def note(self, reason: str | None) -> None:
        """Take why a store did not answer; None if it did."""
        self._times, self._reason = (0, "") if reason is None else (self._times + 1, reason)

    @property
    def settled(self) -> Settled | None:
        """Return what is said of an object while the store is silent; None if it may be asked."""
        return Settled("remains", self._reason) if self._times >= _SILENT else None


class StoreAccess(Protocol):
    """A store that was opened. No method raises for what a store does or says."""

    def delete(self, address: Address, account_id: int, activity_id: int) -> Settled:
        """Delete one object of the store and look again; say what came of it."""
        ...

    def probe(self) -> Probe:
        """Look whether it is the right and whole store. Changes nothing."""
        ...

    def check(self) -> Promise:
        """Say what the store can promise. Changes nothing but objects of its own: one to try, and the marker."""
        ...


def lies_inside(address: Address, prefix: Address) -> bool:
    """Return whether an address, made by whomever, lies below a prefix and has no segment that leads out of it."""
    dots = any(segment in (".", "..") for segment in address.path.split("/"))
    return not dots and "\0" not in address.path and is_below(address, prefix)


def refuse_key(address: Address, prefix: Address, settings: Settings) -> Settled | None:
    """Return what is said of an object that is never deleted: outside its store, a marker, or in what is kept.

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
    """What a connection says. Its repr has no secret in it."""

    host: str | None = None
    scheme: str | None = None
    port: int | None = None
    login: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)


def read_connection(store_name: str, connection: str | None) -> Credentials:
    """Return what an Airflow connection says; nothing for a store that names none. Raises BadInput if there is none.

    The connection comes from the store alone, never from a payload.
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
    except Exception as error:  # a connection that cannot be read: its message may have the secret in it
        raise BadInput(
            f"store {store_name}: its Airflow connection cannot be read ({type(error).__name__}): write it anew"
        ) from None
    if found is None:
        raise BadInput(
            f"store {store_name}: Airflow has no connection of the id that it names: add it, or name another"
        )
    return Credentials(found.host, found.schema, found.port, found.login, found.password, dict(extra or {}))
