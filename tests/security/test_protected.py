"""Protected places: a place in the settings has one spelling, for those who write there and those who protect it."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from redaction.errors import BadInput
from redaction.ledger.place import StoragePlace
from redaction.objects.addresses import parse_address
from redaction.objects.files import FileAccess
from redaction.objects.stores import Store, check_store
from redaction.resources import PACKAGE, find_folder
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


def _refusal(folder: Path | str, settings: Settings) -> str:
    with pytest.raises(BadInput) as told:
        check_store(file_store(Path(folder)), [], settings)
    return str(told.value)


def test_the_program_its_python_and_the_system_are_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home")
    for folder in (PACKAGE, PACKAGE / "web", PACKAGE.parent, find_folder("sql"), find_folder("dags"), Path(sys.prefix)):
        assert "the program itself" in _refusal(folder, settings)
    for name in ("stdlib", "purelib", "scripts"):
        assert "overlaps" in _refusal(sysconfig.get_path(name), settings)
    for place in ("/etc", "/etc/ssl", "/usr/lib", "/proc", "/proc/self/net", "/sys", "/boot"):
        assert "the operating system" in _refusal(place, settings)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
    for folder in (tmp_path / "airflow", tmp_path / "airflow" / "dags", tmp_path / "airflow" / "logs" / "x"):
        assert "Airflow" in _refusal(folder, settings)
    check_store(file_store(tmp_path / "airflow" / "recordings"), [], settings)


def test_another_mount_of_a_place_is_that_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Linux lists bind mounts: a folder of a device, at a second point."""
    settings = Settings(home=tmp_path / "home", ledger_url=str(tmp_path / "b" / "ledger"))
    other = tmp_path / "other mount"
    inside, file = other / "inside", other / "inside" / "00.json"
    (settings.home / "postgres").mkdir(parents=True)
    inside.mkdir(parents=True)
    file.write_text("{}")
    escaped = str(other).replace(" ", "\\040")
    listed = [
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw",
        f"23 22 8:2 /srv {tmp_path} rw - ext4 /dev/sda2 rw",
        "24 22 8:2 /srv/b/ledger/1 {} rw - ext4 /dev/sda2 rw",
    ]

    def mount(folder: str) -> None:
        (tmp_path / "mountinfo").write_text("\n".join(listed).format(folder) + "\n")

    monkeypatch.setattr("redaction.objects.protected._MOUNTS", str(tmp_path / "mountinfo"))
    mount(f"{escaped}/none")
    store = file_store(inside)
    check_store(store, [], settings)
    mount(f"{escaped}/inside")
    assert "the ledger" in _refusal(inside, settings)
    settled = FileAccess(store, parse_address(file_store(inside).prefix), settings).delete(
        parse_address(file.as_uri()), 7, 1
    )
    assert (settled.outcome, "the ledger" in settled.reason, file.exists()) == ("remains", True, True)
    listed[2] = "24 22 8:2 / {} rw - ext4 /dev/sda2 rw"
    mount(f"{escaped}/inside")
    assert "overlaps" in _refusal(inside, settings)
    assert "the home" in _refusal(inside / "srv" / "home", settings)
    # A mount over it hides what was mounted there before.
    listed.append(f"25 22 8:9 / {escaped}/inside rw - ext4 /dev/sdb rw")
    mount(f"{escaped}/inside")
    check_store(store, [], settings)
