"""Objects that a vendor holds: an HTTP request for each, at a template of the store.

The URL comes from the template and two numbers, never from a record. No redirect is followed. The operator must know
that the vendor deletes at such an address; `app.calltrackingmetrics.com` was not tried.
"""

from __future__ import annotations

from contextlib import closing

import httpx

from redaction.errors import BadInput
from redaction.objects.access import (
    OUTSIDE,
    Credentials,
    Probe,
    Promise,
    Refused,
    Settled,
    Silence,
    lies_inside,
    read_connection,
)
from redaction.objects.addresses import Address, parse_address
from redaction.objects.answers import Answer, find_fault, find_retry
from redaction.objects.confirms import Asked
from redaction.objects.over_http import Client, is_of_tls, make_headers, make_tls
from redaction.objects.stores import METHODS, Store, fill

_TIMEOUT = httpx.Timeout(20.0, connect=10.0)
_WHOLE_S = 60.0
"""For a whole answer: a batch waits for it, and a new hold for the batch."""
_MOST_BYTES = 64 * 1024


class VendorAccess:
    """A store at a vendor."""

    def __init__(self, store: Store, prefix: Address) -> None:
        """Take the store and its parsed prefix. Raises BadInput if the connection cannot be used."""
        if not store.template or "{activity}" not in store.template or store.method not in METHODS:
            raise BadInput(f"store {store.name}: it has no template with {{activity}}, or an invalid method")
        filled = parse_address(fill(store.template, 1, 1))
        if (filled.scheme, filled.host) != (prefix.scheme, prefix.host):
            raise BadInput(f"store {store.name}: the template must be of the same host as the prefix")
        self._store, self._prefix, self._template = store, prefix, store.template
        self._silence = Silence()
        self._credentials = read_connection(store.name, store.connection)
        _check_host(store.name, self._credentials, filled)
        try:
            # Created once: reading the authorities takes longer than a request.
            self._tls = make_tls(self._credentials.extra.get("verify", filled.scheme == "https"))
        except (OSError, ValueError):
            raise BadInput(f"store {store.name}: `verify` of its Airflow connection names no certificates") from None
        try:
            self._headers = httpx.Headers(make_headers(self._credentials))
        except (TypeError, ValueError, UnicodeError):
            raise BadInput(f"store {store.name}: the extra of its Airflow connection holds no headers") from None

    def delete(self, address: Address, account_id: int, activity_id: int) -> Settled:
        """Ask the vendor to delete the object of one activity; the address only says whether it is in the store."""
        if not lies_inside(address, self._prefix):
            return OUTSIDE
        if self._silence.settled is not None:
            return self._silence.settled
        body = fill(self._store.body, account_id, activity_id) if self._store.body is not None else None
        try:
            answer = self._ask(self._store.method, fill(self._template, account_id, activity_id), body)
        except Refused as failed:
            self._silence.note(failed.reason)
            return Settled("remains", failed.reason)
        self._silence.note(None)
        if answer.status in (404, 410):
            return Settled("not_found", f"HTTP {answer.status}")
        if answer.status not in (200, 204):
            words = "HTTP 202: accepted, not yet done" if answer.status == 202 else f"HTTP {answer.status}"
            if 300 <= answer.status < 400:
                words = f"{words}: a redirect, which is not followed"
            again = find_retry(answer)
            # No date of a lock: it proves neither that the object exists nor that it stays so long.
            return Settled("remains", f"{words}: it asks to wait until {again:%Y-%m-%d %H:%M} UTC" if again else words)
        asked = Asked(activity_id, account_id if "{account}" in self._template else None)
        fault = find_fault(answer, asked)
        if fault is not None:
            return Settled("remains", f"HTTP {answer.status}, but {fault}")
        return Settled("deleted", f"HTTP {answer.status}")

    def probe(self) -> Probe:
        """Request the part of the template before the activity, as far as it is known, with the store's credentials."""
        base = self._template.partition("?")[0].partition("{activity}")[0]
        if self._store.account_id is not None:
            base = base.replace("{account}", str(self._store.account_id))
        base = base.partition("{account}")[0].rpartition("/")[0] + "/"
        try:
            answer = self._ask("GET", base, None)
        except Refused as failed:
            return Probe(False, failed.reason)
        if answer.status != 200:
            return Probe(False, f"its base answers HTTP {answer.status} to these credentials")
        fault = find_fault(answer, listing=True)
        if fault is not None and not (answer.truncated and answer.is_json):
            return Probe(False, f"its base answers HTTP 200, but {fault}")
        return Probe(True, "its base answers HTTP 200 to these credentials")

    def check(self) -> Promise:
        """Report that a vendor promises nothing, and whether it answers. Deletes nothing."""
        probe = self.probe()
        return Promise(
            notes=(
                probe.reason,
                "whether the vendor keeps versions or copies, and whether it deletes at this address, is unknown",
            )
        )

    def _ask(self, method: str, url: str, body: str | None) -> Answer:
        headers = {"Accept-Encoding": "identity"}
        if body is not None and "Content-Type" not in self._headers:
            headers["Content-Type"] = "application/json" if body.lstrip()[:1] in ("{", "[") else "text/plain"
        try:
            with (
                closing(Client(self._credentials, self._headers, self._tls, _TIMEOUT, _WHOLE_S)) as client,
                client.ask(method, url, headers=headers, content=body) as response,
            ):
                return _read(response)
        except httpx.TimeoutException:
            raise Refused("the vendor did not answer in time") from None
        except httpx.ConnectError as error:
            refused = "the vendor's certificate cannot be verified"
            raise Refused(refused if is_of_tls(error) else "the vendor cannot be reached") from None
        except httpx.TransportError as error:
            raise Refused(f"the connection to the vendor failed ({type(error).__name__})") from None
        except Exception as error:  # its message may hold the address or the credentials
            raise Refused(f"the vendor could not be asked ({type(error).__name__})") from None


def _read(response: httpx.Response) -> Answer:
    content, truncated = bytearray(), False
    for part in response.iter_raw(8192):
        content += part
        if len(content) > _MOST_BYTES:
            truncated = True
            break
    return Answer(response.status_code, response.headers, bytes(content[:_MOST_BYTES]), truncated)


def _check_host(store_name: str, credentials: Credentials, template: Address) -> None:
    """Raise BadInput if the connection belongs to another host than that of the template."""
    if not credentials.host:
        return
    text = credentials.host
    if "://" not in text:
        port = f":{credentials.port}" if credentials.port and ":" not in text.rpartition("]")[2] else ""
        text = f"{template.scheme}://{text.partition('/')[0]}{port}"
    try:
        given = parse_address(text)
    except BadInput:
        given = None
    if given is None or given.host != template.host:
        raise BadInput(f"store {store_name}: its Airflow connection is for another host than the template's")
