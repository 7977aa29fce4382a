"""Who else names an object that is about to be deleted: asked just before, after entering the gate of each account."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from redaction.contacts.remembered import Remembered
from redaction.db.session import Session
from redaction.objects.addresses import Address
from redaction.objects.names import find_name, list_places, list_texts
from redaction.objects.opened import Deletion
from redaction.objects.stores import Store, fill, read_request, real_address

_NAMED = "an activity that is not redacted, or is held or paused, names it"
_ALIKE = "its request is also that of an activity that is not redacted, or is held or paused"
_BEGINS = "a hold or a pause of another account that names it begins just now"
_names = Remembered(find_name, 100_000)


@dataclass
class Naming:
    """The ways in which others may name some objects: their address, another spelling, another host, the target of
    their symbolic links, and the other activities that a vendor request may be about. Each with the id of its
    object.
    """

    texts: list[tuple[int, str]] = field(default_factory=list)
    places: list[tuple[int, str, str]] = field(default_factory=list)
    names: list[tuple[int, Address]] = field(default_factory=list)
    requests: list[tuple[int, int, int | None, int | None, int]] = field(default_factory=list)
    """The activity of the object, and the account, or accounts of an agency, and activity of a similar request."""

    def add(self, number: int, recorded: str, address: Address) -> None:
        """Add an object, with its recorded address."""
        texts = {recorded}
        spelled = {address, real_address(address)}
        names = {name for each in spelled if (name := find_name(each.text)) is not None}
        for each in spelled | names:
            texts |= list_texts(each)
            self.places += ((number, path, host) for path, host in list_places(each))
        self.texts += ((number, text) for text in texts)
        self.names += ((number, name) for name in names)

    def add_request(self, number: int, deletion: Deletion, stores: Iterable[Store]) -> None:
        """Add the vendor request for an object, with the stores of all accounts."""
        template = deletion.store.template
        if template is None:
            return
        url = fill(template, deletion.account_id, deletion.activity_id)
        for store in stores:
            # A template with the account in it says whose activity is meant.
            if store.template is None or (store.template == template and "{account}" in template):
                continue
            read = read_request(store, url)
            if read is not None and read != (deletion.account_id, deletion.activity_id):
                account_id, activity_id = read
                self.requests.append((number, deletion.activity_id, account_id, store.agency_id, activity_id))

    def of(self, numbers: Collection[int]) -> Naming:
        """Return the same for only some objects."""
        return Naming(
            [text for text in self.texts if text[0] in numbers],
            [place for place in self.places if place[0] in numbers],
            [name for name in self.names if name[0] in numbers],
            [request for request in self.requests if request[0] in numbers],
        )

    def values(self) -> dict[str, list[Any]]:
        """Return the parameters of the statements that search for others who name them."""
        return {
            "ids": [number for number, _ in self.texts],
            "addresses": [text for _, text in self.texts],
            "placed": [number for number, _, _ in self.places],
            "paths": [path for _, path, _ in self.places],
            "hosts": [host for _, _, host in self.places],
        }


def find_kept(session: Session, account_id: int, naming: Naming) -> dict[int, str]:
    """Return by id why another activity keeps some of these objects. For the others no hold and no pause starts
    before the transaction ends, in any account that names them.
    """
    if not naming.texts:
        return {}
    odd = _find_odd(session, naming)
    touched = {row["id"] for row in session.rows("shared_objects", **naming.values())}
    touched |= {number for number, _, _ in odd} | {request[0] for request in naming.requests}
    kept, others = _ask(session, account_id, naming.of(touched), odd)
    free = naming.of(touched - set(kept))
    if not free.texts:
        return kept
    others = [(number, other) for number, other in others if number not in kept]
    entered = session.rows(
        "enter_other_strips",
        account_id=account_id,
        **free.values(),
        given=[number for number, _ in others],
        accounts=[other for _, other in others],
    )
    # What started before we entered their gates is visible now.
    kept |= _ask(session, account_id, free, odd)[0]
    return {row["id"]: _BEGINS for row in entered if not row["entered"]} | kept


def _find_odd(session: Session, naming: Naming) -> list[tuple[int, int, int]]:
    """Return the objects named by addresses that no look-up finds: each with the id and account of that row."""
    named: dict[Address | None, list[int]] = {}
    for number, name in naming.names:
        named.setdefault(name, []).append(number)
    return [
        (number, row["id"], row["account_id"])
        for row in session.rows("list_odd_addresses")
        for number in named.get(_names[row["address"]], ())
        if number != row["id"]
    ]


def _ask(
    session: Session, account_id: int, naming: Naming, odd: Iterable[tuple[int, int, int]]
) -> tuple[dict[int, str], list[tuple[int, int]]]:
    """Return why others keep some objects, and the objects with further accounts that name them by this search
    alone.
    """
    if not naming.texts:
        return {}, []
    numbers = {number for number, _ in naming.texts}
    odd = [each for each in odd if each[0] in numbers]
    rows = session.rows(
        "named_by_another", **naming.values(), unread=[each[0] for each in odd], others=[each[1] for each in odd]
    )
    kept = dict.fromkeys((row["id"] for row in rows), _NAMED)
    others = [(number, other) for number, _, other in odd]
    if naming.requests:
        ids, owns, accounts, agencies, activities = map(list, zip(*naming.requests, strict=True))
        alike = session.rows(
            "asked_alike",
            account_id=account_id,
            ids=ids,
            owns=owns,
            accounts=accounts,
            agencies=agencies,
            activities=activities,
        )
        kept = {row["id"]: _ALIKE for row in alike if row["kept"]} | kept
        others += [(row["id"], row["account_id"]) for row in alike]
    return kept, others
