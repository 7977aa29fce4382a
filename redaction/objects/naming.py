"""Who else names an object that is about to be deleted: asked right before, behind the gate of each account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from redaction.db.session import Session
from redaction.objects.addresses import Address
from redaction.objects.spelling import list_places, list_texts
from redaction.objects.stores import real_address

_NAMED = "an activity that is not redacted, or is held or paused, names it"


@dataclass
class Naming:
    """By what others may name some objects: their address, another spelling, another host, or the path that their
    symbolic links lead to. Each with the id of its object.
    """

    texts: list[tuple[int, str]] = field(default_factory=list)
    places: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, number: int, recorded: str, address: Address) -> None:
        """Add an object, with its address as it is recorded."""
        texts = {recorded}
        for spelled in {address, real_address(address)}:
            texts |= list_texts(spelled)
            self.places += ((number, path, host) for path, host in list_places(spelled))
        self.texts += ((number, text) for text in texts)

    def of(self, numbers: Collection[int]) -> Naming:
        """Return the same of some objects alone."""
        return Naming(
            [text for text in self.texts if text[0] in numbers],
            [place for place in self.places if place[0] in numbers],
        )

    def values(self) -> dict[str, list[Any]]:
        """Return the parameters of the statements that ask who names them."""
        return {
            "ids": [number for number, _ in self.texts],
            "addresses": [text for _, text in self.texts],
            "placed": [number for number, _, _ in self.places],
            "paths": [path for _, path, _ in self.places],
            "hosts": [host for _, _, host in self.places],
        }


def find_kept(session: Session, account_id: int, naming: Naming) -> dict[int, str]:
    """Return by id why another activity keeps some of these objects; of the others no hold and no pause begins until
    the transaction ends, of whatever account names them.
    """
    shared = _ask(session, "shared_objects", naming)
    named = _ask(session, "named_by_another", naming.of(shared))
    free = naming.of(shared - named)
    if not free.texts:
        return dict.fromkeys(named, _NAMED)
    others = session.rows("enter_other_strips", account_id=account_id, **free.values())
    # What began before their gates were gone through is seen now.
    named |= _ask(session, "named_by_another", free)
    begins = (row["id"] for row in others if not row["entered"])
    return dict.fromkeys(begins, "a hold or a pause of another account that names it begins just now") | dict.fromkeys(
        named, _NAMED
    )


def _ask(session: Session, statement: str, naming: Naming) -> set[int]:
    return {row["id"] for row in session.rows(statement, **naming.values())} if naming.texts else set()
