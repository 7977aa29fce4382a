"""The page of the evidence pack: a period is chosen, administrators of its accounts download it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from redaction.control.move import move_account
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.evidence.keys import make_key
from redaction.evidence.pack_container import Pack
from redaction.evidence.pack_verify import check
from redaction.gate.holds import place_hold
from redaction.pipeline.run import begin_run, complete_run
from redaction.settings import load_settings
from redaction.web import context
from tests.evidence.acts import CUTOFF
from tests.ready_made import ReadyMade
from tests.web.conftest import As, Sql

Insert = Callable[..., None]
TODAY = str(datetime.now(UTC).date())


def _redact(deployment: Deployment, insert: Insert) -> None:
    insert(1)
    complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that signs."""
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    context.get_placements.cache_clear()


@pytest.fixture
def packed(served: None, ready_made: ReadyMade, deployment: Deployment, insert: Insert, key: None) -> str:
    """A run of account 7, and a key that signs; returns the period of today as the query of an address."""
    ready_made("run_to_pack", lambda: _redact(deployment, insert), "house_of_two")
    return f"since={TODAY}&until={TODAY}"


@pytest.fixture
def packed_of_two(spread: Database, deployment: Deployment, insert: Insert, key: None) -> str:
    """The same where there is a placement `west` too."""
    _redact(deployment, insert)
    return f"since={TODAY}&until={TODAY}"


def test_the_page_offers_presets_and_says_what_is_in_it(as_: As, packed: str) -> None:
    page = as_("ada").get("/redaction/audit").text
    assert "<h1>Evidence pack</h1>" in page
    assert "verify.py" in page
    assert "Last month" in page
    page = as_("ada").get(f"/redaction/audit?{packed}&account=7").text
    assert f'href="/redaction/audit/pack.zip?{packed.replace("&", "&amp;")}&amp;account=7"' in page
    assert "1 account" in page


def test_a_pack_is_downloaded_and_whole(as_: As, packed: str, tmp_path: Path) -> None:
    answer = as_("ada").get(f"/redaction/audit/pack.zip?{packed}&account=7")
    assert answer.status_code == 200
    assert f'filename="evidence-account-7-{TODAY}-{TODAY}.zip"' in answer.headers["content-disposition"]
    path = tmp_path / "pack.zip"
    path.write_bytes(answer.content)
    problems, checked = check(Pack(str(path)))
    assert (problems, len(checked)) == ([], 4)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        assert json.loads(pack.read("summary.json"))["accounts"][0]["redacted"] == 1


def test_a_pack_is_for_who_administers_all_that_is_in_it(as_: As, packed: str) -> None:
    for name, query in (("bob", "&account=7"), ("ada", ""), ("ada", "&agency=1"), ("opal", "&account=7")):
        answer = as_(name).get(f"/redaction/audit/pack.zip?{packed}{query}")
        assert answer.status_code == 403
        assert "administer" in answer.text
        page = as_(name).get(f"/redaction/audit?{packed}{query}").text
        assert "pack.zip" not in page
        assert "administer" in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("since=soon&until=2026-01-31", "Write a day"),
        ("since=2026-02-01&until=2026-01-01", "ends before it begins"),
        ("since=2036-02-01&until=2036-02-02", "has not begun"),
        ("since=0001-01-01&until=2026-01-31&account=7", "begins before 1970"),
        ("since=2026-01-01&until=9999-12-31", "ends in more than 366 days"),
        ("since=2026-01-01&until=2026-01-31&account=99", "no account 99"),
        ("since=2026-01-01&until=2026-01-31&agency=99", "there is no account here"),
        ("since=2026-01-01&until=2026-01-31&account=1&agency=1", "not both"),
        ("since=2026-01-01&until=2026-01-31&account=abc", "Write the id as a number."),
    ],
)
def test_what_is_refused_stays_on_its_form(as_: As, packed: str, query: str, says: str) -> None:
    answer = as_("ada").get(f"/redaction/audit?{query}")
    assert answer.status_code == 400
    assert says in answer.text
    assert query.split("&")[0].partition("=")[2] in answer.text
    assert as_("ada").get(f"/redaction/audit/pack.zip?{query}").status_code == 400


def test_what_is_wrong_is_said_under_its_field(as_: As, packed: str) -> None:
    page = as_("ada").get("/redaction/audit?since=soon&until=2026-01-31&account=abc").text
    for name in ("since", "account"):
        assert re.search(rf'name="{name}"[^>]* aria-invalid="true" aria-describedby="{name}-problem"', page), name
    assert 'value="soon"' in page
    assert 'value="abc"' in page
    assert 'id="until-problem"' not in page


def test_without_a_key_the_page_says_so(as_: As, packed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDACTION_CERTIFICATE_KEY")
    context.get_placements.cache_clear()
    page = as_("ada").get(f"/redaction/audit?{packed}&account=7").text
    assert "no key to sign" in page
    assert "pack.zip" not in page


def test_a_pack_of_all_tells_nothing_of_an_account_that_has_moved_away(
    as_: As, packed_of_two: str, deployment: Deployment, insert: Insert
) -> None:
    insert(2, account_id=8)
    place_hold(deployment, 8, "secret matter of bob", "bob", activity_ids=[2])
    move_account(load_settings(), 8, "west", "eve")
    answer = as_("ada").get(f"/redaction/audit/pack.zip?{packed_of_two}")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        assert not any(b"secret matter of bob" in pack.read(name) for name in pack.namelist())


def test_an_account_is_found_wherever_it_is(as_: As, packed_of_two: str) -> None:
    for asked in ("account=9", "account=9&placement=west", "account=9&placement=default"):
        page = as_("ada").get(f"/redaction/audit?{packed_of_two}&{asked}")
        assert (page.status_code, "1 account of placement west" in page.text) == (200, True)
        assert "not in this pack" not in page.text
        answer = as_("ada").get(f"/redaction/audit/pack.zip?{packed_of_two}&{asked}")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
            told = json.loads(pack.read("summary.json"))
        assert (told["placement"], [account["id"] for account in told["accounts"]]) == ("west", [9])


def test_a_pack_says_of_which_placement_it_is(as_: As, packed_of_two: str, sql: Sql) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (8, 'ada')")
    for asked in ("", "&agency=1"):
        page = as_("ada").get(f"/redaction/audit?{packed_of_two}{asked}").text
        assert "Accounts of placement west are not in this pack" in page
        answer = as_("ada").get(f"/redaction/audit/pack.zip?{packed_of_two}{asked}")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
            told = json.loads(pack.read("summary.json"))
            assert told["not_of_placements"] == ["west"]
            assert [one["id"] for one in told["not_in_pack"]["west"]] == [9]
            [printed, *_] = PdfReader(io.BytesIO(pack.read("summary.pdf"))).pages
        said = " ".join(printed.extract_text().split())
        assert re.search(r"Accounts of other placements are not in this pack \(west: [^)]* \(9\)\)", said)
