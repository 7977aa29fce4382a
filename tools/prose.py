"""The language of the project: `python -m tools.prose` names each line that breaks a rule, and what to write instead.

`WORDS` left the product: they are in no text at all, code included. `PATTERNS` are about what people read: docs, help,
messages, pages, docstrings, comments. A sentence of a page has 25 words at most.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.prose_text import BREAK, read_prose

ROOT = Path(__file__).resolve().parents[1]
MOST_WORDS = 25

WORDS: Mapping[str, str] = {
    r"[Hh]e|[Hh]im|[Hh]is|[Hh]imself": "they, or who it is: the requester, the administrator",
    r"(?<!in-)[Hh]ouses?|HOUSES?": "what it is: context, layout, our tables",
    r"[Ss]tandings?": "account status",
    r"[Bb]rak(?:es?|ed|ing)": "pause",
    r"[Gg]ent(?:ly|le)": "throttle",
    r"[Rr]eceivers": "recipients",
    r"[Nn]eedles?": "values that are looked for",
    r"(?:[Ll]|[Uu]nl)awful(?:ly)?": "allowed",
    r"[Ww]ho asks is|[Ww]hoever asks": "the requester is",
    r"[Ii]t were": "it was, or another sentence",
    r"[Ss]low hour|[Qq]uiet hour|measured again": "the date; the diary goes into commit messages",
    r"[Nn]othing that it started outlives": "it stops every process that it started",
}
_NOUN = "the noun that it stands for"
_ORDER = "subject, verb, object"
_BE = r"(?:is|are|was|were|does|do|did|has|have|had|can|may|must|will)"
PATTERNS: Mapping[str, str] = {
    r"\b[Tt]urns\b(?! (?:out|into|on|off))|\b[Rr]ests\b(?! on)": "throttle, pauses; rounds of a benchmark alternate",
    # Columns have this name in SQL.
    r"\b[Ww]hereabouts\b(?! (?:=|FROM)|,)": "placement",
    r"\b[Ss]preads? (?:the |all )?(?:accounts|them|over|to|among)\b|\b(?:is|are) spread\b": "routed to, divided among",
    r"\b(?:ledger|chain)'?s? anchors?\b|\banchors? (?:outside|of the (?:ledger|chain))\b": "the external ledger",
    r"\b[Bb]eginnings\b(?! text\[\]|')|\btext hints?\b": "text prefilter",
    r"\b(?:[Ff]ounded|[Ii]ntents?|[Mm]et)\b": _NOUN,
    r"\b(?:[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Bb]e|[Bb]een|being|not|never) told\b(?! apart)|\b[Tt]old by\b": "who reports, "
    "notifies or records it",
    r"\b[Bb]eside\b": "next to, with, besides, in addition to",
    r"\b(?:a|no|either|which|what|some|another|this|that) ways?\b(?! (?:to|of))|\bin the ways?\b": "method, direction",
    r"\b[Bb]ehind (?:its|their|the|a|it) (?:back|gate|mark)\b": "without, after, past",
    r"\b[Oo]ne(?:'s)? (?:that|which|who|whose|whom|of (?:which|whom|an?|whose))\b|\bone's\b": _NOUN,
    r"\b[Ee]ach one\b|\b[Tt]he one (?:is|was|has|can|must)\b": _NOUN,
    r"\b[Tt]he (?:other )?one(?=[.,;:)]| (?:that|which|who|of|before|after|with|at|in|and)\b)": _NOUN,
    r"\b(?:to|by|from|of|than|for|with|at) who\b": "the person who, users who",
    r"\ball the same\b|\ball what\b": "still, anyway",
    r"\b[Aa]new\b": "again",
    r"\b(?:whereof|thereof|whereby|thereupon|reckon(?:s|ed)?|lest|naught|whence|thence|amiss)\b": "a plain word",
    r"\b(?:hinder(?:s|ed)?|forbears?|begets?|bespeaks?|beholds?)\b": "a plain verb",
    rf"\bas {_BE} (?:the|an?|what|all|each|its)\b": "the subject before the verb",
    r"\b(?:is|are) no (?:one's|page|member|argument|column)\b|\bknows? of no\b": "is not a, does not know",
    r"\b[a-z]+s alone(?=[.,;:)])": "only, before the noun",
}
# The first words of a sentence.
OPENINGS: Mapping[str, str] = {
    r"(?:Open|Public|Left|Gone|Free|Due|New|Late|Kept|Shown|Held|Lost|Missing|[A-Z][a-z]{2,}ed) "
    r"(?:is|are|was|were|stays?|remains?) "
    r"(?:the|an?|what|who|all|each|every|only|also|its|their|those|these)\b": _ORDER,
    r"(?:Of|From|To|By|With|For|In|At|On) (?:what|whom|which|who|that which)\b": _ORDER,
    r"Of (?!course\b|these\b|those\b|them\b)": _ORDER,
    rf"(?:So|Such|Nor|Neither|Never|Hardly|Only then|Only so) {_BE}\b": "the subject before the verb",
    rf"(?:One|None) {_BE}\b": _NOUN,
}
# A fragment may begin so (*What a run has done.*), a sentence may not. In code, the first of a text is a fragment.
_FREE = re.compile(r"(?:What|Whom|Whose|Who) [^?]*[.;]")
_FREE_INSTEAD = "the noun: *the record*, *the requester*"
_FOLDERS = (
    *("docs", "redaction", "sql", "dags", "plugins", "tools", "bench", "templates", "docker", "deploy"),
    *("source", ".ci", "tests", "notebooks"),
)
_SUFFIXES = (".md", ".py", ".sql", ".html", ".txt", ".yml", ".yaml", ".js", ".css", ".sh", ".ipynb")
_FILES = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "mkdocs.yml", "docker-compose.yml", "Dockerfile"),
    *("hatch_build.py", "pyproject.toml"),
)
_NOT_OURS = re.compile(
    # Words of other languages and names of people, which are looked for in texts; versions never change; the rules.
    r"^(?:redaction/contacts/(?:common|name)_words\.txt|redaction/demo/sample_text\.py|tools/prose\.py"
    r"|sql/schema/versions/.*|tests/docs/test_language\.py)$"
)
_LEFT = tuple((re.compile(rf"\b(?:{word})\b"), instead) for word, instead in WORDS.items())
_WRONG = tuple((re.compile(pattern), instead) for pattern, instead in PATTERNS.items())
_OPENS = tuple((re.compile(pattern), instead) for pattern, instead in OPENINGS.items())
_TEXT = re.compile(rf"[^{BREAK}]+")
_END = re.compile(r"(?<=[.!?])[)*\"']*\s+|\n\s*\n|:\s")


def find_sentences(prose: str) -> Iterator[tuple[tuple[int, ...], str, bool]]:
    """Yield each sentence of a prose: the line of each word, the sentence, whether it is the first of its text."""
    above = seen = 0
    for text in _TEXT.finditer(prose):
        if text[0].isspace():
            continue
        above, seen = above + prose.count("\n", seen, text.start()), text.start()
        line, begin = above + 1, 0
        for end in [*(found.end() for found in _END.finditer(text[0])), len(text[0])]:
            rows = text[0][begin:end].split("\n")
            lines = tuple(line + number for number, row in enumerate(rows) for _ in row.split())
            if lines:
                yield lines, " ".join(text[0][begin:end].split()), begin == 0
            line, begin = line + len(rows) - 1, end


def find_wrong(text: str, name: str) -> Iterator[str]:
    """Yield what breaks a rule in the text of a file: file, line, words, and what to write instead."""
    if any(pattern.search(text) for pattern, _ in _LEFT):
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, instead in _LEFT:
                for found in pattern.finditer(line):
                    yield f"{name}:{number}: {found[0]!r}: write {instead}"
    is_page = name.endswith((".md", ".html"))
    for lines, sentence, is_first in find_sentences(read_prose(text, Path(name).suffix)):
        for pattern, instead in _WRONG:
            for found in pattern.finditer(sentence):
                yield f"{name}:{lines[sentence.count(' ', 0, found.start())]}: {found[0]!r}: write {instead}"
        for pattern, instead in _OPENS:
            if opening := pattern.match(sentence.lstrip("*_(\"'")):
                yield f"{name}:{lines[0]}: {' '.join(opening[0].split()[:6])!r}: write {instead}"
        if _FREE.match(sentence) and (is_page or not is_first):
            yield f"{name}:{lines[0]}: {' '.join(sentence.split()[:4])!r}: write {_FREE_INSTEAD}"
        words = len(re.findall(r"[\w$%<{]\S*", sentence))
        # A line of the changelog lists what came together.
        if name.endswith(".md") and name != "CHANGELOG.md" and words > MOST_WORDS:
            yield f"{name}:{lines[0]}: {words} words ({' '.join(sentence.split()[:6])} …): write {MOST_WORDS} at most"


def read_texts(root: Path = ROOT) -> dict[str, str]:
    """Return every text that the rules are for, by its name."""
    paths = [root / name for name in _FILES if (root / name).is_file()]
    paths += [path for folder in _FOLDERS for path in sorted((root / folder).rglob("*")) if path.suffix in _SUFFIXES]
    names = {path.relative_to(root).as_posix(): path for path in paths}
    return {name: path.read_text(encoding="utf-8") for name, path in names.items() if not _NOT_OURS.match(name)}


def find_all(root: Path = ROOT) -> list[str]:
    """Return what breaks a rule in every file."""
    return [line for name, text in read_texts(root).items() for line in find_wrong(text, name)]


def main() -> None:
    """Exit with 1 and name each line that breaks a rule; arguments limit this to files or folders."""
    wanted = tuple(sys.argv[1:])
    wrong = [line for line in find_all() if not wanted or line.startswith(wanted)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
