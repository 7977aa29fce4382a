"""Statements: one a file, declared and documented, identifiers quoted, values bound."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from redaction.catalog import load_catalog
from redaction.db.statements import SQL_ROOT, get_statement, list_statements, load_statements, quote, read_statement
from redaction.errors import CatalogError
from tests.checkout import ROOT

GOOD = "-- name: count_them(account_id)\n-- Counts them.\nSELECT count(*) FROM t WHERE account_id = :account_id\n"


def _write(folder: Path, text: str) -> Path:
    path = folder / "count_them.sql"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.removeprefix("-- name: "), ":1: the first line"),
        (GOOD.replace("count_them", "count_others"), ":1: is called count_others"),
        (GOOD.replace("-- Counts them.\n", ""), ":2: a comment"),
        (GOOD.replace("(account_id)", "()"), "account_id is used but not declared"),
        (GOOD.replace("(account_id)", "(account_id, cutoff)"), "cutoff is not used"),
        (GOOD.replace("(account_id)", "(account_id, account_id)"), "declared twice"),
        ("-- name: count_them()\n-- Counts them.\n", ":3: there is no statement"),
        (GOOD.replace("count(*)", "{{ unheard_of }}"), "unheard_of"),
        (GOOD.replace("count(*)", "{% if"), "count_them.sql:"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    assert read_statement(_write(tmp_path, GOOD), load_catalog(), tmp_path).parameters == ("account_id",)
    with pytest.raises(CatalogError) as caught:
        read_statement(_write(tmp_path, text), load_catalog(), tmp_path)
    assert says in str(caught.value)


def test_a_bind_in_a_literal_or_comment_does_not_count(tmp_path: Path) -> None:
    text = GOOD.replace("SELECT", "SELECT ':nobody', -- :nobody\n")
    assert read_statement(_write(tmp_path, text), load_catalog(), tmp_path).parameters == ("account_id",)


def test_every_file_is_well_formed() -> None:
    statements = load_statements()
    assert {"strip_batch", "select_aged", "begin_run"} <= set(statements)
    schema = sorted((SQL_ROOT / "schema").rglob("*.sql"))
    assert schema
    assert all(path.read_text().startswith(f"-- name: {path.stem}()\n-- ") for path in schema)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "count_them.sql").write_text(GOOD)
    with pytest.raises(CatalogError, match=r"count_them stands in .*one/count_them\.sql too"):
        list_statements(tmp_path)


def test_a_process_renders_what_it_asks_for() -> None:
    code = (
        "from redaction.db import statements; statements.get_statement('begin_run'); "
        "print(statements.get_statement.cache_info().misses, len(statements.list_statements()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rendered, there_are = map(int, done.stdout.split())
    assert rendered == 1
    assert there_are > 100


def test_an_unknown_statement_is_named() -> None:
    with pytest.raises(CatalogError, match="no_such"):
        get_statement("no_such")


def test_identifiers_are_quoted() -> None:
    assert quote('a"b') == '"a""b"'


def test_the_name_of_each_statement_stands_where_it_is_used() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "redaction").rglob("*.py"))
    assert len(list_statements()) > 200
    assert [name for name in list_statements() if f'"{name}"' not in code] == []
