"""Objects of Google Cloud Storage and Azure, through fsspec. UNVERIFIED: it was never tried with their stores or
emulators.

Both keep versions and softly deleted copies that fsspec does not show. So `deleted` and `not_found` are never claimed
here: a deleted and checked object still *remains*, with the reason.
"""

from __future__ import annotations

from typing import Any

from redaction.errors import BadInput
from redaction.objects.access import Credentials, Probe, Promise, Settled, read_connection, refuse_key
from redaction.objects.addresses import Address
from redaction.objects.stores import Store
from redaction.settings import Settings

GONE = "it is not listed any more, but whether older versions or softly deleted copies are kept is unknown"
_NAMES = {"gs": ("gcs", "gcsfs"), "abfs": ("abfs", "adlfs")}


class OtherAccess:
    """A store in a bucket or container that only fsspec reaches."""

    def __init__(self, store: Store, prefix: Address, settings: Settings) -> None:
        """Take the store and its parsed prefix. Raises BadInput without the package or the connection."""
        import fsspec

        self._prefix, self._settings = prefix, settings
        protocol, package = _NAMES[prefix.scheme]
        credentials = read_connection(store.name, store.connection)
        try:
            self._system = fsspec.filesystem(protocol, skip_instance_cache=True, **_options(prefix.scheme, credentials))
        except ImportError:
            raise BadInput(f"store {store.name}: the package {package} is not installed here") from None
        except Exception as error:
            raise BadInput(f"store {store.name}: its connection is of no use ({type(error).__name__})") from None

    def delete(self, address: Address, account_id: int, activity_id: int) -> Settled:
        """Delete one object; it still counts as remaining, since nothing proves that no copy is kept."""
        refused = refuse_key(address, self._prefix, self._settings)
        if refused is not None:
            return refused
        path = f"{address.host}/{address.path}"
        try:
            if self._is_object(path):
                self._system.rm_file(path)
                if self._is_object(path):
                    return Settled("remains", "it is still there after its deletion")
        except Exception as error:  # a store may raise anything, with the address in its message
            return Settled("remains", f"the store refused or failed ({type(error).__name__})")
        return Settled("remains", GONE)

    def _is_object(self, path: str) -> bool:
        self._system.invalidate_cache()
        try:
            return bool(self._system.info(path)["type"] == "file")
        except FileNotFoundError:
            return False

    def probe(self) -> Probe:
        """Report unknown: *not found* is never claimed here."""
        return Probe(False, "whether it is the right and whole store is unknown for this kind")

    def check(self) -> Promise:
        """Report that nothing is promised."""
        return Promise(notes=("this kind of store is not verified: its objects remain until somebody gives them up",))


def _options(scheme: str, credentials: Credentials) -> dict[str, Any]:
    extra = credentials.extra
    if scheme == "gs":
        token = extra.get("keyfile_dict") or extra.get("key_path")
        return {"token": token} if token else {}
    options = {"account_name": credentials.login, "account_key": credentials.password}
    options |= {name: extra.get(name) for name in ("connection_string", "sas_token", "tenant_id")}
    return {name: value for name, value in options.items() if value}
