"""What people read follows the rules of the language: docs, messages, pages, help, docstrings, comments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tools.prose import MOST_WORDS, OPENINGS, PATTERNS, WORDS, find_all, find_sentences, find_wrong, read_texts
from tools.prose_text import read_prose

# Each rule with a sentence that breaks it, and one that does not.
BROKEN: tuple[tuple[str, str], ...] = (
    ("Ask him.", "Ask the administrator."),
    ("Two houses.", "Two households."),
    ("THE HOUSE.", "THE HOUSEHOLD."),
    ("An account's standing.", "An outstanding answer."),
    ("It is braking.", "It is breaking."),
    ("A gentle write.", "A slow write."),
    ("It searches a needle.", "It searches a value."),
    ("It is unlawful.", "It is not allowed."),
    ("Ask whoever asks.", "Ask the requester."),
    ("Take the one, it is free.", "Take one, it is free."),
    ("See that each one is free.", "See that each is free."),
    ("It spreads the accounts.", "It divides the accounts."),
    ("The ledger's anchor is there.", "The anchor of a heading is there."),
    ("Open stay the styles.", "Open the styles."),
    ("It is late. Such is the rule.", "It is late. Such a rule is there."),
    ("The house rule.", "The households of the sample."),
    ("It reads standings.", "It reads the account status."),
    ("The brake holds.", "The pause holds."),
    ("It writes gently.", "It throttles its writes."),
    ("All receivers get a mail.", "All recipients get a mail."),
    ("It has needles.", "It looks for values."),
    ("A lawful change.", "An allowed change."),
    ("See that who asks is known.", "The requester is the user who started it."),
    ("If it were so.", "If it is so."),
    ("It took a slow hour.", "It took an hour."),
    ("Nothing that it started outlives it.", "It stops every process that it started."),
    ("Two rounds in turns.", "It turns out that a round is enough."),
    ("A column for whereabouts.", "A column for the placement."),
    ("They are spread over servers.", "They are placed on servers."),
    ("It compares beginnings.", "The beginning is compared."),
    ("It has met a write.", "It has seen a write."),
    ("People are told of it.", "People can be told apart."),
    ("It lies beside the table.", "It lies next to the table."),
    ("It works this way.", "It finds a way to work."),
    ("A name behind its back.", "A server behind a proxy."),
    ("Take one that is free.", "Take one of the free tables."),
    ("Take the one with a name.", "Take the one table with a name."),
    ("Show it to who may see it.", "Show it to users who may see it."),
    ("It runs all the same.", "It runs for all accounts."),
    ("It is made anew.", "It is made again."),
    ("It reckons the time.", "It computes the time."),
    ("It hinders a load.", "It delays a load."),
    ("It stays, as does the hold.", "It stays, and the hold stays too."),
    ("It is no page.", "It is not a page."),
    ("It lies in stores alone.", "It lies only in stores."),
    ("Open are the styles.", "Open the styles. The table is the largest."),
    ("For whom it is stays unknown.", "For each person it is known."),
    ("Of a table all rows go.", "Of course all rows go."),
    ("It stays. So does the hold.", "It stays. So the hold stays too."),
    ("It stays. Nor does it go.", "It stays. It does not go."),
    ("One may not do that.", "One row of the table."),
    ("Never is it read.", "Never read it."),
    ("What is due goes. It is done.", "What is due?"),
    (f"{'word ' * MOST_WORDS}word.", f"{'word ' * MOST_WORDS}. And so on."),
    ("| a | What is due goes. |", "| a | All due rows go. |"),
)


def test_no_text_breaks_a_rule() -> None:
    assert {name.partition("/")[0] for name in read_texts()} >= {"docs", "redaction", "sql", "tests", "notebooks"}
    assert find_all() == []


@pytest.mark.parametrize(("wrong", "right"), BROKEN)
def test_a_rule_is_broken_and_kept(wrong: str, right: str) -> None:
    [found] = find_wrong(f"fine\n\n{wrong}\n", "page.md")
    assert re.match(r"page\.md:3: .+: write .+", found)
    assert list(find_wrong(f"fine\n\n{right}\n", "page.md")) == []


def test_every_rule_is_seen_to_fail() -> None:
    text = "\n\n".join(wrong for wrong, _ in BROKEN)
    said = [line.rpartition(": write ")[2] for line in find_wrong(text, "page.md")]
    unseen = {*WORDS.values(), *PATTERNS.values(), *OPENINGS.values()} - set(said)
    assert unseen == set()
    assert len(said) == len(BROKEN)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.py", 'x = 1\n"""Fine.\n\nIt is made anew.\n"""\n', 4),
        ("a.py", "anew = 1\n# It is\n# made anew.\n", 3),
        ("a.py", 'raise Wrong(\n    f"it is {x!r}, "\n    "and made anew"\n)\n', 3),
        ("a.sql", "-- Fine.\nSELECT anew;\n-- It is made anew.\n", 3),
        ("a.sql", "SELECT anew;\nRAISE EXCEPTION 'it is made anew';\n", 2),
        ("a.html", "<p class='anew'>\n{{ anew }}\nmade <b>anew</b></p>\n", 3),
        ("a.html", '<p class="anew">\nfine <a href="anew"\n title="made {{ anew }} anew">fine</a></p>\n', 3),
        ("a.html", '<p>fine\n<input name="anew" placeholder="made anew"></p>\n', 2),
        ("a.js", "let anew = 1;\n// It is made anew.\n", 2),
        ("a.js", "say(anew, 'it is made anew');\n", 1),
        ("a.yml", "anew: 1\n# It is made anew.\n", 2),
        ("a.ipynb", '   "cell_type": "code",\n   "source": [\n    "anew = 1\\n",\n    "# made \\"anew\\""\n   ]\n', 4),
        ("a.ipynb", '   "cell_type": "markdown",\n   "source": [\n    "Fine `anew`\\n",\n    "made anew"\n   ]\n', 4),
        ("a.txt", "fine\n\nmade anew\n", 3),
        ("Makefile", "anew:\n\tls\n# It is made anew.\n", 3),
    ],
)
def test_a_rule_is_for_what_is_read_and_not_for_code(name: str, text: str, line: int) -> None:
    [found] = find_wrong(text, name)
    assert found.startswith(f"{name}:{line}: 'anew': write")


def test_what_is_shown_as_code_is_not_read() -> None:
    page = (
        "`anew`\n\n```sh\nanew\n```\n\n[again](anew.md) <!-- anew -->\n<!-- from the code: x -->\nanew\n<!-- end -->\n"
    )
    assert list(find_wrong(page, "page.md")) == []


def test_prose_keeps_its_lines() -> None:
    for path in sorted((ROOT / "redaction" / "web").rglob("*.*")):
        if path.suffix in (".py", ".html", ".js", ".css"):
            text = path.read_text(encoding="utf-8")
            assert read_prose(text, path.suffix).count("\n") == text.count("\n"), path


def test_sentences_end_at_points_colons_and_items() -> None:
    found = find_sentences(read_prose("# Head\n\nShort one. Another: third\nline\n- item (a.) b\n", ".md"))
    assert [(lines[0], sentence) for lines, sentence, _ in found] == [
        (1, "Head"),
        (3, "Short one."),
        (3, "Another:"),
        (3, "third line"),
        (5, "item (a.)"),
        (5, "b"),
    ]


def test_a_line_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Made anew.\n")
    assert find_all(tmp_path) == ["README.md:1: 'anew': write again"]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
