"""Following the source: what it has redacted is redacted here too, by a run of its own kind, and never without a
run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redaction.accounts.accounts import get_account, set_account
from redaction.control.follow import follow_account, follow_accounts
from redaction.deployment import Deployment
from redaction.errors import AccountMoving, ApprovalNeeded, ApproverRefused, NotAllowed, Paused
from redaction.evidence.certificate import certify_run
from redaction.evidence.render import _render_html, _say
from redaction.gate.guard import decide_approval, list_waiting
from redaction.gate.holds import place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.gate.question import pose_question
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import run_step
from redaction.placements.resolve import deploy
from tests.objects_of import AT, World

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
CALL = {"account_id": 7, "name": "Jane Doe", "notes": "CANARY", "source": "Google Ads"}
GONE = {"account_id": 7, "caller_number": None, "name": None, "notes": None, "audio": None, "redacted": True}


@pytest.fixture
def world(deployment: Deployment, sql: Sql, tmp_path: Path) -> World:
    """Account 7, which follows the source and redacts nothing by itself; eve administers it."""
    found = World(deployment, sql, tmp_path / "recordings")
    found.account(7)
    sql("UPDATE tracking.accounts SET auto_redaction = NULL, follow_source = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'eve')")
    found.store(found.root)
    return found


@pytest.fixture
def narrow(world: World) -> Deployment:
    """A guard that asks from four activities on."""
    given = {"guard_least": 3, "guard_factor": 2}
    return deploy(world.database, world.settings.model_copy(update=given))


def gone(world: World) -> list[int]:
    return [
        row["id"] for row in world.sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL ORDER BY 1")
    ]


def marks(world: World) -> list[int]:
    return [row["id"] for row in world.sql("SELECT activity_id AS id FROM tracking.redacted_at_source ORDER BY 1")]


def loaded(world: World, *ids: int) -> None:
    """Activities that the source has redacted after they were loaded."""
    world.load(*(CALL | {"id": number} for number in ids))
    world.load(*(GONE | {"id": number} for number in ids))


def follow(deployment: Deployment, **given: Any) -> list[dict[str, Any]]:
    return list(follow_account(deployment, 7, **given))


def test_it_is_redacted_with_object_ledger_and_certificate(world: World) -> None:
    recording, other = world.file("f11.wav"), world.file("f12.wav")
    world.load(
        CALL | {"id": 8, "audio": recording.as_uri()},
        CALL | {"id": 9, "audio": other.as_uri()},
        CALL | {"id": 10, "unix_time": AT + 10**8},
    )
    world.load(GONE | {"id": 8}, GONE | {"id": 10})
    [record] = follow(world.deployment, requested_by="ada")
    assert (record["kind"], record["state"], record["stripped_count"]) == ("source", "succeeded", 2)
    # Whatever their time, the policy, the period: exactly those.
    assert (gone(world), marks(world)) == ([8, 10], [])
    assert (recording.exists(), other.exists()) == (False, True)
    assert world.counts(record["id"]) == {"deleted": 1}
    assert world.sql("SELECT run_id FROM tracking.objects WHERE due_since IS NOT NULL") == []
    entry = list(read_entries(world.database))[-1]
    assert (entry.kind, entry.actor, entry.run_id) == ("redaction", "ada", record["id"])
    facts = {name: entry.facts[name] for name in ("kind", "policy", "ids", "held")}
    assert facts == {"kind": "source", "policy": "redacted at the source", "ids": [8, 10], "held": []}
    certificate = certify_run(world.deployment, record["id"])
    assert (certificate.kind, certificate.listed, certificate.level) == ("source", True, "L1")
    assert "that the source has redacted" in certificate.describe_selection()
    page = _render_html(_say(certificate, Ed25519PrivateKey.generate())).decode()
    assert page.count("redacted at the source") == 2
    assert verify_ledger(world.deployment).unrecorded == ()
    # Nothing is left to follow, and what is sent again stays unchanged.
    assert follow(world.deployment) == []
    summary = world.load(CALL | {"id": 8, "notes": "CANARY"}, GONE | {"id": 8})
    assert (summary.already_redacted, summary.redacted_at_source) == (1, 0)
    assert (follow(world.deployment), gone(world)) == ([], [8, 10])


def test_a_payload_alone_never_redacts(world: World) -> None:
    loaded(world, 8)
    world.sql("UPDATE tracking.accounts SET follow_source = false")
    with pytest.raises(NotAllowed, match="--follow-source"):
        follow(world.deployment)
    assert follow_accounts(world.deployment, "ada", str) == []
    assert (gone(world), marks(world), world.sql("SELECT FROM redaction.runs")) == ([], [8], [])
    # Nor where the agency does not allow it.
    world.sql("UPDATE tracking.accounts SET follow_source = true")
    world.sql("UPDATE tracking.agencies SET allow_redaction = false")
    with pytest.raises(NotAllowed, match="agency 1 does not allow"):
        follow(world.deployment)
    assert follow_accounts(world.deployment, "ada", str) == []
    assert (gone(world), marks(world), world.sql("SELECT FROM redaction.runs")) == ([], [8], [])


def test_held_ones_wait_for_the_end_of_their_hold(world: World) -> None:
    world.sql("UPDATE tracking.accounts SET auto_redaction = 'daily'")
    loaded(world, 8, 9, 10)
    world.load(CALL | {"id": 11})
    hold = place_hold(world.deployment, 7, "case 1", "eve", activity_ids=[8, 11])
    [record] = follow(world.deployment)
    assert (record["due_count"], gone(world), marks(world)) == (2, [9, 10], [8])
    # About a held activity it reports that it was to be followed, and nothing else.
    assert list(read_entries(world.database))[-1].facts["held"] == [8]
    assert certify_run(world.deployment, record["id"]).held == 1
    # Nothing is started for it meanwhile.
    assert follow(world.deployment) == []
    assert len(world.sql("SELECT FROM redaction.runs")) == 1
    release_hold(world.deployment, hold.id, "eve")
    [record] = follow(world.deployment)
    assert (record["stripped_count"], gone(world)) == (1, [8, 9, 10])


def test_a_hold_that_comes_after_the_selection_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(world, 8, 9)
    pause(world.deployment, 7, "ticket 1", "eve")
    with pytest.raises(Paused):
        follow(world.deployment)
    place_hold(world.deployment, 7, "case 1", "eve", activity_ids=[8])
    assert gone(world) == []
    resume(world.deployment, 7, "eve")
    [record] = follow(world.deployment)
    assert (record["due_count"], record["stripped_count"], gone(world), marks(world)) == (2, 1, [9], [8])
    facts = list(read_entries(world.database))[-1].facts
    assert (facts["held"], facts["left_out"]) == ([8], {"held": 1})


def test_many_at_once_wait_for_a_person(world: World, narrow: Deployment) -> None:
    loaded(world, *range(1, 5))
    with pytest.raises(ApprovalNeeded, match="redact 4 activities; its history and settings explain 3 a day;"):
        follow(narrow, requested_by="ada")
    [asked] = list_waiting(world.database)
    assert (asked.due_count, asked.explained, asked.requested_by) == (4, 3, "ada")
    # Neither by another load nor by further activities: the question stays.
    loaded(world, 5)
    told: list[str] = []
    assert follow_accounts(narrow, "ada", told.append) == []
    assert (len(told), "nobody has approved" in told[0]) == (1, True)
    assert [one.run_id for one in list_waiting(world.database)] == [asked.run_id]
    with pytest.raises(ApprovalNeeded):
        run_step(narrow, asked.run_id, "strip")
    assert gone(world) == []
    with pytest.raises(ApproverRefused):
        decide_approval(narrow, asked.run_id, True, "ada")
    decide_approval(narrow, asked.run_id, True, "eve")
    records = follow(narrow, requested_by="ada")
    assert [record["stripped_count"] for record in records] == [4, 1]
    assert gone(world) == [1, 2, 3, 4, 5]


def test_many_are_not_taken_in_slices(world: World, narrow: Deployment) -> None:
    loaded(world, 1, 2)
    follow(narrow)
    loaded(world, 3, 4)
    with pytest.raises(ApprovalNeeded, match=r"2 activities, 4 with those of the day before; .* explain 3 a day;"):
        follow(narrow)
    [asked] = list_waiting(world.database)
    why = pose_question(get_account(world.database, 7), asked).why
    assert why == "The source has redacted far more than usual: 4 within a day, and 3 a day are explained."
    # On another day they are few, and what was usual then explains more.
    world.sql("UPDATE redaction.approvals SET approved = true, decided_by = 'eve', decided_at = now()")
    follow(narrow)
    world.sql("ALTER TABLE redaction.runs DISABLE TRIGGER keep_run")
    world.sql("UPDATE redaction.runs SET started_at = started_at - interval '2 days'")
    world.sql("ALTER TABLE redaction.runs ENABLE TRIGGER keep_run")
    loaded(world, *range(11, 19))
    assert follow(narrow)[0]["stripped_count"] == 8
    loaded(world, 20)
    with pytest.raises(ApprovalNeeded, match="redact 1 activity"):
        follow(narrow)


def test_after_a_no_even_a_few_ask(world: World, narrow: Deployment) -> None:
    loaded(world, *range(1, 5))
    with pytest.raises(ApprovalNeeded):
        follow(narrow)
    decide_approval(narrow, list_waiting(world.database)[0].run_id, False, "eve")
    place_hold(narrow, 7, "case 1", "eve", activity_ids=[1, 2, 3])
    with pytest.raises(ApprovalNeeded, match=r"redact 1 activity; .* a day; an earlier run was not approved"):
        follow(narrow)
    [asked] = list_waiting(world.database)
    decide_approval(narrow, asked.run_id, True, "eve")
    follow(narrow)
    assert gone(world) == [4]


def test_runs_that_follow_explain_no_run_of_the_schedule(world: World, narrow: Deployment) -> None:
    """And no other kind explains them: each kind is measured by its own."""
    world.sql("UPDATE tracking.accounts SET auto_redaction = 'daily'")
    settings = narrow.settings.model_copy(update={"guard_first": 0, "guard_least": 3})
    loaded(world, 1)
    follow(deploy(world.database, settings))
    world.load(CALL | {"id": 2})
    usual = World(deploy(world.database, settings), world.sql, world.root)
    with pytest.raises(ApprovalNeeded):
        usual.run(7)


def test_one_that_was_killed_is_ended_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(world, 8)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as once:
        once.setattr("redaction.pipeline.run.delete_objects", killed)
        with pytest.raises(KeyboardInterrupt):
            follow(world.deployment)
    assert gone(world) == [8]
    loaded(world, 9)
    assert [record["state"] for record in follow(world.deployment)] == ["succeeded", "succeeded"]
    assert gone(world) == [8, 9]


def test_what_another_run_redacts_is_followed_by_none(world: World) -> None:
    world.sql("UPDATE tracking.accounts SET auto_redaction = 'daily'")
    loaded(world, 8)
    world.run(7)
    assert (gone(world), marks(world), follow(world.deployment)) == ([8], [], [])


def test_none_begins_while_the_account_leaves(world: World) -> None:
    loaded(world, 8)
    world.sql("UPDATE tracking.accounts SET whereabouts = 'leaving', other_placement = 'west', moving_since = now()")
    assert follow_accounts(world.deployment, "ada", str) == []
    with pytest.raises(AccountMoving):
        follow(world.deployment)
    assert gone(world) == []


def _file(world: World, *records: dict[str, Any]) -> str:
    path = world.root.parent / "records.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps({"unix_time": AT} | record) for record in records))
    return str(path)


def test_the_load_ends_with_the_run(world: World, cli: Cli, deployed: None) -> None:
    code, said, _ = cli("load", _file(world, CALL | {"id": 8}, CALL | {"id": 9}), "--json")
    assert (code, json.loads(said)["followed"]) == (0, [])
    code, said, _ = cli("load", "--no-follow", _file(world, GONE | {"id": 8}))
    assert (code, gone(world)) == (0, [])
    code, said, _ = cli("load", "--json", _file(world, GONE | {"id": 9}))
    told = json.loads(said)
    assert (code, told["redacted_at_source"], gone(world)) == (0, 1, [8, 9])
    [record] = told["followed"]
    assert (record["kind"], record["stripped_count"]) == ("source", 2)


def test_the_files_of_the_cases(world: World, cli: Cli, deployed: None) -> None:
    """An account that does not follow keeps everything, and is flagged; after switching on, the next load redacts
    it.
    """
    recording = world.file("f11.wav")
    world.account(111)
    world.sql("UPDATE tracking.accounts SET auto_redaction = NULL WHERE id = 111")
    given = {"account_id": 111, "id": 8, "caller_number": "+12125550143", "audio": recording.as_uri()}
    first = _file(world, CALL | given)
    assert cli("load", first)[0] == 0
    second = _file(world, GONE | {"account_id": 111, "id": 8})
    assert cli("load", second)[0] == 0
    assert (gone(world), marks(world), recording.exists()) == ([], [8], True)
    assert cli("account", "set", "111", "--follow-source")[0] == 0
    assert cli("load", second)[0] == 0
    assert (gone(world), marks(world), recording.exists()) == ([8], [], False)
    # The first page comes again: its activities are redacted already.
    assert cli("load", _file(world, CALL | given))[0] == 0
    assert world.sql("SELECT notes FROM tracking.activities") == [{"notes": None}]


def test_the_load_says_that_a_run_waits(
    world: World, cli: Cli, deployed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_GUARD_LEAST", "1")
    cli("load", _file(world, *(CALL | {"id": number} for number in (1, 2))))
    code, _, warned = cli("load", _file(world, *(GONE | {"id": number} for number in (1, 2))))
    [asked] = list_waiting(world.database)
    assert (code, f"redaction approve {asked.run_id}" in warned) == (0, True)
    code, said, warned = cli("run", "7", "--source", "--json")
    assert (code, json.loads(said)["activities"]) == (2, 2)
    assert (gone(world), f"redaction approve {asked.run_id}" in warned) == ([], True)
    decide_approval(world.deployment, asked.run_id, True, "eve")
    code, said, _ = cli("run", "7", "--source", "--json")
    [record] = json.loads(said)["runs"]
    assert (code, record["stripped_count"], gone(world)) == (0, 2, [1, 2])
    code, said, _ = cli("run", "7", "--source")
    assert (code, "nothing" in said) == (0, True)


def test_accounts_are_listed_with_what_the_source_has_redacted(world: World, cli: Cli, deployed: None) -> None:
    world.sql("UPDATE tracking.accounts SET follow_source = false")
    loaded(world, 8, 9)
    [told] = json.loads(cli("account", "list", "--json")[1])
    assert told["redacted_at_source"] == 2
    figures = json.loads(cli("status", "--json")[1])["figures"]
    assert [one["count"] for one in figures if one["what"] == "redacted at the source"] == [2]
    set_account(world.deployment, 7, "ada", follow_source=True)
    assert cli("run", "7", "--source")[0] == 0
    assert json.loads(cli("account", "list", "--json")[1])[0]["redacted_at_source"] == 0
