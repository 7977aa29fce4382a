"""The key of the contact that a text means: one definition for loader, holds, manual redaction, search and pages."""

from __future__ import annotations

import phonenumbers

from redaction.contacts.addresses import (
    MOST_ADDRESS,
    find_addresses,
    find_only_address,
    is_sip,
    key_of_address,
    read_sip,
    read_user,
)
from redaction.contacts.folding import is_encoded, may_be_spelled
from redaction.contacts.numbers import numbers_of
from redaction.contacts.placeholders import is_nobodys
from redaction.errors import BadInput


def read_contact(text: str, country: str) -> str | None:
    """Return the key of a caller as a source gives it: a number (E.164) or an address; None for a withheld one."""
    if ":" in text and (user := read_user(text, country)) is not None:
        return user
    number = numbers_of(country)[text]
    if number is not None:
        return number
    if text.isascii() and "@" not in text and ":" not in text and not (is_encoded(text) or may_be_spelled(text)):
        return None
    if is_sip(text):
        return read_sip(text, country)
    address = next(find_addresses(text), None)
    return None if address is None or is_nobodys(address) else key_of_address(address)


def contact_key(text: str, country: str) -> str:
    """Return the key of a contact that a person names; bare numbers are read as those of a country (ISO 3166-1).

    Raises BadInput, without quoting it, for a text that is not exactly one valid number or address.
    """
    stripped = text.strip()
    if len(stripped) > MOST_ADDRESS:
        raise BadInput(
            f"the contact has more than {MOST_ADDRESS} characters: no number or address has; nothing was changed"
        )
    if len(set(find_addresses(stripped))) > 1:
        raise BadInput("these are several addresses: name them one after the other; nothing was changed")
    key = read_contact(stripped, country)
    if key is not None and "@" in stripped + key and not is_sip(stripped) and find_only_address(stripped) is None:
        raise BadInput("the contact is more than one address, or cut: name only the address; nothing was changed")
    if key is None:
        raise BadInput(
            f"the contact is no e-mail address, and no phone number that is valid in {country} or with its country "
            "code (+...); withheld numbers are nobody's; nothing was changed"
        )
    return key


def spell_contact(key: str) -> tuple[str, str | None]:
    """Return a key as people write it, and the country (ISO 3166-1) of a number; None for an address."""
    if not key.startswith("+"):
        return key, None
    try:
        number = phonenumbers.parse(key)
    except phonenumbers.NumberParseException:
        return key, None
    spelled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return spelled, phonenumbers.region_code_for_number(number)
