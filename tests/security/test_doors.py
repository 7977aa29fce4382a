"""The entrances other than files of activities: oversized and invalid input gets one clear line and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import ParamValidationError

from redaction.airflow.dags import build_redact_on_demand
from redaction.contacts.addresses import MOST_ADDRESS
from redaction.contacts.contacts import contact_key
from redaction.control.manual import ManualRequest, preview_manual
from redaction.db.database import Database
from redaction.db.urls import parse_connection
from redaction.deployment import Deployment
from redaction.errors import BadInput, RedactionError, ValueRefused
from redaction.evidence.downstream import record_deliveries
from redaction.evidence.keys import trusted_keys
from redaction.evidence.render import verify_certificate
from redaction.gate.holds import list_holds, place_hold
from redaction.settings import MOST_IDS, Settings

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
HEADER = "account_id,activity_id,integration,external_id\n"


@pytest.fixture
def record(deployment: Deployment, account: int, sql: Sql, tmp_path: Path) -> Callable[[str], int]:
    sql("INSERT INTO tracking.integrations (id, account_id, name, fields) VALUES (1, 7, 'CRM', '{caller name}')")

    def run(text: str) -> int:
        path = tmp_path / "deliveries.csv"
        path.write_text(text)
        return record_deliveries(deployment, path)

    return run


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("7,1,CRM," + "canary" * 10_000, "line 3 has more than 10,000 characters"),
        ("7,1,CRM," + "," * 20_000, "line 3 has more than 10,000 characters"),
        ('7,1,CRM,"' + "canary\n" * 2_000, "line 2004 is no delivery"),
        (f"{2**63},1,CRM,x", "line 3 is no delivery"),
        (f"7,{'9' * 5_000},CRM,x", "line 3 is no delivery"),
        ("7,1,CRM,canary\x00", "line 3 is no delivery"),
        ("7,1,CRM," + "x" * 201, "line 3 is no delivery"),
    ],
    ids=range(7),
)
def test_a_file_of_deliveries(record: Callable[[str], int], sql: Sql, line: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as refused:
        record(f"{HEADER}7,1,CRM,a\n{line}\n7,2,CRM,b\n")
    assert "canary" not in str(refused.value)
    assert sql("SELECT count(*) AS n FROM tracking.deliveries") == [{"n": 0}]
    assert record(f"{HEADER}7,1,CRM,a\n7,2,CRM,b\n") == 2


def test_the_line_of_a_long_file_of_deliveries_is_named(record: Callable[[str], int]) -> None:
    lines = "".join(f"7,{number},CRM,x\n" for number in range(10_001))
    with pytest.raises(BadInput, match="line 10003 is no delivery"):
        record(f"{HEADER}{lines}x\n")


@pytest.mark.parametrize(
    "text",
    ['{"certificate": ' + "[" * 100_000, "[" * 9_000_000, '{"certificate": ' + "9" * 9_000_000 + "}", "{}" * 6_000_000],
    ids=range(4),
)
def test_a_file_that_is_no_certificate(tmp_path: Path, text: str) -> None:
    path = tmp_path / "certificate.json"
    path.write_text(text)
    with pytest.raises(BadInput, match="is no certificate"):
        verify_certificate(path, {})


def test_a_key_without_end() -> None:
    with pytest.raises(BadInput, match="is no Ed25519 public key"):
        trusted_keys(Settings(), [Path("/dev/zero")])


@pytest.mark.parametrize(
    "text", ['{"extra": ' + "[" * 9_000, '{"extra": ' + "[" * 100_000, "postgresql://" + "x" * 10**6]
)
def test_a_connection_that_is_none(text: str) -> None:
    with pytest.raises(BadInput, match="connection west is not one of PostgreSQL"):
        parse_connection(text, "west")


@pytest.mark.parametrize("ids", [tuple(range(MOST_IDS + 1)), (2**63,), (-(2**63) - 1,)], ids=range(3))
def test_activities_of_a_request_and_of_a_hold(
    database: Database, deployment: Deployment, account: int, ids: tuple[int, ...]
) -> None:
    with pytest.raises(BadInput, match="nothing was changed"):
        ManualRequest(7, ids, "ticket 1", "ada")
    with pytest.raises(BadInput, match="nothing was changed"):
        place_hold(deployment, 7, "case 1", "ada", activity_ids=ids)
    assert list_holds(database) == []


def test_activities_of_the_form_of_the_dag() -> None:
    param = build_redact_on_demand().params.get_param("activity_ids")
    assert param.schema["maxItems"] == MOST_IDS
    assert param.resolve([1] * MOST_IDS)
    with pytest.raises(ParamValidationError):
        param.resolve([1] * (MOST_IDS + 1))


@pytest.mark.parametrize(
    "contact", [f"canary@{'x' * 2_500}.example", f"canary@{'ü' * 1_250}", "1" * 10_000], ids=range(3)
)
def test_a_contact_of_a_hold(database: Database, deployment: Deployment, account: int, contact: str) -> None:
    with pytest.raises(BadInput) as refused:
        place_hold(deployment, 7, "case 1", "ada", contact=contact)
    assert "canary" not in str(refused.value)
    assert list_holds(database) == []


def test_the_longest_contact_can_be_held(deployment: Deployment, account: int) -> None:
    longest = "a@" + "".join(f"{number * 7919:08x}" for number in range(1_000))[: MOST_ADDRESS - 2]
    assert contact_key(longest, "US") == longest
    assert place_hold(deployment, 7, "case 1", "ada", contact=longest, anyway=True).scope == "contact"
    with pytest.raises(BadInput, match="320 characters"):
        contact_key(f"a{longest}", "US")


@pytest.mark.parametrize("contact", ["canary\x00@x.example", "canary\ud83d@x.example"], ids=range(2))
def test_characters_that_no_text_of_the_database_has(deployment: Deployment, account: int, contact: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        place_hold(deployment, 7, "case 1", "ada", contact=contact)
    assert "canary" not in str(refused.value)


def test_numbers_that_no_id_has(database: Database, cli: Cli, account: int) -> None:
    with pytest.raises(BadInput, match="there is no account"):
        preview_manual(database, ManualRequest(2**63, (1,), "ticket 1", "ada"))
    code, _, told = cli("account", "show", str(2**63))
    assert (code, "Traceback" in told, "is no id" in told) == (2, False, True), told


def test_a_name_that_no_index_holds(cli: Cli, account: int) -> None:
    code, _, told = cli("account", "administrator", "7", json.dumps([number * 7919 for number in range(2_000)]))
    assert (code, "at most 200" in told, "nothing was changed" in told) == (2, True, True)


@pytest.mark.parametrize("name", ["n" * 201, "a\nb", "a\x00b"])
@pytest.mark.parametrize(
    "words",
    [("account", "add", "9", "--agency", "1"), ("account", "set", "7"), ("agency", "add", "9"), ("agency", "set", "1")],
)
def test_a_name_that_no_page_has_room_for(
    cli: Cli, account: int, sql: Callable[..., list[dict[str, Any]]], words: tuple[str, ...], name: str
) -> None:
    code, _, told = cli(*words, "--name", name)
    assert (code, "at most 200 characters" in told, told.strip().count("\n")) == (2, True, 0)
    assert sql("SELECT a.name, g.name AS agency FROM tracking.accounts a, tracking.agencies g") == [
        {"name": "Dental", "agency": "North"}
    ]


def test_an_error_of_the_database_says_no_value(database: Database, sql: Sql, account: int) -> None:
    with pytest.raises(RedactionError) as refused, database.transaction("redaction_worker") as session:
        session.rows("get_account", account_id="canary")
    assert "canary" not in str(refused.value)
