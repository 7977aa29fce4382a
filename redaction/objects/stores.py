"""Stores: the places that an operator has declared. Nothing outside a store of its account is asked or deleted."""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from redaction.errors import BadAddress, BadInput
from redaction.objects.addresses import BUCKETS, WEB, Address, is_below, overlaps, parse_address, parse_prefix
from redaction.objects.protected import find_kept, find_protected
from redaction.settings import Settings

Mode = Literal["delete", "vendor"]

METHODS = ("DELETE", "POST", "PUT", "PATCH")
"""Methods of a deletion request to a vendor."""

_OWN_DOMAINS = frozenset(
    (
        *("alt", "arpa", "corp", "default", "domain", "example", "home", "host", "internal", "intranet", "invalid"),
        *("lan", "local", "localdomain", "localhost", "onion", "private", "test", "workgroup"),
        *("cluster", "consul", "docker", "kubernetes", "mesh", "nomad", "pod", "service", "svc"),
    )
)
"""Top-level names that no public registry gives out, which clusters and offices use for their own hosts."""
_PUBLIC_LAST = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
_EMBEDDED = tuple(ipaddress.IPv6Network(net) for net in ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96"))
"""Networks whose addresses lead to the IPv4 address in their last 32 bits: NAT64, translated, compatible."""
_ISATAP = (0x00005EFE, 0x02005EFE)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ADJACENT = re.compile(r"\}[0-9]*\{")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._\-]{0,62}")


MARKER_PREFIX = ".redaction-store-"
"""The prefix of the name of every marker: a small object of our own at the base of a store that proves it is the
right and whole one. `redaction store check` writes it if the store is not empty: an empty folder could be a mount
point without its disk. No address of a record ever deletes a marker.
"""

NOT_MARKED = "it has no marker yet: check that everything is there, then run `redaction store check`"
"""Why a store that may be whole is not believed."""


@dataclass(frozen=True)
class Store:
    """A place that holds objects: its prefix, how they are deleted there, and for which accounts.

    `account_id` limits it to an account, else `agency_id` to the accounts of an agency; neither: it is for all. A store
    of an account may name its agency too, so that it does not conflict with stores of other agencies.
    """

    id: int
    name: str
    prefix: str
    connection: str | None
    mode: Mode
    agency_id: int | None
    account_id: int | None
    template: str | None
    method: str = "DELETE"
    body: str | None = None


def uses_the_workers(store: Store) -> bool:
    """Return whether a store uses shared resources of the workers: their files, their credentials for buckets, or
    their network. Public names of hosts are not resolved. Raises BadInput.
    """
    prefix = _read_prefix(store)
    if prefix.scheme in BUCKETS:
        return store.connection is None
    return prefix.scheme not in WEB or _is_of_own_network(prefix.host)


def find_store(stores: Sequence[Store], address: Address) -> Store | None:
    """Return the store, among those of one account, that an object is in; None if it is held elsewhere.

    A file is also in the store that its path leads into by symbolic links.
    """
    spellings = {address, real_address(address)}
    found: tuple[int, Store] | None = None
    for store in stores:
        try:
            prefix = parse_prefix(store.prefix)
        except BadAddress:
            continue
        inside = any(is_below(spelling, place) for spelling in spellings for place in {prefix, real_address(prefix)})
        if inside and (found is None or len(prefix.path) > found[0]):
            found = len(prefix.path), store
    return None if found is None else found[1]


def real_address(address: Address) -> Address:
    """Return the address with the symbolic links of a local file resolved; any other address as it is."""
    if address.scheme != "file" or address.host:
        return address
    try:
        return dataclasses.replace(address, path=os.path.realpath(address.path))
    except (OSError, ValueError):
        return address


def check_store(store: Store, others: Sequence[Store], settings: Settings) -> None:
    """Raise BadInput, in one line, if a store is not valid; its `subject` is the wrong field. `others` are all declared
    stores.
    """
    if not _NAME.fullmatch(store.name):
        raise BadInput("a store needs a name of letters, digits, spaces, dots, dashes: at most 63 characters", "name")
    prefix = _read_prefix(store)
    if store.mode == "vendor":
        _check_vendor(store, prefix)
    else:
        _check_delete(store, prefix, settings)
    for other in others:
        if other.id != store.id and _share_an_account(store, other) and _overlap(prefix, other):
            raise BadInput(
                f"store {store.name}: its prefix and that of store {other.name} overlap, and an account may have both: "
                "change the prefix, or remove the other store",
                "prefix",
            )


def _read_prefix(store: Store) -> Address:
    try:
        return parse_prefix(store.prefix)
    except BadAddress as error:
        raise BadInput(
            f"store {store.name}: the prefix is refused ({error.why}): write it like file:///mnt/recordings, "
            "s3://bucket/folder or https://host/path",
            "prefix",
        ) from None


def _check_delete(store: Store, prefix: Address, settings: Settings) -> None:
    if store.template is not None or store.body is not None or store.method != "DELETE":
        raise BadInput(f"store {store.name}: template, method and body are only for the mode vendor", "template")
    if prefix.scheme in WEB:
        raise BadInput(f"store {store.name}: {prefix.scheme} is asked in mode vendor, with a template", "mode")
    if prefix.scheme in BUCKETS:
        if (kept := find_kept(prefix, settings)) is not None:
            raise BadInput(f"store {store.name}: its prefix overlaps {kept}: nothing may be deleted there", "prefix")
        return
    if prefix.scheme != "file":
        raise BadInput(f"store {store.name}: the scheme {prefix.scheme} cannot be used to delete objects", "prefix")
    if prefix.host:
        raise BadInput(f"store {store.name}: the prefix names files of another host", "prefix")
    if store.connection is not None:
        raise BadInput(f"store {store.name}: files need no connection", "connection")
    if prefix.path == "/":
        raise BadInput(f"store {store.name}: the prefix names no folder", "prefix")
    place = find_protected(real_address(prefix).path, settings)
    if place is not None:
        raise BadInput(f"store {store.name}: its folder overlaps {place}: nothing may be deleted there", "prefix")


def _check_vendor(store: Store, prefix: Address) -> None:
    if prefix.scheme not in WEB:
        raise BadInput(f"store {store.name}: mode vendor needs a prefix of https", "prefix")
    if prefix.scheme == "http" and not _is_loopback(prefix.host):
        raise BadInput(f"store {store.name}: http would send the credentials in clear: use https", "prefix")
    if store.method not in METHODS:
        raise BadInput(f"store {store.name}: the method must be one of {', '.join(METHODS)}", "method")
    if not store.template:
        raise BadInput(
            f"store {store.name}: mode vendor needs a template, like https://host/accounts/{{account}}/...", "template"
        )
    found = _PLACEHOLDER.findall(store.template)
    if "activity" not in found:
        raise BadInput(f"store {store.name}: the template must have {{activity}} in it", "template")
    rest = _PLACEHOLDER.sub("", store.template)
    if set(found) - {"account", "activity"} or "{" in rest or "}" in rest:
        raise BadInput(
            f"store {store.name}: the template may have {{account}} and {{activity}} in it, and no others", "template"
        )
    try:
        filled = parse_address(fill(store.template, 1, 1))
        other = parse_address(fill(store.template, 22, 333))
    except BadAddress as error:
        raise BadInput(f"store {store.name}: the template is refused ({error.why})", "template") from None
    if {(each.scheme, each.host) for each in (filled, other)} != {(prefix.scheme, prefix.host)}:
        raise BadInput(f"store {store.name}: the template must be of the same host as the prefix", "template")
    unclear = "#" in store.template or any(letter.isspace() for letter in store.template)
    if unclear or _has_dot_segment(store.template):
        raise BadInput(f"store {store.name}: the template may have no space, # or dot segment in it", "template")
    if filled.path == other.path and filled.query == other.query:
        raise BadInput(f"store {store.name}: the template must have {{activity}} in its path or query", "template")
    if store.account_id is None and "account" not in found:
        raise BadInput(
            f"store {store.name}: it is for more than one account, which may have activities of the same number: the "
            "template must have {account} in it, or name one account with the store",
            "template",
        )
    if _ADJACENT.search(store.template):
        raise BadInput(f"store {store.name}: the template must have more than digits between its numbers", "template")


def _has_dot_segment(template: str) -> bool:
    """Return whether a client, a proxy or the vendor may leave out a part of an address: it would lose a number."""
    for _ in range(3):  # each of them may decode it again
        template = unquote(template)
    return any(segment.partition(";")[0] in (".", "..") for segment in re.split(r"[/\\]", template)[3:])


def fill(template: str, account_id: int, activity_id: int) -> str:
    """Return a template with the numbers of an account and an activity in it."""
    return template.replace("{account}", str(int(account_id))).replace("{activity}", str(int(activity_id)))


def read_request(store: Store, url: str) -> tuple[int | None, int] | None:
    """Return for which account and activity a vendor store sends a request to a URL: None for an account that its
    template does not name; None if it never sends one there.
    """
    pattern = re.escape(store.template or "")
    for name in ("account", "activity"):
        first, *more = pattern.split(rf"\{{{name}\}}")
        pattern = first + (rf"(?P<{name}>-?[0-9]+)" + f"(?P={name})".join(more) if more else "")
    found = re.fullmatch(pattern, url, re.IGNORECASE)
    if found is None or "activity" not in found.groupdict():
        return None
    account = found.groupdict().get("account")
    return store.account_id if account is None else int(account), int(found["activity"])


def _read_ip(host: str) -> tuple[str, ipaddress.IPv4Address | ipaddress.IPv6Address | None]:
    """Return a host without its port, and its IP address; None for a name."""
    name = re.sub(r":\d+\Z", "", host).strip("[]")
    try:
        return name, ipaddress.ip_address(name)
    except ValueError:
        return name, None


def _is_loopback(host: str) -> bool:
    name, address = _read_ip(host)
    return name == "localhost" or (address is not None and address.is_loopback)


def _is_of_own_network(host: str) -> bool:
    name, address = _read_ip(host)
    if address is None:
        last = name.rpartition(".")[2]
        # A last part that begins with a digit is an IP address in another notation, as resolvers read it.
        return "." not in name or not _PUBLIC_LAST.fullmatch(last) or last in _OWN_DOMAINS
    return any(not each.is_global or each.is_multicast for each in (address, *_list_embedded(address)))


def _list_embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that an address leads to by a gateway or a translation."""
    if address.version == 4:
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address in net for net in _EMBEDDED) or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        found.append(last)
    return [each for each in found if each is not None]


def _overlap(prefix: Address, other: Store) -> bool:
    try:
        place = parse_prefix(other.prefix)
    except BadAddress:
        return False
    return overlaps(prefix, place) or overlaps(real_address(prefix), real_address(place))


def _share_an_account(store: Store, other: Store) -> bool:
    if store.account_id is not None and other.account_id is not None:
        return store.account_id == other.account_id
    return None in (store.agency_id, other.agency_id) or store.agency_id == other.agency_id


def marker_name(store: Store) -> str:
    """Return the name of a store's marker."""
    return f"{MARKER_PREFIX}{store.id}"


def marker_content(store: Store) -> bytes:
    """Return the content of a store's marker: the id, and a digest of the prefix that it was written for."""
    digest = hashlib.sha256(parse_prefix(store.prefix).text.encode()).hexdigest()
    return json.dumps({"store": store.id, "prefix": digest}, sort_keys=True).encode()
