"""The ledger page: a sentence a row, filtered, paged, exported; and whether it is intact."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from redaction.accounts.accounts import set_account
from redaction.deployment import Deployment
from redaction.evidence.watch import watch
from redaction.gate.holds import place_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.act import Act
from redaction.pipeline.run import begin_run, complete_run
from tests.evidence.acts import CUTOFF
from tests.ready_made import ReadyMade
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def told(served: None, ready_made: ReadyMade, deployment: Deployment, insert: Insert) -> int:
    """Five rows: a run and a hold of 7, a hold of 8, a pause of all, a setting of 8; returns the run."""

    def build() -> None:
        insert(1)
        complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)
        place_hold(deployment, 7, "ticket 7", "ada")
        place_hold(deployment, 8, "ticket 8", "bob")
        pause(deployment, None, "ticket 9", "eve")
        set_account(deployment, 8, "bob", timezone="Europe/Berlin")

    ready_made("told", build, "house_of_two")
    return 1


def _sentences(page: str) -> list[str]:
    return [found.strip() for found in re.findall(r'<th scope="row"[^>]*>([^<]+)<', page)]


def test_each_row_is_a_sentence_the_newest_first(as_: As, told: int) -> None:
    page = as_("ada").get("/redaction/ledger").text
    assert _sentences(page) == [
        "Changed time zone: UTC → Europe/Berlin",
        "Paused redaction",
        "Placed hold 2 on the whole account",
        "Placed hold 1 on the whole account",
        "Redacted 1 activity by the rule",
    ]
    assert f'href="/redaction/runs/{told}"' in page
    assert "Row 5" in page
    # The facts are there for readers who want them, and nothing of Python is.
    assert "Erasure level" in page
    assert "None" not in page
    assert "{&#39;" not in page


def test_a_reason_is_for_administrators_of_its_account(as_: As, told: int) -> None:
    shown = {name: as_(name).get("/redaction/ledger").text for name in ("ada", "bob", "opal", "root")}
    assert [("ticket 7" in shown[name], "ticket 8" in shown[name]) for name in shown] == [
        (True, False),
        (False, True),
        (False, False),
        (False, False),
    ]
    # That of a pause of all is for people who may change what concerns all.
    assert [("ticket 9" in shown[name]) for name in shown] == [False, False, True, True]
    for kind in ("csv", "json"):
        assert "ticket 7" not in as_("opal").get(f"/redaction/ledger.{kind}").text
        assert "ticket 7" in as_("ada").get(f"/redaction/ledger.{kind}").text


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("kind=hold", 2),
        ("account=8", 2),
        ("actor=bob", 2),
        ("kind=hold&account=8", 1),
        ("kind=&account=&actor=&since=&until=", 5),
        ("since=2020-01-01&until=2020-02-01", 0),
        ("since=2020-01-01", 5),
        ("until=2020-01-01", 0),
    ],
)
def test_rows_can_be_filtered(as_: As, told: int, query: str, rows: int) -> None:
    client = as_("vera")
    page = client.get(f"/redaction/ledger?{query}")
    assert (page.status_code, len(_sentences(page.text))) == (200, rows)
    if not rows:
        assert "No rows match." in page.text
    listed = list(csv.DictReader(io.StringIO(client.get(f"/redaction/ledger.csv?{query}").text)))
    assert len(listed) == rows
    assert len(client.get(f"/redaction/ledger.json?{query}").json()) == rows


@pytest.mark.parametrize("query", ["kind=everything", "account=seven", "since=soon", "until=2026-02-31"])
def test_a_filter_that_is_none_stays_on_its_form(as_: As, told: int, query: str) -> None:
    answer = as_("vera").get(f"/redaction/ledger?{query}")
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert query.partition("=")[2] in answer.text or "everything" in query
    assert as_("vera").get(f"/redaction/ledger.csv?{query}").status_code == 400


def test_the_ledger_is_read_a_page_at_a_time(as_: As, told: int, deployment: Deployment) -> None:
    for _ in range(60):
        with Act(deployment, checked=False) as act, act.transaction():
            act.record("pause", 7, "eve")
    client = as_("vera")
    page = client.get("/redaction/ledger?account=7").text
    assert len(_sentences(page)) == 50
    [older] = re.findall(r'rel="next" href="([^"]+)"', page)
    rest = client.get("/redaction/ledger" + older.replace("&amp;", "&")).text
    assert len(_sentences(rest)) == 12
    assert _sentences(rest)[-1] == "Redacted 1 activity by the rule"
    assert 'rel="next"' not in rest
    assert len(client.get("/redaction/ledger.json?account=7").json()) == 62


def test_json_has_what_was_written_and_csv_no_formula(as_: As, told: int, deployment: Deployment) -> None:
    with Act(deployment, checked=False) as act, act.transaction():
        act.record("pause", 7, "=eve")
    client = as_("ada")
    rows = client.get("/redaction/ledger.json").json()
    assert [row["position"] for row in rows] == [6, 5, 4, 3, 2, 1]
    assert rows[-1]["facts"]["stripped_count"] == 1
    assert {row["reason_withheld"] for row in rows} == {True, False}
    assert len(rows[-1]["hash"]) == 64
    text = client.get("/redaction/ledger.csv").text
    assert ",'=eve," in text
    assert "attachment" in client.get("/redaction/ledger.csv").headers["content-disposition"]


def test_whether_it_is_intact_is_what_the_last_check_has_found(
    as_: As, told: int, deployment: Deployment, sql: Sql
) -> None:
    client = as_("vera")
    page = client.get("/redaction/ledger").text
    assert "<h1>Ledger: 5 rows</h1>" in page
    assert "It was not checked yet" in page
    watch(deployment)
    page = client.get("/redaction/ledger").text
    assert "<h1>Ledger intact: 5 rows</h1>" in page
    assert "retention_watch" in page
    resume(deployment, None, "eve")
    assert "1 row was written since" in client.get("/redaction/ledger").text
    sql("ALTER TABLE redaction.ledger DISABLE TRIGGER USER")
    sql("UPDATE redaction.ledger SET actor = 'mallory' WHERE position = 2")
    sql("ALTER TABLE redaction.ledger ENABLE TRIGGER USER")
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    assert client.post("/redaction/ledger/check", data={"token": "x"}).status_code == 403
    answer = client.post("/redaction/ledger/check", data={"token": token})
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert "<h1>Ledger not intact" in page
    assert "Row 2 is the first bad one" in page
    assert "vera" in page


def test_what_was_removed_is_named(as_: As, told: int, sql: Sql) -> None:
    sql("ALTER TABLE redaction.ledger DISABLE TRIGGER USER")
    sql("DELETE FROM redaction.ledger WHERE position >= 4")
    sql("ALTER TABLE redaction.ledger ENABLE TRIGGER USER")
    client = as_("vera")
    token = re.findall(r'name="token" value="([^"]+)"', client.get("/redaction/ledger").text)[0]
    client.post("/redaction/ledger/check", data={"token": token})
    page = client.get("/redaction/ledger").text
    assert "<h1>Ledger not intact" in page
    assert "no row says so" in page
