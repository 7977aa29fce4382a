"""The person of a command is the name of the user id: no module reads one from the environment; each act in the
ledger has it.
"""

from __future__ import annotations

import ast
import os
import pwd
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from redaction.db.database import Database
from redaction.ledger.entries import read_entries
from tests.checkout import ROOT
from tests.objects_of import World

Cli = Callable[..., tuple[int, str, str]]
VARIABLES = ("LOGNAME", "USER", "LNAME", "USERNAME")
"""What `getpass.getuser` reads, in order."""
FORBIDDEN = {*VARIABLES, "SUDO_USER", "getpass", "getuser", "getlogin", "pwd"}


def _find_names(path: Path) -> Iterator[str]:
    """Yield every name, attribute, import and text of a module that could ask who somebody is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # A constant of ours may have the name of a variable.
            found = [str(node.module), *(alias.name for alias in node.names if alias.name.islower())]
        else:
            found = [getattr(node, "attr", None) or (node.value if isinstance(node, ast.Constant) else "")]
        yield from (name for name in found if name in FORBIDDEN)


def test_only_one_module_asks_who_somebody_is(tmp_path: Path) -> None:
    found = {path: set(_find_names(path)) for path in (ROOT / "redaction").rglob("*.py")}
    assert {path.name: names for path, names in found.items() if names} == {"actor.py": {"pwd"}}
    for text in ("import getpass", "from getpass import getuser", "x = os.environ['USER']", "import os\nos.getlogin()"):
        (tmp_path / "x.py").write_text(text)
        assert set(_find_names(tmp_path / "x.py")), text


def test_the_commands_of_stores_and_objects_name_the_user_id(
    cli: Cli, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "mallory")
    world.account(7)
    (world.root / "canary.wav").mkdir(parents=True)
    assert cli("store", "add", "disk", "--prefix", world.root.as_uri())[0] == 0
    world.load_audio(7, (world.root / "canary.wav").as_uri(), "https://media.example.com/canary")
    run = str(world.run_whole(7)["id"])
    [left] = world.sql("SELECT id FROM tracking.objects WHERE activity_id = 1")
    assert cli("object", "give-up", str(left["id"]), "--reason", "ticket 3")[0] == 0
    assert cli("object", "done", run, "--place", "media.example.com")[0] == 0
    assert cli("store", "remove", "disk")[0] == 0
    acts = [entry.actor for entry in read_entries(database) if entry.kind != "redaction"]
    assert acts == [pwd.getpwuid(os.getuid()).pw_name] * 4
    assert not any("mallory" in line for line in world.certify(int(run)).not_covered)
