"""The bundle of our DAGs, for `[dag_processor] dag_bundle_config_list`, next to the existing bundles."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from airflow.configuration import conf
from airflow.dag_processing.bundles.base import BaseDagBundle

from redaction.airflow.config import load_settings
from redaction.errors import BadInput
from redaction.resources import find_folder

log = logging.getLogger(__name__)

_ACCOUNTS = "accounts.py"
# Airflow reads only files with the words "airflow" and "dag" in them; this one has them.
_REFUSAL = '''"""Another bundle has the DAGs of redaction: this one gives none, so that Airflow says so."""

from redaction.airflow.bundle import refuse_second

refuse_second({first!r}, {second!r})
'''


def list_ours() -> list[str]:
    """Return the names of the configured bundles of the class below, in order."""
    ours = f"{__name__}.{RedactionDagBundle.__name__}"
    listed = conf.getjson("dag_processor", "dag_bundle_config_list") or []
    return [str(bundle["name"]) for bundle in listed if isinstance(bundle, dict) and bundle.get("classpath") == ours]


def refuse_second(first: str, second: str) -> None:
    """Raise BadInput: two bundles have the same DAGs, and each would take them from the other."""
    raise BadInput(
        f"bundles {first} and {second} both have the DAGs of redaction: those of {first} are used; "
        f"remove {second} from [dag_processor] dag_bundle_config_list"
    )


class RedactionDagBundle(BaseDagBundle):
    """The DAG files of the installed package, in a folder of the bundle.

    The file of the accounts is there `REDACTION_DAG_SHARDS` times, so that Airflow parses shares of them in parallel.
    """

    def initialize(self) -> None:
        """Write missing or changed files, and remove obsolete ones.

        If there are two bundles of this class, the second one gets a file that fails, since each would take the DAGs
        from the other. Raises BadInput if this user may not write where Airflow keeps bundles.
        """
        first = next(iter(list_ours()), self.name)
        files = (
            _compose_files()
            if first == self.name
            else {"second_bundle.py": _REFUSAL.format(first=first, second=self.name)}
        )
        try:
            with self.lock():
                _write_files(self.path, files)
        except OSError as error:
            raise BadInput(
                f"{self.path} cannot be written ({error.strerror}): set [dag_processor] dag_bundle_storage_path to a "
                "folder that this user may write"
            ) from None
        super().initialize()

    def get_current_version(self) -> None:
        """Return none: the files are those of the package."""

    def refresh(self) -> None:
        """Do nothing: a file reads the accounts each time it is parsed."""

    @property
    def path(self) -> Path:
        """Return the folder of the files."""
        return Path(self.base_dir) / "files"


def _compose_files() -> dict[str, str]:
    found = {path.name: path.read_text(encoding="utf-8") for path in find_folder("dags").glob("*.py")}
    accounts = found.pop(_ACCOUNTS)
    stem = _ACCOUNTS.removesuffix(".py")
    return found | {f"{stem}_{shard}.py": accounts for shard in range(1, load_settings().dag_shards + 1)}


def _write_files(folder: Path, files: dict[str, str]) -> None:
    """Make a folder have exactly these DAG files; a reader always sees a whole file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # A task may run as another user than the user that wrote it.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    for path in folder.glob("*.py"):
        if path.name not in files:
            path.unlink(missing_ok=True)
