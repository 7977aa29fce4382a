"""The page of a run: result, impact, validation, erasure, other systems, certificate; each in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from redaction.control.manual import ManualRequest, begin_manual
from redaction.deployment import Deployment
from redaction.erasure.residue import erase_residue
from redaction.errors import PersonalDataRemains
from redaction.gate.holds import place_hold
from redaction.pipeline.run import begin_run, complete_run, run_step
from tests.evidence.acts import CUTOFF
from tests.objects_of import World
from tests.servers import reached
from tests.web.conftest import As
from tests.web.test_truth import _unguard

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
SECTIONS = ["Result", "Impact", "Validation", "Erasure", "Elsewhere", "Certificate"]


def _section(page: str, name: str) -> str:
    """Return a section of a page as text."""
    found = re.search(rf'<section [^>]*aria-labelledby="{name.lower()}".*?</section>', page, re.S)
    assert found is not None, name
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


@pytest.fixture
def run(house_of_two: int, deployment: Deployment, insert: Insert) -> int:
    """A run of three by the rule."""
    for number in (1, 2, 3):
        insert(number, kind="text" if number == 3 else "call")
    begun = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, begun.id)
    return begun.id


def test_a_run_has_its_six_sections_in_order(as_: As, run: int) -> None:
    page = as_("vera").get(f"/redaction/runs/{run}").text
    assert re.findall(r'<h2 id="(\w+)">', page) == [name.lower() for name in SECTIONS]
    assert '<h1>Run 1 <span class="st ok">Done</span></h1>' in page
    assert "<title>Run 1 · Dental · Redaction</title>" in page
    result = _section(page, "Result")
    for part in (
        "Redacted 3 of 3 activities",
        "2 calls, 1 text",
        "By rule",
        "Daily (New York)",
        "Everything before 1 Apr, 00:00",
    ):
        assert part in result, result
    assert "no personal value left in 3 activities" in _section(page, "Validation")
    # What was removed is there, largest numbers first, and the time of each step for readers who open it.
    assert "caller name" in result
    assert "Remove personal data" in result
    for word in ("stripped", "None", "delete_recordings", "L1"):
        assert word not in re.sub(r"<[^>]+>", " ", page.partition("<main")[2]), word


def test_a_run_with_nothing_due_says_how_many_a_hold_keeps(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1)
    place_hold(deployment, 7, "ticket 1", "eve")
    begun = begin_run(deployment, 7, CUTOFF, "cli")
    page = as_("vera").get(f"/redaction/runs/{begun.id}").text
    assert "Nothing was changed. A legal hold keeps 1 activity." in _section(page, "Result")


def test_a_run_with_nothing_due_says_so(as_: As, house_of_two: int, deployment: Deployment) -> None:
    begun = begin_run(deployment, 7, CUTOFF, "cli")
    page = as_("vera").get(f"/redaction/runs/{begun.id}").text
    assert '<h1>Run 1 <span class="st ok">Nothing due</span></h1>' in page
    result = _section(page, "Result")
    assert "No activity before 1 Apr, 00:00" in result
    assert "Nothing was changed" in result
    assert "No row: a run without anything due is only in the record of runs." in result
    assert "There was nothing to validate." in _section(page, "Validation")
    assert "There was nothing to erase." in _section(page, "Erasure")
    assert "None: only a run that has redacted gets one." in _section(page, "Certificate")
    assert "not ended" not in page
    for path in ("/redaction/", "/redaction/accounts/7", "/redaction/runs"):
        said = as_("root").get(path)
        assert said.status_code == 200
        assert "Nothing removed yet" not in said.text, path
    assert "Nothing due" in as_("root").get("/redaction/accounts/7/runs").text


def test_a_run_by_hand_says_by_whom(as_: As, house_of_two: int, deployment: Deployment, insert: Insert) -> None:
    insert(1)
    begun = begin_manual(deployment, ManualRequest(7, (1,), "ticket 5", "ada"), "cli", True, administrator=True)
    complete_run(deployment, begun.id)
    result = _section(as_("ada").get(f"/redaction/runs/{begun.id}").text, "Result")
    assert "By ada" in result
    assert "ticket 5" in result
    assert "1 activity chosen by its id" in result
    assert "Everything before" not in result


def test_what_was_left_out_is_said(as_: As, house_of_two: int, deployment: Deployment, insert: Insert) -> None:
    insert(1)
    insert(2)
    begun = begin_run(deployment, 7, CUTOFF, "cli")
    place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[2])
    complete_run(deployment, begun.id)
    result = _section(as_("vera").get(f"/redaction/runs/{begun.id}").text, "Result")
    assert "Redacted 1 of 2 activities" in result
    assert "Left out: 1 held" in result


def test_copies_on_disk_are_a_bar_of_five_steps_in_words(as_: As, run: int, deployment: Deployment) -> None:
    def list_steps() -> list[tuple[str, str]]:
        page = as_("vera").get(f"/redaction/runs/{run}").text
        return re.findall(r'<li class="(done|now|next)">.*?<b>([^<]+)</b>', page)

    names = ["Emptied", "No live copy", "Files rewritten", "Log rotated", "Backups expired"]
    assert [name for _, name in list_steps()] == names
    assert [state for state, _ in list_steps()] == ["done", "done", "now", "next", "next"]
    erasure = _section(as_("vera").get(f"/redaction/runs/{run}").text, "Erasure")
    assert "Files on disk will be rewritten by the nightly job" in erasure
    erase_residue(deployment)
    done = 4 if reached(deployment.database) == "L3" else 3
    assert [state for state, _ in list_steps()] == [*["done"] * done, "now", "next"][:5]


def test_a_validation_that_fails_stands_first_with_what_to_do(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    for number in (1, 2, 3):
        insert(number)
    begun = begin_run(deployment, 7, CUTOFF, "cli")
    for step in ("strip", "objects"):
        run_step(deployment, begun.id, step)
    _unguard(sql)
    sql("UPDATE tracking.activities SET notes = 'canary note' WHERE id = 2")
    with pytest.raises(PersonalDataRemains):
        run_step(deployment, begun.id, "validate")
    page = as_("vera").get(f"/redaction/runs/{begun.id}").text
    assert '<span class="st late">Failed</span>' in page
    validation = _section(page, "Validation")
    assert "1 of" in validation
    assert "Notes is empty in all redacted rows" in validation
    assert "on 1 of 3 rows" in validation
    assert "anary" not in page
    assert "Certificate" in page
    assert "certificate.pdf" not in page


def test_outcomes_of_objects_are_counted_apart(as_: As, house_of_two: int, world: World) -> None:
    world.load_audio(7, "https://media.example.com/1.wav")
    record = world.run_whole(7)
    page = as_("ada").get(f"/redaction/runs/{record['id']}").text
    erasure, elsewhere = _section(page, "Erasure"), _section(page, "Elsewhere")
    assert "held elsewhere 1" in erasure
    assert "media.example.com" in elsewhere
    assert "Mark as erased" in elsewhere


def test_a_run_that_goes_on_says_nothing_of_what_it_has_not_done(
    as_: As, house_of_two: int, deployment: Deployment, world: World
) -> None:
    world.load_audio(7, "https://media.example.com/1.wav")
    run = begin_run(deployment, 7, None, "cli")
    address = f"/redaction/runs/{run.id}"
    page = as_("ada").get(address).text
    assert "Nothing is redacted yet." in page
    untrue = ("had no recordings", "were not rebuilt", "not validated, or", "No other system", "None: only a run")
    assert not [words for words in untrue if words in page]
    run_step(deployment, run.id, "strip")
    page = as_("ada").get(address).text
    assert not [words for words in untrue[:3] if words in page]
    for words in ("Recordings and files are not deleted yet", "The run is not validated yet", "are not rebuilt yet"):
        assert words in page
