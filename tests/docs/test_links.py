"""Every link of a page, and every page that code names, leads somewhere; else file and line are named."""

from __future__ import annotations

from pathlib import Path

from tools.links import MENTION, find_all, find_dead_links, find_dead_mentions, read_texts


def test_every_link_and_mention_leads_somewhere() -> None:
    assert sum(bool(MENTION.search(text)) for text in read_texts().values()) > 10
    assert find_all() == []


def test_a_link_that_leads_nowhere_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A `head`, here\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n[a](there.md#a-head-here) [b](#page) [c](https://example.com/x.md)\n\n```sh\n[x](gone.md)\n```\n"
        "`[x](gone.md)` [d](gone.md)\n[e](there.md#gone)\n[f](#gone)\n"
        '[g](gone.md "a title") [h](there.md "a title") [g](<gone.md>)\n[i][there] [i][none]\n\n'
        "[there]: there.md\n[gone]: gone.md 'a title'\n[out]: https://example.com/\n"
        '<a class="x" href="gone.md">j</a> <a href="https://example.com/">k</a>\n<img alt="x" src=gone.png>\n'
    )
    assert list(find_dead_links(page, tmp_path)) == [
        "page.md:8: gone.md",
        "page.md:9: there.md#gone",
        "page.md:10: #gone",
        "page.md:11: gone.md",
        "page.md:11: gone.md",
        "page.md:15: gone.md",
        "page.md:17: gone.md",
        "page.md:18: gone.png",
        "page.md:12: [none]",
    ]


def test_a_mention_that_leads_nowhere_is_named_with_its_line() -> None:
    text = "see docs/gone.md\nand docs/explanation/levels.md#gone, docs/index.md"
    assert list(find_dead_mentions(text, "file.py")) == [
        "file.py:1: docs/gone.md",
        "file.py:2: docs/explanation/levels.md#gone",
    ]
