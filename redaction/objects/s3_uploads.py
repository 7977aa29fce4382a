"""Uploads in parts that nobody has finished: no listing of a bucket shows them, and their parts are of the object."""

from __future__ import annotations

from redaction.objects.access import Refused, Settled
from redaction.objects.s3_client import S3Client

_ROUNDS = 3
_NO_UPLOADS = ("NotImplemented", "MethodNotAllowed")


def end_uploads(client: S3Client, key: str, settled: Settled) -> Settled:
    """Abort every unfinished upload of exactly one key, and list them again.

    `settled` is what became of its versions. Returns the outcome of the whole object. Raises Refused if the store does
    not let us list or abort.
    """
    for _ in range(_ROUNDS):
        found = list_uploads(client, key)
        if not found:
            return settled
        for upload in found:
            _abort(client, key, upload)
        if settled.outcome == "not_found":
            settled = Settled("deleted")
    # A part that is written at the same time may outlive the first try.
    return (
        Settled("remains", "an upload of it that nobody has finished is listed again")
        if list_uploads(client, key)
        else settled
    )


def list_uploads(client: S3Client, key: str) -> list[str]:
    """Return the ids of the unfinished uploads of exactly this key; none where a store knows no such uploads."""
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        try:
            page = client.ask("list_multipart_uploads", Prefix=key, **after)
        except Refused as error:
            if error.code in _NO_UPLOADS:
                return []
            raise refused_as(error, "list unfinished uploads (s3:ListBucketMultipartUploads)") from None
        found += [each["UploadId"] for each in page.get("Uploads", ()) if each["Key"] == key]
        # Keys come in order: the key itself first, then longer ones.
        following = page.get("NextKeyMarker")
        if not page.get("IsTruncated") or not following or following.encode() > key.encode():
            return found
        after = {"KeyMarker": following, "UploadIdMarker": page.get("NextUploadIdMarker", "")}


def _abort(client: S3Client, key: str, upload: str) -> None:
    try:
        client.ask("abort_multipart_upload", Key=key, UploadId=upload)
    except Refused as error:
        if error.code != "NoSuchUpload":
            raise refused_as(error, "abort uploads (s3:AbortMultipartUpload)") from None


def refused_as(error: Refused, what: str) -> Refused:
    """Return a refusal that names the permission which is missing, if that is its cause."""
    denied = error.code in ("AccessDenied", "403")
    return Refused(f"the store does not let these credentials {what}", error.code) if denied else error
