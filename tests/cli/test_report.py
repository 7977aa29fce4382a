"""`redaction report`: what the pages show, for people, files and programs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from redaction.settings import Settings

Cli = Callable[..., tuple[int, str, str]]
MARCH = ("--since", "2026-03-01", "--until", "2026-03-31")


@pytest.fixture
def counted(account: int, sql: Callable[..., Any]) -> None:
    sql(
        "INSERT INTO reporting.activity_by_source VALUES (7, '2026-03-01', 3, 'Google Ads', 1500, 5),"
        " (7, '2026-03-04', NULL, 'Call from (617) 555-0196', 2, 0)"
    )
    sql("INSERT INTO reporting.contacts VALUES (7, '2026-03-01', 0, 0, 0, 5), (7, '2026-03-02', 3, 2, 1, 1)")


def test_a_report_is_a_table_for_people(counted: None, cli: Cli) -> None:
    code, out, err = cli("report", "7", "sources", *MARCH)
    assert (code, err) == (0, "")
    words = " ".join(re.sub("[^ -~]", " ", out).split())
    assert words.startswith("By tracking source: Dental, 2026-03-01 to 2026-03-31 Tracking source Activities Redacted")
    assert "Google Ads 1,500 5" in words
    assert ("[hidden]" in words, "555-0196" in words) == (True, False)
    code, out, err = cli("report", "1", "contacts", "--agency", *MARCH)
    assert (code, "North" in out, "not known" in out) == (0, True, True)
    assert "warning: not counted: 6 redacted activities. A contact is known by" in err


def test_a_report_is_csv_json_and_parquet_for_programs(
    counted: None, cli: Cli, settings: Settings, tmp_path: Path
) -> None:
    code, out, _ = cli("report", "7", "contacts", *MARCH, "--csv")
    assert (code, next(csv.DictReader(io.StringIO(out)))["unique_contacts"]) == (0, "")
    code, out, _ = cli("report", "7", "contacts", *MARCH, "--json")
    said = json.loads(out)
    assert (said["missing_activities"], said["rows"][0]["unique_contacts"], said["rows"][1]["day"]) == (
        *(6, None),
        "2026-03-02",
    )
    # By a real process, whose output is a file.
    path = tmp_path / "report.parquet"
    with path.open("wb") as file:
        command = "from redaction.cli.main import main; main()"
        arguments = ["report", "7", "contacts", *MARCH, "--parquet"]
        subprocess.run([sys.executable, "-c", command, *arguments], stdout=file, env=os.environ, check=True)
    table = pd.read_parquet(path)
    assert table["day"].tolist() == [date(2026, 3, day) for day in range(1, 32)]
    assert table["unique_contacts"].isna().tolist()[:2] == [True, False]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("7", "none"), "there is no report of that name"),
        (("99", "days"), "there is no account 99"),
        (("7", "days", "--since", "2026-03-02", "--until", "2026-03-01"), "before the first"),
        (("7", "days", "--since", "2036-01-01"), "is after today"),
        (("7", "days", "--csv", "--json"), "choose one of --csv, --parquet and --json"),
    ],
)
def test_what_cannot_be_read_is_one_line(counted: None, cli: Cli, words: tuple[str, ...], says: str) -> None:
    code, out, err = cli("report", *words)
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.strip().splitlines()) == 1
