"""An invented source with other names, nesting, kinds, directions, times and ids: loaded and redacted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.catalog import load_catalog
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold
from redaction.pipeline.reports import rebuild_account
from redaction.source.load import LoadSummary, load_files
from tests.checkout import ROOT
from tests.objects_of import World
from tests.sources import Choose, choose

__all__ = ["choose"]

Sql = Callable[..., list[dict[str, Any]]]
OTTERLINE = ROOT / "tests" / "source" / "otterline"
THEM, OTHERS, US = "+12125550143", "+12125550187", "+18005550100"
CANARY = "CANARY"


def otter(ref: int | str, sort: str = "ring", way: str = "to us", **more: Any) -> dict[str, Any]:
    """A record of that source; the contact is the side that is not ours."""
    sides = {"a": US, "b": THEM} if way == "from us" else {"a": THEM, "b": US}
    when = {"began": "01.10.2026 19:30"} | more.pop("when", {})
    return {"item": {"ref": ref, "shop": 7}, "when": when, "sort": sort, "way": way, "parties": sides} | more


@pytest.fixture
def world(deployment: Deployment, sql: Sql, tmp_path: Path, choose: Choose) -> World:
    choose(OTTERLINE)
    found = World(deployment, sql, tmp_path / "tapes")
    found.account(7)
    found.store(found.root)
    return found


def load(world: World, *records: Any, name: str = "otters.jsonl") -> LoadSummary:
    path = world.root.parent / name
    path.write_bytes(b"\n".join(record if isinstance(record, bytes) else orjson.dumps(record) for record in records))
    return load_files(world.deployment, [path])


def rows(world: World) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in world.sql("SELECT * FROM tracking.activities ORDER BY id")}


def full(world: World) -> dict[str, Any]:
    return otter(
        1,
        given="Zoë",
        family="Canary",
        person={"given": "Zoe", "family": "Otter", "town": CANARY},
        outcome="done",
        line_tag="Front",
        origin="Billboard for Zoë Canary",
        origin_no="12",
        tape=world.file("one.tape").as_uri(),
        second_tape=world.file("two.tape").as_uri(),
        heard=f"{CANARY} said",
        remark=CANARY,
        post="Zoe <ZOE@example.com>",
        stickers=["vip", CANARY],
        web={"session": "s1", "page": "https://shop.example/a"},
        steps=[
            {"label": "Desk", "no": 4, "art": "queue", "at": "01.10.2026 19:31", "who": CANARY},
            {"route_name": CANARY},
        ],
        shoe_size=44,
    )


def test_each_field_comes_into_the_column_that_its_folder_names(world: World) -> None:
    summary = load(world, full(world))
    assert (summary.read, summary.inserted, summary.rejected) == (1, 1, 0), summary.rejections
    row = rows(world)[1]
    assert row["called_at"] == datetime(2026, 10, 1, 23, 30, tzinfo=UTC), "of the account's zone: New York"
    retained = ("kind", "status", "tracking_number", "tracking_label", "source", "source_id")
    assert [row[name] for name in retained] == ["call", "done", US, "Front", "Billboard for [redacted]", 12]
    assert row["call_path"][0] == {
        "route_name": "Desk",
        "route_id": 4,
        "route_type": "queue",
        "started_at": "01.10.2026 19:31",
    }
    assert row["call_path"][1] == {}, "a key that only is called as ours is not one of the call flow"
    assert (row["caller_name"], row["caller_number"], row["contact_key"]) == ("Zoë Canary", THEM, THEM)
    assert row["contact_keys"] == [THEM, "zoe@example.com"]
    assert (row["transcription"], row["notes"], row["tags"]) == (f"{CANARY} said", CANARY, ["vip", CANARY])
    assert row["emails"] == ["Zoe <ZOE@example.com>"]
    assert row["visitor"]["visitor_sid"] == "s1"
    assert row["enhanced_caller_id"] == {"person": {"given": "Zoe", "family": "Otter", "town": CANARY}}
    assert row["unlisted"]["shoe_size"] == 44
    assert CANARY in str(row["unlisted"]["steps"])


@pytest.mark.parametrize("sort", ["ring", "letter", "talk", "ask"])
@pytest.mark.parametrize("way", ["to us", "from us"])
def test_its_words_say_kind_and_direction(world: World, sort: str, way: str) -> None:
    load(world, otter(1, sort, way))
    row = rows(world)[1]
    assert row["kind"] == {"ring": "call", "letter": "text", "talk": "chat", "ask": "form"}[sort]
    assert (row["contact_key"], row["caller_number"], row["tracking_number"]) == (THEM, THEM, US)


def test_without_a_word_of_its_kind_what_it_has_decides(world: World) -> None:
    load(world, otter(1, "?", written="hello"), otter(2, "?", ask={"tel": OTHERS, "mail": "a@example.org"}))
    found = rows(world)
    assert [found[1]["kind"], found[2]["kind"]] == ["text", "form"]
    assert found[2]["contact_keys"] == [THEM, OTHERS, "a@example.org"]
    assert found[1]["unlisted"]["sort"] == "?"


def test_what_stands_for_no_number_is_its_own_list(world: World) -> None:
    load(world, *(otter(ref) | {"parties": {"a": text}} for ref, text in ((1, "no otter"), (2, "+55500000001"))))
    assert [row["contact_key"] for row in rows(world).values()] == [None, None]


@pytest.mark.parametrize(
    "sent",
    [
        {"rows": [otter(1), otter(2)]},
        [otter(1), otter(2)],
        b'{"type": "RECORD", "stream": "otters", "record": %s}\n{"type": "RECORD", "stream": "otters", "record": %s}'
        % (orjson.dumps(otter(1)), orjson.dumps(otter("2"))),
        b'{"rows": [%s, %s], "broken": 1e999}' % (orjson.dumps(otter(1)), orjson.dumps(otter(2.0))),
    ],
    ids=["page", "list", "messages", "mended page"],
)
def test_its_pages_and_streams_are_those_that_it_names(world: World, sent: Any) -> None:
    assert load(world, sent).inserted == 2
    assert load(world, {"type": "RECORD", "stream": "calls", "record": otter(3)}).other_streams == 1


@pytest.mark.parametrize(
    "line", [b'{"item": {"shop": 7, "ref": 9}, "sort": ', orjson.dumps(otter(9) | {"when": {"began": "31.31.2026"}})]
)
def test_what_cannot_be_read_is_rejected_by_its_id(world: World, line: bytes) -> None:
    broken = line if line.endswith(b"}") else line + b"tru}"
    summary = load(world, otter(1), broken)
    assert (summary.inserted, summary.rejected) == (1, 1)
    assert summary.rejections[0].activity_id == 9
    assert summary.quarantined == 1


def test_a_rejected_record_is_kept_as_it_was_sent(world: World) -> None:
    sent = otter(9) | {"when": {"began": "never"}}
    summary = load(world, {"rows": [sent]})
    [path] = world.settings.quarantine_path.glob("*")
    assert summary.rejections[0].reason == "began is no time"
    assert orjson.loads(path.read_bytes()) == sent


def test_the_copy_that_was_written_later_stays(world: World) -> None:
    load(world, otter(1, outcome="new", when={"stored": 1_790_900_010}))
    load(world, otter(1, outcome="old", when={"stored": 1_790_900_000}))
    assert rows(world)[1]["status"] == "new"


def test_what_the_source_has_redacted_empties_nothing(world: World) -> None:
    load(world, otter(1, remark=CANARY))
    assert load(world, otter(1, erased="yes")).redacted_at_source == 1
    assert rows(world)[1]["notes"] == CANARY


def test_a_literal_field_that_is_called_as_a_moved_one_is_no_other_identity(world: World) -> None:
    """Both stay in place, and unlisted fields are personal."""
    load(world, otter(1, visitor_sid="s2", web={"session": "s1"}))
    assert rows(world)[1]["visitor"] == {"visitor_sid": "s2", "web": {"session": "s1"}}


def test_a_hold_finds_its_contact_and_a_run_redacts_the_rest_with_their_objects(world: World) -> None:
    held = otter(2) | {"parties": {"a": OTHERS, "b": US}}
    pics = [world.file("a.png").as_uri(), world.file("b.png").as_uri()]
    load(world, full(world), held | {"remark": CANARY}, otter(3, "letter", written=CANARY, pics=pics))
    place_hold(world.deployment, 7, "asked by a court", "eve", contact=OTHERS)
    rebuild_account(world.deployment, 7)
    sessions = "SELECT sessions, missing FROM reporting.sessions"
    assert world.sql(sessions) == [{"sessions": 1, "missing": 0}]
    run = world.run_whole(7)
    assert (run["state"], run["stripped_count"]) == ("succeeded", 2), run
    found = rows(world)
    for ref in (1, 3):
        assert {name: found[ref][name] for name in load_catalog().personal if found[ref][name] is not None} == {}
    assert (found[2]["notes"], found[1]["source"]) == (CANARY, "Billboard for [redacted]")
    assert list(world.root.rglob("*.*")) == [], "tapes and pictures are gone"
    assert world.sql(sessions) == [{"sessions": 0, "missing": 2}]
    assert load(world, full(world)).already_redacted == 1
