"""The subject of a request: its accounts, wherever they are, and the contact that a number or address means there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from redaction.accounts.accounts import Account, list_accounts
from redaction.accounts.administrators import check_administrator
from redaction.contacts.addresses import is_sip
from redaction.contacts.contacts import contact_key
from redaction.contacts.countries import check_country
from redaction.errors import BadInput, DatabaseBusy
from redaction.placements.resolve import Placements

_NAMED = 10
_LABEL = r"(?!-)[\w-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def choose_accounts(
    placements: Placements, agency_id: int | None, account_ids: Sequence[int], name: str, administrator: bool
) -> dict[str, list[Account]]:
    """Return the accounts of a request by placement; raises BadInput, NotAllowed or DatabaseBusy."""
    if (agency_id is None) == (not account_ids):
        raise BadInput("a request is about an agency, or about some accounts: name one of them; nothing was opened")
    found = locate(placements, account_ids or None, agency_id)
    missing = sorted({*account_ids} - {account.id for accounts in found.values() for account in accounts})
    if missing:
        named = ", ".join(map(str, missing[:_NAMED]))
        raise BadInput(f"there is no account {named}, see `redaction account list`: nothing was opened")
    if administrator and agency_id is not None:
        found = {placement: _administered(placements, placement, rows, name) for placement, rows in found.items()}
    elif administrator:
        for placement, accounts in found.items():
            for account in accounts:
                check_administrator(placements.at(placement).database, account.id, name)
    if not any(found.values()):
        whose = f" that {name} administers" if administrator else ""
        raise BadInput(f"agency {agency_id} has no account{whose}; nothing was opened")
    return {placement: accounts for placement, accounts in found.items() if accounts}


def _administered(placements: Placements, placement: str, accounts: list[Account], name: str) -> list[Account]:
    rows = placements.at(placement).rows("administered_accounts", username=name)
    mine = {row["account_id"] for row in rows}
    return [account for account in accounts if account.id in mine]


def locate(
    placements: Placements, account_ids: Sequence[int] | None, agency_id: int | None = None
) -> dict[str, list[Account]]:
    """Return some accounts, or all of an agency, by their placement.

    Raises DatabaseBusy if a placement does not answer, because its accounts would be left out.
    """
    answers, silent = placements.ask(lambda deployment: list_accounts(deployment.database))
    if silent:
        placement, why = next(iter(silent.items()))
        raise DatabaseBusy(
            f"placement {placement} does not answer, and which accounts it has is not known: {why}; nothing was done, "
            "try again later"
        )
    wanted = None if account_ids is None else {*account_ids}
    return {
        placement: [
            account
            for account in accounts
            if (wanted is None or account.id in wanted) and agency_id in (None, account.agency_id)
        ]
        for placement, accounts in answers.items()
    }


def understand(contact: str, country: str | None, accounts: Sequence[Account]) -> tuple[str, str]:
    """Return the country by which a contact is read, and its key; raises BadInput, without quoting it.

    An e-mail address needs a valid domain. The host of a SIP address, which begins with `sip:`, may have any name.
    """
    chosen = country.upper() if country else None
    check_country(accounts[0].id, chosen)
    countries = [chosen] if chosen else sorted({account.number_country for account in accounts})
    keys: dict[str, str | None] = {}
    error: BadInput | None = None
    for name in countries:
        try:
            keys[name] = contact_key(contact, name)
        except BadInput as refused:
            keys[name], error = None, refused
    # No country makes an e-mail address of it.
    if error is not None and (len(countries) == 1 or "@" in contact):
        raise error
    read = {key for key in keys.values() if key is not None}
    if not read or (len({*keys.values()}) > 1):
        raise BadInput(
            f"the accounts have numbers of several countries ({', '.join(countries)}), and the contact is not the "
            "same in each, or none: write it with its country code (+...), or name the country; nothing was changed"
        )
    key = read.pop()
    if "@" in key and not is_sip(contact) and not _DOMAIN.fullmatch(key.rpartition("@")[2]):
        raise BadInput(
            "the contact is no e-mail address: its domain is not valid, like example.com; a SIP address begins with "
            "sip:; nothing was changed"
        )
    return countries[0], key
