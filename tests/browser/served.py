"""The pages in a browser without a stack: Airflow's app in this process answers each request."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, BrowserContext, Page, Route

HOST = "http://testserver"
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
_AXE = Axe()
_PASSED_ON = {"accept", "content-type", "sec-fetch-site"}


def open_browser(browser: Browser, client: TestClient, width: int = 1280) -> BrowserContext:
    """Return a context of a browser whose requests all go to the app as the person of `client`, and nowhere else."""

    def answer(route: Route) -> None:
        asked = route.request
        assert asked.url.startswith(HOST), f"a page loads {asked.url}"
        given = {name: value for name, value in asked.headers.items() if name in _PASSED_ON}
        told = client.request(asked.method, asked.url, content=asked.post_data_buffer, headers=given)
        if told.is_redirect and asked.is_navigation_request():
            # A redirect would be followed outside this process; a page that leads on is not.
            lead = f'<meta http-equiv="refresh" content="0;url={told.headers["location"]}">'
            route.fulfill(content_type="text/html", body=lead)
            return
        route.fulfill(status=told.status_code, headers=dict(told.headers), body=told.content)

    context = browser.new_context(viewport={"width": width, "height": 900})
    context.route("**/*", answer)
    return context


_COLORS = {"runOnly": ["color-contrast", "link-in-text-block"]}


def find_violations(page: Page, colors_only: bool = False) -> list[tuple[str, list[str]]]:
    """Return the findings of axe on a page: which rule, and where. Between two themes only colors differ."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.axe_script)
    options = {"resultTypes": ["violations"], **(_COLORS if colors_only else {})}
    found = page.evaluate("(options) => axe.run(options).then((found) => found.violations)", options)
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]


def is_wide(page: Page) -> bool:
    """Say whether a page must be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
