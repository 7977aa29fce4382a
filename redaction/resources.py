"""Where the data files of this package are, and where its state goes; only this module knows.

A checkout has `sql/`, `expectations/`, `templates/`, `dags/` and `source/` next to the package, where people look for
them. A wheel has them inside the package (`hatch_build.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, lru_cache, wraps
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from redaction.errors import BadInput

T = TypeVar("T")
PACKAGE = Path(str(files("redaction")))
"""The package itself."""
FOLDERS = ("sql", "expectations", "templates", "dags", "source")
"""The folder of the data files: the checkout, or the installed package."""


def find_folder(name: str) -> Path:
    """Return one of the folders; raises BadInput if the installation lacks it."""
    checkout = _find_checkout()
    found = (PACKAGE if checkout is None else checkout) / name
    if not found.is_dir():
        raise BadInput(f"{found} is missing: install redaction again")
    return found


def find_file(name: str) -> Path:
    """Return a file or folder that is always inside the package, by its path there."""
    return PACKAGE / name


def list_program_folders() -> list[Path]:
    """Return the folders of the program: the package, and those of its data files."""
    around = _find_checkout()
    return [PACKAGE, *(() if around is None else (around / name for name in FOLDERS))]


def default_home() -> Path:
    """Return the folder for state if `REDACTION_HOME` is unset: below Airflow's home if the environment names one,
    else `.redaction` of a checkout, else the user's folder for state. Never the package.
    """
    airflow = os.environ.get("AIRFLOW_HOME")
    if airflow:
        return Path(airflow).expanduser() / "redaction"
    checkout = _find_checkout()
    if checkout is not None:
        return checkout / ".redaction"
    state = os.environ.get("XDG_STATE_HOME")
    try:
        return (Path(state) if state else Path.home() / ".local" / "state") / "redaction"
    except RuntimeError:
        raise BadInput("this user has no home folder: set REDACTION_HOME to a folder that it may write") from None


def name_environment() -> tuple[tuple[str, str], ...]:
    """Return all of the environment that settings depend on: equal results give equal settings."""
    given = [(name, value) for name, value in os.environ.items() if name.upper().startswith("REDACTION_")]
    home = os.environ.get("REDACTION_HOME") or str(default_home())
    return (("", home), *sorted(given))


def per_environment(read: Callable[[], T]) -> Callable[[], T]:
    """Return a function that reads again only when the environment has changed. A task asks several times, and
    reading some seventy settings takes as long as a connection.
    """
    kept = lru_cache(maxsize=8)(lambda _: read())

    @wraps(read)
    def ask() -> T:
        return kept(name_environment())

    return ask


def make_folder(path: Path, setting: str = "REDACTION_HOME") -> Path:
    """Create a folder of the home, or of another place that a setting names, with its parents; return it.

    Raises BadInput, which names the setting, if this user may not write it.
    """
    why = ""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = str(error.strerror)
    if why or not os.access(path, os.W_OK | os.X_OK):
        raise BadInput(
            f"{path} cannot be written ({why or 'Permission denied'}): set {setting} to a folder that this user "
            "may write, then try again"
        )
    return path


def open_place(address: str) -> Any:
    """Return a place by its address: a local Path, or an ObjectStoragePath, which has the same methods."""
    if "://" not in address:
        return Path(address)
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(address)


def _find_checkout() -> Path | None:
    return _checkout_around(PACKAGE)


@cache
def _checkout_around(package: Path) -> Path | None:
    """Return the checkout that a package is used from, None for an installed one."""
    around = package.parent
    is_checkout = (around / "pyproject.toml").is_file() and not (package / "sql").is_dir()
    return around if is_checkout else None
