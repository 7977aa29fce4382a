"""Closing an account: two people, everything that no hold keeps, and afterwards nothing is loaded or changed."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redaction.accounts.accounts import get_account, set_account
from redaction.accounts.administrators import set_administrator
from redaction.accounts.snapshot import read_snapshot
from redaction.control.close import Closing, close_account, finish_closings, remove_account
from redaction.control.manual import ManualRequest, begin_manual
from redaction.errors import ApprovalNeeded, ApproverRefused, BadInput, NotAllowed
from redaction.evidence.certificate import certify_run
from redaction.evidence.closing import certify_account, write_account_certificate
from redaction.gate.guard import decide_approval, list_waiting
from redaction.gate.holds import place_hold, release_hold
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.objects.registry import check_promises
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.run import begin_run, complete_run, run_account, run_step
from redaction.recovery.replay import replay_ledger
from redaction.source.load import load_files
from redaction.source.quarantine import list_quarantine
from tests.evidence.conftest import dump  # noqa: F401
from tests.objects_of import AT, NOW, World

ACTOR = pwd.getpwuid(os.getuid()).pw_name
Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def seven(world: World) -> World:
    """Accounts 7 and 8 of one agency, a store, ada and bob who administer 7; three activities of 7, one of 8."""
    world.account(7, 8)
    world.file("other.wav")
    check_promises(world.deployment, world.store(world.root).name)
    for name in ("ada", "bob"):
        set_administrator(world.deployment, 7, name, "eve", as_operator=True)
    for number in range(1, 4):
        _send(world, number)
    _send(world, 1, account=8)
    return world


def _send(world: World, number: int, account: int = 7, **more: Any) -> Any:
    path = world.file(f"{account}-{number}.wav")
    return world.load({"account_id": account, "id": number, "audio": path.as_uri(), **more})


def _ask(world: World, by: str = "ada") -> int:
    """Ask for the closing; return the run that waits."""
    with pytest.raises(ApprovalNeeded, match="would close account 7") as asked:
        close_account(world.deployment, 7, by, "ticket 4")
    assert isinstance(asked.value.subject, int)
    return asked.value.subject


def _close(world: World) -> Closing:
    decide_approval(world.deployment, _ask(world), True, "bob")
    return close_account(world.deployment, 7, "ada")


def _unredacted(world: World) -> list[int]:
    rows = world.sql("SELECT id FROM tracking.activities WHERE account_id = 7 AND redacted_at IS NULL ORDER BY id")
    return [row["id"] for row in rows]


def test_it_asks_first_and_changes_nothing(seven: World) -> None:
    run_id = _ask(seven)
    assert _unredacted(seven) == [1, 2, 3]
    assert get_account(seven.database, 7).closing_since is None
    assert _send(seven, 4).inserted == 1
    # Repeated, it is the same question.
    assert _ask(seven) == run_id
    assert [asked.run_id for asked in list_waiting(seven.database)] == [run_id]
    with pytest.raises(NotAllowed):
        run_step(seven.deployment, run_id, "strip")


@pytest.mark.parametrize("who", ["ada", "ADA ", "eve", None])
def test_no_other_than_a_second_administrator_approves(seven: World, who: str | None) -> None:
    run_id = _ask(seven)
    with pytest.raises(ApproverRefused):
        decide_approval(seven.deployment, run_id, True, who)
    with pytest.raises(ApprovalNeeded):
        close_account(seven.deployment, 7, "ada")
    assert _unredacted(seven) == [1, 2, 3]


def test_a_no_ends_the_question(seven: World) -> None:
    decide_approval(seven.deployment, _ask(seven), False, "bob")
    with pytest.raises(BadInput, match="is not being closed: say why"):
        close_account(seven.deployment, 7, "ada")
    assert get_account(seven.database, 7).closing_since is None
    _ask(seven)


def test_all_of_it_goes_and_what_came_between_question_and_answer_too(seven: World) -> None:
    run_id = _ask(seven)
    _send(seven, 4, unix_time=AT + 400 * 86_400)
    decide_approval(seven.deployment, run_id, True, "bob")
    closing = close_account(seven.deployment, 7, "ada")
    assert (closing.closed_at is not None, closing.activities_left, closing.objects_left) == (True, 0, 0)
    assert _unredacted(seven) == []
    assert [path.name for path in sorted(seven.root.glob("*-*.wav"))] == ["8-1.wav"]
    assert seven.sql("SELECT count(*) AS n FROM tracking.activities WHERE account_id = 7") == [{"n": 4}]
    told = [(entry.kind, entry.facts.get("stage")) for entry in read_entries(seven.database) if entry.account_id == 7]
    assert [one for one in told if one[0] in ("approval", "closing")] == [
        ("approval", None),
        ("closing", "begun"),
        ("closing", "closed"),
    ]
    assert verify_ledger(seven.deployment).is_whole
    with pytest.raises(BadInput, match="account 7 is closed since"):
        close_account(seven.deployment, 7, "ada", "ticket 5")


def test_its_dag_is_gone_and_its_settings_are_frozen(seven: World) -> None:
    decide_approval(seven.deployment, _ask(seven), True, "bob")
    snapshot = read_snapshot(seven.settings.snapshot_path)
    assert snapshot is not None
    assert [account.id for account in snapshot.accounts] == [8]
    acts: list[Callable[[], object]] = [
        lambda: set_account(seven.deployment, 7, "eve", name="Other"),
        lambda: run_account(seven.deployment, 7, NOW),
        lambda: begin_run(seven.deployment, 7, NOW, "scheduled", "redact_account_7/x"),
        lambda: begin_manual(seven.deployment, ManualRequest(7, (1,), "ticket 2", "ada"), "cli", True),
    ]
    for act in acts:
        with pytest.raises(NotAllowed, match="account 7 is closed"):
            act()
    with seven.database.engine("redaction_manager").begin() as connection, pytest.raises(Exception, match="is closed"):
        connection.exec_driver_sql("UPDATE tracking.accounts SET auto_redaction = NULL WHERE id = 7")
    for column in ("closing_since", "closed_at", "closing_approved_by"):
        asked = f"SELECT has_column_privilege('redaction_manager', 'tracking.accounts', '{column}', 'UPDATE') AS may"
        assert seven.sql(asked) == [{"may": False}]


def test_loads_refuse_it_and_keep_nothing_of_it(seven: World, tmp_path: Path) -> None:
    _close(seven)
    path = tmp_path / "both.jsonl"
    records = [{"account_id": account, "id": 50, "unix_time": AT, "notes": "canary"} for account in (7, 8)]
    path.write_bytes(b"\n".join(map(orjson.dumps, records)))
    summary = load_files(seven.deployment, [path])
    assert (summary.inserted, summary.rejected) == (1, 1)
    assert [rejection.reason for rejection in summary.rejections] == ["its account is closed"]
    assert list_quarantine(seven.settings) == []
    with seven.database.engine("redaction_loader").begin() as connection, pytest.raises(Exception, match="is closed"):
        connection.exec_driver_sql(
            "INSERT INTO tracking.activities (id, account_id, kind, called_at) VALUES (9, 7, 'call', now())"
        )


@pytest.mark.parametrize("scope", ["activity", "contact"])
def test_what_is_held_says_so_and_the_close_waits_for_it(seven: World, scope: str) -> None:
    _send(seven, 4, caller_number="+12125550199")
    given: dict[str, Any] = {"activity": {"activity_ids": [4]}, "contact": {"contact": "+12125550199"}}
    hold = place_hold(seven.deployment, 7, "case 4", "eve", **given[scope])
    closing = _close(seven)
    assert (closing.closed_at, closing.activities_left) == (None, 1)
    assert _unredacted(seven) == [4]
    assert (seven.root / "7-4.wav").exists()
    with pytest.raises(NotAllowed, match="account 7 is not closed"):
        certify_account(seven.deployment, 7)
    warned: list[str] = []
    assert finish_closings(seven.deployment, warned.append)[0].closed_at is None
    assert "1 activity on hold" in warned[0]
    release_hold(seven.deployment, hold.id, "eve")
    [done] = finish_closings(seven.deployment, warned.append)
    assert done.closed_at is not None
    assert _unredacted(seven) == []
    assert finish_closings(seven.deployment, warned.append) == []


def test_the_close_goes_on_when_a_hold_has_ended_by_itself(seven: World) -> None:
    place_hold(seven.deployment, 7, "case 9", "eve", until=datetime.now(UTC).date() + timedelta(days=1))
    assert _close(seven).closed_at is None
    seven.sql(
        "UPDATE redaction.holds SET placed_at = now() - interval '2 days', expires_at = now() - interval '1 hour'"
    )
    [done] = finish_closings(seven.deployment, print)
    assert done.closed_at is not None


def test_no_contact_is_held_in_an_account_of_which_nothing_is_left(seven: World) -> None:
    hold = place_hold(seven.deployment, 7, "case 9", "eve", contact="+12125550188", anyway=True)
    assert _close(seven).closed_at is not None
    assert seven.sql("SELECT FROM tracking.held_contacts") == []
    assert [(entry.kind, entry.facts.get("hold_id")) for entry in read_entries(seven.database)][-1] == (
        "release",
        hold.id,
    )
    with pytest.raises(BadInput, match="account 7 is closed"):
        place_hold(seven.deployment, 7, "case 10", "eve", contact="+12125550188", anyway=True)
    assert verify_ledger(seven.deployment).unrecorded == ()


def test_objects_that_waited_for_a_run_go_too(seven: World) -> None:
    _send(seven, 4, redacted=True)
    assert (seven.root / "7-4.wav").exists()
    assert _close(seven).closed_at is not None
    assert not (seven.root / "7-4.wav").exists()
    assert seven.sql("SELECT FROM tracking.redacted_at_source") == []


def test_an_object_that_remains_is_waited_for(seven: World) -> None:
    away = seven.root.rename(seven.root.with_name("away"))
    closing = _close(seven)
    assert (closing.closed_at, closing.activities_left, closing.objects_left) == (None, 0, 3)
    away.rename(seven.root)
    assert close_account(seven.deployment, 7, "ada").closed_at is not None


def test_a_close_during_a_run_and_a_killed_close_lose_nothing(seven: World) -> None:
    begun = begin_run(seven.deployment, 7, NOW, "scheduled", "redact_account_7/x")
    run_id = _ask(seven)
    decide_approval(seven.deployment, run_id, True, "bob")
    # The closing is stopped after its strip; the run from before ends as well.
    run_step(seven.deployment, run_id, "strip")
    assert complete_run(seven.deployment, begun.id)["state"] == "succeeded"
    closing = close_account(seven.deployment, 7, "ada")
    assert (closing.runs, closing.closed_at is not None) == ((run_id,), True)
    assert verify_ledger(seven.deployment).is_whole


def test_the_certificate_of_the_whole(seven: World, tmp_path: Path) -> None:
    earlier = seven.run_whole(7)
    _send(seven, 4, unix_time=int(NOW.timestamp()) + 60)
    _close(seven)
    certificate = certify_account(seven.deployment, 7)
    assert (certificate.requested_by, certificate.approved_by, certificate.reason) == ("ada", "bob", "ticket 4")
    assert (certificate.activities, certificate.redacted) == (4, 4)
    assert [(run.kind, run.stripped_count) for run in certificate.runs] == [("automatic", 3), ("closing", 1)]
    assert certificate.runs[0].run_id == earlier["id"]
    assert certificate.objects["deleted"] == 4
    paths = write_account_certificate(certificate, Ed25519PrivateKey.generate(), tmp_path)
    assert [path.name for path in paths] == [f"certificate-account-7.{kind}" for kind in ("json", "html", "pdf")]
    assert "Approved by" in paths[1].read_text()


def test_what_is_retained_goes_afterwards_and_the_evidence_stays(seven: World) -> None:
    with pytest.raises(NotAllowed, match="account 7 is not closed, so nothing was removed"):
        remove_account(seven.deployment, 7, "ada")
    closing = _close(seven)
    refresh_reports(seven.database, 8)
    removed = remove_account(seven.deployment, 7, "ada")
    assert (removed.activities, removed.left) == (3, {})
    for table in (
        "tracking.activities",
        "tracking.activity_identity",
        "reporting.activity_by_source",
        "tracking.objects",
    ):
        assert seven.sql(f"SELECT count(*) AS n FROM {table} WHERE account_id = 7") == [{"n": 0}], table
        if table != "tracking.objects":
            assert seven.sql(f"SELECT count(*) > 0 AS any FROM {table} WHERE account_id = 8") == [{"any": True}], table
    assert certify_run(seven.deployment, closing.runs[0]).stripped_count == 3
    assert certify_account(seven.deployment, 7).removed_at is not None
    assert verify_ledger(seven.deployment).is_whole
    assert remove_account(seven.deployment, 7, "ada").activities == 0


def test_a_restore_from_before_closes_it_again(seven: World, dump: Callable[[], Callable[[], None]]) -> None:  # noqa: F811
    restore = dump()
    _close(seven)
    restore()
    replay_ledger(seven.deployment, "eve")
    assert _unredacted(seven) == []
    account = get_account(seven.database, 7)
    assert account.closed_at is not None
    assert verify_ledger(seven.deployment).is_whole
    assert certify_account(seven.deployment, 7).redacted == 3


def test_the_commands(seven: World, cli: Cli) -> None:
    set_administrator(seven.deployment, 7, ACTOR, "eve", as_operator=True)
    set_administrator(seven.deployment, 8, ACTOR, "eve", as_operator=True)
    code, said, err = cli("account", "close", "7", "--reason", "ticket 4")
    assert (code, "would close account 7" in err, "activities" in said) == (2, True, True)
    assert cli("account", "close", "7")[0] == 2
    code, _, err = cli("account", "close", "8")
    assert (code, "say why" in err) == (2, True)
    code, _, err = cli("account", "close", "8", "--reason", "call +1 212 555 0143")
    assert (code, "+1" in err) == (2, False)
    [asked] = list_waiting(seven.database)
    decide_approval(seven.deployment, asked.run_id, True, "bob")
    code, said, _ = cli("account", "close", "7", "--json")
    assert (code, orjson.loads(said)["activities_left"]) == (0, 0)
    assert cli("account", "set", "7", "--name", "x")[0] == 1
    assert cli("account", "remove", "7")[0] == 0
