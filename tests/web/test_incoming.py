"""Incoming data: how far each account was fetched, the files in the inbox, the records that loads have rejected."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.deployment import Deployment
from redaction.evidence.watch import watch
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source.load import load_files
from redaction.source.quarantine import list_quarantine
from redaction.web import context
from redaction.web.context import make_token
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]
PAGE = "/redaction/incoming"


@pytest.fixture
def rejected(house_of_two: int, deployment: Deployment, tmp_path: Path) -> None:
    """A load that has rejected two records."""
    bad = {"id": 2, "account_id": 7, "unix_time": "soon", "name": "Zoë Canary", "caller_number": "+12125550143"}
    (tmp_path / "x.json").write_bytes(orjson.dumps(bad) + b"\n" + orjson.dumps(bad | {"id": 3}) + b"\n")
    load_files(deployment, [tmp_path / "x.json"])


def test_nothing_is_set_up_and_the_page_says_how(as_: As, house_of_two: int) -> None:
    page = as_("vera").get(PAGE).text
    assert "REDACTION_COLLECTORS" in page
    assert "REDACTION_INBOX_URL" in page
    assert "No record was rejected" in page


def test_how_far_each_account_was_fetched(
    as_: As, house_of_two: int, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm_north", "schedule": "30 3 * * *"}}')
    context.get_placements.cache_clear()
    today = datetime.now(UTC).date()
    sql(
        "INSERT INTO redaction.watermarks (account_id, complete_before, collected_at) VALUES (7, :day, now())",
        day=today,
    )
    sql("INSERT INTO redaction.offered_accounts (agency_id, account_id, name) VALUES (1, 4711, 'New <b>')")
    page = as_("vera").get(PAGE).text
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page, re.S)
    told = {re.sub("<[^>]+>", "", name): re.sub("<[^>]+>", " ", rest) for name, rest in rows}
    assert "Fetched" in told["Dental (7)"]
    assert "Not fetched yet" in told["Law (8)"]
    assert "03:30" in page
    assert 'href="/dags/collect_activities_1"' in page
    assert "New &lt;b&gt; (4711)" in page
    # An account that lags behind is shown as such.
    sql("UPDATE redaction.watermarks SET complete_before = '2026-01-05', collected_at = '2026-01-05'")
    assert "Behind" in as_("vera").get(PAGE).text


def test_why_an_account_was_not_fetched_stands_beside_it(
    as_: As, house_of_two: int, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm_north", "schedule": "30 3 * * *"}}')
    context.get_placements.cache_clear()
    sql(
        "INSERT INTO redaction.watermarks (account_id, complete_before, collected_at)"
        " VALUES (7, :day, '2026-11-28 03:31+00'), (8, :day, '2026-11-28 03:35+00')",
        day=datetime.now(UTC).date(),
    )
    said = "account 8: the API knows no account of this id: see `redaction account offers` <b>"
    sql(
        "INSERT INTO redaction.collect_failures (account_id, said, since) VALUES (8, :said, '2026-11-27 03:30+00')",
        said=said,
    )
    page = as_("vera").get(PAGE).text
    assert "<h1>1 account was not fetched by the last collection</h1>" in page
    rows = [
        re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", row))
        for row in re.findall(r'<tr><th scope="row">.*?</tr>', page, re.S)
    ]
    # Failed ones come first.
    assert rows[0].split()[:3] == ["Law", "(8)", "Failed"]
    assert "see redaction account offers &lt;b&gt; since 27 Nov, 03:30" in rows[0]
    assert rows[1].split()[:3] == ["Dental", "(7)", "Fetched"]
    assert "last fetched on" in page
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", as_("vera").get("/redaction/accounts/8").text))
    assert "Fetched from the source everything before" in text
    assert "Not fetched to its end since 27 Nov, 03:30 : account 8: the API knows no account" in text
    assert "Not fetched to its end" not in as_("vera").get("/redaction/accounts/7").text


def test_rejected_records_are_counted_and_never_shown(as_: As, rejected: None) -> None:
    page = as_("vera").get(PAGE).text
    assert "2 records were rejected" in page
    assert "Zo" not in page.replace("Zone", "")
    assert "0143" not in page
    assert "<button" not in page.partition("<main")[2]


def test_who_may_change_agencies_purges_them_after_a_question(as_: As, rejected: None, settings: Settings) -> None:
    page = as_("opal").get(PAGE).text
    assert "They are gone for good" in page
    assert as_("ada").post(f"{PAGE}/purge", data={"token": make_token("ada")}).status_code == 403
    assert len(list_quarantine(settings)) == 1
    answer = as_("opal").post(
        f"{PAGE}/purge", data={"token": make_token("opal"), "files": list_quarantine(settings)[0].name}
    )
    assert answer.status_code == 303
    assert list_quarantine(settings) == []
    assert "2 rejected records are gone" in as_("opal").get(answer.headers["location"]).text
    assert "No record was rejected" in as_("opal").get(PAGE).text


def test_only_what_was_shown_is_purged(as_: As, rejected: None, settings: Settings) -> None:
    answer = as_("opal").post(f"{PAGE}/purge", data={"token": make_token("opal"), "files": "../accounts.json"})
    assert answer.status_code == 303
    assert len(list_quarantine(settings)) == 1


def test_what_lies_in_the_inbox_is_counted(
    as_: As, house_of_two: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "zoe-canary.json").write_text("{}")
    monkeypatch.setenv("REDACTION_INBOX_URL", str(folder))
    context.get_placements.cache_clear()
    page = as_("vera").get(PAGE).text
    assert "1 file lies in the inbox" in page or "cannot be read" in page
    assert "zoe-canary" not in page


def test_a_late_quarantine_is_on_the_overview_until_it_is_purged(
    as_: As, rejected: None, deployment: Deployment, settings: Settings
) -> None:
    home = "/redaction/"
    watch(deployment)
    assert "in quarantine" not in as_("vera").get(home).text
    watch(deployment, datetime.now(UTC) + timedelta(days=settings.watch_quarantine_d + 1))
    page = as_("vera").get(home).text
    assert "2 records are in quarantine" in page
    assert "but 1 other thing is" in page
    assert f'href="{PAGE}"' in page
    files = [file.name for file in list_quarantine(settings)]
    as_("opal").post(f"{PAGE}/purge", data={"token": make_token("opal"), "files": files})
    assert "in quarantine" not in as_("vera").get(home).text


def test_an_inbox_that_cannot_be_read_is_on_the_overview(
    as_: As, house_of_two: int, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = deployment.settings.model_copy(update={"inbox_url": str(tmp_path / "none")})
    watch(deploy(deployment.database, place))
    assert "the inbox cannot be read" in as_("vera").get("/redaction/").text
