"""A real browser: Debian's Chromium. Without it the tests are skipped, unless CI requires it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.conftest import airflow_app, as_, served, signed

__all__ = ["airflow_app", "as_", "served", "signed"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("REDACTION_REQUIRE_ALL"):
            pytest.fail("Chromium is missing, and this run may not do without: `make packages` as root installs it")
        pytest.skip("Chromium is missing: `make packages` as root installs it")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()
