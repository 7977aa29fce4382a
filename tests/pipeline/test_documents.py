"""Data Docs: built from the results on demand; a page for every suite, and no link to a missing page."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from redaction.catalog import load_catalog
from redaction.deployment import Deployment
from redaction.errors import PersonalDataRemains
from redaction.pipeline.documents import list_pages, read_page
from redaction.pipeline.results import Results, read_results, write_results
from redaction.pipeline.runs import Request, RunRef
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.pipeline.suites import build_suites
from redaction.pipeline.validate import validate_run
from redaction.settings import Settings

CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
Insert = Callable[..., None]


@pytest.fixture
def run(deployment: Deployment, account: int, insert: Insert) -> RunRef:
    """A stripped run of one activity."""
    insert(1)
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    strip_run(deployment, run)
    return run


class _Links(HTMLParser):
    """The pages of the site that a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the target of a link."""
        link = urlsplit(dict(attrs).get("href") or "")
        if not link.scheme and not link.netloc and link.path.endswith(".html"):
            self.found.add(unquote(link.path))


def _read(settings: Settings, run: RunRef, path: str) -> str:
    page = read_page(settings.data_docs_path, f"account_7/run_{run.id}/{path}")
    assert page is not None, path
    return page.decode()


def test_a_page_for_the_results_of_every_suite(deployment: Deployment, settings: Settings, run: RunRef) -> None:
    docs = validate_run(deployment, run.id).data_docs
    pages = list_pages(docs)
    # Recordings are only checked if the run has taken any.
    assert set(pages) == set(build_suites(load_catalog())) - {"recordings"}
    told = _read(settings, run, pages["run"])
    assert all(column in told for column in load_catalog().personal)
    assert "Succeeded" in told
    # Only the results are kept.
    assert [path.name for path in settings.data_docs_path.rglob("*") if path.is_file()] == ["results.json"]


def test_no_page_leads_to_one_that_is_not_there(deployment: Deployment, settings: Settings, run: RunRef) -> None:
    waiting = list(list_pages(validate_run(deployment, run.id).data_docs).values())
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            links = _Links()
            links.feed(_read(settings, run, path))
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(path), link)) for link in links.found]
    assert "index.html" in seen
    assert any(path.startswith("expectations/") for path in seen)


def test_the_page_of_a_failed_suite_says_so(
    deployment: Deployment, settings: Settings, run: RunRef, sql: Callable[..., object]
) -> None:
    sql("INSERT INTO redaction.run_findings SELECT max(id), 1 FROM redaction.runs")
    with pytest.raises(PersonalDataRemains):
        validate_run(deployment, run.id)
    docs = settings.data_docs_path / "account_7" / f"run_{run.id}"
    told = {suite: _read(settings, run, path) for suite, path in list_pages(docs).items()}
    assert [suite for suite, page in told.items() if re.search(r"Failed\s*</", page)] == ["findings"]


def test_what_all_sites_have_in_common_leads_nowhere_else(settings: Settings) -> None:
    styles = "account_7/run_1/static/styles/data_docs_default_styles.css"
    assert read_page(settings.data_docs_path, styles)
    for path in ("static//etc/passwd", "static/../view.py", "static/styles", "static/none.css"):
        assert read_page(settings.data_docs_path, f"account_7/run_1/{path}") is None


def test_a_site_that_was_written_before_is_shown_as_it_lies(
    deployment: Deployment, settings: Settings, run: RunRef
) -> None:
    docs = validate_run(deployment, run.id).data_docs
    results = read_results(docs)
    assert results is not None
    before = results.model_dump(mode="json")
    for check in before["checks"]:
        del check["suite"], check["arguments"]
    write_results(docs, Results.model_validate(before))
    assert list_pages(docs) == {}
    for number in (1, 2):
        page = docs / "validations" / "run" / "__none__" / f"2026030{number}T000000.000000Z" / "batch.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"page {number}")
    assert _read(settings, run, list_pages(docs)["run"]) == "page 2"
