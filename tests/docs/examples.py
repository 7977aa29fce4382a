"""Examples of a page, read from its fences, and run as a reader would type them.

A fence `console` is run: `$ ` begins a command, `> ` continues it, the rest is its output, in which `…` matches
anything and `$USER` the reader's own name. `# exit code N` at the end of a command gives its exit code. `sh`, `sql`
and `python` are run too, without comparing their output. A line `*Not run: REASON.*` before a fence leaves it out;
its syntax is still checked. `<!-- before: COMMAND -->` is typed by nobody: it brings a page to the reader's state.
"""

from __future__ import annotations

import os
import pwd
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

RUN = ("console", "sh", "sql", "python")
SHOWN = ("text", "ini", "yaml", "json", "sh", "console", "sql", "python")
_FENCE = re.compile(
    r"<!-- before: (?P<before>.*?) -->"
    r"|(?:^\*Not run: (?P<reason>[^*\n]+)\.\*\n\n)?^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$",
    re.S | re.M,
)
_CODE = re.compile(r"# exit code (\d+)\s*$")
_BOXES = re.compile(r"[┏┓┗┛┃━┳┻┡┩╇│─┌┐└┘├┤┴┼]+")


@dataclass(frozen=True)
class Command:
    """What is typed, what it must print, and its exit code; None: any output."""

    text: str
    printed: str | None = None
    code: int = 0


@dataclass(frozen=True)
class Example:
    """A fence of a page, or a hidden command (kind `before`)."""

    page: str
    line: int
    kind: str
    body: str
    reason: str | None = None
    commands: tuple[Command, ...] = field(default=())


def read_examples(path: Path, name: str) -> list[Example]:
    """Return the examples of a page in order."""
    text = path.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["before"] is not None:
            found.append(Example(name, line, "before", match["before"], None, (Command(match["before"]),)))
            continue
        kind, body = match["kind"].strip(), match["body"]
        commands = read_console(body) if kind == "console" else (Command(body),) if kind == "sh" else ()
        found.append(Example(name, line, kind, body, match["reason"], commands))
    return found


def read_console(body: str) -> tuple[Command, ...]:
    """Return the commands of a fence `console`."""
    typed: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            typed.append((line[2:], []))
        elif line.startswith("> ") and typed and not typed[-1][1]:
            typed[-1] = (f"{typed[-1][0]}\n{line[2:]}", [])
        else:
            assert typed, f"a fence begins without a command: {line}"
            typed[-1][1].append(line)
    return tuple(
        Command(text, "\n".join(printed), int(code[1]) if (code := _CODE.search(text)) else 0)
        for text, printed in typed
    )


def plain(text: str) -> str:
    """Return the output without the lines of tables and with one blank between words: widths differ."""
    lines = (" ".join(_BOXES.sub(" ", line).split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def fits(wanted: str, printed: str) -> bool:
    """Say whether the output matches the page; `…` matches anything, `$USER` is the name of the user who runs this."""
    wanted = plain(wanted.replace("$USER", pwd.getpwuid(os.getuid()).pw_name))
    pattern = "".join(r"\s*.*" if part == "…" else re.escape(part) for part in re.split(" ?(…)", wanted))
    return re.fullmatch(pattern, plain(printed), re.S) is not None


def list_steps(text: str, functions: str) -> list[str]:
    """Return the commands of a function of the shell, one by one; any other text, or a function of a script, alone."""
    body = re.search(rf"^{re.escape(text)}\(\) \{{\n(.*?)^\}}$", functions, re.S | re.M)
    if body is None or "python" in body[1]:
        return [text]
    steps = re.findall(r"  ([^\n]*<<'END'\n.*?^END$|[^\n]*)\n", body[1], re.S | re.M)
    return [each for step in steps for each in list_steps(step, functions)]


def find_sink(text: str) -> tuple[str, str | None]:
    """Return a command without the file that its text goes to, and that file."""
    found = re.fullmatch(r"(redaction (?!.*--parquet)[^|&;<>]*) > (\S+)", text)
    return (found[1], found[2]) if found else (text, None)


def is_ours(text: str) -> list[str] | None:
    """Return the words of a command that is one call of `redaction` and needs no shell; else None."""
    text = _CODE.sub("", text)
    if re.search(r"[|&;<>`*()\n~]|\$(?!\w)", text):
        return None
    words = [os.path.expandvars(word) for word in shlex.split(text, comments=True)]
    return words[1:] if words[:1] == ["redaction"] else None
