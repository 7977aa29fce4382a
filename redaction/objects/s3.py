"""Objects of S3 and of stores with its protocol: every version and delete marker of exactly one key is deleted.

It uses botocore, as s3fs does: only botocore tells errors, versions and locks apart. The credentials are those of the
store's Airflow connection (login and password, or its extra), else those of the environment.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

from redaction.errors import BadInput
from redaction.objects.access import Probe, Promise, Refused, Settled, Silence, lies_inside, read_connection, refuse_key
from redaction.objects.addresses import Address
from redaction.objects.s3_client import UNREACHABLE, connect
from redaction.objects.s3_uploads import end_uploads, list_uploads, refused_as
from redaction.objects.spelling import near_spellings
from redaction.objects.stores import NOT_MARKED, Store, marker_content, marker_name
from redaction.settings import Settings

_ROUNDS = 2
UNLISTED = "the store does not list the object, but it is there"


class S3Access:
    """A store in a bucket."""

    def __init__(self, store: Store, prefix: Address, settings: Settings) -> None:
        """Take the store and its parsed prefix. Raises BadInput if the connection cannot be used."""
        self._store, self._prefix, self._settings = store, prefix, settings
        self._bucket, self._silence = prefix.host, Silence()
        try:
            self._client = connect(read_connection(store.name, store.connection), prefix.host)
        except BadInput as error:
            raise BadInput(f"store {store.name}: {str(error).removeprefix(f'store {store.name}: ')}") from None

    def delete(self, address: Address, account_id: int, activity_id: int) -> Settled:
        """Delete every version and every unfinished upload of one key, and list it again."""
        refused = refuse_key(address, self._prefix, self._settings)
        if refused is not None:
            return refused
        if self._silence.settled is not None:
            return self._silence.settled
        try:
            settled = self._delete(address.path)
            if settled.outcome in ("deleted", "not_found"):
                settled = end_uploads(self._client, address.path, settled)
        except Refused as error:
            self._silence.note(error.reason if error.code == UNREACHABLE else None)
            return Settled("remains", error.reason)
        self._silence.note(None)
        return settled

    def delete_read(self, key: str, version: str, etag: str) -> Settled:
        """Delete a key with all earlier versions, if its newest version is still the version that was read.

        A new version that arrives meanwhile stays. Raises Refused.
        """
        found = [each for page in self._pages(key) for each in page.get("Versions", ()) if each["Key"] == key]
        newest = [(each["VersionId"], each["ETag"]) for each in found if each["IsLatest"]]
        if newest != [(version, etag)]:
            return Settled("remains", "it is not the version that was read any more")
        _, markers = self._list(key)
        versions = [each["VersionId"] for each in found]
        locked = [settled for each in versions if (settled := self._delete_version(key, each))]
        # Deleting a marker first would make the version below it visible again.
        locked = locked or [settled for each in markers if (settled := self._delete_version(key, each))]
        if locked:
            return _sum_up(locked, len(locked))
        left, _ = self._list(key)
        return _sum_up([], len(left)) if set(left) & set(versions) else Settled("deleted")

    def _delete(self, key: str) -> Settled:
        versions, markers = self._list(key)
        if not versions and not markers:
            if self._is_there_otherwise(key):
                return Settled("remains", "there is only an object of another spelling of this key")
            return Settled("remains", UNLISTED) if self._is_there(key) else Settled("not_found")
        locked: list[Settled] = []
        for _ in range(_ROUNDS):
            locked = [settled for version in versions if (settled := self._delete_version(key, version))]
            if not locked:
                # Deleting a marker first would make the version below it visible again.
                locked = [settled for version in markers if (settled := self._delete_version(key, version))]
            versions, markers = self._list(key)
            if not versions and not markers:
                return Settled("deleted")
            if locked:
                break
        return _sum_up(locked, len(versions) + len(markers))

    def _is_there_otherwise(self, key: str) -> bool:
        joined = "/".join(filter(None, key.split("/")))
        for other in sorted((near_spellings(key) | {joined, f"/{joined}"}) - {key}):
            if lies_inside(Address("s3", self._bucket, other), self._prefix) and any(self._list(other)):
                return True
        # A creator may have taken the query of the address, which is not read, for a part of the key.
        page = self._client.ask("list_object_versions", Prefix=f"{key}?", MaxKeys=1)
        return bool(page.get("Versions") or page.get("DeleteMarkers"))

    def _is_there(self, key: str) -> bool:
        """Return whether the store has a key that it did not list: not every store lists versions."""
        try:
            self._client.ask("head_object", Key=key)
        except Refused as error:
            if error.code in ("404", "403", "NoSuchKey"):
                return False
            raise
        return True

    def _list(self, key: str) -> tuple[list[str], list[str]]:
        """Return the ids of the versions and of the delete markers of exactly this key."""
        versions: list[str] = []
        markers: list[str] = []
        for page in self._pages(key):
            versions += [each["VersionId"] for each in page.get("Versions", ()) if each["Key"] == key]
            markers += [each["VersionId"] for each in page.get("DeleteMarkers", ()) if each["Key"] == key]
        return versions, markers

    def _pages(self, key: str) -> Iterator[dict[str, Any]]:
        # Keys come in order: the key itself first, then longer ones, which may be millions.
        after: dict[str, str] = {}
        while True:
            try:
                page = self._client.ask("list_object_versions", Prefix=key, **after)
            except Refused as error:
                raise refused_as(error, "list versions (s3:ListBucketVersions)") from None
            yield page
            following = page.get("NextKeyMarker")
            if not page.get("IsTruncated") or not following or following.encode() > key.encode():
                return
            after = {"KeyMarker": following}
            if page.get("NextVersionIdMarker"):
                after["VersionIdMarker"] = page["NextVersionIdMarker"]

    def _delete_version(self, key: str, version: str) -> Settled | None:
        """Delete one version; return None if the store took it, else what keeps it."""
        try:
            self._client.ask("delete_object", Key=key, VersionId=version)
        except Refused as error:
            if error.code == UNREACHABLE:
                raise
            return self._explain(key, version, refused_as(error, "delete versions (s3:DeleteObjectVersion)").reason)
        return None

    def _explain(self, key: str, version: str, reason: str) -> Settled:
        given = {"Key": key, "VersionId": version}
        head: dict[str, Any] = {}
        try:
            head = self._client.ask("head_object", **given)
        except Refused:
            # Credentials that may not read an object may still get the end of its lock.
            with suppress(Refused):
                kept = self._client.ask("get_object_retention", **given).get("Retention", {})
                head["ObjectLockRetainUntilDate"] = kept.get("RetainUntilDate")
        if head.get("ObjectLockLegalHoldStatus") == "ON":
            return Settled("remains", "a legal hold of the store keeps a version")
        until = head.get("ObjectLockRetainUntilDate")
        if isinstance(until, datetime) and until > datetime.now(UTC):
            return Settled("remains", "an object lock keeps a version", until.astimezone(UTC))
        return Settled("remains", reason)

    def probe(self) -> Probe:
        """Look for the marker, with the store's credentials: another host may have a bucket of that name."""
        try:
            if self._read_marker() == marker_content(self._store):
                return Probe(True, "its marker is there")
        except Refused as error:
            return Probe(False, error.reason)
        return Probe(False, NOT_MARKED)

    def _read_marker(self) -> bytes | None:
        try:
            return bytes(self._client.ask("get_object", Key=self._key(marker_name(self._store)))["Body"])
        except Refused as error:
            if error.code == "NoSuchKey":
                return None
            raise

    def check(self) -> Promise:
        """Read the properties of the bucket; try to write and delete an object of its own; write the marker."""
        notes: list[str] = []
        try:
            page = self._client.ask("list_object_versions", MaxKeys=1, Prefix=self._key(""))
        except Refused as error:
            return Promise(soft_delete=False, notes=(error.reason,))
        versioning, may_delete_versions = self._versioning(notes)
        lock, always_locked = self._lock(notes)
        if self._ask("get_bucket_replication", "ReplicationConfigurationNotFoundError") not in (None, {}):
            notes.append("it is replicated to another bucket, from which nothing is deleted")
        may_delete: bool | None = None
        if always_locked or lock is None:
            notes.append("no object was written to try, since a lock might keep it")
        else:
            may_delete, tried = self._try(bool(versioning), notes)
            may_delete_versions = tried if may_delete_versions is None else may_delete_versions
        try:
            list_uploads(self._client, self._key(""))
        except Refused as error:
            notes.append(f"{error.reason}: every object will remain")
        if page.get("Versions") or page.get("DeleteMarkers"):
            self._mark(notes)  # it is never deleted, so a lock may keep it
        return Promise(versioning, lock, False, may_delete, may_delete_versions, tuple(notes))

    def _key(self, name: str) -> str:
        return f"{self._prefix.path}/{name}" if self._prefix.path else name

    def _versioning(self, notes: list[str]) -> tuple[bool | None, bool | None]:
        found = self._ask("get_bucket_versioning")
        if found is None:
            notes.append("whether it keeps versions is unknown")
            return None, None
        if found.get("Status") == "Suspended":
            notes.append("versioning is suspended: versions from before are kept, and deleted with their object")
        if found.get("MFADelete") == "Enabled":
            notes.append("versions can be deleted with a second factor only: they will remain")
            return True, False
        return found.get("Status") in ("Enabled", "Suspended"), None

    def _lock(self, notes: list[str]) -> tuple[bool | None, bool]:
        found = self._ask("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError")
        if found is None:
            notes.append("whether it locks objects is unknown")
            return None, False
        lock = found.get("ObjectLockConfiguration", {})
        if lock.get("ObjectLockEnabled") != "Enabled":
            return False, False
        default = lock.get("Rule", {}).get("DefaultRetention", {})
        if default:
            length = f"{default['Days']} days" if default.get("Days") else f"{default.get('Years', '?')} years"
            notes.append(f"every object is locked for {length} after it was written")
        return True, bool(default)

    def _ask(self, name: str, none: str = "") -> dict[str, Any] | None:
        """Return a property of the bucket; {} if the bucket does not have it; None if it is unknown."""
        try:
            found = self._client.ask(name)
        except Refused as error:
            return {} if none and error.code == none else None
        found.pop("ResponseMetadata", None)
        return found

    def _try(self, versioning: bool, notes: list[str]) -> tuple[bool | None, bool | None]:
        key = self._key(f".redaction-probe-{secrets.token_hex(8)}")
        try:
            self._client.ask("put_object", Key=key, Body=b"probe")
        except Refused as error:
            notes.append(f"whether it lets us delete could not be tried ({error.reason})")
            return None, None
        may_delete = False
        try:
            self._client.ask("delete_object", Key=key)
            may_delete = True
        except Refused as error:
            notes.append(f"it does not let us delete ({error.reason})")
        try:
            gone = self._delete(key).outcome in ("deleted", "not_found")
        except Refused:
            gone = False
        if not gone:
            notes.append("the object that was written to try could not be deleted whole, and is still there")
        return may_delete, gone if versioning else (gone or None)

    def _mark(self, notes: list[str]) -> None:
        key, content = self._key(marker_name(self._store)), marker_content(self._store)
        # A bucket with locks requires a checksum of what it is given.
        digest = b64encode(md5(content, usedforsecurity=False).digest()).decode()
        try:
            if self._read_marker() == content:
                notes.append("its marker is there")
                return
            self._client.ask("put_object", Key=key, Body=content, ContentMD5=digest)
            notes.append("its marker was written")
        except Refused as error:
            notes.append(f"the marker could not be written ({error.reason})")


def _sum_up(locked: list[Settled], left: int) -> Settled:
    held = next((each for each in locked if "legal hold" in each.reason), None)
    if held is not None:
        return held
    dated = [each for each in locked if each.until is not None]
    if dated:
        return max(dated, key=lambda each: each.until or datetime.min.replace(tzinfo=UTC))
    return locked[0] if locked else Settled("remains", f"{left} versions were listed again after their deletion")
