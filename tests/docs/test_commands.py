"""Every command of ours in a page or a message exists, with its options, and names what is required."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from redaction.cli.main import app, main
from tests.checkout import ROOT

_NAMED = re.compile(r"`redaction ([a-z-][^`\n]*)`|^\$ redaction ([a-z-].*)$", re.M)
_OF_ALL = {"--help", "--placement", "--version"}
_ROOT_OPTION = re.compile(r"^--placement \S+ ")
# Typer reads the signatures of all commands each time, which takes 70 ms.
_ROOT: Any = typer.main.get_command(app)


def find_wrong(text: str, name: str) -> Iterator[str]:
    """Yield each unknown command of a text, or one with an unknown option or without a required one."""
    for found in _NAMED.finditer(text):
        said = found[1] or found[2]
        words = re.split(r"\s+#|<<<| > | < | \\?\| ", _ROOT_OPTION.sub("", said))[0].split()
        command = _ROOT
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        if "issue" in getattr(command, "commands", {}) and words:
            # `redaction certificate 12` is short for `redaction certificate issue 12`.
            command = command.commands["issue"]
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | _OF_ALL
        named = [word.split("=")[0] for word in words if word.startswith("--")]
        known_group = hasattr(command, "commands") and words and re.fullmatch(r"[a-z][a-z-]+", words[0])
        # A name, or a name and an option without a value, is a mention. `test_examples.py` reads longer commands.
        is_whole = any(not word.startswith("-") for word in words) and not said.endswith("\\")
        if known_group or set(named) - known or (is_whole and _list_missing(command, words)):
            yield f"{name}:{text.count(chr(10), 0, found.start()) + 1}: redaction {said}"


def _list_missing(command: Any, words: list[str]) -> list[str]:
    """Return the options that a command requires and that are not there."""
    given = {word.split("=")[0] for word in words}
    required = [one.opts for one in getattr(command, "params", []) if one.required and one.opts[0].startswith("-")]
    return [opts[0] for opts in required if not given & set(opts)]


TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "redaction").rglob("*.py"),
        *(ROOT / "redaction").rglob("*.html"),
    )
}


def test_every_command_that_is_named_is_there() -> None:
    assert sum(len(_NAMED.findall(text)) for text in TEXTS.values()) > 200
    assert [wrong for name, text in TEXTS.items() for wrong in find_wrong(text, name)] == []


@pytest.mark.parametrize(
    "text",
    [
        "`redaction runn 7`",
        "`redaction run 7 --sauce`",
        "x\n$ redaction hold place 7",
        "`redaction --place x run`",
        "`redaction abandon 12`",
        "`redaction request open --kind both --agency 1`",
    ],
)
def test_a_command_that_is_not_there_is_found(text: str) -> None:
    assert len(list(find_wrong(text, "page.md"))) == 1


def test_what_is_right_is_let_pass() -> None:
    text = (
        "`redaction --placement eu hold add --account 7 --contact --reason T`, `redaction status`, "
        "`redaction hold add --contact`, `redaction COMMAND --help`"
    )
    assert list(find_wrong(text, "page.md")) == []


@pytest.mark.parametrize("words", [("sample",), ("account", "set"), ("hold", "add"), ("certificate", "issue")])
def test_the_help_names_what_is_typed_and_no_type_of_the_language(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["redaction", *words, "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr().out
    assert (ended.value.code, "--help" in shown) == (0, True)
    assert re.findall(r"<\w+|\b(?:bool|int|str)\b", shown) == []
