"""Which DAG file gives our DAGs: if several bundles have them, one does, and the others report that."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from airflow.configuration import conf
from airflow.sdk import get_parsing_context

from redaction.errors import BadInput

_OURS = b"redaction.airflow.dags"
_REMOVE = "and they are used: remove this file, or its bundle from [dag_processor] dag_bundle_config_list"


def check_source(build: str) -> None:
    """Raise BadInput if the parsed DAG file is not the first that gives the DAGs of a function of ours.

    Each would take the DAGs from the other, time and again. Our own bundle comes first, then the local ones in the
    order of the configuration; bundles of other kinds are not searched, since their files may be elsewhere. A task has
    the file that it was parsed from.
    """
    listed = [one for one in conf.getjson("dag_processor", "dag_bundle_config_list") or [] if isinstance(one, dict)]
    if len(listed) < 2 or get_parsing_context().dag_id is not None:
        return
    from redaction.airflow.bundle import RedactionDagBundle, list_ours

    file = _find_caller()
    for name in list_ours()[:1]:
        if not file.is_relative_to(RedactionDagBundle(name=name).path.resolve()):
            raise BadInput(f"bundle {name} has the DAGs of redaction already, {_REMOVE}")
        return
    for name, folder in _list_local(listed):
        if file.is_relative_to(folder):
            return
        for other in _find_files(folder, build):
            raise BadInput(f"{other} of bundle {name} has these DAGs of redaction already, {_REMOVE}")


def _find_caller() -> Path:
    frame = sys._getframe()
    while frame.f_globals["__name__"].startswith("redaction.") and frame.f_back is not None:
        frame = frame.f_back
    return Path(frame.f_code.co_filename).resolve()


def _list_local(listed: list[dict[str, object]]) -> Iterator[tuple[str, Path]]:
    from airflow import settings

    for one in listed:
        if str(one.get("classpath")).endswith(".LocalDagBundle"):
            kwargs = one.get("kwargs")
            path = kwargs.get("path") if isinstance(kwargs, dict) else None
            yield str(one["name"]), Path(path or settings.DAGS_FOLDER).resolve()


def _find_files(folder: Path, build: str) -> Iterator[Path]:
    """Yield the files of a folder that Airflow parses and that give the DAGs of a function of ours."""
    from airflow.utils.file import list_py_file_paths

    for path in sorted(map(Path, list_py_file_paths(folder, safe_mode=True))):
        try:
            text = path.read_bytes()
        except OSError:
            # Files that this user may not read are not parsed either.
            continue
        if _OURS in text and (b"all_dags" in text or build.encode() in text):
            yield path
