"""Who an activity's caller is: the contact it is known by, and what of him its retained text must not hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redaction.catalog import load_catalog
from redaction.source.numbers import to_e164
from redaction.source.scrub import Caller

MAIN_NUMBER = ("caller_number_complete", "caller_number", "contact_number", "from_number", "caller_number_bare")
"""Wire fields of the caller's number, the best first."""
_OWN_NUMBERS = (*MAIN_NUMBER, "caller_number_format", "alternative_number")
_FORM_NUMBERS = ("customer_number_to_dial", "phone", "phone_number")
_SCRUBBED = load_catalog().scrubbed


def find_contact(numbers: Mapping[str, Any], row: Mapping[str, Any], form: Any) -> str | None:
    """Return the number (E.164), else the e-mail address (lower case), by which a contact is known; None without."""
    for name in _OWN_NUMBERS:
        value = numbers.get(name)
        if value.__class__ is str and (found := to_e164(value)) is not None:
            return found
    asked = form if isinstance(form, dict) else {}
    for name in _FORM_NUMBERS:
        value = asked.get(name)
        if isinstance(value, str) and (found := to_e164(value)) is not None:
            return found
    for address in (*row.get("emails", ()), asked.get("email")):
        if isinstance(address, str) and "@" in address:
            return address.strip().lower()
    return None


def find_caller(found: Mapping[str, dict[str, Any]], row: Mapping[str, Any]) -> Caller:
    """Return what a row's caller may be recognised by: the personal fields by category, and the row made of them."""
    numbers = found["caller number"]
    known = [value for name in _OWN_NUMBERS if (value := numbers.get(name)).__class__ is str]
    if "contact_key" in row:
        known.append(row["contact_key"])
    emails = list(row.get("emails", ()))
    names = [row.get("caller_name"), found["caller id"].get("cnam")]
    form = row.get("form")
    if isinstance(form, dict):
        emails.append(form.get("email"))
        names.append(form.get("name"))
    lookup = found["enhanced caller id"].get("extended_lookup")
    if isinstance(lookup, dict):
        names.append(f"{lookup.get('first_name') or ''} {lookup.get('last_name') or ''}".strip())
    return Caller(
        numbers=known,
        emails=[address for address in emails if isinstance(address, str)],
        names=[name for name in names if isinstance(name, str)],
    )


def scrub_row(row: dict[str, Any], caller: Caller) -> None:
    """Replace what names the caller in the retained texts of a row, in place."""
    texts = [row[name] for name in _SCRUBBED if name in row]
    for hop in row.get("call_path", ()):
        if hop.get("route_name").__class__ is str:
            texts.append(hop["route_name"])
    if not caller.may_be_in(texts):
        return
    for name in _SCRUBBED:
        if name in row:
            row[name] = caller.scrub(row[name])
    for hop in row.get("call_path", ()):
        if hop.get("route_name").__class__ is str:
            hop["route_name"] = caller.scrub(hop["route_name"])
