"""The client of an S3 store, built from a connection, and its errors in safe words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from redaction.errors import BadInput
from redaction.extras import needs
from redaction.objects.access import Credentials, Refused

_TIMEOUT_S = 20
_TRIES = 3
_WHOLE_S = 180.0
"""For a whole answer, with all its tries: the timeouts of the library begin again with each byte."""
_MOST_BODY = 1024
"""Bytes that are read of an object: only markers are read."""
_CODES = {
    "AccessDenied": "the store denies access with these credentials",
    "AllAccessDisabled": "the store denies access with these credentials",
    "InvalidAccessKeyId": "the store does not know these credentials",
    "SignatureDoesNotMatch": "the store refuses these credentials",
    "ExpiredToken": "the credentials have expired",
    "InvalidToken": "the store refuses these credentials",
    "NoSuchBucket": "there is no such bucket",
    "404": "there is no such bucket",
    "403": "the store denies access with these credentials",
    "401": "the store refuses these credentials",
    "InvalidBucketName": "there can be no such bucket",
    "NotImplemented": "the store does not know this request",
    "SlowDown": "the store asks to slow down",
    "PermanentRedirect": "the bucket is in another region than the connection says",
    "AuthorizationHeaderMalformed": "the bucket is in another region than the connection says",
    "InvalidObjectState": "the object is archived",
}


UNREACHABLE = "unreachable"
"""The code for a missing answer."""


@dataclass(frozen=True)
class S3Client:
    """A botocore client for one bucket, whose requests raise Refused for every failure."""

    client: Any
    bucket: str

    def ask(self, request: str, **given: Any) -> dict[str, Any]:
        """Return the answer of the store to a request, by its name in botocore; the body of an object as bytes."""

        def ask() -> dict[str, Any]:
            with refusals():
                found: dict[str, Any] = getattr(self.client, request)(Bucket=self.bucket, **given)
                if "Body" in found:
                    found["Body"] = found["Body"].read(_MOST_BODY)
                return found

        return _wait_for(ask)

    def open_part(self, key: str, etag: str, first: int, last: int) -> Any:
        """Return some bytes of an object whose tag is unchanged, to be read in parts and closed."""
        given = {"Key": key, "IfMatch": etag, "Range": f"bytes={first}-{last}"}
        return self.client.get_object(Bucket=self.bucket, **given)["Body"]

    def open(self, key: str, version: str, etag: str) -> Any:
        """Return the body of exactly one version of an object, to be read in parts and closed. Raises Refused."""
        with refusals():
            return self.client.get_object(Bucket=self.bucket, Key=key, VersionId=version, IfMatch=etag)["Body"]


def _wait_for(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return an answer, or raise what was raised; raises Refused for an answer that is not whole in time."""
    answer: Future[dict[str, Any]] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    # It ends with its connection, or with this process.
    threading.Thread(target=run, daemon=True).start()
    try:
        return answer.result(_WHOLE_S)
    except TimeoutError:
        raise Refused("the store did not answer in time", UNREACHABLE) from None


@contextmanager
def refusals() -> Iterator[None]:
    """Raise Refused for every failure inside; the message of a store has keys in it and is dropped."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
        SSLError,
    )

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        number = status if isinstance(status, int) else 0
        raise Refused(_CODES.get(code, f"the store refused (HTTP {number})"), code) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise Refused("there are no credentials, or not all of them") from None
    except SSLError:
        raise Refused("the store's certificate cannot be verified") from None
    except (EndpointConnectionError, ConnectTimeoutError):
        raise Refused("the store cannot be reached", UNREACHABLE) from None
    except HTTPClientError:
        raise Refused("the store did not answer to the end", UNREACHABLE) from None
    except BotoCoreError as error:
        raise Refused(f"the store was not asked ({type(error).__name__})") from None
    except Exception as error:
        raise Refused(f"the store's answer could not be read ({type(error).__name__})") from None


@cache
def _loader(folders: str | None) -> Any:
    """Return the reader of the library's description of S3, one a process: a new session takes 80 ms of CPU."""
    from botocore.loaders import create_loader

    return create_loader(folders)


def connect(credentials: Credentials, bucket: str) -> S3Client:
    """Return a client for a bucket. Asks nothing. Raises BadInput if the connection has unsupported settings."""
    with needs("s3", "a store of S3"):
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session

    extra = credentials.extra
    if extra.get("role_arn") or extra.get("assume_role_kwargs"):
        raise BadInput(
            "its Airflow connection assumes a role, which is not done here: give the role to this host, "
            "or name a connection with keys"
        )
    service = extra.get("service_config", {})
    endpoint = service.get("s3", {}).get("endpoint_url") if isinstance(service, dict) else None
    try:
        session = Session(profile=extra.get("profile_name"))
        session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
        client = session.create_client(
            "s3",
            region_name=extra.get("region_name") or session.get_config_variable("region") or "us-east-1",
            endpoint_url=endpoint or extra.get("endpoint_url") or extra.get("host"),
            aws_access_key_id=credentials.login or extra.get("aws_access_key_id"),
            aws_secret_access_key=credentials.password or extra.get("aws_secret_access_key"),
            aws_session_token=extra.get("aws_session_token") or extra.get("session_token"),
            verify=extra.get("verify"),
            config=Config(
                connect_timeout=_TIMEOUT_S,
                read_timeout=_TIMEOUT_S,
                retries={"total_max_attempts": _TRIES, "mode": "standard"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
    except (BotoCoreError, ValueError, TypeError) as error:
        raise BadInput(f"its Airflow connection cannot be used for S3 ({type(error).__name__})") from None
    return S3Client(client, bucket)
