"""What the pages show, and what they do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from redaction.accounts.accounts import get_account
from redaction.accounts.recipients import record_exposure
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.evidence.keys import make_key, trusted_keys
from redaction.evidence.render import verify_certificate
from redaction.gate.holds import list_holds, place_hold
from redaction.ledger.entries import read_entries, record_event
from redaction.pipeline.reports import TABLES, refresh_reports
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.reporting.kinds import REPORTS, find_name
from redaction.settings import Settings
from redaction.web import context
from redaction.web.context import make_token
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)
SCRIPT = "<script>alert('canary')</script>"
ADA = "/redaction/accounts/7"


@pytest.fixture
def redacted(house_of_two: int, deployment: Deployment, insert: Insert) -> int:
    """Three activities of March, redacted, one of today that stays. Returns the run."""
    for number in (1, 2, 3):
        insert(number, called_at=AT + timedelta(hours=number))
    insert(4, called_at=datetime.now(UTC) - timedelta(minutes=5), kind="text")
    refresh_reports(deployment.database, 7)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    return run.id


def test_the_overview_shows_no_personal_value_and_a_dag_leads_to_its_account(
    as_: As, house_of_two: int, insert: Insert
) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(days=9))
    assert "anary" not in as_("vera").get("/redaction/").text
    lead = as_("vera").get("/redaction/dags/redact_account_7")
    assert (lead.status_code, lead.headers["location"]) == (307, ADA)


def test_held_and_overdue_is_not_late(as_: As, house_of_two: int, database: Database, insert: Insert) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(days=9))
    place_hold(deploy(database, context.get_settings()), 7, "case", "eve", activity_ids=[1])
    assert "Nothing is late" in as_("vera").get("/redaction/").text


def _settings(client: Any, account_id: int = 7, **fields: str) -> Any:
    given = {"token": make_token("ada"), "retention_mode": "every", "timezone": "UTC"}
    if "auto_redaction" in fields:
        given["automatic"] = "on"
    return client.post(f"/redaction/accounts/{account_id}/settings", data={**given, **fields})


def test_switching_on_shows_what_will_go_and_is_confirmed(
    as_: As, house_of_two: int, database: Database, insert: Insert
) -> None:
    client = as_("ada")
    ends = _settings(client, manual_redaction="on")
    assert (ends.status_code, "Switch off automatic redaction?" in ends.text) == (200, True)
    assert get_account(database, 7).auto_redaction == "daily"
    assert _settings(client, manual_redaction="on", confirmed="yes").status_code == 303
    assert get_account(database, 7).auto_redaction is None
    insert(1, called_at=AT)
    insert(2, called_at=AT, recording_url="https://example.com/2.wav")
    record_exposure(database, 7, "integration", f"CRM {SCRIPT}", ["email"])
    wanted = {"auto_redaction": "30", "timezone": "Asia/Kathmandu", "caller_id_enabled": "on"}
    shown = _settings(client, **wanted)
    assert shown.status_code == 200
    assert "2 activities" in shown.text
    assert "1 object " in shown.text
    assert "Times are of Kathmandu." in shown.text
    assert "CRM &lt;script&gt;" in shown.text
    # After going back, or after a refusal, the form keeps what was chosen.
    back = _settings(client, back="yes", **wanted)
    refused = _settings(client, **(wanted | {"timezone": "Mars/X"}))
    for page, zone in ((back, "Asia/Kathmandu"), (refused, "Mars/X")):
        assert f'value="{zone}"' in page.text
        assert re.search('value="30" selected', page.text)
        assert re.search('name="caller_id_enabled" checked', page.text)
    assert (back.status_code, refused.status_code) == (200, 400)
    assert get_account(database, 7).auto_redaction is None
    assert _settings(client, confirmed="yes", **wanted).status_code == 303
    after = get_account(database, 7)
    assert (after.auto_redaction, after.timezone, after.manual_redaction) == ("30", "Asia/Kathmandu", False)
    assert (after.caller_id_enabled, after.enhanced_caller_id_enabled) == (True, False)
    last = list(read_entries(database))[-1]
    assert (last.kind, last.actor, last.facts["before"]["auto_redaction"]) == ("setting", "ada", None)
    page = client.get(ADA).text
    assert "Automatic redaction: off → every 30 days" in page
    # A change that does not affect the schedule needs no confirmation.
    assert _settings(client, **(wanted | {"manual_redaction": "on"})).status_code == 303


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"auto_redaction": "31"}, "period"),
        ({"retention_mode": "never"}, "mode"),
        ({"timezone": "Mars/X"}, "time zone"),
    ],
)
def test_settings_that_do_not_exist_are_said_and_change_nothing(
    as_: As, house_of_two: int, database: Database, fields: dict[str, str], says: str
) -> None:
    before = get_account(database, 7)
    answer = _settings(as_("ada"), **fields)
    assert (answer.status_code, says in answer.text) == (400, True)
    assert get_account(database, 7) == before


def test_the_agency_can_forbid_and_the_account_says_so(as_: As, house_of_two: int, database: Database) -> None:
    opal = as_("opal")
    given = {"token": make_token("opal"), "allow_redaction": "off"}
    # First it names the accounts whose redaction ends: the person need not administer any of them.
    asked = opal.post("/redaction/agencies/1", data=given)
    assert (asked.status_code, get_account(database, 7).agency_allows) == (200, True)
    for said in ("2 accounts redact automatically", "Dental (7)", "Law (8)", "You administer 0 of these 2 accounts"):
        assert said in asked.text
    given["confirmed"] = "yes"
    assert opal.post("/redaction/agencies/1", data=given).status_code == 303
    assert not get_account(database, 7).agency_allows
    assert "does not allow its accounts" in as_("vera").get(f"{ADA}/settings").text
    assert opal.post("/redaction/agencies/1", data={**given, "allow_redaction": "x"}).status_code == 400
    assert opal.post("/redaction/agencies/99", data=given).status_code == 404


def test_the_log_shows_what_is_there_and_what_remains(as_: As, redacted: int) -> None:
    client = as_("ada")
    calls = client.get(f"{ADA}/log/calls").text
    assert "anary" not in calls
    assert calls.count(">Redacted</span>") == 3
    assert "by rule: Daily (New York)" in calls
    assert "Google Ads" in calls
    texts = client.get(f"{ADA}/log/texts").text
    assert "Zoë Canary" in texts
    assert 'class="flag" data-activity="4"' in texts
    assert client.get(f"{ADA}/activities/4").text.count("canary") > 5
    one = client.get(f"{ADA}/activities/1").text
    assert "anary" not in one
    assert "Front desk" in one
    assert client.get(f"{ADA}/activities/99").status_code == 404


def test_filters_and_pages_of_the_log(as_: As, house_of_two: int, insert: Insert) -> None:
    for number in range(1, 121):
        # Two of one instant are on both sides of the end of a page.
        insert(number, called_at=AT + timedelta(minutes=number // 2), source="Bing" if number % 3 else "Ads")
    client, found, address = as_("ada"), [], f"{ADA}/log/calls"
    for _ in range(3):
        page = client.get(address).text
        found += [int(number) for number in re.findall(r"activities/(\d+)", page)]
        older = re.search(r'rel="next" href="(\?[^"]+)"', page)
        address = f"{ADA}/log/calls{older[1].replace('&amp;', '&')}" if older else address
    assert older is None
    assert found == sorted(range(1, 121), key=lambda number: (number // 2, number), reverse=True)

    def ids(query: str) -> int:
        return client.get(f"{ADA}/log/calls?{query}").text.count("/activities/")

    assert [ids("source=Ads"), ids("source=None"), ids("redacted=yes"), ids("kind=form")] == [40, 0, 0, 0]
    assert [ids("since=2026-03-03"), ids("since=2026-03-02&until=2026-03-02"), ids("status=answered")] == [0, 50, 50]
    for wrong in ("since=yesterday", "until=9999-12-31"):
        assert client.get(f"{ADA}/log/calls?{wrong}").status_code == 400
    assert client.get(f"{ADA}/log/faxes").status_code == 422


def test_a_contact_is_searched_without_an_address_that_names_him(as_: As, redacted: int, insert: Insert) -> None:
    client = as_("ada")
    for contact, status, rows in (
        ("(212) 555-0143", 200, 1),
        ("Canary@Example.com", 200, 1),
        ("+4930123456", 200, 0),
        ("nobody", 400, 0),
    ):
        answer = client.post(f"{ADA}/log/texts", data={"token": make_token("ada"), "contact": contact})
        assert (answer.status_code, answer.text.count("/activities/")) == (status, rows)


def test_scripts_in_values_are_text_and_a_long_transcript_is_cut(
    as_: As, house_of_two: int, insert: Insert, database: Database
) -> None:
    insert(1, called_at=AT, caller_name=SCRIPT, tags=[SCRIPT], source=SCRIPT, transcription="canary " * 750_000)
    refresh_reports(database, 7)
    client, march = as_("ada"), "first=2026-03-01&last=2026-03-31"
    # In the table of a report, and in its chart.
    reports = (f"{ADA}/reports/sources?{march}", f"{ADA}/reports/tags?{march}")
    assert all(client.get(address).text.count("&lt;script&gt;alert") >= 2 for address in reports)
    for address in (*reports, f"{ADA}/log/calls", f"{ADA}/activities/1"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert len(page) < 100_000
    assert "Only the first 20,000" in page


def test_a_run_tells_its_impact_and_gives_its_certificate(
    as_: As, redacted: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    client = as_("vera")
    page = client.get(f"/redaction/runs/{redacted}").text
    lost = re.findall(
        r'<th scope="row"><a href="/redaction/accounts/7/reports/([\w-]+)">([^<]+)</a></th>'
        + r'<td class="number" data-label="\w+">([\d-]+)</td>' * 2,
        page,
    )
    assert ("contacts", "Unique and returning contacts", "2", "1") in lost
    assert ("sources", "By tracking source", "4", "4") in lost
    # Losses first, each report by its title there.
    assert {(name, title) for name, title, *_ in lost} == {
        (name, report.title) for name, report in REPORTS.items() if name != "days"
    }
    assert [REPORTS[name].leaves_out for name, *_ in lost] == [True] * 3 + [False] * 5
    assert {find_name(table) for table in TABLES} == REPORTS.keys() - {"days"}
    assert "no key is set" in page
    assert client.get(f"/redaction/runs/{redacted}/certificate.pdf").status_code == 404
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    context.get_placements.cache_clear()
    for kind in ("pdf", "html", "json"):
        path = tmp_path / f"c.{kind}"
        path.write_bytes(client.get(f"/redaction/runs/{redacted}/certificate.{kind}").content)
        assert verify_certificate(path, trusted_keys(context.get_settings(), []))
    assert client.get("/redaction/runs/99").status_code == 404


def test_a_run_right_after_a_load_says_that_its_impact_is_not_known(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    page = as_("vera").get(f"/redaction/runs/{run.id}").text
    assert '<td class="number" data-label="Before">not counted</td>' in page
    assert "so the loss is not known" in page


def test_holds_and_ledger(as_: As, redacted: int, database: Database, settings: Settings, insert: Insert) -> None:
    ada = as_("ada")
    token = {"token": make_token("ada"), "reason": "case 4"}
    assert ada.post(f"{ADA}/holds", data={**token, "activities": "4"}).status_code == 303
    assert ada.post(f"{ADA}/holds", data={**token, "contact": "(212) 555-0143"}).status_code == 303
    assert ada.post(f"{ADA}/holds", data={**token, "activities": "four"}).status_code == 400
    assert ada.post(f"{ADA}/holds", data={**token, "activities": "1"}).status_code == 400
    page = as_("vera").get(f"{ADA}/holds").text
    assert page.count("case 4") == 2
    assert "0143" not in page
    [contact, activity] = list_holds(database, 7)
    assert ada.post(f"{ADA}/holds/{activity.id}/release", data=token).status_code == 303
    assert ada.post(f"{ADA}/holds/99/release", data=token).status_code == 404
    assert [hold.id for hold in list_holds(database, 7) if not hold.released_at] == [contact.id]
    check = {"token": make_token("ada")}
    assert ada.post("/redaction/ledger/check", data=check).status_code == 303
    assert "Ledger intact" in as_("vera").get("/redaction/ledger").text
    [row] = (settings.home / "ledger").rglob("000000000001.json")
    row.write_text("{}")
    assert ada.post("/redaction/ledger/check", data=check).status_code == 303
    assert "Row 1 is the first bad one" in as_("vera").get("/redaction/ledger").text


def test_validation_results_are_shown_from_their_folder_alone(as_: As, redacted: int, settings: Settings) -> None:
    client = as_("vera")
    assert f'href="/redaction/runs/{redacted}/validation"' in client.get(f"/redaction/runs/{redacted}").text
    page = client.get(f"/redaction/runs/{redacted}/validation").text
    paths = re.findall(r'href="(/redaction/data-docs/[^"]+)"', page)
    assert len(paths) == 4
    shown = client.get(paths[0])
    assert shown.status_code == 200
    assert "script-src 'none'" in shown.headers["content-security-policy"]
    (settings.home / "secret.txt").write_text("secret")
    for path in ("../secret.txt", "..%2Fsecret.txt", "%2e%2e/secret.txt", "/etc/passwd", "none.html"):
        assert client.get(f"/redaction/data-docs/{path}").status_code == 404


def test_what_an_integration_had_is_marked_as_gone(
    as_: As, house_of_two: int, database: Database, deployment: Deployment, insert: Insert
) -> None:
    record_exposure(database, 7, "integration", "HubSpot", ["email"])
    insert(1, called_at=AT)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    ada = as_("ada")
    page = ada.get(f"/redaction/runs/{run.id}").text
    [integration] = re.findall(r'name="integration" value="(\d+)"', page)
    given = {"token": make_token("ada"), "integration": integration}
    assert (
        as_("bob")
        .post(f"/redaction/accounts/8/runs/{run.id}/downstream", data={"token": make_token("bob")})
        .status_code
        == 404
    )
    assert ada.post(f"{ADA}/runs/{run.id}/downstream", data=given).status_code == 303
    assert "marked as erased by ada" in ada.get(f"/redaction/runs/{run.id}").text


def test_what_the_flag_sends_is_looked_at_before_airflow_has_it(
    as_: As, house_of_two: int, insert: Insert, database: Database
) -> None:
    insert(1, called_at=AT)
    ada, address = as_("ada"), f"{ADA}/redactions"
    asked = {"token": make_token("ada"), "activity": "1", "content": "on", "acknowledged": "on"}
    for wrong in ({"activity": "one", "reason": "ticket 1"}, {"reason": ""}, {"reason": "call +1 212 555 0143"}):
        answer = ada.post(address, data={**asked, **wrong})
        assert (answer.status_code, "0143" in answer.text) == (400, False)
    # Airflow's refusal is shown as a number: for what its form does not take, or a DAG that it has not read yet.
    forged = {**asked, "reason": "ticket 1", "digest": "canary"}
    answer = ada.post(address, data=forged, headers={"Accept": "application/json"})
    assert answer.status_code in (400, 404)
    assert answer.json() == {"error": f"Airflow refused with {answer.status_code}: nothing was changed."}
    # The request is for the run of that name, and nothing else of Airflow's API.
    for name in ("../../../version", "../../redact_on_demand", "none"):
        assert ada.get(f"{address}/progress", params={"dag_run_id": name}).status_code == 404
    place_hold(deploy(database, context.get_settings()), 7, "case", "eve", activity_ids=[1])
    refused = ada.get(f"{address}/preview?activity=1", headers={"Accept": "application/json"})
    assert (refused.status_code, "a legal hold keeps 1" in refused.json()["error"]) == (403, True)


def test_a_database_that_is_down_is_said_and_airflow_goes_on(
    as_: As, house_of_two: int, administer: Callable[[str], None], database: Database
) -> None:
    client = as_("vera")
    assert client.get("/redaction/").status_code == 200
    name = database.url.database
    administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        answer = client.get("/redaction/")
        assert (answer.status_code, "Airflow itself goes on working" in answer.text) == (503, True)
        # A sentence, and a next step.
        assert '<p role="alert">The connection to the database' in answer.text
        assert ">Try again</a>" in answer.text
        assert client.get("/api/v2/version").status_code == 200
    finally:
        administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_an_account_that_was_deleted_meanwhile(as_: As, house_of_two: int, sql: Sql) -> None:
    sql("DELETE FROM tracking.accounts WHERE id = 8")
    assert as_("vera").get("/redaction/accounts/8").status_code == 404
    # Its administrators are gone with the account.
    assert as_("bob").get("/redaction/accounts/8/log/calls").status_code == 403


def test_what_a_decision_took_away_is_among_the_changes_of_an_account(
    as_: As, house_of_two: int, database: Database
) -> None:
    with database.transaction("redaction_worker") as session:
        act = {"taken_away": {"columns": ["tracking_label"], "ids": [1, 2]}}
        record_event(session, "setting", 7, "eve", "ticket 9", act)
    page = as_("vera").get(ADA)
    assert page.status_code == 200
    assert "Tracking label: a value of 2 redacted activities → taken away" in page.text


def test_an_address_that_no_page_has_is_told_as_a_page(house_of_two: int, as_: As) -> None:
    answer = as_("ada").get("/redaction/no/such/page")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text
    assert "<main" in answer.text
    asked = as_("ada").get("/redaction/no/such/page", headers={"Accept": "application/json"})
    assert asked.json() == {"error": "There is no such page."}


def test_a_hold_on_everything_is_asked_for_and_a_refused_one_keeps_what_was_typed(
    house_of_two: int, as_: As, database: Database
) -> None:
    ada = as_("ada")
    token = {"token": make_token("ada"), "reason": "case 4"}
    alone = ada.post(f"{ADA}/holds", data=token)
    assert (alone.status_code, 'value="case 4"' in alone.text) == (400, True)
    assert "tick the whole account" in alone.text
    both = ada.post(f"{ADA}/holds", data={**token, "whole": "on", "contact": "(212) 555-0143"})
    assert (both.status_code, 'value="(212) 555-0143"' in both.text) == (400, True)
    for name, value in (("activities", "four"), ("reason", "call 212 555 0199"), ("until", "soon"), ("contact", "-")):
        given = {} if name == "contact" else {"activities": "4"}
        page = ada.post(f"{ADA}/holds", data={**given, **token, name: value}).text
        assert re.search(rf'name="{name}"[^>]* aria-invalid="true" aria-describedby="{name}-problem"', page), name
    assert list_holds(database, 7) == []
    assert ada.post(f"{ADA}/holds", data={**token, "whole": "on"}).status_code == 303
    assert [hold.scope for hold in list_holds(database, 7)] == ["account"]


def test_who_may_not_is_not_offered_it(house_of_two: int, as_: As, database: Database) -> None:
    place_hold(deploy(database, context.get_settings()), 7, "case", "eve")
    offered = {name: as_(name).get(f"{ADA}/holds").text for name in ("ada", "bob", "vera")}
    for what in ("Place a hold", "/release"):
        assert {name for name, page in offered.items() if what in page} == {"ada"}, what
