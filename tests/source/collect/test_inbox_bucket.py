"""An inbox in a bucket, against an S3 API on 127.0.0.1: the newest version is loaded, and every version is deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from redaction.errors import SourceUnreachable
from redaction.placements.resolve import Placements
from redaction.settings import Settings
from redaction.source.collect import inbox
from redaction.source.collect.inbox import InboxSummary, collect_inbox, list_inbox
from tests.objects.test_s3 import connect, endpoint, list_keys, s3, versioned
from tests.source.collect.test_inbox import lines

__all__ = ["endpoint", "s3"]
Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def collect(
    settings: Settings, account: int, endpoint: str, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], InboxSummary]:
    connect(monkeypatch, endpoint)

    def run() -> InboxSummary:
        with Placements(settings.at("default", inbox_url="s3://store@raw/in", inbox_quiet_s=0)) as placements:
            return collect_inbox(placements)

    return run


def _put(s3: Any, key: str, *ids: int) -> None:
    s3.put_object(Bucket="raw", Key=key, Body=lines(*ids))


def _ids(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities ORDER BY id")]


@pytest.mark.parametrize("versions", [False, True])
def test_what_was_loaded_is_gone_with_every_version(
    collect: Callable[[], InboxSummary], s3: Any, sql: Sql, versions: bool
) -> None:
    versioned(s3, "raw") if versions else s3.create_bucket(Bucket="raw")
    _put(s3, "in/a.jsonl", 1)
    _put(s3, "in/a.jsonl", 2)
    _put(s3, "in/a.jsonl.other", 3)
    _put(s3, "input/not-mine.jsonl", 4)
    done = collect()
    assert (_ids(sql), done.files, done.deleted, done.left) == ([2, 3], 2, 2, {})
    assert list_keys(s3, "raw") == ["input/not-mine.jsonl"]


@pytest.mark.parametrize("versions", [False, True])
def test_what_comes_in_meanwhile_stays(
    collect: Callable[[], InboxSummary], s3: Any, sql: Sql, monkeypatch: pytest.MonkeyPatch, versions: bool
) -> None:
    versioned(s3, "raw") if versions else s3.create_bucket(Bucket="raw")
    _put(s3, "in/a.jsonl", 1)
    real = inbox.load_everywhere

    def load(*given: Any) -> Any:
        done = real(*given)
        _put(s3, "in/a.jsonl", 2)
        return done

    monkeypatch.setattr(inbox, "load_everywhere", load)
    done = collect()
    assert (done.deleted, list(done.left.values())) == (
        0,
        ["it was loaded, but it is not the version that was read any more"],
    )
    assert list_keys(s3, "raw") == ["in/a.jsonl"] * (2 if versions else 1)
    monkeypatch.setattr(inbox, "load_everywhere", real)
    assert collect().deleted == 1
    assert (_ids(sql), list_keys(s3, "raw")) == ([1, 2], [])


def test_a_file_that_somebody_deleted_is_not_loaded_and_is_told(
    collect: Callable[[], InboxSummary], s3: Any, sql: Sql, settings: Settings
) -> None:
    versioned(s3, "raw")
    _put(s3, "in/a.jsonl", 1)
    s3.delete_object(Bucket="raw", Key="in/a.jsonl")
    done = collect()
    assert (_ids(sql), list(done.left.values())) == (
        [],
        ["somebody has deleted it, and its versions are still there"],
    )
    assert len(list_inbox(settings.at("default", inbox_url="s3://store@raw/in"))) == 1


def test_a_key_waits_until_it_has_rested(collect: Callable[[], InboxSummary], s3: Any, settings: Settings) -> None:
    versioned(s3, "raw")
    _put(s3, "in/a.jsonl", 1)
    given = settings.at("default", inbox_url="s3://store@raw/in")
    newest = max(each["LastModified"] for each in s3.list_object_versions(Bucket="raw")["Versions"])
    [young], [rested] = (list_inbox(given, newest + timedelta(seconds=after)) for after in (59, 61))
    assert (young.kept_by, rested.kept_by) == ("it has changed within 60 s (REDACTION_INBOX_QUIET_S)", None)


def test_a_lock_keeps_what_was_loaded(collect: Callable[[], InboxSummary], s3: Any, sql: Sql) -> None:
    s3.create_bucket(Bucket="raw", ObjectLockEnabledForBucket=True)
    _put(s3, "in/a.jsonl", 1)
    s3.put_object_legal_hold(Bucket="raw", Key="in/a.jsonl", LegalHold={"Status": "ON"})
    done = collect()
    assert (_ids(sql), done.deleted) == ([1], 0)
    assert "a legal hold of the store keeps a version" in next(iter(done.left.values()))


def test_no_bucket_is_for_later(collect: Callable[[], InboxSummary]) -> None:
    with pytest.raises(SourceUnreachable, match="there is no such bucket"):
        collect()
