"""What commands print is for people: no name of a column, table or class, no digest, no microsecond, no empty value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from redaction.cli.facts import erased_row, run_facts
from redaction.requests.records import AccountOf

Cli = Callable[..., tuple[int, str, str]]
_INTERNAL = re.compile(
    r"\b(?:stripped|run key|due count|nothing_due|not_found|activity_by_\w+|activities_\d{8}|select|objects|cli)\b"
    r"|[0-9a-f]{32}|\d\.\d{3,}|\d:\d\d\.\d|'\w+':|\bNone\b"
)


@pytest.fixture
def loaded(cli: Cli, account: int, tmp_path: Path) -> int:
    """An account with 1,200 due calls."""
    at = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp())
    records = tmp_path / "calls.jsonl"
    records.write_text(
        "\n".join(json.dumps({"id": n, "account_id": account, "unix_time": at, "name": "Zoë"}) for n in range(1_200))
    )
    code, out, err = cli("load", str(records))
    assert code == 0, err
    assert re.search(r"│ inserted +│ 1,200 +│", out)
    assert "quarantine" not in out
    return account


def test_a_preview_and_a_run_use_words_for_people(cli: Cli, loaded: int) -> None:
    as_of = ("--as-of", "2026-03-05T00:00:00Z")
    for command, facts in (
        ("due", (r"due +│ 1,200 activities", r"report rows that change +│ By tracking source 1")),
        (
            "run",
            (
                r"state +│ Done",
                r"redacted +│ 1,200 activities",
                r"by kind +│ 1,200 calls",
                r"took +│ Choose .*Remove .*Delete .*Validate .*Rebuild",
            ),
        ),
        ("run", (r"state +│ Nothing due", r"began +│ \d{4}-\d\d-\d\d \d\d:\d\d UTC")),
    ):
        code, out, err = cli(command, str(loaded), *as_of)
        assert code == 0, err
        assert [fact for fact in facts if not re.search(fact, out)] == []
        assert _INTERNAL.search(out) is None, _INTERNAL.search(out)
        assert not re.search(r"│ +-? +│$", out, re.M)


def test_a_failed_run_says_what_happened_and_what_to_do() -> None:
    record = {
        **dict.fromkeys(("policy", "reason", "recordings_cutoff", "undecided_texts", "abandoned_by", "finished_at")),
        "kind": "automatic",
        "state": "failed",
        "requested_by": "ada",
        "cutoff": "2026-03-02T05:00:00+00:00",
        "due_count": 1,
        "stripped_count": 0,
        "by_kind": {"call": 1},
        "by_category": {},
        "objects": {"not_found": 1_000, "kept": 0},
        "erasure_level": "none",
        "failed_step": "strip",
        "failure": "DatabaseBusy",
        "seconds": {"select": 0.1234},
        "started_at": "2026-03-02T05:00:00.123456+00:00",
        "recordings_taken": 0,
        "common_names": 0,
        "abandoned_because": None,
    }
    facts = {name: value for name, value in run_facts(record).items() if value}
    assert facts["failed step"] == "Remove personal data"
    assert facts["what to do"].endswith(".")
    assert facts["recordings and files"] == "1,000 not found"
    assert facts["took"] == "Choose what is due 0.1 s"
    assert "erasure level" not in facts


def test_an_account_of_an_erasure_has_counts_and_no_digest() -> None:
    found = {"erasable": 2, "redacted": 1, "held": 1, "digest": "ab" * 32, "batches_bound": "cd" * 32, "given": 1}
    row = erased_row(AccountOf(7, "default", found, 12, "failed", "DatabaseBusy", datetime.now(UTC)))
    assert (row["erasable"], row["redacted"], row["held"], row["last_run_id"]) == (2, 1, 1, 12)
    assert _INTERNAL.search(str(list(row.values()))) is None


def test_the_list_of_accounts_fits_a_terminal(cli: Cli, account: int) -> None:
    changes = ("--name", "Sunrise Dental Group", "--auto", "90", "--timezone", "America/Los_Angeles")
    assert cli("account", "set", str(account), *changes)[0] == 0
    code, out, err = cli("account", "list")
    assert code == 0, err
    assert max(map(len, out.splitlines())) <= 120
    assert re.search(r"│ 7 +│ Sunrise Dental Group │ Every 90 days \(Los Angeles\) │", out)
    every = json.loads(cli("account", "list", "--json")[1])[0]
    head = " ".join(re.sub("[┃\\s]+", " ", cli("account", "list", "--wide")[1]).split())
    assert len(every) == 16
    assert [name for name in ("agency", "deadline", "redacted at") if name not in head] == []
