"""The caller of an activity: the contact that identifies it, and what its retained text must not reveal of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from redaction.catalog import load_catalog
from redaction.contacts.addresses import find_addresses, key_of_address, spell_host
from redaction.contacts.contacts import read_contact
from redaction.contacts.cut import Cuts, cut_contacts
from redaction.contacts.folding import spell_out
from redaction.contacts.names import read_name
from redaction.contacts.numbers import country_of_number, number_text, numbers_of
from redaction.contacts.people import has_several, split_people
from redaction.contacts.placeholders import is_nobodys, is_user_of_nobody
from redaction.contacts.remembered import Remembered
from redaction.contacts.scripts import is_in_other_script, respell
from redaction.contacts.written_numbers import read_numbers
from redaction.source.asked import QUIET, read_asked
from redaction.source.fields import Shape
from redaction.source.forms import values_of
from redaction.source.limits import CONTAINERS
from redaction.source.named import find_names
from redaction.source.retained import unlist_addresses
from redaction.source.rules import load_rules
from redaction.source.scrub import Caller, join_facts
from redaction.source.sides import texts_in

NAMED = "named"
"""The key of a row for its texts as they are if its caller's names are words of the business; it is not a column,
and almost no row has it.
"""
_NO_DIGIT = re.compile(r"[^0-9]+")


class Named(NamedTuple):
    """The parts of a row that depend on whether its caller's names are words of the business, which the database
    knows.
    """

    names: tuple[str, ...]
    kept: Mapping[str, Any]


def find_contacts(
    record: Mapping[str, Any], shape: Shape, row: Mapping[str, Any], country: str, known: Collection[str] = ()
) -> list[str]:
    """Return the keys of an activity's contact, best first: numbers (E.164), SIP users, e-mail addresses.

    A number without its country is read as one of the country of a full number next to it, else of `country`. Withheld
    and unknown numbers are left out: they never make two contacts one. The activity's tracking number and the
    account's own numbers, which are `known`, are left out in forms and custom fields.
    """
    found: dict[str, None] = {}
    bare: list[str] = []
    main = ""
    # Almost always the same number: again, without its country, or as North America writes it.
    same: tuple[str, ...] = ("",)
    numbers = numbers_of(country)
    for name in shape.own_numbers:
        value = record[name]
        if value in same:
            continue
        if value.__class__ is list or value.__class__ is dict:
            bare += texts_in(value, numbers)
            continue
        text = value if value.__class__ is str else number_text(value)
        if not text:
            continue
        if text[0] != "+":
            bare.append(text)
        elif (number := numbers[text]) is not None:
            found[number] = None
            if not main:
                main, own = number, number[-10:]
                same = ("", main, own, f"({own[:3]}) {own[3:6]}-{own[6:]}")
        else:
            bare.append(text)
    for text in bare:
        if main and (main.endswith(text) or text in same or main.endswith(_NO_DIGIT.sub("", text).lstrip("0") or " ")):
            continue
        key = read_contact(text, country_of_number(main) if main and text[:1] != "+" else country)
        if key is not None:
            user, at, _ = key.partition("@")
            if not at or not is_user_of_nobody(user):
                found[key] = None
        elif len(several := texts_in(text, numbers)) > 1:
            found |= dict.fromkeys(filter(None, map(numbers.__getitem__, several)))
    mails = row.get("emails")
    for name in shape.open_fields:
        held = record[name]
        if held and not (
            held.__class__ is dict and QUIET.issuperset(held) and CONTAINERS.isdisjoint(map(type, held.values()))
        ):
            asked, mailed = read_asked(held, country)
            if asked:
                line = numbers[row.get("tracking_number", "")]
                found |= dict.fromkeys([number for number in asked if number != line and number not in known])
            mails = [mails, *mailed] if mailed else mails
    if mails is not None:
        found |= dict.fromkeys([key_of_address(mail) for mail in find_addresses(mails) if not is_nobodys(mail)])
    return list(found)


def scrub_row(record: Mapping[str, Any], shape: Shape, row: dict[str, Any]) -> None:
    """Replace what names the caller of a record in the retained texts of its row, in place.

    If only a name is replaced, the row has the key NAMED.
    """
    scrubbed = load_catalog().scrubbed
    texts = tuple(map(row.get, scrubbed))
    path = row.get("call_path")
    names_of_routes = tuple([hop.get("route_name") for hop in path]) if path else ()
    facts = join_facts(texts)
    routes = join_facts(names_of_routes) if names_of_routes else facts
    names = find_names(record, shape, row)
    digits = f"{facts.digits} {routes.digits}" if facts.digits or routes.digits else ""
    # Almost no activity's texts name its caller, so the check that finds none is the cheapest.
    if facts.is_quiet and routes.is_quiet:
        words, of_routes = facts.search, routes.search
        for text in names:
            word = _sure_word[text]
            if word is None or (word and (word in words or word in of_routes)):
                break
        else:
            if not (digits and _is_numbered(digits, record, shape, row)):
                return
    if facts.stored or routes.stored:
        unlist_addresses(row)
    two_letters = facts.two_letters or routes.two_letters
    in_other_script = facts.in_other_script or routes.in_other_script
    for text in names:
        full = read_name(text)
        if full is None:
            continue
        if full.meant:
            _add(names, full.meant)
            if full.is_json:
                continue
        if len(full.words) != 2 and has_several(text):
            _add(names, split_people(text))
        if in_other_script or (not text.isascii() and (two_letters or is_in_other_script(text))):
            _add(names, _spell_otherwise(text, two_letters, f"{facts.words}\n{routes.words}"))
        if (full.word in facts.search or full.word in routes.search) and (
            full.is_in(facts.words) or full.is_in(routes.words)
        ):
            break
    else:
        is_certain = facts.mailed or routes.mailed or facts.documented or routes.documented
        if not (is_certain or (digits and _is_numbered(digits, record, shape, row))):
            return
    caller = Caller(_numbers(record, shape, row), _emails(row), names, row.get("tracking_number"))
    found = dict.fromkeys([*caller.find_names(facts.words), *caller.find_names(routes.words)])
    cut = _scrub(caller, row)
    before = {name: row[name] for name in cut}
    row |= cut
    if cut and found:
        kept = before | _scrub(caller, before, keeps_names=True)
        if kept != cut:
            row[NAMED] = Named(tuple(found), kept)


def _add(names: list[str], found: Iterable[str]) -> None:
    """Add the names that are not among them: no name is looked at twice, even if it is found in itself."""
    names += [name for name in found if name not in names]


def _is_numbered(digits: str, record: Mapping[str, Any], shape: Shape, row: Mapping[str, Any]) -> bool:
    """Say whether a number of the caller is among the digits of texts."""
    texts = dict.fromkeys(_numbers(record, shape, row))
    return any([own.core in digits for text in texts for own in read_numbers(text)])


def _read_word(text: str) -> str | None:
    if is_in_other_script(text):
        return None
    full = read_name(text)
    if full is None:
        return ""
    readings = [full] if full.meant or not has_several(text) else map(read_name, [text, *split_people(text)])
    words = {each.word for each in readings if each is not None}
    return full.word if not full.meant and words == {full.word} else None


_sure_word = Remembered(_read_word, 10_000, lambda text: len(text) <= 1_000)
"""A word that every text with a name contains, separators aside; empty for a text that is no name. None for a name that
texts may have in other forms than its own.
"""


def _spell_otherwise(name: str, two_letters: bool, words: str) -> list[str]:
    """Return a name as texts with these words may have it: with two letters for one, and in another script."""
    found = respell(name, words), spell_out(name) if two_letters and not name.isascii() else None
    return [spelled for spelled in found if spelled is not None]


def _scrub(caller: Caller, row: Mapping[str, Any], keeps_names: bool = False) -> dict[str, Any]:
    """Return those retained texts of a row that name its caller, without what names them."""
    cut: dict[str, Any] = {
        name: text
        for name in load_catalog().scrubbed
        if name in row and (text := caller.scrub(row[name], keeps_names)) != row[name]
    }
    path = row.get("call_path", ())
    names = [hop.get("route_name") for hop in path]
    scrubbed = [caller.scrub(name, keeps_names) if name.__class__ is str else name for name in names]
    if scrubbed != names:
        cut["call_path"] = [
            hop if name == before else {**hop, "route_name": name}
            for hop, name, before in zip(path, scrubbed, names, strict=True)
        ]
    return cut


def cut_row(row: dict[str, Any], cuts: Cuts) -> None:
    """Cut, in place, those retained texts of a row that a person has decided to cut."""
    _cut_texts(row, cuts)
    named = row.get(NAMED)
    if named is not None:
        row[NAMED] = Named(named.names, _cut_texts(dict(named.kept), cuts))


def _cut_texts(row: dict[str, Any], cuts: Cuts) -> dict[str, Any]:
    for name in load_catalog().scrubbed:
        text = row.get(name)
        if text.__class__ is str and text in cuts:
            row[name] = cut_contacts(text)
    if any(name in cuts for hop in row.get("call_path", ()) if (name := hop.get("route_name"))):
        row["call_path"] = [
            {**hop, "route_name": cut_contacts(name)} if (name := hop.get("route_name")) and name in cuts else hop
            for hop in row["call_path"]
        ]
    return row


def _numbers(record: Mapping[str, Any], shape: Shape, row: Mapping[str, Any]) -> list[str]:
    found = [text for name in shape.own_numbers if (text := number_text(record[name]))]
    if "contact_key" in row:
        found += row.get("contact_keys") or (row["contact_key"],)
    return found


def _emails(row: Mapping[str, Any]) -> list[str]:
    form = row.get("form")
    asked = map(values_of(form).get, load_rules().form_emails) if form is not None else ()
    # Users of SIP are contacts by their address, too.
    keys = row.get("contact_keys") or (row.get("contact_key") or "",)
    found = list(dict.fromkeys([*find_addresses([row.get("emails"), *asked]), *(key for key in keys if "@" in key)]))
    return found + [spelled for each in found if not each.isascii() and (spelled := spell_host(each)) is not None]
