"""The site of the documentation in a browser: copied commands can be typed, and the search finds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.docs.test_site import DOCS, build, list_wanted

MOST_HITS = 5
# What a reader of the guides searches for, and the first hit.
TASKS = {
    "hold": "how-to/hold",
    "restore": "how-to/back-up",
    "move account": "how-to/move-account",
    "alerts": "how-to/alerts",
}
SEARCH = """async words => {
  const box = document.querySelector("input.md-search__input");
  const state = document.querySelector(".md-search-result__meta");
  const type = async (text, is_done) => {
    box.value = text;
    box.dispatchEvent(new KeyboardEvent("keyup"));
    while (!is_done(state.textContent)) await new Promise(requestAnimationFrame);
  };
  const found = {};
  for (const word of words) {
    await type("", said => said.includes("Type to start"));
    await type(word, said => !said.includes("Type to start"));
    await new Promise(requestAnimationFrame);
    const hits = document.querySelectorAll(".md-search-result__list > .md-search-result__item");
    found[word] = [...hits].slice(0, MOST).map(hit => new URL(hit.querySelector("a").href).pathname.slice(1, -5));
  }
  return found;
}""".replace("MOST", str(MOST_HITS))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of the site."""
    assert build(DOCS, tmp_path / "site").returncode == 0
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path / "site"))) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def test_what_a_button_copies_can_be_typed_and_the_search_finds_what_is_documented(browser: Browser, site: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/tutorial/account.html")
    page.locator(".md-code__button, .md-clipboard").first.click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.startsWith('redaction agency add'))")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert {line.partition(" ")[0] for line in copied.split("\n")} <= {"redaction", ""}
    assert "created" not in copied
    page.goto(f"{site}/index.html")
    page.locator("input.md-search__input").click()
    # Until its index is there, the page loses what is typed.
    page.locator(".md-search-result__meta", has_text="Type to start searching").wait_for(timeout=120_000)
    wanted = list_wanted()
    found = page.evaluate(SEARCH, [*(word for word, _ in wanted), *TASKS])
    assert [(word, found[word]) for word, name in wanted if f"reference/{name}" not in found[word]] == []
    assert {word: found[word][0] for word in TASKS} == TASKS
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
    context.close()
