"""The stores of an account, opened for one pass over its objects: what is found in each, and which do not answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from redaction.errors import BadAddress, BadInput, RedactionError
from redaction.objects.access import Settled, StoreAccess
from redaction.objects.addresses import BUCKETS, WEB, Address, parse_prefix
from redaction.objects.stores import Store
from redaction.settings import Settings

WORKERS = 8
"""Requests to remote stores at the same time."""
_GIVEN_UP_AFTER = 10
"""After so many failed objects in a row, without a reason of their own, a store is not asked again in the same pass."""


@dataclass(frozen=True)
class Deletion:
    """One object to delete in a store."""

    store: Store
    address: Address
    account_id: int
    activity_id: int


@dataclass
class _SeenStore:
    outcomes: Counter[str] = field(default_factory=Counter)
    found: bool = False
    failed_in_a_row: int = 0
    why: str = ""
    not_found: list[int] = field(default_factory=list)


class OpenedStores:
    """The stores of one pass; each thread opens its own access to each store, since none of them is thread-safe."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; stores are opened when they are first asked."""
        self._settings = settings
        self._local = threading.local()
        self._seen: dict[int, _SeenStore] = {}
        self._stores: dict[int, Store] = {}
        self._pool: ThreadPoolExecutor | None = None

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def delete(self, asked: Sequence[tuple[int, Deletion]]) -> dict[int, tuple[Settled, bool]]:
        """Delete some objects, remote ones in parallel; return by id the outcome of each, and whether it was asked."""
        answers: dict[int, tuple[Settled, bool]] = {}
        remote = [pair for pair in asked if pair[1].store.prefix.split(":", 1)[0].lower() != "file"]
        near = [pair for pair in asked if pair not in remote]
        for number, deletion in near:
            answers[number] = self._note(number, deletion, self._ask(deletion))
        for start in range(0, len(remote), WORKERS):
            part = remote[start : start + WORKERS]
            settled_part = self._map([deletion for _, deletion in part])
            for (number, deletion), settled in zip(part, settled_part, strict=True):
                answers[number] = self._note(number, deletion, settled)
        return answers

    def doubt(self, declared: Collection[int]) -> list[tuple[Store, str, list[int]]]:
        """Return each store in which nothing was found and that has not proven to be the right and whole one.

        With each: why, and the objects that it reported as missing. Only stores that are still declared, by their ids,
        are asked.
        """
        doubted = []
        for store_id, seen in self._seen.items():
            if seen.not_found and not seen.found:
                store = self._stores[store_id]
                if store_id not in declared:
                    doubted.append((store, "nothing was found there before it was removed", seen.not_found))
                    continue
                try:
                    probe = self._open(store).probe()
                    sound, why = probe.sound, probe.reason
                except RedactionError as error:
                    sound, why = False, str(error)
                if not sound:
                    doubted.append((store, f"nothing was found there, and it may be incomplete: {why}", seen.not_found))
        return doubted

    def _map(self, asked: list[Deletion]) -> list[Settled | None]:
        if len(asked) == 1:
            return [self._ask(asked[0])]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="objects")
        return list(self._pool.map(self._ask, asked))

    def _ask(self, deletion: Deletion) -> Settled | None:
        """Return the answer of a store; None if it has failed too often to be asked again."""
        seen = self._seen.setdefault(deletion.store.id, _SeenStore())
        if seen.failed_in_a_row >= _GIVEN_UP_AFTER:
            return None
        try:
            return self._open(deletion.store).delete(deletion.address, deletion.account_id, deletion.activity_id)
        except RedactionError as error:
            return Settled("remains", str(error))

    def _open(self, store: Store) -> StoreAccess:
        opened: dict[int, StoreAccess] = self._local.__dict__.setdefault("opened", {})
        if store.id not in opened:
            opened[store.id] = open_store(store, self._settings)
        return opened[store.id]

    def _note(self, number: int, deletion: Deletion, settled: Settled | None) -> tuple[Settled, bool]:
        seen = self._seen[deletion.store.id]
        self._stores[deletion.store.id] = deletion.store
        asked = settled is not None
        if settled is None:
            settled = Settled(
                "remains", f"not asked, since the store failed {_GIVEN_UP_AFTER} times in a row: {seen.why}"
            )
        elif settled.outcome == "remains" and settled.until is None:
            seen.failed_in_a_row += 1
            seen.why = settled.reason
        else:
            seen.failed_in_a_row = 0
        if settled.outcome == "deleted" or (settled.outcome == "remains" and settled.until is not None):
            seen.found = True
        if settled.outcome == "not_found":
            seen.not_found.append(number)
        seen.outcomes[settled.outcome] += 1
        return replace(settled, reason=settled.reason[:200]), asked


def open_store(store: Store, settings: Settings) -> StoreAccess:
    """Return the access to a store. Raises BadInput if its connection does not exist or cannot be used for it."""
    try:
        prefix = parse_prefix(store.prefix)
    except BadAddress as error:
        raise BadInput(f"store {store.name}: the prefix is refused ({error.why})") from None
    if store.mode == "vendor" and prefix.scheme in WEB:
        from redaction.objects.vendor import VendorAccess

        return VendorAccess(store, prefix)
    if store.mode == "delete" and prefix.scheme == "file" and not prefix.host:
        from redaction.objects.files import FileAccess

        return FileAccess(store, prefix, settings)
    if store.mode == "delete" and prefix.scheme == "s3":
        from redaction.objects.s3 import S3Access

        return S3Access(store, prefix, settings)
    if store.mode == "delete" and prefix.scheme in BUCKETS:
        from redaction.objects.other import OtherAccess

        return OtherAccess(store, prefix, settings)
    raise BadInput(f"store {store.name}: mode {store.mode} and the scheme {prefix.scheme} do not go together")
