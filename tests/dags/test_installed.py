"""All our DAGs in another Airflow: by a file of two lines in its own folder, or by a bundle next to its own."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, DagBag

from redaction.accounts.snapshot import Snapshot, SnapshotAccount, write_snapshot
from redaction.airflow.dags import all_dags
from redaction.errors import BadInput
from redaction.resources import find_folder
from redaction.settings import Settings

TWO_LINES = "from redaction.airflow.dags import all_dags\nglobals().update(all_dags())\n"
WANTED = {
    *(f"redact_account_{number}" for number in range(8)),
    "redact_on_demand",
    "answer_request",
    "close_account",
    "erase_residue",
    "refresh_reports",
    "release_hold",
    "retention_watch",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh snapshot of 8 accounts, and no database."""
    monkeypatch.setenv("REDACTION_HOME", str(tmp_path))
    monkeypatch.setenv("REDACTION_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    accounts = tuple(
        SnapshotAccount(
            id=number,
            name=f"Dental {number}",
            agency_id=1,
            agency_name="North",
            period=("daily", "30", "60", "90")[number % 4],
            mode="every",
            timezone="America/New_York",
            since="2026-01-03",
        )
        for number in range(8)
    )
    write_snapshot(Settings(home=tmp_path).snapshot_path, Snapshot(written_at=datetime.now(UTC), accounts=accounts))
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The DAG folder of a user, with a DAG of theirs and the two lines."""
    made = tmp_path / "dags"
    made.mkdir()
    (made / "theirs.py").write_text("from airflow.sdk import DAG\ndag = DAG('theirs', schedule=None)\n")
    (made / "redaction_dags.py").write_text(TWO_LINES)
    return made


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Airflow keeps the files of bundles; ours has three for the accounts."""
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", str(tmp_path / "bundles"))
    monkeypatch.setenv("REDACTION_DAG_SHARDS", "3")
    return tmp_path / "bundles"


def test_two_lines_give_all_dags_beside_those_that_are_there(folder: Path) -> None:
    bag = DagBag(str(folder))
    assert bag.import_errors == {}
    assert set(bag.dags) == WANTED | {"theirs"}


def test_a_task_of_an_account_builds_no_other_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "redact_account_5")
    assert {name for name in all_dags() if name.startswith("redact_account_")} == {"redact_account_5"}


def test_two_lines_beside_the_bundle_are_an_import_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _bundles(monkeypatch, folder, "ours")
    bag = DagBag(str(folder))
    assert set(bag.dags) == {"theirs"}
    (error,) = bag.import_errors.values()
    assert "bundle ours has the DAGs of redaction already, and they are used: remove this file, or" in error


def test_a_home_that_cannot_be_written_is_an_import_error(
    home: Path, folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the accounts were never read, or are to be read again."""
    assert settings.database_url is not None
    monkeypatch.setenv("REDACTION_DATABASE_URL", settings.database_url.get_secret_value())
    (home / "file").touch()
    monkeypatch.setenv("REDACTION_HOME", str(home / "file" / "home"))
    (error,) = DagBag(str(folder)).import_errors.values()
    told = "set REDACTION_SHARED_URL (or, without it, REDACTION_HOME) to a folder that this user may write"
    assert f"cannot be written (Not a directory): {told}" in error


def _local(name: str, folder: Path) -> dict[str, object]:
    path = "airflow.dag_processing.bundles.local.LocalDagBundle"
    return {"name": name, "classpath": path, "kwargs": {"path": str(folder)}}


def _bundles(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> DagBundlesManager:
    theirs = _local("theirs", folder)
    ours = [{"name": name, "classpath": "redaction.airflow.bundle.RedactionDagBundle", "kwargs": {}} for name in names]
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps([theirs, *ours]))
    return DagBundlesManager()


def test_a_bundle_gives_all_dags_beside_the_bundles_that_are_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "redaction_dags.py").unlink()
    found = {}
    for bundle in _bundles(monkeypatch, folder, "redaction").get_all_dag_bundles():
        bundle.initialize()
        bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        assert bag.import_errors == {}
        found[bundle.name] = set(bag.dags)
    assert found == {"theirs": {"theirs"}, "redaction": WANTED}


def test_the_bundle_has_a_file_for_each_share_of_the_accounts(
    folder: Path, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files() -> list[str]:
        bundle = _bundles(monkeypatch, folder, "redaction").get_bundle("redaction")
        bundle.initialize()
        assert bundle.path.is_relative_to(storage)
        return sorted(path.name for path in bundle.path.iterdir())

    kinds = [
        *("answer_request", "close_account", "collect", "erase_residue", "redact_on_demand", "refresh_reports"),
        *("release_hold", "retention_watch"),
    ]
    others = [f"{kind}.py" for kind in kinds]
    assert files() == ["accounts_1.py", "accounts_2.py", "accounts_3.py", *others]
    (storage / "redaction" / "files" / "retention_watch.py").write_text("half of it, of another ver")
    monkeypatch.setenv("REDACTION_DAG_SHARDS", "1")
    assert files() == ["accounts_1.py", *others]
    bag = DagBag(str(storage / "redaction" / "files"))
    assert bag.import_errors == {}
    assert set(bag.dags) == WANTED


def test_a_storage_of_bundles_that_cannot_be_written_is_named(
    folder: Path, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.write_text("a file where a folder should be")
    with pytest.raises(BadInput, match=r"set .dag_processor. dag_bundle_storage_path to a folder"):
        _bundles(monkeypatch, folder, "redaction").get_bundle("redaction").initialize()


def test_of_two_bundles_with_our_dags_the_second_is_an_import_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = _bundles(monkeypatch, folder, "redaction", "again")
    for name, wanted in (("redaction", WANTED), ("again", set())):
        bundle = manager.get_bundle(name)
        bundle.initialize()
        bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=name)
        assert set(bag.dags) == wanted
        told = "bundles redaction and again both have the DAGs of redaction: those of redaction are used; remove again"
        assert [told in error for error in bag.import_errors.values()] == ([] if wanted else [True])


def _parse(*folders: Path) -> list[tuple[set[str], dict[str, str]]]:
    """The DAGs of each folder, and its import errors by their files."""
    bags = [DagBag(str(folder)) for folder in folders]
    return [(set(bag.dags), {Path(name).name: told for name, told in bag.import_errors.items()}) for bag in bags]


@pytest.fixture
def second(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A second folder, empty; each is a bundle of the configuration."""
    made = tmp_path / "more_dags"
    made.mkdir()
    listed = [_local("theirs", folder), _local("more", made)]
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps(listed))
    return made


def test_of_two_bundles_with_the_two_lines_the_second_is_an_import_error(
    folder: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (second / "also.py").write_text(TWO_LINES)
    first, (dags, errors) = _parse(folder, second)
    assert first == (WANTED | {"theirs"}, {})
    assert (dags, list(errors)) == (set(), ["also.py"])
    told = f"{folder}/redaction_dags.py of bundle theirs has these DAGs of redaction already, and they are used: remove"
    assert told in errors["also.py"]
    # A file that Airflow does not read gives none.
    monkeypatch.setenv("AIRFLOW__CORE__DAG_IGNORE_FILE_SYNTAX", "regexp")
    (folder / ".airflowignore").write_text("redaction_dags.py\n")
    assert _parse(folder, second) == [({"theirs"}, {}), (WANTED, {})]


def test_copies_of_our_files_beside_the_two_lines_are_import_errors(folder: Path, second: Path) -> None:
    shutil.copytree(find_folder("dags"), second, dirs_exist_ok=True)
    first, (dags, errors) = _parse(folder, second)
    assert first == (WANTED | {"theirs"}, {})
    names = [
        "accounts.py",
        "answer_request.py",
        "close_account.py",
        "collect.py",
        "erase_residue.py",
        "redact_on_demand.py",
        "refresh_reports.py",
        "release_hold.py",
        "retention_watch.py",
    ]
    assert (dags, sorted(errors)) == (set(), names)
    assert all("redaction_dags.py of bundle theirs has these DAGs" in told for told in errors.values())


def test_copies_of_our_files_that_share_the_dags_are_none(folder: Path, second: Path) -> None:
    (folder / "redaction_dags.py").unlink()
    for path in find_folder("dags").glob("*.py"):
        shutil.copy(path, folder if path.name.startswith("a") else second)
    (with_accounts, one), (others, two) = _parse(folder, second)
    assert (with_accounts | others, one, two) == (WANTED | {"theirs"}, {}, {})


def test_copies_of_our_files_beside_our_bundle_are_import_errors(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(find_folder("dags"), folder, dirs_exist_ok=True)
    bundle = _bundles(monkeypatch, folder, "redaction").get_bundle("redaction")
    bundle.initialize()
    (theirs, errors), ours = _parse(folder, bundle.path)
    assert ours == (WANTED, {})
    assert (theirs, len(errors)) == ({"theirs"}, 10)
    assert all("bundle redaction has the DAGs of redaction already, and" in told for told in errors.values())
