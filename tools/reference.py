"""The blocks of the documentation that come from the code: `python -m tools.reference` writes them, `--check` compares.

A page names its block by `<!-- from the code: NAME -->` and ends it by `<!-- end -->`; what is around it is by hand.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.blocks import BLOCKS
from tools.places import find_difference

DOCS = Path(__file__).resolve().parents[1] / "docs"
_BLOCK = re.compile(r"(<!-- from the code: (\w+) -->\n)(.*?)(<!-- end -->\n)", re.S)


def find_stale(docs: Path = DOCS) -> Iterator[tuple[Path, str, str]]:
    """Yield each page that is not what the code says: its path, the names of its stale blocks, what it must be."""
    missing = set(BLOCKS)
    for path in sorted(docs.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        stale: list[str] = []

        def renew(found: re.Match[str], stale: list[str] = stale) -> str:
            missing.discard(found[2])
            wanted = f"{found[1]}\n{BLOCKS[found[2]]().strip()}\n\n{found[4]}"
            if wanted != found[0]:
                stale.append(found[2])
            return wanted

        wanted = _BLOCK.sub(renew, text)
        if stale:
            yield path, ", ".join(stale), wanted
    if missing:
        raise SystemExit(f"no page of docs/ has the block: {', '.join(sorted(missing))}")


def say_stale(path: Path, names: str, wanted: str) -> str:
    """Return the file, the first line that is stale, its blocks, what the code says there, and what to do."""
    line, said = find_difference(path.read_text(encoding="utf-8"), wanted)
    name = path.relative_to(DOCS.parent) if path.is_relative_to(DOCS.parent) else path.name
    return f"{name}:{line}: {names}: the code says {said!r}: run make reference"


def main() -> None:
    """Write the blocks, or exit with 1 and name the pages that are stale."""
    check = sys.argv[1:] == ["--check"]
    # Airflow reads its configuration when it is imported: nobody's own.
    with tempfile.TemporaryDirectory(prefix="redaction-reference-") as home:
        os.environ |= {"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        stale = list(find_stale())
    for path, names, text in stale:
        print(say_stale(path, names, text) if check else f"{path.relative_to(DOCS.parent)}: {names}: written")
        if not check:
            path.write_text(text, encoding="utf-8")
    sys.exit(bool(stale) and check)


if __name__ == "__main__":
    main()
