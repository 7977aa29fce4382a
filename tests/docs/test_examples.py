"""The examples of README, tutorial and how-to work as shown; those that are not run here are at least well-formed."""

from __future__ import annotations

import ast
import os
import pwd
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from redaction.settings import Settings
from tests.checkout import ROOT
from tests.docs.examples import (
    RUN,
    SHOWN,
    Command,
    Example,
    find_sink,
    fits,
    is_ours,
    list_steps,
    read_console,
    read_examples,
)
from tests.source.collect.api import Api, make_records, serving

DOCS = ROOT / "docs"
_FOLDERS = (DOCS / "tutorial", DOCS / "how-to")
_FILES = sorted(path.relative_to(ROOT).as_posix() for folder in _FOLDERS for path in folder.glob("*.md"))
PAGES = ["README.md", *_FILES]
EXAMPLES = [example for page in PAGES for example in read_examples(ROOT / page, page)]
PREPARE = Path(__file__).with_name("prepare.sh")
ENDS = 'ended=$?; { pwd; env -0; } > "$STATE"; exit $ended'
Cli = Callable[..., tuple[int, str, str]]


class Reader:
    """A reader who types what a page says, in a folder, a shell and an environment of their own."""

    def __init__(self, folder: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.cli, self.monkeypatch = folder, cli, monkeypatch
        self.state = folder.with_name("state")
        self.go(folder)
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("STATE", str(self.state))
        monkeypatch.setenv("USER", pwd.getpwuid(os.geteuid()).pw_name)
        for name in ("AIRFLOW_HOME", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"):
            monkeypatch.delenv(name, raising=False)

    def go(self, folder: Path) -> None:
        """Go to a folder, as a shell does it."""
        self.monkeypatch.chdir(folder)
        self.monkeypatch.setenv("PWD", str(folder))

    def type(self, command: Command) -> tuple[int, str]:
        """Type a command, or those of a function; return the exit code and output of the last one."""
        code, printed = 0, ""
        for step in list_steps(command.text, PREPARE.read_text()):
            code, printed = self._type(step)
            if code:
                break
        return code, printed

    def _type(self, text: str) -> tuple[int, str]:
        # A process of its own takes a second. A catalog is read once a process.
        ours, sink = find_sink(text)
        words = None if "REDACTION_CATALOG" in os.environ else is_ours(ours)
        if words is not None:
            code, out, err = self.cli(*words)
            if sink is None:
                return code, out + err
            Path(sink).write_text(out)
            return code, err
        # A variable of one command exists in the next.
        script = f"set -a\n. {PREPARE}\n{text}\n{ENDS}"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=200)
        if self.state.exists():
            where, _, variables = self.state.read_text().partition("\n")
            self.state.unlink()
            self.go(Path(where))
            for name, _, value in (item.partition("=") for item in variables.split("\0") if item):
                if name not in ("_", "SHLVL", "PWD", "OLDPWD") and os.environ.get(name) != value:
                    self.monkeypatch.setenv(name, value)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def reader(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """A reader with a fresh home, an empty folder, and the API of a source."""
    folder = tmp_path / "work"
    folder.mkdir()
    records = make_records(7, 40, datetime.now(UTC), 10)
    accounts = [{"id": 7, "name": "Dental"}, {"id": 8, "name": "Legal"}]
    with serving(Api(records={7: records}, accounts=accounts)) as api:
        monkeypatch.setenv("API_URL", api.url)
        yield Reader(folder, cli, monkeypatch)
    os.chdir(ROOT)


def _is_run(example: Example) -> bool:
    return example.kind in RUN and example.reason is None


@pytest.mark.parametrize("page", [page for page in PAGES if any(map(_is_run, read_examples(ROOT / page, page)))])
def test_a_page_does_what_it_says(page: str, reader: Reader, settings: Settings) -> None:
    for example in read_examples(ROOT / page, page):
        where = f"{page}:{example.line}"
        if example.reason is not None or example.kind not in (*RUN, "before"):
            continue
        if example.kind == "sql":
            _run_sql(example.body, settings)
        elif example.kind == "python":
            done = subprocess.run([sys.executable, "-c", example.body], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{where}: {done.stderr}"
        for command in example.commands:
            code, printed = reader.type(command)
            assert code == command.code, f"{where}: {command.text}\nended with {code}:\n{printed}"
            if command.printed is not None:
                assert fits(command.printed, printed), (
                    f"{where}: {command.text}\nprinted\n{printed}\nand not\n{command.printed}"
                )


def _run_sql(statements: str, settings: Settings) -> None:
    assert settings.owner_url is not None
    engine = sa.create_engine(settings.owner_url.get_secret_value())
    with engine.connect() as connection:
        for statement in filter(str.strip, statements.split(";")):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    engine.dispose()


def _check_syntax(text: str) -> str:
    """Return the complaints of bash about a script, without running it."""
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_every_fence_says_what_it_is_and_is_well_formed(page: str) -> None:
    for example in read_examples(ROOT / page, page):
        where = f"{page}:{example.line}"
        assert example.kind in (*SHOWN, "before"), f"{where}: say what it is: {', '.join(SHOWN)}"
        for command in example.commands:
            wrong = _check_syntax(command.text)
            assert wrong == "", f"{where}: {command.text}\n{wrong}"
        if example.kind == "python":
            ast.parse(example.body, where)


def test_examples_were_found_and_few_are_left_out() -> None:
    run = [example for example in EXAMPLES if _is_run(example)]
    assert len(run) > 30
    assert len(run) > sum(example.reason is not None for example in EXAMPLES)


def test_no_page_expects_the_name_of_a_user() -> None:
    name = re.compile(r"\b(?:root|ubuntu|runner)\b")
    shown = [(example, command.printed or "") for example in EXAMPLES for command in example.commands]
    assert sum("$USER" in printed for _, printed in shown) > 8
    assert [f"{one.page}:{one.line}: write $USER: {text}" for one, text in shown if name.search(text)] == []
    # The button that copies would take such a line of the output for a command.
    assert [one.page for one, text in shown if re.search(r"^\$", text, re.MULTILINE)] == []
    assert name.search("│ placed by │ root │")
    assert fits("of $USER", f"of {pwd.getpwuid(os.geteuid()).pw_name}")
    assert not fits("of $USER", "of somebody")


def test_a_reader_notices_what_a_page_says_wrong(reader: Reader) -> None:
    typed = read_console(
        '$ echo "a   7 b"\na … b\n$ export WORD=x; cd /\n$ echo $WORD $PWD\nx /\n$ false  # exit code 1\n'
    )
    for command in typed:
        code, printed = reader.type(command)
        assert code == command.code
        assert fits(command.printed or "", printed)
    assert not fits("a … c", "a 7 b")
    assert not fits("", "anything")
    assert reader.type(Command("redaction no-such-command"))[0] == 2


def test_a_fence_without_a_kind_and_a_wrong_command_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```\nx\n```\n\n*Not run: no.*\n\n```sh\nif true\n```\n")
    bare, left = read_examples(page, "page.md")
    assert bare.kind not in SHOWN
    assert left.reason == "no"
    assert (
        subprocess.run(["bash", "-n"], input=left.commands[0].text, text=True, stderr=-3, check=False).returncode == 2
    )
