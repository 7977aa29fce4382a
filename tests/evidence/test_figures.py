"""Each figure of a certificate is that of the run's record, whatever happened during the run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pypdf import PdfReader

from redaction.deployment import Deployment
from redaction.evidence.certificate import Certificate, certify_run
from redaction.evidence.keys import make_key, signing_key
from redaction.evidence.render import write_certificate
from redaction.gate.holds import place_hold
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.pipeline.steps import STEPS
from redaction.recovery.replay import replay_ledger
from redaction.settings import Settings
from tests.evidence.acts import AT, CUTOFF, digest, redact, redact_by_hand
from tests.evidence.conftest import Restore

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]


def _record(sql: Sql, run_id: int) -> dict[str, Any]:
    [row] = sql("SELECT * FROM redaction.runs WHERE id = :id", id=run_id)
    return row


def _compare(certificate: Certificate, record: dict[str, Any], ids: list[int]) -> None:
    """Check every figure of a certificate that the run's record, or its set, has too."""
    for name in (
        "account_id",
        "kind",
        "cutoff",
        "started_at",
        "finished_at",
        "due_count",
        "stripped_count",
        "objects",
        "by_kind",
        "by_category",
        "validation",
        "reason",
    ):
        assert getattr(certificate, name) == record[name], name
    assert certificate.asked_by == (record["requested_by"] or record["policy"])
    assert certificate.ids_digest == digest(*ids)
    assert certificate.due_count == len(ids)
    assert certificate.due_count - certificate.stripped_count == sum(certificate.left_out.values())
    assert certificate.started_at < certificate.finished_at <= certificate.ledger.written_at <= certificate.issued_at


def _print(certificate: Certificate, settings: Settings, folder: Path) -> list[str]:
    """Return the content of the page and the print."""
    (folder / "key.pem").exists() or make_key(folder / "key.pem")
    key = signing_key(settings.model_copy(update={"certificate_key": SecretStr(str(folder / "key.pem"))}))
    _, html, pdf = write_certificate(certificate, key, folder)
    printed = " ".join(page.extract_text() for page in PdfReader(pdf).pages)
    return [" ".join(html.read_text().split()), " ".join(printed.split())]


def test_an_automatic_run(filled: int, deployment: Deployment, settings: Settings, sql: Sql, tmp_path: Path) -> None:
    place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[3, 4])
    redact(deployment, 7, AT + timedelta(days=6))
    certificate = certify_run(deployment, 1)
    _compare(certificate, _record(sql, 1), [1, 2, 5, 6])
    assert (certificate.listed, certificate.held, certificate.left_out) == (False, 2, {})
    for text in _print(certificate, settings, tmp_path):
        assert "4 of 4 activities that were selected" in text
        assert "2 activities" in text
        assert "9 Mar 2026, 00:00:00 New York (2026-03-09 04:00:00 UTC)" in text


def test_a_run_of_an_account_that_is_held_whole(
    filled: int, deployment: Deployment, settings: Settings, sql: Sql, tmp_path: Path
) -> None:
    # After its selection: a run that finds only held activities has nothing due.
    run = begin_run(deployment, 7, CUTOFF, "cli")
    place_hold(deployment, 7, "ticket 1", "eve")
    complete_run(deployment, run.id)
    certificate = certify_run(deployment, run.id)
    of_set = "SELECT unnest(activity_ids) AS id FROM redaction.run_batches WHERE run_id = :id ORDER BY 1"
    _compare(certificate, _record(sql, run.id), [row["id"] for row in sql(of_set, id=run.id)])
    assert (certificate.due_count, certificate.stripped_count, certificate.held) == (run.due_count, 0, None)
    assert all("the whole account" in text for text in _print(certificate, settings, tmp_path))


def test_a_run_by_hand_says_that_its_cutoff_is_no_limit(
    filled: int, deployment: Deployment, settings: Settings, sql: Sql, tmp_path: Path
) -> None:
    run_id = redact_by_hand(deployment, 2, 9)
    certificate = certify_run(deployment, run_id)
    _compare(certificate, _record(sql, run_id), [2, 9])
    assert (certificate.listed, certificate.held, certificate.asked_by) == (True, 0, "ada")
    for text in _print(certificate, settings, tmp_path):
        assert "2 activities chosen by id, whatever the age" in text
        assert "every activity of the account" not in text


def test_what_was_selected_and_not_stripped_is_told_with_why(
    filled: int, deployment: Deployment, settings: Settings, insert: Insert, sql: Sql, tmp_path: Path
) -> None:
    place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[1])
    run = begin_run(deployment, 7, CUTOFF, "cli")
    assert run.due_count == 8
    place_hold(deployment, 7, "ticket 3", "eve", activity_ids=[2, 3])
    sql("UPDATE tracking.activities SET called_at = :at WHERE account_id = 7 AND id = 4", at=CUTOFF + timedelta(days=1))
    redact_by_hand(deployment, 5)
    sql("DELETE FROM tracking.activities WHERE account_id = 7 AND id = 6")
    complete_run(deployment, run.id)
    certificate = certify_run(deployment, run.id)
    _compare(certificate, _record(sql, run.id), list(range(2, 10)))
    assert certificate.stripped_count == 3
    assert certificate.left_out == {"held": 2, "moved_beyond_the_cutoff": 1, "redacted_by_another_run": 1, "gone": 1}
    assert certificate.held == 1
    for text in _print(certificate, settings, tmp_path):
        assert "3 of 8 activities that were selected" in text
        assert "gone: 1, held: 2, moved beyond the cutoff: 1, redacted by another run: 1" in text


@pytest.mark.parametrize("done", ["strip", "objects", "validate"])
def test_a_run_that_was_killed_and_gone_on_with(filled: int, deployment: Deployment, sql: Sql, done: Any) -> None:
    run = begin_run(deployment, 7, CUTOFF, "cli")
    steps: list[Any] = list(STEPS)
    for step in steps[: steps.index(done) + 1]:
        run_step(deployment, run.id, step)
    sql("UPDATE redaction.runs SET seconds = seconds || '{\"strip\": 100}' WHERE id = :id", id=run.id)
    record = complete_run(deployment, run.id)
    assert record["seconds"]["strip"] > 100
    _compare(certify_run(deployment, run.id), _record(sql, run.id), list(range(1, 10)))


def test_a_replayed_run_claims_no_level_of_its_own(
    filled: int, deployment: Deployment, settings: Settings, sql: Sql, dump: Callable[[], Restore], tmp_path: Path
) -> None:
    """Runs that a replay redoes as one: each certificate has its first figures, and the present level."""
    restore = dump()
    redact(deployment, 7, AT + timedelta(days=4))
    redact(deployment, 7)
    before = [certify_run(deployment, run_id) for run_id in (1, 2)]
    restore()
    replay_ledger(deployment, "eve")
    after = [certify_run(deployment, run_id) for run_id in (1, 2)]
    told = {"issued_at", "redone", "level", "covered", "not_covered"}
    for first, second in zip(before, after, strict=True):
        assert first.model_dump(exclude=told) == second.model_dump(exclude=told)
        assert (first.redone, second.redone) == (False, True)
    assert [row["n"] for row in sql("SELECT count(*) AS n FROM redaction.run_partitions WHERE run_id = 1")] == [0]
    # Run 1 has touched no file of this database; run 2 redid what it had taken.
    assert after[0].level == after[1].level
    assert after[0].not_covered == after[1].not_covered
    assert all("after a restore" in text for text in _print(after[0], settings, tmp_path))
