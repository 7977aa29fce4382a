"""Uploads in parts that nobody has finished: they hold parts of an object that no listing of its versions shows."""

from __future__ import annotations

import json
from typing import Any

import moto.settings
import pytest

from redaction.objects.access import Refused, Settled
from redaction.objects.opened import open_store
from redaction.objects.s3_client import S3Client
from redaction.objects.s3_uploads import end_uploads, list_uploads
from redaction.settings import Settings
from tests.objects.test_s3 import DELETED, NOT_FOUND, client_of, connect, delete, endpoint, list_keys, opened, put, s3

__all__ = ["endpoint", "opened", "s3"]
ALLOWED = ("s3:ListBucketVersions", "s3:ListBucket", "s3:GetObject", "s3:DeleteObject", "s3:DeleteObjectVersion")


def begin(s3: Any, key: str, bucket: str = "rec") -> str:
    upload: str = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"RIFF" * 1000)
    return upload


def unfinished(s3: Any, bucket: str = "rec") -> list[str]:
    return sorted(each["Key"] for each in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", ()))


def test_they_go_with_their_object(s3: Any, opened: Any) -> None:
    s3.create_bucket(Bucket="rec")
    put(s3, "rec", "1.wav", "2.wav")
    for key in ("1.wav", "1.wav", "2.wav", "1.wav.bak", "in/1.wav"):
        begin(s3, key)
    assert delete(opened("s3://rec"), "s3://rec/1.wav") == DELETED
    assert (list_keys(s3, "rec"), unfinished(s3)) == (["2.wav"], ["1.wav.bak", "2.wav", "in/1.wav"])


def test_an_object_that_is_only_an_upload_is_deleted_once(s3: Any, opened: Any) -> None:
    s3.create_bucket(Bucket="rec")
    begin(s3, "1.wav")
    access = opened("s3://rec")
    assert delete(access, "s3://rec/1.wav") == DELETED
    assert unfinished(s3) == []
    assert delete(access, "s3://rec/1.wav") == NOT_FOUND


@pytest.mark.parametrize("may", [ALLOWED, (*ALLOWED, "s3:ListBucketMultipartUploads")])
def test_without_the_permission_it_remains_and_the_check_says_so(
    s3: Any, endpoint: str, settings: Settings, make: Any, monkeypatch: pytest.MonkeyPatch, may: tuple[str, ...]
) -> None:
    s3.create_bucket(Bucket="rec")
    put(s3, "rec", "1.wav")
    begin(s3, "1.wav")
    iam = client_of(endpoint, "iam")
    iam.create_user(UserName="some")
    statement = [{"Effect": "Allow", "Action": list(may), "Resource": "*"}]
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName="some", PolicyName="some", PolicyDocument=document)
    key = iam.create_access_key(UserName="some")["AccessKey"]
    connect(monkeypatch, endpoint, login=key["AccessKeyId"], password=key["SecretAccessKey"])
    access = open_store(make("s3://rec", connection="store"), settings)
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    settled, notes = delete(access, "s3://rec/1.wav"), " ".join(access.check().notes)
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", float("inf"))
    needed = "s3:AbortMultipartUpload" if may != ALLOWED else "s3:ListBucketMultipartUploads"
    assert (settled.outcome, needed in settled.reason) == ("remains", True)
    assert ("unfinished uploads" in notes) is (may == ALLOWED)
    assert (list_keys(s3, "rec"), unfinished(s3)) == ([], ["1.wav"])


class _Answers:
    """A bucket whose answers are given: each is returned once, the last one always."""

    def __init__(self, *pages: dict[str, Any] | Exception) -> None:
        self.pages, self.aborted, self.asked = list(pages), [], []  # type: ignore[var-annotated]

    def list_multipart_uploads(self, **given: Any) -> dict[str, Any]:
        self.asked.append(given)
        page = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        if isinstance(page, Exception):
            raise page
        return page

    def abort_multipart_upload(self, **given: Any) -> dict[str, Any]:
        self.aborted.append(given["UploadId"])
        return {}


def _upload(key: str, number: str) -> dict[str, str]:
    return {"Key": key, "UploadId": number}


def test_an_upload_that_is_listed_again_remains() -> None:
    bucket = _Answers({"Uploads": [_upload("a", "1"), _upload("ab", "2")]})
    settled = end_uploads(S3Client(bucket, "rec"), "a", Settled("deleted"))
    assert (settled.outcome, set(bucket.aborted)) == ("remains", {"1"})


def test_all_pages_of_a_key_are_read_and_no_more() -> None:
    more = {"IsTruncated": True, "NextKeyMarker": "a", "NextUploadIdMarker": "1"}
    end = {"IsTruncated": True, "NextKeyMarker": "ab", "NextUploadIdMarker": "3"}
    bucket = _Answers(
        {"Uploads": [_upload("a", "1")], **more}, {"Uploads": [_upload("a", "2"), _upload("ab", "3")], **end}
    )
    assert list_uploads(S3Client(bucket, "rec"), "a") == ["1", "2"]
    assert [given.get("UploadIdMarker") for given in bucket.asked] == [None, "1"]


def test_a_store_that_knows_no_uploads_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    def answer(code: str) -> S3Client:
        return S3Client(_Answers(ClientError({"Error": {"Code": code}}, "ListMultipartUploads")), "rec")

    assert end_uploads(answer("NotImplemented"), "a", NOT_FOUND) == NOT_FOUND
    with pytest.raises(Refused, match="HTTP"):
        end_uploads(answer("InternalError"), "a", NOT_FOUND)
