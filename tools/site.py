"""Look at the built site for what mkdocs does not: a page loads nothing from outside, and its links lead somewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_LOADS = re.compile(
    r"<(?:script|img|link|iframe|source|video|audio|object|embed)\b[^>]*?(?:src|href|data)=[\"']?(?:https?:)?//[^\"'\s>]+"
)
_STYLE = re.compile(r"url\(\s*[\"']?(?:https?:)?//[^)]+\)|@import\s+[\"'](?:https?:)?//")
_LOCAL = re.compile(r"<[a-z]+\s[^>]*?\b(?:href|src)=[\"']?(?![a-z][\w+.-]*:|//|#)([^\"'\s>#?]+)")
_CANONICAL = re.compile(r'<link[^>]*rel="?canonical')


def find_loads(site: Path) -> Iterator[str]:
    """Yield what a page or a style sheet of the site would load from elsewhere, with its file."""
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".css"):
            text = path.read_text(encoding="utf-8")
            for found in (_LOADS if path.suffix == ".html" else _STYLE).finditer(text):
                if not _CANONICAL.match(found[0]):
                    yield f"{path.relative_to(site)}: {found[0]}"


def find_dead(site: Path) -> Iterator[str]:
    """Yield each link and image of a page to a file that the site does not have, with the file of the page.

    mkdocs changes a link to `page.md` in Markdown, and leaves one in HTML as it is.
    """
    for path in sorted(site.rglob("*.html")):
        for found in _LOCAL.finditer(path.read_text(encoding="utf-8")):
            target = site / found[1].lstrip("/") if found[1].startswith("/") else path.parent / found[1]
            if not target.exists():
                yield f"{path.relative_to(site)}: {found[1]}"


def main() -> None:
    """Exit with 1 if anything is loaded from outside, if a link is dead, or if there is no site."""
    site = Path(sys.argv[1])
    pages = list(site.rglob("*.html"))
    loads = [*find_loads(site), *(f"{line}: is not there" for line in find_dead(site))]
    print(*loads, sep="\n", end="\n" if loads else "")
    print(f"{len(pages)} pages in {site}")
    sys.exit(1 if loads or len(pages) < 30 else 0)


if __name__ == "__main__":
    main()
