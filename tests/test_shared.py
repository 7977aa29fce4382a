"""Files that other processes read: below the home, in another folder, or in an object store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from moto.server import ThreadedMotoServer

from redaction.accounts.snapshot import current_snapshot, renew_snapshot
from redaction.deployment import Deployment
from redaction.errors import SharedUnreachable
from redaction.ledger.place import StoragePlace
from redaction.pipeline.documents import list_pages, read_page
from redaction.pipeline.results import read_results
from redaction.pipeline.run import begin_run, run_step
from redaction.settings import Settings
from redaction.shared import list_files, read_file, reading, remove_file, replace_file, writing

STORE = "memory://shared"


@pytest.fixture
def store() -> Iterator[Any]:
    """An object store of this process; it is empty afterwards."""
    files = fsspec.filesystem("memory")
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """A client of a server with the protocol of S3, which others may use too, and has a bucket `redaction`.

    One for all tests here: its readers keep one connection for each process.
    """
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    named = {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**named, "ENDPOINT_URL": f"http://{host}:{port}"}.items():
            patch.setenv(f"AWS_{name}", value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="redaction")
        yield client
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    server.stop()


@pytest.mark.parametrize("where", ["a folder", "a folder by its URL", "a store"])
def test_a_file_is_written_read_listed_and_removed(tmp_path: Path, store: Any, where: str) -> None:
    urls = {"a folder": str(tmp_path / "s"), "a folder by its URL": f"file://{tmp_path}/s", "a store": STORE}
    settings = Settings(home=tmp_path / "home", shared_url=urls[where])
    place = settings.at("west").snapshot_path
    assert read_file(place) is None
    replace_file(place, b"one")
    replace_file(place, b"two")
    assert read_file(place) == b"two"
    assert list_files(settings.shared_place) == ["placements/west/accounts.json"]
    with writing(place) as sink:
        sink.write(b"thr")
        sink.write(b"ee")
    with reading(place) as source:
        assert (source.read(3), source.read()) == (b"thr", b"ee")
    remove_file(place)
    remove_file(place)
    assert list_files(settings.shared_place) == []
    assert not (tmp_path / "home").exists()


def test_what_another_process_has_written_to_the_ledger_since_is_not_overwritten(bucket: Any, tmp_path: Path) -> None:
    place = StoragePlace(Settings(home=tmp_path, ledger_url="s3://redaction/ledger"))
    assert place.write("entries/0/1.json", b"one") == b"one"
    assert (place.list_names("entries/0"), place.list_names("entries", "")) == (["1.json"], ["0"])
    for name in ("0/2.json", "1/1000.json"):
        bucket.put_object(Bucket="redaction", Key=f"ledger/entries/{name}", Body=b"theirs")
    assert place.write("entries/0/2.json", b"ours") == b"theirs"
    assert (place.list_names("entries/0"), place.list_names("entries", "")) == (["1.json", "2.json"], ["0", "1"])


@pytest.mark.parametrize("scheme", ["", "file://", "local://"])
def test_a_page_outside_is_none(tmp_path: Path, scheme: str) -> None:
    settings = Settings(home=tmp_path / "home", shared_url=f"{scheme}{tmp_path}/shared")
    replace_file(settings.snapshot_path, b"accounts")
    replace_file(settings.data_docs_path / "a" / "page.html", b"page")
    assert read_page(settings.data_docs_path, "a/page.html") == b"page"
    for path in ("../accounts.json", "a/../../accounts.json", f"{tmp_path}/shared/accounts.json"):
        assert read_page(settings.data_docs_path, path) is None


def test_what_another_process_has_written_since_is_read(bucket: Any, tmp_path: Path) -> None:
    docs = Settings(home=tmp_path, shared_url="s3://redaction/shared").data_docs_path
    run = docs / "account_7" / "run_1"
    replace_file(docs / "account_7" / "run_0" / "page.html", b"old")
    assert list_files(docs) == ["account_7/run_0/page.html"]
    assert (list_files(run), read_file(run / "results.json")) == ([], None)
    bucket.put_object(Bucket="redaction", Key="shared/data_docs/account_7/run_1/results.json", Body=b"found")
    bucket.put_object(Bucket="redaction", Key="shared/data_docs/account_7/run_0/page.html", Body=b"much newer")
    assert (list_files(run), read_file(run / "results.json")) == (["results.json"], b"found")
    assert read_file(docs / "account_7" / "run_0" / "page.html") == b"much newer"


def test_a_store_that_fails_is_named_and_its_words_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("the secret is s3cr3t")

    place = Settings(home=tmp_path, shared_url=STORE).snapshot_path
    monkeypatch.setattr(MemoryFileSystem, "cat_file", fail)
    monkeypatch.setattr(MemoryFileSystem, "_open", fail)
    for act in (lambda: read_file(place), lambda: replace_file(place, b"x")):
        with pytest.raises(SharedUnreachable, match="see REDACTION_SHARED_URL") as told:
            act()
        assert "s3cr3t" not in str(told.value)
    assert SharedUnreachable.retryable


def test_a_worker_writes_what_the_pages_of_another_machine_read(
    deployment: Deployment, store: Any, tmp_path: Path, account: int, insert: Callable[..., None]
) -> None:
    """The snapshot and the validation of a run, failed ones too; nothing of them is in the worker's home."""
    worker = Deployment(
        deployment.settings.at("default", shared_url=STORE, home=tmp_path / "worker"),
        deployment.database,
        deployment.outside,
    )
    pages = Settings(home=tmp_path / "pages", shared_url=STORE)
    insert(1)
    assert [one.id for one in renew_snapshot(worker).accounts] == [7]
    assert [one.id for one in current_snapshot(pages).accounts] == [7]
    run = begin_run(worker, 7, datetime(2026, 3, 3, 5, tzinfo=UTC), "scheduled", "key")
    run_step(worker, run.id, "strip")
    run_step(worker, run.id, "objects")
    run_step(worker, run.id, "validate")
    docs = pages.data_docs_path / "account_7" / f"run_{run.id}"
    results = read_results(docs)
    assert results is not None
    assert results.passed
    for path in list_pages(docs).values():
        page = read_page(pages.data_docs_path, f"account_7/run_{run.id}/{path}")
        assert page is not None
        assert b"<html" in page
    assert len(list_pages(docs)) >= 3
    assert not (tmp_path / "worker" / "data_docs").exists()
    assert not (tmp_path / "worker" / "accounts.json").exists()
