"""Every failure has words: what happened, what was left, what to do, who."""

from __future__ import annotations

import re

import pytest

from redaction import errors
from redaction.failures import _AT_STEP, _WORDS, Failure, explain
from tests.checkout import ROOT
from tools.places import find_definition


def _kinds(of: type[errors.RedactionError]) -> list[str]:
    return [name for one in of.__subclasses__() for name in (one.__name__, *_kinds(one))]


OURS = sorted({name for name in _kinds(errors.RedactionError) if hasattr(errors, name)})
ALL = [*_WORDS.values(), *_AT_STEP.values()]


def test_each_error_of_ours_has_words_of_its_own() -> None:
    assert len(OURS) > 25
    kinds = (getattr(errors, name) for name in OURS if name not in _WORDS)
    assert [
        f"{find_definition(kind)}: {kind.__name__}: write its words in redaction/failures.py" for kind in kinds
    ] == []
    assert sorted(_WORDS) == OURS
    assert {name for _, name in _AT_STEP} <= set(OURS)


@pytest.mark.parametrize("words", ALL, ids=lambda words: words.sentence[:40])
def test_the_words_are_short_sentences(words: Failure) -> None:
    for sentence in re.split(r"(?<=[.])\s+(?=[A-Z])", str(words)):
        assert sentence.endswith("."), sentence
        assert len(sentence.split()) <= 22, sentence
    assert words.who


def test_a_step_can_make_a_difference_and_the_unknown_is_not_nothing() -> None:
    assert explain(None) is None
    refused, held = explain("NotAllowed", "begin"), explain("NotAllowed", "strip")
    assert None not in (refused, held)
    assert refused != held
    paused = explain("Paused", "strip")
    assert paused is not None
    assert str(paused).startswith("Redaction is paused. Nothing more was redacted. End the pause with")
    other = explain("ZeroDivisionError", "strip")
    assert other is not None
    assert "not one of ours" in other.sentence


def test_what_runs_end_with_is_in_the_page_on_operations() -> None:
    page = (ROOT / "docs" / "reference" / "troubleshooting.md").read_text(encoding="utf-8")
    missing = [name for name in OURS if f"`{name}`" not in page]
    # A parent of others; errors with which no run and no task ends.
    assert missing == [
        "BadAddress", "CatalogError", "CouldNotLook", "PageError", "SignatureWrong", "TryLater", "ValueRefused",
    ]  # fmt: skip
