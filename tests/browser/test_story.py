"""The whole story in a browser and a real Airflow: switch on, preview, run, flag, report, download, certificate."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from redaction.db.database import Database
from redaction.demo.airflow import USER, AirflowApi, AirflowStack, free_port
from redaction.deployment import Deployment
from redaction.evidence.keys import make_key, trusted_keys
from redaction.evidence.render import verify_certificate
from redaction.gate.holds import place_hold, release_hold
from redaction.settings import Settings
from tests.browser.served import SCHEMES
from tests.checkout import ROOT
from tests.conftest import LOGIN, login_url

Sql = Callable[..., list[dict[str, Any]]]
DAG = "redact_account_7"
MINUTE = 60_000
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Served:
    """A running stack, and what is asked of it from outside the browser."""

    url: str
    api: AirflowApi
    check: Callable[[], None]
    password: str
    key: Path


@pytest.fixture
def running(
    settings: Settings,
    database: Database,
    account: int,
    insert: Callable[..., None],
    sql: Sql,
    server: tuple[str, Path | None],
    administer: Callable[[str], None],
    airflow_template: str,
    tmp_path: Path,
) -> Iterator[Served]:
    """Account 7, off: five old calls, of today two calls and two texts of one contact, and a call of another."""
    sql("UPDATE tracking.accounts SET auto_redaction = NULL, auto_redaction_since = NULL")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :user)", user=USER)
    sql("INSERT INTO tracking.integrations (account_id, name, fields) VALUES (7, 'HubSpot', '{email}')")
    for number in range(1, 6):
        insert(number, called_at=NOW - timedelta(days=3, hours=number))
    for number in range(6, 10):
        insert(number, called_at=NOW - timedelta(seconds=100 - number), kind="text" if number % 2 else "call")
    other = {"contact_key": "+12125550199", "contact_keys": None, "emails": None, "caller_number": "+12125550199"}
    insert(10, called_at=NOW - timedelta(seconds=20), caller_name="<b>Bob</b>", **other)
    name = f"{database.url.database}_airflow"
    administer(f"CREATE DATABASE {name} TEMPLATE {airflow_template} OWNER {LOGIN}")
    assert settings.database_url is not None
    make_key(tmp_path / "key.pem")
    stack = AirflowStack(
        tmp_path / "airflow",
        login_url(server[0], name),
        settings.database_url.get_secret_value(),
        settings.home,
        free_port(),
        parse_every_s=10,
        parallelism=2,
        key=str(tmp_path / "key.pem"),
    )
    with stack.running() as processes:
        api = AirflowApi(stack)
        api.wait_healthy(processes, 120)
        yield Served(stack.url, api, processes.check, stack.password(), tmp_path / "key.pem")
    administer(f"DROP DATABASE {name} WITH (FORCE)")


def _await(served: Served, ready: Callable[[], object]) -> None:
    ends = time.monotonic() + 90
    while not ready():
        served.check()
        assert time.monotonic() < ends
        time.sleep(1)


def _look(page: Page, name: str) -> None:
    """Check a page with axe, dark and light, and on a narrow screen; keep its picture if asked."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        serious = [
            (violation["id"], [node["html"][:200] for node in violation["nodes"]])
            for violation in Axe().run(page).response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert serious == [], (name, scheme)
    folder = os.environ.get("REDACTION_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(ROOT / folder / f"{name}.png"))
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
    page.set_viewport_size(size)


def _log_in(page: Page, served: Served) -> None:
    page.goto(served.url)
    page.fill("input[name=username]", USER)
    page.fill("input[name=password]", served.password)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile(rf"{served.url}/(?!auth)"))


def _flag(page: Page, served: Served, log: str, activity: int) -> None:
    page.goto(f"{served.url}/redaction/accounts/7/log/{log}")
    page.get_by_role("button", name=f"Redact activity {activity}", exact=True).click()
    expect(page.locator("[data-show=preview]")).to_contain_text(re.compile("1 (call|text) of"))


def _confirm(page: Page, reason: str = "ticket 12") -> None:
    page.get_by_label("Reason").fill(reason)
    page.get_by_label("I understand that redacted data cannot be recovered").check()
    page.locator("[data-do=redact]").click()


@pytest.mark.slow
def test_the_story(
    browser: Browser, running: Served, deployment: Deployment, settings: Settings, sql: Sql, tmp_path: Path
) -> None:
    served, pages = running, f"{running.url}/redaction"
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    assert page.goto(f"{pages}/").status == 401  # type: ignore[union-attr]
    _log_in(page, served)

    # Switch on: what will be redacted is shown first.
    page.goto(f"{pages}/accounts/7/settings")
    _look(page, "settings")
    page.get_by_label("Allow administrators to redact information within the call log").check()
    expect(page.locator("[name=auto_redaction]")).to_be_hidden()
    page.get_by_label("Automatically redact information after a given time period").check()
    page.locator("[name=auto_redaction]").select_option("daily")
    page.get_by_role("button", name="Update Features").click()
    expect(page.locator("main")).to_contain_text("HubSpot: email")
    _look(page, "confirm")
    page.get_by_role("button", name="Switch on automatic redaction, daily").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")

    # The DAG comes, runs, and is one tab from the account.
    _await(served, lambda: DAG in [dag["dag_id"] for dag in served.api.get("dags")["dags"]])
    begun = served.api.post(f"dags/{DAG}/dagRuns", {"logical_date": None})
    address = f"dags/{DAG}/dagRuns/{begun['dag_run_id']}"
    _await(served, lambda: served.api.get(address)["state"] in ("success", "failed"))
    assert served.api.get(address)["state"] == "success"
    page.goto(f"{served.url}/dags/{DAG}/plugin/redaction-account")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Dental", timeout=MINUTE)
    # The way out of the frame, which its sandbox forbids to the page inside.
    frame.get_by_role("link", name="DAG run").first.click()
    page.wait_for_url(f"{served.url}/dags/{DAG}/runs/*")
    page.goto(f"{served.url}/plugin/redaction-pages")
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_text("Nothing is late", timeout=MINUTE)
    page.evaluate("document.documentElement.classList.add('dark')")
    expect(page.frame_locator("iframe").locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{pages}/")
    _look(page, "overview")

    # A redacted activity shows what remains; a caller's name is text.
    page.goto(f"{pages}/accounts/7/log/calls")
    expect(page.locator("tr.redacted")).to_have_count(5)
    expect(page.locator("tbody")).to_contain_text("<b>Bob</b>")
    _look(page, "calls")

    # The flag: one activity, then all earlier ones of its contact.
    _flag(page, served, "texts", 9)
    expect(page.get_by_role("dialog")).to_have_accessible_name(re.compile("Redact text of .*, from .* ••• 0143"))
    expect(page.locator("[data-show=earlier]")).to_contain_text("3 earlier")
    _look(page, "flag")
    page.get_by_label("Redact past activities from this contact").check()
    expect(page.locator("[data-show=preview]")).to_contain_text("2 calls and 2 texts")
    # A refused reason can be mended.
    _confirm(page, "asked by (212) 555-0143")
    expect(page.locator("[data-show=reason]")).to_contain_text("The reason holds")
    expect(page.get_by_label("Reason")).to_be_focused()
    _confirm(page)
    expect(page.get_by_label("Reason")).to_be_disabled()
    expect(page.locator("[data-show=end]")).to_contain_text("Done. 4 activities redacted.", timeout=MINUTE)
    expect(page.get_by_role("link", name="Certificate (PDF)")).to_be_visible()
    expect(page.locator("[data-show=steps] li.done")).to_have_count(5)
    link = page.get_by_role("link", name=re.compile(r"Run \d+"))
    assert sql("SELECT id FROM tracking.activities WHERE redacted_at IS NULL") == [{"id": 10}]
    link.click()
    expect(page.locator("main")).to_contain_text(f"By {USER}. Reason: ticket 12")
    _look(page, "run")
    for kind in ("PDF", "HTML", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("link", name=kind, exact=True).click()
        saved = tmp_path / download.value.suggested_filename
        download.value.save_as(saved)
        keyed = settings.model_copy(update={"certificate_key": None})
        public = tmp_path / "public.pem"
        if not public.exists():
            public.write_text(_public(served.key))
        assert verify_certificate(saved, trusted_keys(keyed, [public]))

    # The report still counts, and says what it cannot count.
    since = (NOW - timedelta(days=9)).date()
    page.goto(f"{pages}/accounts/7/reports/sources?first={since}&last={(NOW + timedelta(days=1)).date()}")
    expect(page.locator("tbody")).to_contain_text("Google Ads")
    _look(page, "report")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "Google Ads,10,9" in Path(download.value.path()).read_text()
    page.get_by_role("link", name="Unique and returning contacts").click()
    expect(page.locator(".note").first).to_contain_text("Not counted: 9 redacted activities of this period.")
    _look(page, "report_contacts")
    for name in ("runs", "holds"):
        page.goto(f"{pages}/accounts/7/{name}")
        _look(page, name)
    for name in ("accounts", "elsewhere", "copies"):
        page.goto(f"{pages}/{name}")
        _look(page, name)

    # A text that may name a person: the effect of a cut is shown before it is confirmed.
    sql("INSERT INTO reporting.activity_by_source VALUES (7, current_date, NULL, 'Referred by 303 555 0150', 1, 0)")
    page.goto(f"{pages}/accounts/7/texts")
    expect(page.locator("tbody")).to_contain_text("Referred by 303 555 0150")
    _look(page, "texts")
    page.get_by_role("button", name="Cut … text 1", exact=True).click()
    expect(page.locator("main")).to_contain_text("cut out for good")
    _look(page, "confirm_text")

    # Meanwhile: a change, a hold; and a session that has ended in the dialog.
    _flag(page, served, "calls", 10)
    sql("UPDATE tracking.activities SET notes = 'changed' WHERE id = 10")
    _confirm(page)
    expect(page.locator("[data-show=problem]")).to_contain_text("The redaction was refused", timeout=MINUTE)
    _flag(page, served, "calls", 10)
    hold = place_hold(deployment, 7, "case 4", "eve", activity_ids=[10])
    _confirm(page)
    expect(page.locator("[data-show=problem]")).to_contain_text("The redaction was refused", timeout=MINUTE)
    assert sql("SELECT count(*) AS n FROM redaction.runs WHERE state = 'refused'") == [{"n": 2}]
    page.goto(f"{pages}/accounts/7/log/calls")
    expect(page.locator("tbody")).to_contain_text("On hold")
    expect(page.get_by_role("button", name="Redact activity 10", exact=True)).to_have_count(0)
    release_hold(deployment, hold.id, "eve")
    _flag(page, served, "calls", 10)
    context.clear_cookies()
    page.get_by_label("Redact past activities from this contact").check()
    expect(page.locator("[data-show=problem]")).to_contain_text("your session has ended")
    assert problems == []
    context.close()
    written = [path for path in (tmp_path / "airflow").rglob("*") if path.is_file()]
    assert len(written) > 5
    assert [
        path for path in written if re.search(rb"canary|Zo\xc3\xab|5550143|5550199|<b>Bob", path.read_bytes())
    ] == []
    assert json.loads((settings.home / "accounts.json").read_text())["accounts"][0]["id"] == 7


def _public(key: Path) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from redaction.evidence.keys import public_pem

    loaded = load_pem_private_key(key.read_bytes(), password=None)
    assert isinstance(loaded, Ed25519PrivateKey)
    return public_pem(loaded.public_key())
