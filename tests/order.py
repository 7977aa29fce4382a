"""Which tests run in which process, and when: expensive fixtures are created once, and the longest tests start
first.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.servers import PROGRAMS

_FIRST = (
    "compose/test_cluster.py",
    "browser/",
    "stack/test_leaks.py",
    "stack/",
    "dags/",
    "docs/test_examples.py",
    "compose/",
    "objects/test_s3.py",
    "evidence/test_replay.py",
    "test_move.py",
    "source/test_worker.py",
    "pipeline/test_objects.py",
    "pipeline/test_validate.py",
    "erasure/test_statistics.py",
    "security/test_limits.py",
    "migrations/test_versions.py",
    "control/test_gate.py",
    "pipeline/test_objects_late.py",
    "erasure/test_places.py",
    "source/test_roundtrip.py",
    "security/test_authority.py",
    "erasure/test_residue.py",
)
"""Files that take long, by duration: so all processes end at about the same time. At most two wait for an Airflow."""
_AIRFLOW = (
    "dags/test_connection.py",
    "dags/test_dags.py",
    "dags/test_manual.py",
    "dags/test_plugin.py",
    "evidence/test_alerts.py",
    "evidence/test_restored.py",
    "evidence/test_watch.py",
    "security/test_doors.py",
    "security/test_rest.py",
    "security/test_steps.py",
    "test_placements.py",
    "web/",
)
"""Files whose tests need an Airflow in their process: its database, its app, the libraries of its tasks."""
_GROUPS = {
    "airflow": _AIRFLOW,
    # Stacks whose Airflow database is migrated once.
    "stack": ("browser/", "stack/"),
    # An image of the Dockerfile, built once.
    "compose": ("compose/test_cluster.py", "compose/test_compose.py"),
    # A store with the protocol of S3, whose library takes long to import.
    "s3": ("objects/test_buckets.py", "objects/test_s3.py", "security/test_objects.py"),
}
"""Files whose tests share expensive fixtures, so that they run in the same process."""


class _Together(LoadFileScheduling):
    """A file's tests run in one process, and those of a group of files too."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        name = file.removeprefix("tests/")
        return next((group for group, files in _GROUPS.items() if name.startswith(files)), file)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Together:
    """Distribute by file, except for groups."""
    return _Together(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start with the files that take longest, so that all processes end at about the same time.

    With a server of other programs, tests without a server are left out: they have run with the embedded one.
    """

    def rank(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((place for place, part in enumerate(_FIRST) if f"/tests/{part}" in path), len(_FIRST))

    if os.environ.get(PROGRAMS):
        apart = [item for item in items if "server" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if "server" in getattr(item, "fixturenames", ())]
    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """Collect garbage seldom: what a test leaves is little compared with what the libraries allocate."""
    _set_aside()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Set aside what a test has imported: Great Expectations and Airflow, at the first test that needs them."""
    if len(sys.modules) > _Aside.modules + _MANY_MODULES:
        _set_aside()


_MANY_MODULES = 100


class _Aside:
    modules = 0


def _set_aside() -> None:
    """Exclude the objects of imports from later garbage collections: they stay to the end."""
    gc.collect()
    gc.freeze()
    _Aside.modules = len(sys.modules)
