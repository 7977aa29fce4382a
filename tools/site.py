"""Look at the built site for what mkdocs does not: nothing of a page may be loaded from elsewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_LOADS = re.compile(
    r"<(?:script|img|link|iframe|source|video|audio|object|embed)\b[^>]*?(?:src|href|data)=[\"']?(?:https?:)?//[^\"'\s>]+"
)
_STYLE = re.compile(r"url\(\s*[\"']?(?:https?:)?//[^)]+\)|@import\s+[\"'](?:https?:)?//")
_CANONICAL = re.compile(r'<link[^>]*rel="?canonical')


def find_loads(site: Path) -> Iterator[str]:
    """Yield what a page or a style sheet of the site would load from elsewhere, with its file."""
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".css"):
            text = path.read_text(encoding="utf-8")
            for found in (_LOADS if path.suffix == ".html" else _STYLE).finditer(text):
                if not _CANONICAL.match(found[0]):
                    yield f"{path.relative_to(site)}: {found[0]}"


def main() -> None:
    """Exit with 1 if anything is loaded from elsewhere, or if there is no site."""
    site = Path(sys.argv[1])
    pages = list(site.rglob("*.html"))
    loads = list(find_loads(site))
    print(*loads, sep="\n", end="")
    print(f"{len(pages)} pages in {site}")
    sys.exit(1 if loads or len(pages) < 30 else 0)


if __name__ == "__main__":
    main()
