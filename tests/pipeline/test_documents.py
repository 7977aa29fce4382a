"""Data Docs: a page for the results of every suite, and none leads to a page that is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from redaction.catalog import load_catalog
from redaction.deployment import Deployment
from redaction.pipeline import documents
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.pipeline.suites import build_suites
from redaction.pipeline.validate import validate_run
from redaction.settings import Settings

CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)


def _validated(deployment: Deployment) -> Path:
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    strip_run(deployment, run)
    return validate_run(deployment, run.id).data_docs


def _dead_links(index: Path) -> list[str]:
    pages = list(index.parent.rglob("*.html"))
    links = {
        (page, urlsplit(link).path)
        for page in pages
        for link in re.findall(r'href="([^"#]+)"', page.read_text(encoding="utf-8"))
        if not urlsplit(link).scheme and urlsplit(link).path.endswith((".html", ".css"))
    }
    assert len(links) >= len(pages)
    return sorted(link for page, link in links if not (page.parent / link).exists())


def test_a_page_for_the_results_of_every_suite(
    deployment: Deployment, account: int, insert: Callable[..., None]
) -> None:
    insert(1)
    index = _validated(deployment)
    pages = {page.relative_to(index.parent).parts[1] for page in index.parent.rglob("validations/**/*.html")}
    # Recordings are asked about only if the run has taken any.
    assert pages == set(build_suites(load_catalog())) - {"recordings"}
    run_page = next(index.parent.glob("validations/run/**/*.html")).read_text(encoding="utf-8")
    assert all(column in run_page for column in load_catalog().personal)
    assert _dead_links(index) == []


def test_all_sites_share_what_never_differs(
    deployment: Deployment, settings: Settings, account: int, insert: Callable[..., None]
) -> None:
    first = _validated(deployment)
    insert(2)
    second = _validated(deployment)
    assert first != second
    shared = settings.data_docs_path / "static"
    assert [(index.parent / "static").resolve() for index in (first, second)] == [shared.resolve()] * 2
    assert any(shared.rglob("*.css"))
    assert _dead_links(second) == []


def test_templates_are_compiled_before_processes_are_forked() -> None:
    documents.preload()
    from great_expectations.render.view import DefaultJinjaIndexPageView

    templates = DefaultJinjaIndexPageView().env
    templates.bytecode_cache = documents._COMPILED
    templates._compile = None  # type: ignore[method-assign, assignment]
    assert templates.get_template("index_page.j2").name == "index_page.j2"
