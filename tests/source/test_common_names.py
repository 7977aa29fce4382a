"""Callers with names of the business's own words: how many others say so decides, in the loader and the strip."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as bounds

from redaction.contacts.names import digest_name, read_name
from redaction.contacts.recognition import find_facts
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import PersonalDataRemains
from redaction.evidence.watch import watch
from redaction.pipeline.run import describe_run, run_account
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source.load import load_files
from redaction.source.names import NameJudge
from redaction.source.scrub import Caller
from redaction.source.store import Stored
from tests.source.test_recognition import spelled

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Load = Callable[..., Stored]
FIRST = datetime(2026, 3, 2, 15, tzinfo=UTC)
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
NAME = "Tampa Dental"
TEXT = "Ads of Tampa Dental"
CUT = "Ads of [redacted]"
ENOUGH = 20


@pytest.fixture
def load(deployment: Deployment, tmp_path: Path) -> Load:
    def run(records: Iterable[dict[str, Any]]) -> Stored:
        file = tmp_path / "lines.jsonl"
        file.write_bytes(b"\n".join(map(orjson.dumps, records)))
        return load_files(deployment, [file])

    return run


def _record(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "account_id": 7,
        "called_at": (FIRST + timedelta(days=number % 5)).isoformat(),
        "caller_number": f"+1212555{number:04}",
        "name": f"Ann Other{number}",
        "source": "Google Ads",
        "direction": "inbound",
        **fields,
    }


def _others(count: int, first: int = 100, **fields: Any) -> list[dict[str, Any]]:
    return [_record(first + number, **{"source": TEXT, **fields}) for number in range(count)]


def _sources(sql: Sql, *ids: int) -> list[str]:
    rows = sql("SELECT source FROM tracking.activities WHERE id = ANY(:ids) ORDER BY id", ids=list(ids))
    return [row["source"] for row in rows]


def test_a_name_of_the_businesss_words_is_kept_and_counted_even_in_the_first_load(
    account: int, load: Load, sql: Sql, deployment: Deployment
) -> None:
    stored = load([_record(1, name=NAME, source=TEXT), *_others(ENOUGH), _record(2, name="Dental, Tampa", source=TEXT)])
    assert (stored.inserted, stored.common_names) == (ENOUGH + 2, 2)
    assert _sources(sql, 1, 2) == [TEXT, TEXT]
    [figure] = [f for f in watch(deployment) if f.what == "names of the business's words"]
    assert figure.count == 1
    # The list has only texts with a number or an address.
    assert "texts list" not in figure.hint
    assert "`redaction texts cut 7 --reason TEXT`" in figure.hint
    assert sql("SELECT contacts FROM redaction.common_names") == [{"contacts": ENOUGH}]


@pytest.mark.parametrize(
    ("why", "others"),
    [
        ("one contact too few", _others(ENOUGH - 1)),
        ("many activities of one contact", _others(60, caller_number="+12125559999")),
        ("contacts that are called so themselves", _others(60, name="tampa  DENTAL")),
        ("its words next to a number", _others(60, source=f"{TEXT} 303 555 0150")),
        ("all on one day of several", [*_others(60, called_at=FIRST.isoformat()), *_others(9, 300, source="x")]),
        ("withheld callers", _others(60, caller_number="anonymous")),
        ("its words apart", _others(60, source="Tampa ads, Dental")),
        ("part of other words", _others(60, source="Tampa Dentality")),
        ("another account's texts", _others(60, account_id=8)),
    ],
)
def test_a_name_is_cut_where_few_others_say_it(
    account: int, load: Load, sql: Sql, why: str, others: list[dict[str, Any]]
) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id, name, timezone) VALUES (8, 1, 'Law', 'UTC')")
    stored = load([*others, _record(1, name=NAME, source=TEXT)])
    assert (stored.common_names, _sources(sql, 1)) == (0, [CUT]), why
    assert sql("SELECT count(*) AS n FROM redaction.common_names") == [{"n": 0}]


def test_a_full_name_beside_the_callers_number_is_always_cut(account: int, load: Load, sql: Sql) -> None:
    load(_others(ENOUGH))
    load([_record(1, name=NAME, source=f"{NAME} (212) 555-0001"), _record(2, name=NAME, source=TEXT)])
    assert _sources(sql, 1, 2) == ["[redacted] [redacted]", TEXT]


def test_every_name_that_stands_there_must_be_common(account: int, load: Load, sql: Sql) -> None:
    load(_others(ENOUGH))
    both = {"name": NAME, "cnam": "Jane Roe"}
    load([_record(1, **both, source=f"{TEXT} for Jane Roe"), _record(2, **both, source=TEXT)])
    assert _sources(sql, 1, 2) == ["Ads of [redacted] for [redacted]", TEXT]


def test_labels_and_routes_are_kept_and_an_update_is_judged_too(account: int, load: Load, sql: Sql) -> None:
    path = [{"route_name": TEXT, "route_type": "queue"}]
    load([_record(1, name="Other Person"), *_others(ENOUGH)])
    stored = load([_record(1, name=NAME, tracking_label=TEXT, call_path=path)])
    assert (stored.updated, stored.common_names) == (1, 1)
    [row] = sql("SELECT tracking_label, call_path FROM tracking.activities WHERE id = 1")
    assert row == {"tracking_label": TEXT, "call_path": path}
    assert load([_record(1, name=NAME, tracking_label=TEXT, call_path=path)]).unchanged == 1


def test_what_was_common_stays_so_when_its_contacts_are_gone(
    account: int, load: Load, sql: Sql, deployment: Deployment
) -> None:
    load([*_others(ENOUGH), _record(1, name=NAME, source=TEXT)])
    run_account(deployment, 7, NOW)
    later = {"called_at": NOW.isoformat(), "source": TEXT}
    assert load([_record(2, name="DENTAL TAMPA", **later), _record(3, name="Jane Roe", **later)]).common_names == 1
    assert _sources(sql, 2, 3) == [TEXT, TEXT]


def test_what_is_kept_of_a_name_cannot_be_found_by_trying_names(account: int, load: Load, sql: Sql) -> None:
    load([*_others(ENOUGH), _record(1, name=NAME, source=TEXT)])
    tried = "SELECT digest = redaction.digest_name(:name) AS found, digest = "
    tried += (
        "redaction.key_digest(redaction.digest_name(:name), redaction.text_key(7)) AS keyed FROM redaction.common_names"
    )
    assert sql(tried, name=NAME) == [{"found": False, "keyed": True}]


def test_a_name_that_is_common_within_the_only_day_that_there_is(account: int, load: Load, sql: Sql) -> None:
    """Accounts that redact daily have no more than that."""
    day = {"called_at": FIRST.isoformat()}
    assert load([*_others(ENOUGH, **day), _record(1, name=NAME, source=TEXT, **day)]).common_names == 1


def test_what_is_decided_to_be_cut_is_cut_whatever_the_name_is(account: int, load: Load, sql: Sql) -> None:
    load(_others(ENOUGH))
    sql(
        "INSERT INTO redaction.text_decisions (account_id, digest, decision, decided_by)"
        " VALUES (7, redaction.digest_text(:text, redaction.text_key(7)), 'cut', 'ada')",
        text=TEXT,
    )
    load([_record(1, name=NAME, source=TEXT)])
    assert _sources(sql, 1) == ["[redacted]"]


@pytest.mark.parametrize("rewrites", [True, False])
def test_the_strip_finds_what_the_door_would_cut_and_counts_what_it_keeps(
    account: int, load: Load, sql: Sql, settings: Settings, deployment: Deployment, insert: Insert, rewrites: bool
) -> None:
    """Rows from before: their run fails by the one name, and not by the other."""
    settings = settings.model_copy(
        update={"rewrite_min_rows": 1 if rewrites else 10**9, "rewrite_share": 0.001, "batch_size": 3}
    )
    stripping = deploy(deployment.database, settings)
    load(_others(ENOUGH))
    for number in range(5):
        insert(number + 1, caller_name=NAME, source=TEXT, caller_number="+13035550150", contact_key="+13035550150")
    record = run_account(stripping, 7, NOW)
    assert (record["state"], record["common_names"], record["stripped_count"]) == ("succeeded", 5, ENOUGH + 5)
    assert sql("SELECT count(*) AS n FROM redaction.run_findings") == [{"n": 0}]
    # Its contacts are gone: it stays common.
    insert(30, caller_name=NAME, source=TEXT)
    assert run_account(stripping, 7, NOW + timedelta(days=1))["common_names"] == 1
    insert(31, caller_name="Jane Roe", source="Friend of Jane Roe")
    with pytest.raises(PersonalDataRemains, match="name their own caller: 31"):
        run_account(stripping, 7, NOW + timedelta(days=2))
    [failed] = sql("SELECT id FROM redaction.runs WHERE state = 'failed'")
    assert describe_run(deployment.database, failed["id"])["common_names"] == 0


def test_a_load_that_is_undone_has_told_nothing(account: int, load: Load, sql: Sql, deployment: Deployment) -> None:
    """A name is remembered with the rows that were stored by it, or not at all."""
    sql(
        "CREATE FUNCTION tracking.refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"
    )
    sql("CREATE TRIGGER refuse BEFORE INSERT ON redaction.common_names FOR EACH ROW EXECUTE FUNCTION tracking.refuse()")
    busy = deploy(deployment.database, deployment.settings.model_copy(update={"busy_retries": 0}))
    file = deployment.settings.home / "lines.jsonl"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"\n".join(map(orjson.dumps, [*_others(ENOUGH), _record(1, name=NAME, source=TEXT)])))
    with pytest.raises(Exception, match="busy"):
        load_files(busy, [file])
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 0}]
    sql("DROP TRIGGER refuse ON redaction.common_names")
    assert load_files(busy, [file]).common_names == 1


def test_no_name_gets_into_a_statement_of_the_load(account: int, load: Load, caplog: Any, sql: Sql) -> None:
    import sqlalchemy as sa
    from sqlalchemy.engine import Engine

    said: list[str] = []

    def keep(*given: Any) -> None:
        said.append(f"{given[2]} {given[3]}")

    sa.event.listen(Engine, "before_cursor_execute", keep)
    try:
        odd = "Tampa\\ \t Dental"
        load([*_others(ENOUGH), _record(1, name=NAME, source=TEXT), _record(2, name=odd, source=TEXT)])
    finally:
        sa.event.remove(Engine, "before_cursor_execute", keep)
    assert len(said) > 5
    assert [text for text in said if "Tampa" in text or "Dental" in text] == []
    assert _sources(sql, 1, 2) == [TEXT, TEXT]


@pytest.mark.usefixtures("database")
@given(spelled())
# A word that both scripts write alike is no other spelling of itself.
@example(({"names": ["Anne-Marie Петров"]}, "Anne-Marie Петров"))
@bounds(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_door_and_database_find_the_same_names_in_a_text(sql: Sql, said: tuple[dict[str, list[str]], str]) -> None:
    person, text = said
    names = [*person["names"], "Toll Free", "Jane Roe", ""]
    [found] = sql(
        "SELECT redaction.find_names(f.words, :names) AS names, ARRAY(SELECT DISTINCT redaction.digest_name(o)"
        " FROM unnest(CAST(:orders AS text[])) AS o) AS digests FROM redaction.find_facts(:text) f",
        text=text,
        names=names,
        orders=[person["names"][0], " ".join(reversed(person["names"][0].split(" ", 1))), person["names"][0].upper()],
    )
    caller = Caller(names=names)
    assert found["names"] == caller.find_names(find_facts(text).words)
    full = read_name(person["names"][0])
    assert full is not None
    assert list(map(bytes, found["digests"])) == [digest_name(full)]
    assert caller.scrub(text, keeps_names=True) == text or not found["names"]


def test_odd_names_and_texts_break_nothing(account: int, load: Load, sql: Sql) -> None:
    odd = [
        "\u200bTampa\u200b Dental",
        "Tampa%20Dental",
        "T" * 2_000 + " Dental",
        "山田太郎",
        "\ud83d\ude00 \ud83d\ude00",
        "- -",
    ]
    records = [_record(10 + place, name=name, source=f"Ads of {name}") for place, name in enumerate(odd)]
    stored = load([*_others(ENOUGH), *_others(ENOUGH, 200, source="東京 山田太郎"), *json.loads(json.dumps(records))])
    assert (stored.rejected, stored.common_names) == (0, 3)
    kept = _sources(sql, 10, 11, 13)
    assert kept == [f"Ads of {odd[place]}" for place in (0, 1, 3)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The accounts whose latest texts the database was asked for, in turn."""
    found: list[int] = []
    rows = Session.rows

    def note(session: Session, name: str, /, **values: Any) -> Any:
        if name == "count_latest_texts":
            found.append(values["account_id"])
        return rows(session, name, **values)

    monkeypatch.setattr(Session, "rows", note)
    return found


def test_the_texts_of_a_young_account_are_asked_for_again_after_one_and_four_batches(
    account: int, load: Load, asked: list[int], deployment: Deployment
) -> None:
    load(_others(2, source="Google Ads"))
    judge, after = NameJudge(), []
    for number in range(9):
        with deployment.database.transaction("redaction_loader") as session:
            asked.clear()
            assert judge.find_common(session, {(7, number): (NAME,)}) == set()
            after.append(len(asked))
    assert after == [1, 0, 0, 1, 0, 0, 0, 0, 0]


def test_the_texts_of_an_account_that_has_enough_are_asked_for_once_and_before_the_turn(
    account: int, load: Load, asked: list[int], deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(_others(ENOUGH))
    monkeypatch.setattr("redaction.source.names.LATEST", ENOUGH)
    judge = NameJudge()
    with deployment.database.transaction("redaction_loader") as session:
        judge.prepare(session, {7})
        assert asked == [7]
        assert judge.find_common(session, {(7, 1): (NAME,)}) == {(7, 1)}
        judge.prepare(session, {7})
    assert asked == [7]
