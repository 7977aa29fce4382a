"""Texts that may name a person: listed one by one, kept or cut everywhere, and recorded without their words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from redaction.contacts.cut import cut_contacts, digest_text, has_contact
from redaction.control.texts import Decided, decide_texts, list_texts
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed, Paused, RedactionError, TextsDecided
from redaction.evidence.render import describe_validation
from redaction.evidence.watch import watch
from redaction.gate.holds import place_hold
from redaction.gate.pauses import pause
from redaction.ledger.entries import Entry, canonical, read_entries
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import describe_run, run_account
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.source.load import load_files
from redaction.source.store import ActivityWriter
from tests.ready_made import ReadyMade
from tests.source.test_recognition import ASSIGNED

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
NAMED = "Referred by 212 555 0199"
CUT = "Referred by [redacted]"
ROUTES = '[{"route_name": "Desk", "route_id": 1}, {"route_name": "Referred by 212 555 0199", "route_type": "queue"}]'
ALL = (
    "SELECT id, source, tracking_label, status, call_path, redacted_at IS NOT NULL AS redacted FROM tracking.activities"
)


@pytest.fixture
def held_by_two(ready_made: ReadyMade, insert: Insert, sql: Sql, deployment: Deployment) -> int:
    """Two redacted activities and a future one with a number in a source, a label and a route; ada administers."""

    def build() -> None:
        sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
        insert(1, source=NAMED)
        insert(2, tracking_label=NAMED, call_path=ROUTES, called_at=datetime(2026, 3, 3, 15, tzinfo=UTC))
        insert(3, source="Office (800) 555-0100", tracking_label="(800) 555-0100")
        insert(4, status="write to zoe@example.org")
        run_account(deployment, 7, NOW)
        insert(5, source=NAMED, called_at=datetime(2026, 5, 1, 15, tzinfo=UTC))

    ready_made("held_by_two", build)
    return 7


def _texts(database: Database) -> dict[str, tuple[Any, ...]]:
    return {text.text: (text.places, text.activities, text.decision) for text in list_texts(database, 7)}


def _key(sql: Sql) -> bytes:
    return bytes(sql("SELECT key FROM redaction.text_keys WHERE account_id = 7")[0]["key"])


def _digest(database: Database, text: str = NAMED) -> str:
    [found] = [each.digest for each in list_texts(database, 7) if each.text == text]
    return found


def _decide(deployment: Deployment, decision: Any = "cut", *named: str, actor: str = "ada", **given: Any) -> Decided:
    return decide_texts(deployment, 7, decision, actor, "ticket 9", named or (_digest(deployment.database),), **given)


def _figures(deployment: Deployment) -> list[int]:
    return [figure.count for figure in watch(deployment) if figure.what == "texts to decide on"]


def test_texts_with_a_strange_number_are_listed_and_counted_and_stop_nothing(
    held_by_two: int, deployment: Deployment, sql: Sql
) -> None:
    listed = list_texts(deployment.database, 7)
    assert _texts(deployment.database) == {
        NAMED: (("label", "route", "source"), 1, None),
        "write to zoe@example.org": (("status",), 1, None),
    }
    named = next(text for text in listed if text.text == NAMED)
    assert (str(named.first_day), str(named.last_day)) == ("2026-03-02", "2026-03-03")
    assert named.digest == digest_text(NAMED, _key(sql)).hex()
    [run] = sql("SELECT id, state, validation FROM redaction.runs")
    assert run["state"] == "succeeded"
    assert (run["validation"]["foreign_contacts"], run["validation"]["undecided_texts"]) == (3, 2)
    assert describe_run(deployment.database, run["id"])["undecided_texts"] == 2
    assert _figures(deployment) == [2]
    assert ". 2 different texts in 3 of them (such as a source or a label): something like" in describe_validation(
        run["validation"]
    )
    # As was counted before texts were told apart.
    assert ". A text in 3 of them" in describe_validation({"rows": 3, "foreign_contacts": 3})


def test_a_status_that_no_report_counts_is_listed_and_decided_too(
    held_by_two: int, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    insert(20, called_at=datetime(2026, 3, 4, 15, tzinfo=UTC), dial_status="no answer 2125550997")
    insert(21, called_at=datetime(2026, 3, 5, 15, tzinfo=UTC), call_status="busy jane@x.example", dial_status="busy")
    run_account(deployment, 7, datetime(2026, 6, 1, tzinfo=UTC))
    assert _figures(deployment) == [4]
    found = _texts(deployment.database)
    assert len(found) == 4
    assert found["no answer 2125550997"] == (("dial status",), 1, None)
    assert found["busy jane@x.example"] == (("call status",), 1, None)
    [named] = [text for text in list_texts(deployment.database, 7) if text.text.startswith("no answer")]
    assert (str(named.first_day), str(named.last_day)) == ("2026-03-04", "2026-03-04")
    assert _decide(deployment, "cut", named.digest).activities == 1
    assert _decide(deployment, "keep", _digest(deployment.database, "busy jane@x.example")).texts == 1
    assert sql("SELECT dial_status FROM tracking.activities WHERE id = 20") == [{"dial_status": "no answer [redacted]"}]
    found = _texts(deployment.database)
    assert (len(found), found["busy jane@x.example"][2]) == (3, "keep")


def test_what_is_kept_is_listed_no_more_and_no_finding_of_a_later_run(
    held_by_two: int, deployment: Deployment, sql: Sql
) -> None:
    before = sql(ALL + " ORDER BY id")
    assert _decide(deployment, "keep") == Decided(7, "keep", 1, 0, 0)
    assert _decide(deployment, "keep") == Decided(7, "keep", 1, 0, 0), "twice is once"
    assert sql(ALL + " ORDER BY id") == before
    assert _texts(deployment.database)[NAMED][2] == "keep"
    assert _figures(deployment) == [1]
    run_account(deployment, 7, datetime(2026, 6, 1, tzinfo=UTC))
    [run] = sql("SELECT validation FROM redaction.runs ORDER BY id DESC LIMIT 1")
    assert (run["validation"]["rows"], run["validation"]["undecided_texts"]) == (1, 0)
    assert run["validation"]["foreign_contacts"] == 0
    assert _figures(deployment) == [1]


def test_a_cut_takes_it_out_of_everything_and_says_so_without_it(
    held_by_two: int, deployment: Deployment, sql: Sql
) -> None:
    sql("DELETE FROM redaction.residue")
    assert _decide(deployment) == Decided(7, "cut", 1, 3, 0)
    rows = {row["id"]: row for row in sql(ALL)}
    assert (rows[1]["source"], rows[1]["redacted"]) == (CUT, True)
    assert (rows[5]["source"], rows[5]["redacted"]) == (CUT, False)
    assert rows[2]["tracking_label"] == CUT
    assert rows[2]["call_path"] == json.loads(ROUTES.replace(NAMED, CUT))
    assert rows[3]["source"] == "Office (800) 555-0100"
    assert NAMED not in _texts(deployment.database)
    assert sql("SELECT count(*) AS n FROM reporting.activity_by_source WHERE source = :s", s=NAMED) == [{"n": 0}]
    assert sql("SELECT sum(rows) AS n FROM redaction.residue") == [{"n": 3}]
    entry = list(read_entries(deployment.database))[-1]
    assert (entry.kind, entry.account_id, entry.actor, entry.reason) == ("text", 7, "ada", "ticket 9")
    cut = {"source": [1, 5], "tracking_label": [2], "call_path": [2]}
    assert entry.facts == {"decision": "cut", "texts": 1, "cut": cut}
    told = b"".join(canonical(entry.model_dump()) for entry in read_entries(deployment.database))
    assert b"0199" not in told
    assert digest_text(NAMED, _key(sql)).hex().encode() not in told
    assert verify_ledger(deployment).first_bad is None
    assert _figures(deployment) == [1]


def test_what_was_cut_is_cut_at_the_door_too_wherever_it_stands(
    held_by_two: int, deployment: Deployment, tmp_path: Path, sql: Sql
) -> None:
    _decide(deployment)
    again = {"id": 5, "account_id": 7, "called_at": "2026-05-01T15:00:00Z", "source": NAMED, "caller_number": "x"}
    new = {**again, "id": 6, "source": "Ads", "tracking_label": NAMED, "call_path": json.loads(ROUTES)}
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(record) for record in (again, new)))
    summary = load_files(deployment, [file])
    assert (summary.inserted, summary.updated, summary.rejected) == (1, 1, 0)
    rows = {row["id"]: row for row in sql(ALL)}
    assert (rows[5]["source"], rows[6]["tracking_label"]) == (CUT, CUT)
    assert rows[6]["call_path"] == json.loads(ROUTES.replace(NAMED, CUT))


def test_a_load_that_began_before_the_decision_stores_nothing_after_it(
    held_by_two: int, deployment: Deployment, tmp_path: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes(orjson.dumps({"id": 6, "account_id": 7, "called_at": "2026-05-01T15:00:00Z", "source": NAMED}))
    put = ActivityWriter.put

    def decide_first(writer: ActivityWriter, *given: Any) -> Any:
        monkeypatch.undo()
        _decide(deployment)
        return put(writer, *given)

    monkeypatch.setattr(ActivityWriter, "put", decide_first)
    with pytest.raises(TextsDecided, match="account 7"):
        load_files(deployment, [file])
    assert sql("SELECT count(*) AS n FROM tracking.activities WHERE id = 6") == [{"n": 0}]
    assert load_files(deployment, [file]).inserted == 1
    assert sql("SELECT source FROM tracking.activities WHERE id = 6") == [{"source": CUT}]


def test_what_a_hold_keeps_stays_and_is_listed_until_it_is_cut(
    held_by_two: int, deployment: Deployment, sql: Sql
) -> None:
    place_hold(deployment, 7, "case 4", "eve", activity_ids=[5])
    assert _decide(deployment) == Decided(7, "cut", 1, 2, 1)
    assert sql("SELECT source FROM tracking.activities WHERE id = 5") == [{"source": NAMED}]
    assert _texts(deployment.database)[NAMED] == (("source",), 1, "cut")
    sql("UPDATE redaction.holds SET released_at = now(), released_by = 'eve'")
    assert _decide(deployment) == Decided(7, "cut", 1, 1, 0)
    assert sql("SELECT source FROM tracking.activities WHERE id = 5") == [{"source": CUT}]


def test_a_text_that_is_given_as_it_is_is_cut_as_a_whole_where_it_holds_no_number(
    held_by_two: int, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    insert(8, source="Friend of Jane Roe")
    done = decide_texts(deployment, 7, "cut", "ada", "ticket 9", text="Friend of Jane Roe")
    assert done == Decided(7, "cut", 1, 1, 0)
    assert sql("SELECT source FROM tracking.activities WHERE id = 8") == [{"source": "[redacted]"}]
    assert decide_texts(deployment, 7, "cut", "ada", "ticket 9", text="nowhere").activities == 0


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"actor": "bob"}, NotAllowed, "bob is no administrator of account 7"),
        ({"named": ("0" * 12,)}, BadInput, "no text"),
        ({"named": ("2125550199",)}, BadInput, "no text"),
        ({"named": (NAMED,)}, BadInput, "is named by its id"),
        ({"named": ("",)}, BadInput, "is named by its id"),
        ({"named": ("%" * 64,)}, BadInput, "is named by its id"),
        ({"reason": "call 212 555 0199"}, BadInput, "name a ticket"),
        ({"named": ()}, BadInput, "no text was named"),
    ],
)
def test_who_may_not_and_what_is_none_changes_nothing(
    held_by_two: int, deployment: Deployment, sql: Sql, given: dict[str, Any], error: type[Exception], said: str
) -> None:
    before = sql(ALL + " ORDER BY id"), len(list(read_entries(deployment.database)))
    asked = {"actor": "ada", "reason": "ticket 9", "named": (_digest(deployment.database),), **given}
    for decision in ("keep", "cut"):
        with pytest.raises(error, match=said) as raised:
            decide_texts(deployment, 7, decision, **asked)  # type: ignore[arg-type]
        assert "555 0199" not in str(raised.value)
    assert (sql(ALL + " ORDER BY id"), len(list(read_entries(deployment.database)))) == before
    assert sql("SELECT count(*) AS n FROM redaction.text_decisions") == [{"n": 0}]


def test_nothing_is_cut_while_paused_or_while_a_run_has_not_ended(
    held_by_two: int, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    insert(9)
    run = select_aged(deployment, 7, NOW, Request("test"))
    with pytest.raises(NotAllowed, match=f"run {run.id} of account 7 has not ended"):
        _decide(deployment)
    strip_run(deployment, run)
    with pytest.raises(NotAllowed, match=f"run {run.id}"):
        _decide(deployment)
    pause(deployment, 7, "audit", "eve")
    with pytest.raises(Paused):
        _decide(deployment)
    assert sql("SELECT count(*) AS n FROM redaction.text_decisions") == [{"n": 0}]
    assert sql("SELECT source FROM tracking.activities WHERE id = 1") == [{"source": NAMED}]


def test_no_role_cuts_or_changes_a_redacted_text_without_a_row_of_the_ledger(
    held_by_two: int, deployment: Deployment, sql: Sql
) -> None:
    digests = [digest_text(NAMED, _key(sql))]
    with pytest.raises(RedactionError) as refused, deployment.transaction("redaction_worker") as session:
        session.rows("cut_texts", account_id=7, digests=digests)
    assert refused.value.sqlstate == "RD004"
    _decide(deployment, "keep")
    with pytest.raises(RedactionError) as refused, deployment.transaction("redaction_worker") as session:
        # The row of another act, of another transaction.
        session.rows("cut_texts", account_id=7, digests=digests)
    assert refused.value.sqlstate == "RD004"
    facts = '{"cut": {"source": [1]}}'
    for new, allowed in ((CUT, True), ("Referred by Zoë", False), (None, False)):
        with deployment.database.engine("owner").connect() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO redaction.ledger (position, kind, account_id, actor, facts, written_at, previous_hash,"
                    " hash) SELECT position + 1, 'text', 7, 'eve', CAST(:facts AS jsonb), now(), hash, 'x'"
                    " FROM redaction.ledger ORDER BY position DESC LIMIT 1"
                ),
                {"facts": facts},
            )
            change = sa.text("UPDATE tracking.activities SET source = :new WHERE id = 1")
            if allowed:
                assert connection.execute(change, {"new": new}).rowcount == 1
                with pytest.raises(sa.exc.DBAPIError):
                    connection.execute(sa.text("UPDATE tracking.activities SET status = 'x' WHERE id = 2"))
            else:
                with pytest.raises(sa.exc.DBAPIError):
                    connection.execute(change, {"new": new})
            connection.rollback()


def test_a_row_of_the_ledger_is_cut_again_after_a_restore_but_for_what_was_kept(
    held_by_two: int, deployment: Deployment, sql: Sql, insert: Insert
) -> None:
    from redaction.control.texts import cut_again
    from redaction.ledger.act import Act

    kept = "Line 300 555 0101"
    insert(10, call_path=json.dumps([{"route_name": kept}, {"route_name": NAMED}]))
    decide_texts(deployment, 7, "keep", "ada", "ticket 9", text=kept)
    entry = list(read_entries(deployment.database))[-1]
    facts = {"decision": "cut", "texts": 1, "cut": {"source": [1, 5, 404], "call_path": [10]}}
    with Act(deployment, checked=False) as act, act.transaction("owner") as session:
        act.record("text", 7, "ada", facts, "ticket 9")
        cut_again(session, Entry(**{**entry.model_dump(), "facts": facts}))
    rows = {row["id"]: row for row in sql(ALL)}
    assert (rows[1]["source"], rows[5]["source"]) == (CUT, CUT)
    assert [hop["route_name"] for hop in rows[10]["call_path"]] == [kept, CUT]
    assert rows[2]["tracking_label"] == NAMED


def test_the_command_lists_keeps_and_cuts(
    held_by_two: int,
    cli: Callable[..., tuple[int, str, str]],
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
) -> None:
    import io

    from redaction.cli.actor import current_actor

    assert cli("texts", "list", "7")[0] == 1, "only an administrator sees them"
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :name)", name=current_actor())
    code, said, _ = cli("texts", "list", "7", "--json")
    assert (code, [text["text"] for text in json.loads(said)]) == (0, [NAMED, "write to zoe@example.org"])
    digest = json.loads(said)[1]["digest"]
    assert cli("texts", "keep", "7", digest[:12], "--reason", "ticket 9")[:2] == (
        0,
        "account 7: 1 text stays unchanged\n",
    )
    assert digest[:12] in cli("texts", "list", "7", "--all")[1]
    assert digest[:12] not in cli("texts", "list", "7")[1]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NAMED}\n"))
    code, said, _ = cli("texts", "cut", "7", "--reason", "ticket 9")
    assert (code, said) == (0, "account 7: 1 text cut out of 3 activities\n")
    code, _, complaint = cli("texts", "cut", "7", NAMED, "--reason", "ticket 9")
    assert (code, "0199" in complaint) == (2, False)
    assert cli("texts", "list", "8")[0] == 1


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (NAMED, CUT),
        ("+1 (212) 555-0199", "[redacted]"),
        ("a@b.co, c.d+e@f-g.example", "[redacted], [redacted]"),
        ("2125550199 and zoe@example.com", "[redacted] and [redacted]"),
        ("\uff12\uff11\uff12 555 0199 ads", "[redacted]"),
        ("%2B12125550199", "[redacted]"),
        ("100%25 of 212 555 0199", "[redacted]"),
        ("Línea 212 555 0199, 24h", "Línea [redacted], 24h"),
        ("2\u200b125550199", "[redacted]"),
        ("2_1_2_5_5_5_0_1_9_9", "[redacted]"),
        ("zoë@exämple.com", "[redacted]"),
        ("Google Ads", "[redacted]"),
        ("", "[redacted]"),
    ],
)
def test_what_is_cut_out_of_a_text(text: str, cut: str) -> None:
    assert cut_contacts(text) == cut


KEY = bytes(range(128))


def test_what_is_kept_of_a_text_tells_nobody_which_it_was(held_by_two: int, deployment: Deployment, sql: Sql) -> None:
    """A number is one of some ten thousand million: an unkeyed digest of it is as good as the number."""
    number = "212 555 0199"
    sql("UPDATE tracking.activities SET source = :number WHERE id = 5", number=number)
    decide_texts(deployment, 7, "cut", "ada", "ticket 9", text=number)
    guesses = {hashlib.sha256(text.encode()).digest() for text in (number, NAMED)}
    kept = [bytes(row["digest"]) for row in sql("SELECT digest FROM redaction.text_decisions")]
    kept += [bytes(row["digest"]) for row in sql("SELECT digest FROM redaction.undecided_texts")]
    assert (len(kept) >= 3, guesses & set(kept)) == (True, set())
    assert sql("SELECT source FROM tracking.activities WHERE id = 5") == [{"source": "[redacted]"}]
    # The same text of another account has another digest, and only the owner can read the keys.
    sql("INSERT INTO tracking.accounts (id, agency_id, name) VALUES (8, 1, 'Law')")
    [keys] = sql("SELECT count(DISTINCT key) AS n FROM redaction.text_keys")
    assert keys["n"] == 2
    roles: tuple[Any, ...] = ("redaction_loader", "redaction_worker", "redaction_analyst", "redaction_manager")
    for role in roles:
        with pytest.raises(RedactionError) as refused, deployment.transaction(role) as session:
            session.connection.exec_driver_sql("SELECT key FROM redaction.text_keys")
        assert refused.value.sqlstate == "42501"
    with pytest.raises(RedactionError), deployment.transaction("redaction_analyst") as session:
        session.connection.exec_driver_sql("SELECT redaction.text_key(7)")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("2026-10-05 20:15:00 ad", False),
        ("2026-10-05T20:15 ad", False),
        ("Q3-2026-10-05", False),
        ("01/02/2026 10:15", False),
        ("GA1.2.1234567890.1412345678", False),
        ("2026-10-05 until 2026-11-05", False),
        ("2026-10-05, ask 2125550199", True),
        ("2125550199 2026-10-05", True),
        ("555-2026-10-05", True),
        ("2026-10-05 55 66", True),
        ("2026-10-0512", True),
        ("2026-13-05", True),
        ("1234%2026-10-05", True),
        ("2026-10-05 jane@x.example", True),
    ],
)
def test_dates_and_ids_of_browsers_are_no_persons(database: Database, sql: Sql, text: str, named: bool) -> None:
    assert has_contact(text) is named
    assert sql("SELECT redaction.may_name_somebody(:text, '{}') AS named", text=text) == [{"named": named}]


@pytest.mark.usefixtures("database")
@given(
    st.text(ASSIGNED, max_size=30)
    | st.text(alphabet="0126-/:. T", max_size=25).map(lambda text: f"2026-10-05 20:15{text}01/02/2026{text}")
    | st.text(alphabet="0123456789 -().+/_%40&#;@.abAB,\"'\\\u200b\uff11\u0661", max_size=40)
)
@example('212", "5550199')
@example("a@b.com.c1 x@y.co1")
@example("a%40b.de")
@bounds(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_door_and_database_cut_the_same_and_leave_nothing(sql: Sql, text: str) -> None:
    text = text.replace("\x00", "").replace("\x1e", "").replace("\x1f", "").encode(errors="ignore").decode()
    [found] = sql(
        "SELECT redaction.cut_contacts(:text) AS cut, redaction.may_name_somebody(:text, '{}') AS named,"
        " redaction.digest_text(:text, :key) AS digest",
        text=text,
        key=KEY,
    )
    assert found["named"] == has_contact(text)
    assert found["cut"] == cut_contacts(text)
    assert bytes(found["digest"]) == digest_text(text, KEY)
    assert not has_contact(found["cut"])


def test_the_accounts_own_numbers_are_nobody_however_they_are_written(
    held_by_two: int, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    sql(
        "INSERT INTO tracking.call_settings (account_id, name, tracking_numbers)"
        " VALUES (7, 'main', ARRAY['+44 20 7946 0123'])"
    )
    for number, text in enumerate(("800.555.0100", "1-800-555-0100 x2", "020 7946 0123", "+442079460123 main"), 20):
        insert(number, source=text)
    insert(30, source="8005550100 or 2125550199")
    run_account(replace(deployment), 7, datetime(2026, 4, 2, 12, tzinfo=UTC))
    assert [text for text in _texts(deployment.database) if "8005550100" in text] == ["8005550100 or 2125550199"]
    assert not {"800.555.0100", "1-800-555-0100 x2", "020 7946 0123", "+442079460123 main"} & set(
        _texts(deployment.database)
    )
