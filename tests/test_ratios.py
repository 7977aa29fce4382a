"""The ratios of the benchmarks: worse means outside the spread of both; accepted ratios are in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import ratios
from bench.ratios import Ratio, find_worse, keep_ratio, main, read_ratios


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Separate files for the measurement, the stored values, and the page."""
    monkeypatch.setattr(ratios, "MEASURED", tmp_path / "build" / "measured.json")
    monkeypatch.setattr(ratios, "KEPT", tmp_path / "kept.json")
    monkeypatch.setattr(ratios, "PAGE", tmp_path / "page.md")
    (tmp_path / "page.md").write_text(f"before\n{ratios._BEGIN}\nold\n{ratios._END}\nafter\n")
    return tmp_path


def test_worse_is_what_lies_outside_the_spread_of_both() -> None:
    kept = {"rate": Ratio(0.9, 1.0, 1.1, 3, at_least=1.0), "cost": Ratio(1.0, 1.2, 1.3, 3, at_most=1.3)}
    assert find_worse({"rate": Ratio(0.7, 0.8, 0.95, 3, at_least=1.0)}, kept) == []
    assert find_worse({"rate": Ratio(0.7, 0.8, 0.89, 3, at_least=1.0)}, kept) == ["rate"]
    assert find_worse({"cost": Ratio(1.31, 1.4, 1.5, 3, at_most=1.3)}, kept) == ["cost"]
    assert find_worse({"cost": Ratio(0.5, 0.6, 0.7, 3, at_most=1.3), "new": Ratio(0, 0, 0, 1)}, kept) == []


def test_what_was_measured_is_compared_and_accepted(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert "nothing is measured" in capsys.readouterr().out
    keep_ratio("strip", [2.0, 3.0, 2.5], "PostgreSQL 18", at_least=3)
    assert main(["accept"]) == 0
    assert read_ratios(files / "kept.json")["strip"].middle == 2.5
    page = (files / "page.md").read_text()
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
    assert "| strip | 2.50 | 2.00 to 3.00 | >= 3 | missed |" in page
    assert "old" not in page
    keep_ratio("strip", [1.0, 1.5])
    capsys.readouterr()
    assert main([]) == 1
    assert "WORSE strip: 1.25x (1.00 to 1.50); was 2.50x (2.00 to 3.00)" in capsys.readouterr().out
