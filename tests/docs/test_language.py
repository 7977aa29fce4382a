"""Words that left the product are in nothing that a person reads: docs, messages, pages, help, docstrings, comments.

The list is data: a word, as a pattern, and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.checkout import ROOT

LEFT: Mapping[str, str] = {
    r"[Hh]e|[Hh]im|[Hh]is|[Hh]imself": "they, or who it is: the requester, the administrator",
    r"[Hh]ouse": "what it is: context, layout, our tables",
    r"[Ss]tandings": "account status",
    r"[Bb]rake": "pause",
    r"[Gg]ently": "throttle",
    r"[Rr]eceivers": "recipients",
    r"[Nn]eedles": "values that are looked for",
    r"[Ll]awful": "allowed",
    r"[Ww]ho asks is": "the requester is",
    r"[Ii]t were": "it was, or another sentence",
    r"[Ss]low hour|[Qq]uiet hour|measured again": "the date; the diary goes into commit messages",
    r"nothing that it started outlives": "it stops every process that it started",
}
_FOLDERS = ("docs", "redaction", "sql", "dags", "plugins", "tools", "bench", "templates", "docker", "deploy")
_SUFFIXES = (".md", ".py", ".sql", ".html", ".txt", ".yml", ".yaml", ".js", ".css", ".sh")
_FILES = ("README.md", "CONTRIBUTING.md", "Makefile", "mkdocs.yml", "docker-compose.yml", "Dockerfile")
_NOT_OURS = re.compile(
    # Words of other languages and names of people, which are looked for in texts; versions never change.
    r"^(?:redaction/contacts/common_words\.txt|redaction/demo/sample_text\.py|sql/schema/versions/.*)$"
)
_PATTERN = re.compile("|".join(rf"\b(?P<w{n}>{word})\b" for n, word in enumerate(LEFT)))


def find_left(text: str, name: str) -> Iterator[str]:
    """Yield each word of a text that left, with its file, its line and what to write instead."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in _PATTERN.finditer(line):
            instead = list(LEFT.values())[int(str(found.lastgroup)[1:])]
            yield f"{name}:{number}: {found[0]!r}: write {instead}"


def _read() -> dict[str, str]:
    paths = [ROOT / name for name in _FILES if (ROOT / name).is_file()]
    paths += [path for folder in _FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in _SUFFIXES]
    names = {path.relative_to(ROOT).as_posix(): path for path in paths}
    return {name: path.read_text(encoding="utf-8") for name, path in names.items() if not _NOT_OURS.match(name)}


def test_no_word_that_left_is_anywhere() -> None:
    texts = _read()
    assert len(texts) > 500
    assert [line for name, text in texts.items() for line in find_left(text, name)] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fine\nend him", "page.md:2: 'him': write they"),
        ("Who asks is who", "page.md:1: 'Who asks is': write the requester is"),
        ("the house", "page.md:1: 'house': write what it is"),
    ],
)
def test_a_word_that_left_is_found_with_its_line(text: str, said: str) -> None:
    [found] = find_left(text, "page.md")
    assert found.startswith(said)
    assert list(find_left("this, the chief of households", "page.md")) == []


def _sentences(text: str) -> Iterator[str]:
    prose = re.sub(r"^```.*?^```$|^\|.*$|^#.*$|^!\[.*$|<!--.*?-->", ".", text, flags=re.S | re.M)
    prose = re.sub(r"\]\([^)]*\)|`[^`]*`", "] x", prose)
    for paragraph in re.split(r"\n\s*\n|\n\d+\. |\n- ", prose):
        yield from re.split(r"(?<=[.!?:])\s+", " ".join(paragraph.split()))


PLAIN = [ROOT / "README.md", *sorted((ROOT / "docs" / "tutorial").glob("*.md")), ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
def test_the_first_pages_have_short_sentences(path: Path) -> None:
    long = [sentence for sentence in _sentences(path.read_text(encoding="utf-8")) if len(sentence.split()) > 25]
    assert long == [], f"{path.relative_to(ROOT)}: more than 25 words"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_a_long_sentence_is_found() -> None:
    assert max(len(one.split()) for one in _sentences("Short one. " + "word " * 26 + "end.\n\n- x")) == 27
