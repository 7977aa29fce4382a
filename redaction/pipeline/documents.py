"""Data Docs: the pages that Great Expectations makes of a validation, for people to read.

They are built from the stored results when somebody opens one: few are ever read, and writing the site of a run takes
as long as the validation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from redaction.pipeline.expectations import preload
from redaction.pipeline.results import Check, Results, read_results
from redaction.shared import list_files, read_file

_LONGEST_PATH = 1_000
_LONGEST_NAME = 200
"""Longest name in a path (bytes); those of our pages are far shorter."""
_OF_RUN = re.compile(r"(?P<run>account_\d+/run_\d+)/(?P<page>.+)")
_STATIC = "static/"
_MAKING = Lock()


def list_pages(docs: Any) -> dict[str, str]:
    """Return the pages of a validation, by suite, as paths in the folder of its run."""
    results = read_results(docs)
    if results is not None and results.suites:
        return {suite: f"validations/{suite}/{_name(results, suite)}.html" for suite in results.suites}
    # An older version wrote them during the validation: the newest of each suite.
    found = [name.split("/") for name in list_files(docs / "validations") if name.endswith(".html")]
    pages = sorted((parts for parts in found if len(parts) == 4), key=lambda parts: (parts[0], parts[2]))
    return {parts[0]: "/".join(("validations", *parts)) for parts in pages}


def read_page(root: Any, path: str) -> bytes | None:
    """Return a page of the sites below a folder, by its path there; None if there is none, or the path leads out."""
    if "\0" in path or len(path) > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_NAME for part in path.split("/")):
        # No file has such a name, which each file system reports differently.
        return None
    if ".." in path.split("/"):
        return None
    if (found := _OF_RUN.fullmatch(path)) is not None:
        if found["page"].startswith(_STATIC):
            return _read_static(found["page"].removeprefix(_STATIC))
        results = read_results(root / found["run"])
        if results is not None and results.suites:
            return _make_site(results.model_dump_json()).get(found["page"])
    return _read_inside(root, path) if isinstance(root, Path) else read_file(root / path.lstrip("/"))


def _read_static(name: str) -> bytes | None:
    """Return a file that all sites share: it comes with the library."""
    spec = find_spec("great_expectations")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return _read_inside(Path(spec.submodule_search_locations[0]) / "render" / "view" / "static", name)


def _read_inside(folder: Path, name: str) -> bytes | None:
    inside = folder.resolve()
    found = (inside / name).resolve()
    return read_file(found) if found.is_relative_to(inside) else None


def _name(results: Results, suite: str) -> str:
    """Return the library's name for the page of a suite's results: run, time, batch."""
    return f"run_{results.run_id}/{results.validated_at:%Y%m%dT%H%M%S.%fZ}/{suite}"


@lru_cache(maxsize=8)
def _make_site(kept: str) -> Mapping[str, bytes]:
    """Return the pages of a validation by their paths, from its results as JSON."""
    preload()
    results = Results.model_validate_json(kept)
    import great_expectations as gx
    from great_expectations.render.renderer.site_builder import SiteBuilder

    # The library keeps its context for the whole process, and a server of pages has several threads.
    with _MAKING, TemporaryDirectory() as folder:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        for suite in results.suites:
            _keep(context, results, suite)
        SiteBuilder(
            context,
            store_backend={"class_name": "TupleFilesystemStoreBackend", "base_directory": folder},
            site_name="redaction",
            site_section_builders={"profiling": "none"},
        ).build()
        pages = {page.relative_to(folder).as_posix(): page.read_bytes() for page in Path(folder).rglob("*.html")}
    return {name: page for name, page in pages.items() if not name.startswith(_STATIC)}


def _keep(context: Any, results: Results, suite: str) -> None:
    """Put a suite and its results into the stores of a context."""
    import great_expectations as gx
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    def configure(check: Check) -> Any:
        return ExpectationConfiguration(type=check.type, kwargs=dict(check.arguments))

    checks = [check for check in results.checks if check.suite == suite]
    context.suites.add(gx.ExpectationSuite(suite, expectations=[configure(check).to_domain_obj() for check in checks]))
    passed = sum(check.success for check in checks)
    run_id = RunIdentifier(run_name=f"run_{results.run_id}", run_time=results.validated_at)
    validation = ExpectationSuiteValidationResult(
        success=passed == len(checks),
        results=[
            ExpectationValidationResult(success=check.success, expectation_config=configure(check), result={})
            for check in checks
        ],
        suite_name=suite,
        statistics={
            "evaluated_expectations": len(checks),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(checks) - passed,
            "success_percent": 100 * passed / len(checks),
        },
        meta={"run_id": run_id, "great_expectations_version": gx.__version__, "batch_spec": {}},
    )
    context.validation_results_store.add(
        ValidationResultIdentifier(ExpectationSuiteIdentifier(suite), run_id, batch_identifier=suite), validation
    )
