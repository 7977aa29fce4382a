"""Protected places: a place in the settings has one spelling, for those who write there and those who protect it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from redaction.errors import BadInput
from redaction.ledger.place import StoragePlace
from redaction.objects.stores import Store, check_store
from redaction.settings import Settings, load_settings


def file_store(folder: Path) -> Store:
    return Store(1, "recordings", folder.as_uri(), None, "delete", None, None, None)


@pytest.mark.parametrize(
    "given",
    [
        *("{}/led", "file://{}/led", "FILE://{}/led", "File://{}/led", "file:{}/led", "FILE:{}/led"),
        *("file://localhost{}/led", "FILE://LOCALHOST{}/led", "local://{}/led"),
    ],
)
def test_every_spelling_of_a_place_is_where_it_lies(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REDACTION_LEDGER_URL", given.format(tmp_path))
    monkeypatch.setenv("REDACTION_SHARED_URL", given.format(tmp_path).replace("/led", "/shared"))
    settings = load_settings()
    assert StoragePlace(settings).url == str(tmp_path / "led")
    assert settings.shared_place == tmp_path / "shared"
    for name, says in (("led", "the ledger"), ("shared", "what other processes read")):
        with pytest.raises(BadInput, match=says):
            check_store(file_store(tmp_path / name), [], settings)


@pytest.mark.parametrize("given", ["{}/home", "file://{}/home", "FILE:{}/home", "file://localhost{}/home"])
def test_every_spelling_of_the_home_is_where_it_lies(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_HOME", given.format(tmp_path))
    settings = load_settings()
    assert settings.home == tmp_path / "home"
    with pytest.raises(BadInput, match="the home"):
        check_store(file_store(tmp_path / "home"), [], settings)


@pytest.mark.parametrize("name", ["REDACTION_LEDGER_URL", "REDACTION_SHARED_URL", "REDACTION_HOME"])
@pytest.mark.parametrize("given", ["file://nas/led", "file:led", "simplecache::s3://redaction/led", "file::/led"])
def test_what_is_no_place_is_refused_in_one_line(name: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(BadInput, match=name) as told:
        load_settings()
    assert "\n" not in str(told.value)


def test_the_home_is_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDACTION_HOME", "s3://redaction/home")
    with pytest.raises(BadInput, match=r"REDACTION_HOME: .*a folder of this host"):
        load_settings()


def test_the_scheme_of_a_bucket_has_one_spelling(tmp_path: Path) -> None:
    given: dict[str, Any] = {"home": tmp_path, "ledger_url": "S3://redaction/Ledger", "shared_url": "S3A://redaction/x"}
    settings = Settings(**given)
    assert (settings.ledger_url, settings.shared_url) == ("s3://redaction/Ledger", "s3a://redaction/x")
