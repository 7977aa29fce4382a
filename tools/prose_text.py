"""The text of a file that people read, at its own place: code, markup and names become blanks.

The result has the lines of the file. A form feed separates what does not belong to one text.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Mapping
from pathlib import Path

BREAK = "\f"
_FEW = 3
_MARKDOWN = re.compile(
    r"(?P<skip>^```.*?^```$|^---\n.*?\n---$|<!-- from the code: .*?<!-- end -->|<!--.*?-->|^#{1,6} |^[|: -]*\|[-|: ]+$)"
    r"|(?P<code>`[^`\n]+`|<?https?://[^\s)>]+>?)"
    r"|(?P<link>\]\([^)]*\)|!\[)"
    r"|(?P<item>^ *(?:[-*]|\d+\.) |\|)",
    re.S | re.M,
)
_HEADING = re.compile(r"^#{1,6} .*$", re.M)
_SQL = re.compile(r"(?P<text>--[^\n]*|/\*.*?\*/|'(?:[^']|'')*')|(?P<skip>\S)", re.S)
_SCRIPT = re.compile(
    r"(?P<text>(?<![:\w'\"])//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|(?P<skip>\S)",
    re.S,
)
_HASH = re.compile(r"(?P<text>(?:(?<=\s)|^)#[^\n]*)|(?P<skip>\S)", re.M)
_HTML = re.compile(
    r"(?P<text>\{#.*?#\})|(?P<skip><(?:script|style)\b.*?</(?:script|style)>|\{%.*?%\})|(?P<code>\{\{.*?\}\}|<code>.*?</code>)"
    r"|(?P<link></?(?:a|b|em|i|strong|span|abbr|time|data|small|bdi|kbd)\b[^>]*>)|(?P<tag><[^>]*>)",
    re.S,
)
_CELL = re.compile(r'\s*"cell_type": "(\w+)"')
_SOURCE = re.compile(r'    "((?:[^"\\]|\\.)*?)(?:\\n)?",?$')
_ATTRIBUTE = re.compile(r"\b(?:title|placeholder|alt|aria-label)=\"([^\"]*)\"")
_HOLE = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|%\(?\w*\)?s|\$\{[^}]*\}|&\w+;|``[^`]*``|`[^`]*`")
_SEEN = re.compile(r"\S")
_MARKS = re.compile(
    r"^(?:[rbfuRBFU]{0,2}(?:\"\"\"|'''|\"|')|--|/\*\*?|//|#+:?!?|\{#)|(?:\"\"\"|'''|\"|'|\*/|#\})$|^ *\*(?= )", re.M
)


def _blank(text: str) -> str:
    return text if not text or text.isspace() else _SEEN.sub(" ", text)


def _name(text: str) -> str:
    """Put a word in the place of a name: the sentence keeps its length."""
    return "x" + _blank(text)[1:] if text else text


def _break(text: str) -> str:
    if text.isidentifier():
        return BREAK + " " * (len(text) - 1)
    return re.sub(r"\S", BREAK, text, count=1) if len(text) == 1 else BREAK + _blank(text)[1:]


def _say(text: str) -> str:
    """Return what a comment or a string says, without its marks and holes; a string of few words is a name."""
    if text[:1] not in "-/#{*" and len(text.split()) < _FEW:
        return _break(text)
    said = _HOLE.sub(lambda hole: _name(hole[0]), _MARKS.sub(lambda mark: _blank(mark[0]), text))
    return said.replace("\\n", "  ")


def _show(hide: Callable[[str], str]) -> Callable[[str], str]:
    """Return what hides a tag, but not the values of its attributes that people read: each is a text of its own."""

    def change(tag: str) -> str:
        shown = list(hide(tag))
        for said in _ATTRIBUTE.finditer(tag):
            value = _HOLE.sub(lambda hole: _name(hole[0]), said[1])
            shown[said.start(1) - 1 : said.end(1) + 1] = f"{BREAK}{value}{BREAK}"
        return "".join(shown)

    return change


def _replace(pattern: re.Pattern[str], text: str) -> str:
    def change(found: re.Match[str]) -> str:
        kind = found.lastgroup
        if kind == "text":
            return _say(found[0])
        return {"code": _name, "link": _show(_blank), "tag": _show(_break)}.get(str(kind), _break)(found[0])

    return pattern.sub(change, text)


def _read_markdown(text: str) -> str:
    def head(found: re.Match[str]) -> str:
        return BREAK + found[0][1:] + BREAK

    # A heading ends its own text; what is added at its end moves no line.
    return _replace(_MARKDOWN, _HEADING.sub(head, text).replace(f"{BREAK}\n", f"{BREAK}\n"))


def _read_python(text: str) -> str:
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    # Airflow's and Python's own marks are names: `noqa`, `type: ignore`.
    out, end = [], 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            continue
        first = starts[token.start[0] - 1] + token.start[1]
        out.append(_blank(text[end:first]))
        end = starts[token.end[0] - 1] + token.end[1]
        is_text = token.type in (tokenize.STRING, tokenize.COMMENT)
        out.append(_say(token.string) if is_text else _break(token.string))
    return "".join(out) + _blank(text[end:])


def _read_hash(text: str) -> str:
    return _replace(_HASH, text)


def _read_notebook(text: str) -> str:
    """Return the Markdown of the cells, and the comments of their code."""
    lines, kind = [], ""
    for line in text.splitlines():
        if named := _CELL.match(line):
            kind = named[1]
        found = _SOURCE.match(line)
        said = found[1].replace('\\"', '"') if found else BREAK
        if found and kind != "markdown":
            said = BREAK + said.partition("# ")[2]
        lines.append(said)
    return _read_markdown("\n".join(lines))


_READ: Mapping[str, Callable[[str], str]] = {
    ".md": _read_markdown,
    ".py": _read_python,
    ".sql": lambda text: _replace(_SQL, text),
    ".js": lambda text: _replace(_SCRIPT, text),
    ".css": lambda text: _replace(_SCRIPT, text),
    ".html": lambda text: _replace(_HTML, text),
    ".txt": lambda text: text,
    ".ipynb": _read_notebook,
}


def read_prose(text: str, suffix: str) -> str:
    """Return the prose of a file by its suffix; a suffix that is not known here has comments that begin with `#`."""
    return _READ.get(suffix, _read_hash)(text)


def read_file(path: Path) -> str:
    """Return the prose of a file."""
    return read_prose(path.read_text(encoding="utf-8"), path.suffix)
