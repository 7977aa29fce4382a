"""Manual redaction: which contact, what is refused, and that exactly what was shown is redacted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from redaction.control.manual import ManualRequest, begin_manual, preview_manual
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.gate.holds import place_hold, release_hold
from redaction.ledger.reasons import REASON_PATTERN, check_reason
from redaction.pipeline.run import complete_run
from redaction.pipeline.strip import strip_run
from redaction.settings import MOST_IDS
from redaction.source.load import load_files

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
Sql = Callable[..., list[dict[str, Any]]]
Load = Callable[..., None]


@pytest.fixture
def manual(account: int, sql: Sql) -> int:
    """An account whose administrator ada may redact manually. Returns its id."""
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
    sql("INSERT INTO tracking.account_users (account_id, username, role) VALUES (7, 'bob', 'viewer')")
    return account


@pytest.fixture
def load(deployment: Deployment, tmp_path: Any) -> Load:
    """Load records as the source sends them: id, hours after AT, and the fields that matter."""

    def run(*records: dict[str, Any]) -> None:
        path = tmp_path / "calls.jsonl"
        lines = [
            {
                "account_id": 7,
                "name": "Zoë Canary",
                "unix_time": int((AT + timedelta(hours=record["id"])).timestamp()),
                **record,
            }
            for record in records
        ]
        path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
        assert load_files(deployment, [path]).inserted == len(records)

    return run


def ask(*ids: int, past: bool = False, content: bool = True, who: str = "ada") -> ManualRequest:
    return ManualRequest(7, ids, "ticket 12", who, content=content, past_from_contact=past)


def found(database: Database, *ids: int) -> list[int]:
    return [listed.id for listed in preview_manual(database, ask(*ids, past=True)).activities]


def left(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities WHERE redacted_at IS NULL ORDER BY id")]


def test_a_contact_is_found_in_every_format_and_kind(database: Database, manual: int, load: Load, sql: Sql) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id, name) VALUES (8, 1, 'Other')")
    load(
        {"id": 1, "caller_number": "+12125550143"},
        {"id": 2, "caller_number": "(212) 555-0143", "direction": "inbound"},
        {"id": 3, "kind": "text", "caller_number": "212.555.0143", "message_body": "hi"},
        {"id": 4, "kind": "form", "form": {"phone_number": "1-212-555-0143", "email": "Zoe@Example.com"}},
        {"id": 5, "kind": "chat", "caller_number": "2125550143", "chat_messages": [{"body": "hi"}]},
        {"id": 6, "caller_number": "+12125550999"},
        {"id": 7, "account_id": 8, "caller_number": "+12125550143"},
        {"id": 8, "caller_number": "+12125550143"},
        {"id": 9, "caller_number": "+12125550143"},
    )
    assert found(database, 8) == [1, 2, 3, 4, 5, 8]
    assert found(database, 1) == [1]


def test_an_address_in_any_case_leads_to_its_activities(database: Database, manual: int, load: Load) -> None:
    load(
        {"id": 1, "kind": "form", "email": "zoe@example.com", "form": {}},
        {"id": 2, "kind": "form", "form": {"email": "ZOE@example.COM"}},
        {"id": 3, "caller_number": "+12125550143", "email": "Zoe@Example.com"},
        {"id": 4, "caller_number": "+12125550143"},
        {"id": 5, "kind": "form", "email": "other@example.com", "form": {}},
        {"id": 6, "kind": "form", "email": "Zoe@example.com", "form": {}},
    )
    # By the address to 3, and no further: other marks of 3's number are not followed.
    assert found(database, 6) == [1, 2, 3, 6]
    assert found(database, 4) == [3, 4]


@pytest.mark.parametrize("withheld", ["anonymous", "", "+0000000000", "Restricted", "+266696687", None])
def test_withheld_numbers_are_nobody_in_common(
    database: Database, manual: int, load: Load, withheld: str | None
) -> None:
    load({"id": 1, "caller_number": withheld}, {"id": 2, "caller_number": withheld})
    assert found(database, 2) == [2]
    only_past = ask(2, past=True, content=False)
    assert preview_manual(database, only_past).activities == ()


def test_a_shared_switchboard_leads_to_its_calls_and_to_nobody_else(
    database: Database, manual: int, load: Load
) -> None:
    load(
        {"id": 1, "caller_number": "+12125550100", "name": "Ann", "email": "ann@example.com"},
        {"id": 2, "caller_number": "+12125550177", "name": "Bea", "email": "bea@example.com"},
        {"id": 3, "caller_number": "+12125550100", "name": "Bea", "email": "bea@example.com"},
        {"id": 4, "caller_number": "+12125550100", "name": "Ann", "email": "ann@example.com"},
    )
    preview = preview_manual(database, ask(4, past=True))
    assert [listed.id for listed in preview.activities] == [1, 3, 4]
    assert preview.names == 2


def test_the_act_is_what_was_shown(
    database: Database, deployment: Deployment, manual: int, load: Load, sql: Sql
) -> None:
    load(*({"id": number, "caller_number": "+12125550143", "audio": None} for number in range(1, 6)))
    preview = preview_manual(database, ask(4, past=True))
    assert [listed.id for listed in preview.activities] == [1, 2, 3, 4]
    assert left(sql) == [1, 2, 3, 4, 5]
    run = begin_manual(deployment, ask(4, past=True), "test", True, preview.digest)
    record = complete_run(deployment, run.id)
    assert (record["kind"], record["requested_by"], record["reason"]) == ("manual", "ada", "ticket 12")
    assert record["stripped_count"] == 4
    assert left(sql) == [5]
    changed = {(change.report, change.day): change for change in preview.reports}
    for report in ("activity_by_source", "activity_by_hour", "activity_by_status", "activity_by_number"):
        for row in sql(f"SELECT day, sum(redacted)::int AS redacted FROM reporting.{report} GROUP BY day"):
            assert changed[report, row["day"]].after == row["redacted"]
    again = preview_manual(database, ask(4, past=True))
    assert (again.activities, again.already_redacted) == ((), (4,))


def test_two_people_ask_for_the_same_at_once(
    database: Database, deployment: Deployment, manual: int, load: Load, sql: Sql
) -> None:
    load(*({"id": number, "caller_number": "+12125550143"} for number in range(1, 4)))
    preview = preview_manual(database, ask(3, past=True))
    first, second = (begin_manual(deployment, ask(3, past=True), "test", True, preview.digest) for _ in "ab")
    assert complete_run(deployment, second.id)["stripped_count"] == 3
    # It finds nothing left to do, and says so; the ledger records the redaction once.
    record = complete_run(deployment, first.id)
    assert (record["state"], record["stripped_count"]) == ("succeeded", 0)
    assert sql("SELECT DISTINCT redaction_run_id AS id FROM tracking.activities") == [{"id": second.id}]
    with pytest.raises(NotAllowed, match="preview"):
        begin_manual(deployment, ask(3, past=True), "test", True, preview.digest)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE tracking.activities SET notes = 'changed' WHERE id = 2",
        "UPDATE tracking.activities SET called_at = called_at + interval '1 second' WHERE id = 2",
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key)"
        " SELECT 99, 7, 'call', called_at, contact_key FROM tracking.activities WHERE id = 2",
        "WITH h AS (INSERT INTO redaction.holds (account_id, scope, reason, placed_by)"
        " VALUES (7, 'activity', 'r', 'ada') RETURNING id)"
        " INSERT INTO redaction.held_activities SELECT 7, 2, id FROM h",
    ],
)
def test_a_set_that_has_changed_since_is_refused(
    database: Database, deployment: Deployment, manual: int, load: Load, sql: Sql, change: str
) -> None:
    load(*({"id": number, "caller_number": "+12125550143"} for number in range(1, 4)))
    preview = preview_manual(database, ask(3, past=True))
    sql(change)
    before = left(sql)
    with pytest.raises(NotAllowed, match="preview"):
        begin_manual(deployment, ask(3, past=True), "test", True, preview.digest)
    assert left(sql) == before
    assert sql("SELECT state, failure FROM redaction.runs") == [{"state": "refused", "failure": "NotAllowed"}]


def test_what_is_forbidden_is_refused_and_recorded(deployment: Deployment, manual: int, load: Load, sql: Sql) -> None:
    load({"id": 1, "caller_number": "+12125550143"})

    def refused(match: str, request: ManualRequest, acknowledged: bool = True) -> None:
        with pytest.raises(NotAllowed, match=match):
            begin_manual(deployment, request, "test", acknowledged, administrator=True)

    refused("cannot be recovered", ask(1), acknowledged=False)
    refused("bob is no administrator", ask(1, who="bob"))
    refused("no administrator", ask(1, who=""))
    sql("UPDATE tracking.accounts SET manual_redaction = false")
    refused("manual redaction is off", ask(1))
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("UPDATE tracking.agencies SET allow_redaction = false")
    refused("does not allow", ask(1))
    sql("UPDATE tracking.agencies SET allow_redaction = true")
    held = place_hold(deployment, 7, "case 4", "eve", [1])
    refused("legal hold keeps 1", ask(1))
    assert left(sql) == [1]
    states = sql("SELECT DISTINCT state, kind FROM redaction.runs")
    assert states == [{"state": "refused", "kind": "manual"}]
    assert sql("SELECT count(*) AS n FROM redaction.runs")[0]["n"] == 6
    release_hold(deployment, held.id, "eve")
    run = begin_manual(deployment, ask(1), "test", True, administrator=True)
    assert strip_run(deployment, run) == 1


@pytest.mark.parametrize("ids", [(77,), (1, 77), (1, 5)])
def test_what_is_not_there_or_anothers_is_refused_whole(
    database: Database, deployment: Deployment, manual: int, load: Load, sql: Sql, ids: tuple[int, ...]
) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id, name) VALUES (8, 1, 'Other')")
    load({"id": 1, "caller_number": "+12125550143"}, {"id": 5, "account_id": 8, "caller_number": "+12125550143"})
    for act in (
        lambda: preview_manual(database, ask(*ids)),
        lambda: begin_manual(deployment, ask(*ids), "test", True),
    ):
        with pytest.raises(BadInput, match=str(ids[-1])):
            act()
    assert left(sql) == [1, 5]
    assert sql("SELECT count(*) AS n FROM redaction.runs") == [{"n": 0}]


def test_held_activities_of_a_contact_are_left_out_and_listed(
    database: Database, deployment: Deployment, manual: int, load: Load, sql: Sql
) -> None:
    load(*({"id": number, "caller_number": "+12125550143"} for number in range(1, 4)))
    place_hold(deployment, 7, "case 4", "eve", [2])
    preview = preview_manual(database, ask(3, past=True))
    assert ([listed.id for listed in preview.activities], preview.held) == ([1, 3], (2,))
    run = begin_manual(deployment, ask(3, past=True), "test", True, preview.digest)
    assert strip_run(deployment, run) == 2
    assert left(sql) == [2]


def test_a_hold_after_the_selection_stops_the_act(deployment: Deployment, manual: int, load: Load, sql: Sql) -> None:
    load(*({"id": number, "caller_number": f"+1212555010{number}"} for number in range(1, 7)))
    run = begin_manual(deployment, ask(*range(1, 7)), "test", True)
    place_hold(deployment, 7, "case 4", "eve", contact="(212) 555-0105")
    with pytest.raises(NotAllowed, match="legal hold was placed on 1 of its activities"):
        strip_run(deployment, run)
    assert left(sql) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "   ",
        "x" * 501,
        "call 212 555 0143 back",
        "asked by zoe@example.com",
        "zoe%40example.com",
        "zoe%2540example.com",
        "zoe&#64;example.com",
        "zoe&#x40;example.com",
        "zoe&commat;example.com",
        "zoe{at}example.com",
        "zoe ( AT ) example.com",
        "zoe<at>example.com",
        "zoe at example dot com",
        "zoe\uff20example.com",
        "2x1x2x5x5x5x0x1x4x3",
        "212 then 555 then 0143",
        "212o555o0143",
        "212O555O0143",
        "212.555.O143",
        "212 and 555 and 0143",
        "212a555b0143",
        "212/555-ext-0143",
        "2 1 2 - - - 5 5 5 - - - 0 1 4 3",
        "at 10:15 call 212, then 555, then 014",
        "%32%31%32%35%35%35%30143",
        "\u0662\u0661\u0662\u0665\u0665\u0665\u0660\u0661\u0664\u0663",
        "\u4e8c\u4e00\u4e8c\u4e94\u4e94\u4e94\u3007\u4e00\u56db\u4e09",
        "\u8d30\u58f9\u8d30\u4f0d\u4f0d\u4f0d\u96f6\u58f9",
        "from 10.0.0.1",
        "from 203.0.113.9",
        "from 2001:db8::555",
        "from fe80:0:0:0:1:2:3:4",
    ],
)
def test_a_reason_names_nobody(reason: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_reason(reason)
    assert "555" not in str(caught.value)
    assert "zoe" not in str(caught.value)
    assert check_reason(" ticket 4711,  article 17 ") == "ticket 4711, article 17"


@pytest.mark.parametrize(
    "reason",
    [
        *("100% of ticket 12", "asked at 10:15:30 by R&D", "GDPR art. 17 (1) b", "version 0.2.0", "std::move"),
        *("2x as many", "ABC-12345 and ABC-12346", "run 1204 of account 1004, ticket 4711", "#4711 at 10:15, art. 17"),
    ],
)
def test_a_reason_may_say_what_is_no_contact(reason: str) -> None:
    assert check_reason(reason) == reason
    assert re.search(REASON_PATTERN, reason)


@pytest.mark.parametrize(
    "reason", ["zoe%40example.com", "zoe&#64;example.com", "zoe&commat;x.com", "zoe{at}x", "at 10.0.0.1"]
)
def test_a_form_takes_nothing_that_is_encoded(reason: str) -> None:
    assert not re.search(REASON_PATTERN, reason)


def test_a_request_says_what_it_wants() -> None:
    with pytest.raises(BadInput, match="say what to redact"):
        ask(1, content=False)
    with pytest.raises(BadInput, match="no activity"):
        ask()


def test_many_ids_and_the_same_twice(
    deployment: Deployment, manual: int, sql: Sql, insert: Callable[..., None]
) -> None:
    insert(1)
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, notes)"
        " SELECT n, 7, 'call', :at + n * interval '1 second', 'a note' FROM generate_series(2, 998) n",
        at=AT,
    )
    ids = (1, 1, *range(1, 999))
    assert len(ids) == MOST_IDS
    run = begin_manual(deployment, ask(*ids), "test", True)
    assert run.due_count == 998
    assert strip_run(deployment, run) == 998
    assert left(sql) == []
