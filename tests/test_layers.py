"""Each module imports only from its own layer and those below, and there is no circle of modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from tests.checkout import ROOT

LAYERS = (
    (
        *("errors", "resources", "extras", "places", "collectors", "settings", "own_fields", "catalog", "mapping"),
        *("policy", "alphabet", "formats", "words", "failures", "alerting", "asking"),
    ),
    ("db",),
    ("embedded",),
    ("shared", "sheet"),
    ("deployment",),
    ("ledger",),
    ("placements",),
    ("reporting",),
    ("contacts",),
    ("accounts",),
    ("gate",),
    ("objects",),
    ("source",),
    ("erasure",),
    ("pipeline",),
    ("control",),
    ("evidence",),
    ("requests",),
    ("recovery",),
    ("web",),
    ("airflow",),
    ("cli",),
    ("demo",),
    # The console script names every command, those of the demo too.
    ("cli.main",),
)
"""From the lowest to the highest; each is named by its modules and packages, and the longest matching name counts."""
EDGES = {"redaction.airflow.dags.common", "redaction.cli.output", "redaction.web.context"}
"""The start of a process, which offers it the embedded server."""

_PLACE = re.compile(r"redaction\.[\w.]+:\w+")
"""The place of a command that is imported when it is asked for."""


def _find_modules(root: Path) -> dict[str, Path]:
    found = {}
    for path in (root / "redaction").rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imports(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    """Yield the imports of ours in a module: within functions, and only for annotations, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            names = [name for alias in node.names for name in (f"{node.module}.{alias.name}", str(node.module))]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            names = [str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)]
        elif isinstance(node, ast.Constant) and _PLACE.fullmatch(str(node.value)):
            names = [str(node.value).partition(":")[0]]
        for name in names:
            if name in modules:
                yield name


def read_imports(root: Path) -> dict[str, set[str]]:
    """Return the imports within a package, by module."""
    modules = _find_modules(root)
    return {name: {*_imports(path, modules)} - {name} for name, path in modules.items()}


def _rank(module: str) -> int:
    parts = module.split(".")[1:]
    for length in range(len(parts), 0, -1):
        for rank, names in enumerate(LAYERS):
            if ".".join(parts[:length]) in names:
                return rank
    raise AssertionError(f"{module} is in no layer: name it in LAYERS")


def find_upward(imports: Mapping[str, set[str]]) -> list[str]:
    """Return the imports that lead to a higher layer; the package itself has none."""
    return sorted(
        f"{module} imports {other}"
        for module, others in imports.items()
        for other in others - {"redaction"}
        if module != "redaction" and _rank(other) > _rank(module)
    )


def find_circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Return modules that import one another in a circle; [] if there are none."""
    left = {module: set(others) for module, others in imports.items()}
    while free := {module for module, others in left.items() if not others & left.keys()}:
        left = {module: others for module, others in left.items() if module not in free}
    # The rest imports modules of a circle, and a module that no other one of the rest imports is not in one.
    while unused := left.keys() - {other for others in left.values() for other in others}:
        left = {module: others for module, others in left.items() if module not in unused}
    return sorted(left)


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    return read_imports(ROOT)


def test_nothing_imports_from_a_higher_layer(imports: dict[str, set[str]]) -> None:
    assert find_upward(imports) == []


def test_no_modules_import_one_another_in_a_circle(imports: dict[str, set[str]]) -> None:
    assert find_circle(imports) == []


def test_the_walk_has_seen_lazy_imports_and_those_for_annotations(imports: dict[str, set[str]]) -> None:
    assert len(imports) > 150
    assert sum(map(len, imports.values())) > 500
    assert "redaction.pipeline.strip" in imports["redaction.pipeline.run"]
    assert "redaction.placements.resolve" in imports["redaction.accounts.snapshot"], "within a function"
    assert "redaction.deployment" in imports["redaction.airflow.dags.common"], "for annotations"


def test_only_where_a_process_begins_is_the_embedded_server_known(imports: dict[str, set[str]]) -> None:
    users = {module for module, others in imports.items() if "redaction.embedded" in others}
    assert {module for module in users if not module.startswith("redaction.demo")} == EDGES


def test_production_never_imports_the_demo(imports: dict[str, set[str]]) -> None:
    users = {
        module
        for module, others in imports.items()
        if not module.startswith("redaction.demo") and any(other.startswith("redaction.demo") for other in others)
    }
    assert users == {"redaction.cli.main"}


def test_an_upward_import_and_a_circle_are_found(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        path = tmp_path / "redaction" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    write("errors.py", "def f():\n    from redaction.db import session\n")
    write("db/session.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import redaction.db.login\n")
    write("db/login.py", "from redaction.db.session import Session\n")
    write("gate/holds.py", "from redaction.db.login import x\nfrom importlib import import_module\n")
    write("gate/guard.py", "import importlib\nimportlib.import_module('redaction.pipeline.run')\n")
    write("pipeline/run.py", "import redaction.gate.guard\n")
    write("pipeline/steps.py", 'STEPS = {"run": "redaction.cli.runs:run"}\n')
    write("cli/runs.py", "")
    found = read_imports(tmp_path)
    assert find_upward(found) == [
        "redaction.errors imports redaction.db.session",
        "redaction.gate.guard imports redaction.pipeline.run",
        "redaction.pipeline.steps imports redaction.cli.runs",
    ]
    assert find_circle(found) == [
        "redaction.db.login",
        "redaction.db.session",
        "redaction.gate.guard",
        "redaction.pipeline.run",
    ]


def find_page_wrong(page: str) -> list[str]:
    """Return what the list of a page says otherwise than `LAYERS`: names that it lacks, or that are too early."""
    names = re.findall(r"^  (\w[\w. /]*?)(?:  +|$)", page.partition("redaction/\n")[2].partition("\ndags/")[0], re.M)
    words = [word.removesuffix(".py").strip("/") for name in names for word in name.split()]
    ranks = {name: rank for rank, layer in enumerate(LAYERS) for name in layer if name != "cli.main"}
    missing = [f"{name} is not there" for name in ranks if name not in words]
    ordered = [word for word in words if word in ranks]
    early = [f"{one} is above {two}" for one, two in pairwise(ordered) if ranks[one] > ranks[two]]
    return missing + early + [f"{word} is in no layer" for word in words if word not in ranks]


def test_the_page_lists_the_layers_in_their_order() -> None:
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    assert find_page_wrong(page) == []
    assert find_page_wrong(page.replace("  contacts/ ", "  sauce/ ")) == [
        "contacts is not there",
        "sauce is in no layer",
    ]
    assert find_page_wrong(page.replace("  gate/ ", "  x/ ").replace("  web/ ", "  gate/ ").replace("  x/ ", "  web/ "))


def test_a_module_of_no_layer_is_named() -> None:
    with pytest.raises(AssertionError, match=r"redaction\.loose is in no layer"):
        find_upward({"redaction.loose": {"redaction.errors"}})


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _find_modules(ROOT).values()}
    assert {path.name: lines for path, lines in lengths.items() if lines > 300} == {}
