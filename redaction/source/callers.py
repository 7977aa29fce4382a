"""Who an activity's caller is: the contact it is known by, and what of them its retained text must not hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redaction.catalog import load_catalog
from redaction.contacts.numbers import national_digits, to_e164
from redaction.source.fields import Shape
from redaction.source.scrub import Caller, find_facts, fold_name

_FORM_NUMBERS = ("customer_number_to_dial", "phone", "phone_number")
_SCRUBBED = load_catalog().scrubbed


def find_contacts(record: Mapping[str, Any], shape: Shape, row: Mapping[str, Any]) -> list[str]:
    """Return the numbers (E.164), then the e-mail addresses (lower case), of an activity's contact, the best first.

    Withheld and unknown numbers are none: they never make two contacts one.
    """
    found: dict[str, None] = {}
    for name in shape.own_numbers:
        value = record[name]
        if value.__class__ is str and (number := to_e164(value)) is not None:
            found[number] = None
    form = row.get("form")
    asked = form if isinstance(form, dict) else {}
    for name in _FORM_NUMBERS:
        value = asked.get(name)
        if isinstance(value, str) and (number := to_e164(value)) is not None:
            found[number] = None
    for address in (*row.get("emails", ()), asked.get("email")):
        if isinstance(address, str) and "@" in address:
            found[address.strip().lower()] = None
    return list(found)


def scrub_row(record: Mapping[str, Any], shape: Shape, row: dict[str, Any]) -> None:
    """Replace what names the caller of a record in the retained texts of its row, in place."""
    facts = find_facts(tuple(map(row.get, _SCRUBBED)))
    path = row.get("call_path")
    routes = find_facts(tuple([hop.get("route_name") for hop in path])) if path else facts
    names = _names(record, shape)
    # Nearly no activity's texts name its caller, and that they do not is found out at the least cost.
    for name in names:
        low = fold_name(name)
        if low is not None and (low in facts.folded or low in routes.folded):
            break
    else:
        if not (facts.digits or routes.digits or facts.mailed or routes.mailed):
            return
        digits = f"{facts.digits} {routes.digits}"
        numbers = map(national_digits, _numbers(record, shape, row))
        if not (facts.mailed or routes.mailed or any([own in digits for own in numbers if own is not None])):
            return
    caller = Caller(_numbers(record, shape, row), _emails(row), names)
    for name in _SCRUBBED:
        if name in row:
            row[name] = caller.scrub(row[name])
    if path:
        row["call_path"] = [
            {**hop, "route_name": caller.scrub(hop["route_name"])} if hop.get("route_name").__class__ is str else hop
            for hop in path
        ]


def _names(record: Mapping[str, Any], shape: Shape) -> list[str]:
    found = [value for name in shape.names if (value := record[name]).__class__ is str]
    for name in shape.nested_names:
        inner = record[name]
        if inner.__class__ is dict:
            found += [str(inner.get("name") or ""), f"{inner.get('first_name') or ''} {inner.get('last_name') or ''}"]
    return found


def _numbers(record: Mapping[str, Any], shape: Shape, row: Mapping[str, Any]) -> list[str]:
    found = [value for name in shape.own_numbers if (value := record[name]).__class__ is str]
    if "contact_key" in row:
        found.append(row["contact_key"])
    return found


def _emails(row: Mapping[str, Any]) -> list[str]:
    form = row.get("form")
    found = [*row.get("emails", ()), form.get("email") if isinstance(form, dict) else None]
    return [address for address in found if isinstance(address, str)]
