"""Links and mentions of pages: `python -m tools.links` names each of them that leads nowhere, with its file and line.

mkdocs names only the file. It does not read the README, nor what code and settings say of a page.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MENTION = re.compile(r"docs/[a-z/-]+\.(?:md|png|svg)(?:#[\w-]+)?")
_OTHER_SITE = r"(?![a-z][\w+.-]*:|//)"
_LINK = re.compile(
    # `[x](path)`, `[x]: path`, `<a href=path>`, each with or without a title or other attributes.
    rf"(?:\]\(\s*<?|^ {{0,3}}\[[^\]\n]+\]:\s*<?|<[a-z]+\s[^>]*?\b(?:href|src)\s*=\s*[\"']?){_OTHER_SITE}"
    r"(?P<path>[^)#\s\"'>]*)(?:#(?P<anchor>[\w-]+))?",
    re.M,
)
_REFERENCE = re.compile(r"(?<=\])\[(?P<name>[^\]\n]+)\]")
_DEFINED = r"^ {{0,3}}\[{}\]:"
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.S | re.M)
_FOLDERS = ("redaction", "sql", "tests", "tools", "bench", "deploy", "source", "notebooks", "docker", ".ci", "dags")
_FILES = ("README.md", "CONTRIBUTING.md", "Makefile", "pyproject.toml", "docker-compose.yml", "Dockerfile")
# A test of this names pages that are not there.
_NOT_OURS = "tests/docs/test_links.py"


def list_anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings."""
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", head.replace("`", "").lower())).strip("-") for head in heads}


def find_dead_links(page: Path, root: Path = ROOT) -> Iterator[str]:
    """Yield each link of a page to a file or a heading that is not there, with the page and the line."""
    text = page.read_text(encoding="utf-8")
    shown = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)
    for found in _LINK.finditer(shown):
        target = page.parent / found["path"] if found["path"] else page
        if not _is_there(target, found["anchor"]):
            anchor = f"#{found['anchor']}" if found["anchor"] else ""
            yield f"{_place(page, root, text, found.start('path'))}: {found['path']}{anchor}"
    for found in _REFERENCE.finditer(shown):
        if not re.search(_DEFINED.format(re.escape(found["name"])), shown, re.M | re.I):
            yield f"{_place(page, root, text, found.start())}: {found[0]}"


def find_dead_mentions(text: str, name: str, root: Path = ROOT) -> Iterator[str]:
    """Yield each page, named as `docs/...` in a text, that is not there, with the name of the text and the line."""
    for number, line in enumerate(text.splitlines(), 1):
        for mention in MENTION.findall(line):
            path, _, anchor = mention.partition("#")
            if not _is_there(root / path, anchor):
                yield f"{name}:{number}: {mention}"


def read_texts() -> dict[str, str]:
    """Return every text that may name a page, by its name."""
    paths = [ROOT / name for name in _FILES if (ROOT / name).is_file()]
    for folder in _FOLDERS:
        paths += [
            path for path in (ROOT / folder).rglob("*.*") if path.is_file() and path.suffix not in (".pyc", ".png")
        ]
    names = {path.relative_to(ROOT).as_posix(): path for path in paths}
    return {
        name: path.read_text(encoding="utf-8", errors="replace") for name, path in names.items() if name != _NOT_OURS
    }


def find_all() -> list[str]:
    """Return every link and mention that leads nowhere."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    dead = [line for page in pages for line in find_dead_links(page)]
    return dead + [line for name, text in read_texts().items() for line in find_dead_mentions(text, name)]


def _place(page: Path, root: Path, text: str, at: int) -> str:
    return f"{page.relative_to(root)}:{text.count(chr(10), 0, at) + 1}"


def _is_there(path: Path, anchor: str | None) -> bool:
    if not path.exists():
        return False
    return not anchor or path.suffix != ".md" or anchor in list_anchors(path.read_text(encoding="utf-8"))


def main() -> None:
    """Exit with 1 and name what leads nowhere."""
    dead = find_all()
    print(*(f"{line}: is not there" for line in dead), sep="\n", end="\n" if dead else "")
    sys.exit(bool(dead))


if __name__ == "__main__":
    main()
