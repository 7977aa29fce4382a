"""The reference says what the code says, and leaves nothing out."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

from redaction import failures
from redaction.cli.main import app
from redaction.errors import RedactionError
from redaction.settings import Settings
from redaction.web.access import may_see
from tests.checkout import ROOT
from tools import airflow_blocks, blocks
from tools.blocks import list_errors
from tools.diagrams import DRAWINGS, IMAGES
from tools.reference import DOCS, find_stale, say_stale

_VARIABLE = re.compile(r"\bREDACTION_[A-Z][A-Z_]+[A-Z]\b")


def _page(name: str) -> str:
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


def _commands(group: Any, name: str = "redaction") -> list[tuple[str, Any]]:
    found = []
    for word, command in group.commands.items():
        full = f"{name} {word}"
        found += [(full, command), *(_commands(command, full) if hasattr(command, "commands") else [])]
    return found


COMMANDS = _commands(typer.main.get_command(app))


def test_no_page_is_stale() -> None:
    assert [say_stale(*stale) for stale in find_stale()] == []


def test_a_stale_page_and_a_page_without_its_block_are_found(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(DOCS / "reference", docs / "reference")
    settings = docs / "reference" / "settings.md"
    settings.write_text(settings.read_text().replace("REDACTION_BATCH_SIZE", "REDACTION_BATCH"))
    [(path, names, wanted)] = find_stale(docs)
    assert (path, names) == (settings, "settings")
    line = next(number for number, text in enumerate(wanted.splitlines(), 1) if "REDACTION_BATCH_SIZE" in text)
    assert say_stale(path, names, wanted).startswith(f"settings.md:{line}: settings: the code says '| `REDACTION_BATCH")
    settings.write_text("# Settings\n")
    with pytest.raises(SystemExit, match="settings"):
        list(find_stale(docs))


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_and_what_it_takes_is_documented(name: str, command: Any) -> None:
    assert f"## {name}\n" in _page("commands.md")
    assert command.help, f"{name} has no help"
    if not hasattr(command, "commands"):
        assert [one.name for one in command.params if not one.help] == [], f"{name}: without help"


@pytest.mark.parametrize("what", ["permission", "dag", "command", "ledger"])
def test_what_is_not_documented_stops_the_reference_and_is_named_with_its_line(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [dag] = [dag for dag in airflow_blocks.list_dags() if dag.dag_id == "refresh_reports"]
    due = dict(COMMANDS)["redaction due"]
    monkeypatch.setattr(may_see, "__doc__", None)
    monkeypatch.setattr(dag, "doc_md", None)
    monkeypatch.setattr(due, "help", None)
    monkeypatch.setattr(airflow_blocks, "list_dags", lambda: [dag])
    monkeypatch.setattr(blocks, "_RECORDED", {})
    describe, said = {
        "permission": (airflow_blocks.describe_permissions, r"^redaction/web/access\.py:\d+: may_see: write"),
        "dag": (airflow_blocks.describe_dags, r"^redaction/airflow/dags/reports\.py:\d+: the DAG refresh_reports has"),
        "command": (
            lambda: blocks._describe_command(due, "redaction due"),
            r"^redaction/cli/\w+\.py:\d+: redaction due",
        ),
        "ledger": (blocks.describe_ledger, r"^tools/blocks\.py:\d+: say what rows .*abandonment, approval"),
    }[what]
    with pytest.raises(AssertionError, match=said):
        describe()


def _find_setting(name: str) -> str:
    """Return file and line of a setting."""
    [kind] = [kind for kind in Settings.__mro__ if name in vars(kind).get("__annotations__", {})]
    lines, first = inspect.getsourcelines(kind)
    [line] = [number for number, text in enumerate(lines, first) if text.startswith(f"    {name}:")]
    return f"{Path(inspect.getfile(kind)).relative_to(ROOT)}:{line}"


def test_the_place_of_a_setting_is_found() -> None:
    assert re.fullmatch(r"redaction/\w+\.py:\d+", _find_setting("batch_size"))
    assert {_find_setting(name).partition(":")[2].isdigit() for name in Settings.model_fields} == {True}


def test_every_setting_is_documented() -> None:
    page = _page("settings.md")
    fields = Settings.model_fields
    assert len(fields) > 50
    missing = [
        f"{_find_setting(name)}: {name}: write a docstring below it, then `make reference`"
        for name in fields
        if f"`REDACTION_{name.upper()}`" not in page
    ]
    assert missing == []


def test_every_variable_that_the_program_names_is_in_the_reference() -> None:
    pages = "".join(path.read_text() for path in (DOCS / "reference").glob("*.md"))
    named = {
        f"{path.relative_to(ROOT)}: {variable}"
        for path in (ROOT / "redaction").rglob("*.*")
        if path.suffix in (".py", ".html")
        for variable in _VARIABLE.findall(path.read_text(encoding="utf-8"))
        if variable not in pages and not variable.endswith(("_NAME", "_TEST"))
    }
    assert named == set()


def test_no_page_names_a_variable_that_the_program_does_not_read() -> None:
    code = "".join(
        path.read_text(encoding="utf-8", errors="replace")
        for folder in ("redaction", "tests", "bench", "docker")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in (".py", ".sh") and path != Path(__file__)
    )
    settings = {f"REDACTION_{name.upper()}" for name in Settings.model_fields}
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {variable}"
        for path in (*DOCS.rglob("*.md"), ROOT / "README.md")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for variable in _VARIABLE.findall(line)
        if variable not in settings and variable not in code
    ]
    assert wrong == []


def test_every_error_is_documented_with_what_to_do() -> None:
    page = _page("errors.md")
    kinds = list(list_errors(RedactionError))
    assert len(kinds) > 25
    for kind in kinds:
        words = failures.explain(kind.__name__)
        assert words is not None
        assert f"## {kind.__name__}\n" in page
        assert words.remedy in page


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_drawing_is_stale(name: str) -> None:
    assert (IMAGES / name).read_text(encoding="utf-8") == DRAWINGS[name](), f"docs/images/{name}: run make reference"
