"""The site builds without a warning and loads nothing from elsewhere; no page is long; each named test exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from redaction.alerting import AlertSettings
from redaction.asking import AskSettings
from redaction.cli.main import app
from redaction.collectors import CollectSettings
from redaction.errors import RedactionError
from redaction.settings import Settings
from redaction.web.access import PERMISSIONS
from tests.checkout import ROOT
from tools.blocks import list_errors
from tools.site import find_dead, find_loads

DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
MOST_WORDS = 1_500


def build(docs: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build a folder of pages as `make docs` does."""
    told = ROOT.joinpath("mkdocs.yml").read_text().replace("docs_dir: docs", f"docs_dir: {docs}")
    config = site.with_suffix(".yml")
    config.write_text(told)
    [words] = re.findall(r"/mkdocs (build .*)$", ROOT.joinpath("Makefile").read_text(), re.M)
    command = [sys.executable, "-m", "mkdocs", *words.split(), "--config-file", str(config), "--site-dir", str(site)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def list_commands(command: Any, name: str) -> list[str]:
    """Return a command by its full name, and every command below it."""
    below = getattr(command, "commands", {})
    return [name, *(full for word, each in below.items() for full in list_commands(each, f"{name} {word}"))]


def list_wanted() -> list[tuple[str, str]]:
    """Return what readers search for, each with the page of the reference that has it."""
    kinds = (Settings, CollectSettings, AlertSettings, AskSettings)
    settings = dict.fromkeys(f"REDACTION_{name.upper()}" for kind in kinds for name in kind.model_fields)
    return [
        *((name, "settings") for name in settings),
        *((kind.__name__, "errors") for kind in list_errors(RedactionError)),
        *((kind.__name__.replace("_", " "), "permissions") for kind in PERMISSIONS),
        *((name, "commands") for name in list_commands(typer.main.get_command(app), "redaction")),
    ]


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    built = build(DOCS, tmp_path / "site")
    assert built.returncode == 0, built.stderr
    assert len(list((tmp_path / "site").rglob("*.html"))) > len(PAGES)
    assert list(find_loads(tmp_path / "site")) == []
    assert list(find_dead(tmp_path / "site")) == []
    # The index of the search has what readers search for.
    index = (tmp_path / "site" / "search" / "search_index.json").read_text(encoding="utf-8")
    wanted = list_wanted()
    assert len(wanted) > 200
    assert [word for word, _ in wanted if word not in index] == []


_BROKEN = {
    "first.md": "[gone](first.md)",
    "levels.md#gone": "[anchor](explanation/levels.md#gone)",
    "second.md": '[gone](second.md "title")',
    "third.md": "[gone][gone]\n\n[gone]: third.md",
}
"""What a warning names, and what is wrong on the first page."""


def test_broken_links_an_anchor_and_an_orphan_stop_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    for path in DOCS.rglob("*.*"):
        copy = docs / path.relative_to(DOCS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.symlink_to(path)
    first = docs / "index.md"
    text = "\n\n".join((first.read_text(), *_BROKEN.values()))
    first.unlink()
    first.write_text(text)
    (docs / "how-to" / "orphan.md").write_text("# Orphan\n")
    built = build(docs, tmp_path / "site")
    assert built.returncode == 1
    assert [named for named in (*_BROKEN, "how-to/orphan.md") if named not in built.stderr] == []


def test_what_is_loaded_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<link rel="canonical" href="https://x.example/"><img src="//x.example/a.png">')
    (tmp_path / "page.css").write_text("@font-face { src: url(https://x.example/font.woff2) }")
    assert len(list(find_loads(tmp_path))) == 2


def test_a_link_of_the_site_to_a_file_that_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text(
        '<a href="there.html#x">a</a> <a href="#y">b</a> <a href="https://x.example">c</a>'
    )
    (tmp_path / "page.html").write_text(
        '<a class="x" href="there.md">a</a> <img src=gone.png> <a href="/there.html">b</a>'
    )
    assert list(find_dead(tmp_path)) == ["page.html: there.md", "page.html: gone.png"]


@pytest.mark.parametrize("page", [page for page in PAGES if not page.startswith("reference/")])
def test_no_page_but_the_reference_is_long(page: str) -> None:
    words = len(DOCS.joinpath(page).read_text(encoding="utf-8").split())
    assert words <= MOST_WORDS, f"docs/{page} has {words:,} words: split it"


_TEST = re.compile(r"`(?:tests/)?((?:[a-z_]+/)*test_[a-z0-9_]+\.py)`")


def test_the_tests_that_pages_name_are_there() -> None:
    named = {
        (f"docs/{page}:{number}", test)
        for page in PAGES
        for number, line in enumerate((DOCS / page).read_text(encoding="utf-8").splitlines(), 1)
        for test in _TEST.findall(line)
    }
    assert len(named) > 60
    assert [where for where in sorted(named) if not list((ROOT / "tests").rglob(where[1]))] == []
