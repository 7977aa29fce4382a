"""Callers' names in texts of their own activities: are they cut out, or are they words of the business?

The database knows, by the texts of many other contacts. Names go there by COPY, which no log of the server repeats.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Collection, Mapping, Set
from itertools import accumulate

from redaction.alphabet import COMMON_CONTACTS, LATEST
from redaction.contacts.cut import key_digest
from redaction.contacts.names import Name, digest_name, read_name
from redaction.contacts.recognition import find_facts
from redaction.db.session import Session

Key = tuple[int, int]
"""Account and id of an activity."""


class _Words:
    """The latest texts of an account, whether the sample is full, and which names are common."""

    def __init__(self, session: Session, account_id: int, batch: int) -> None:
        said = session.rows("count_latest_texts", account_id=account_id)
        self._uses: list[int] = [row["uses"] for row in said]
        words = [find_facts(row["text"]).words for row in said]
        # All texts joined: searching each by itself took a tenth of a load.
        self._joined = "\n\n".join(words)
        self._single = set(self._joined.split())
        self._begins = [0, *accumulate(len(each) + 2 for each in words)][: len(words)]
        common = session.rows("list_common_names", account_id=account_id)
        self._common, self._key = {bytes(row["digest"]) for row in common}, bytes(common[0]["key"]) if common else b""
        is_full = bool(said) and said[0]["activities"] >= LATEST
        self._stays_until = None if is_full else 4 * batch

    @property
    def are_all(self) -> bool:
        """Say whether the sample is full."""
        return self._stays_until is None

    def is_old(self, batch: int) -> bool:
        """Say whether the account may have four times as many texts by now. A rarer name is not taken for common."""
        return self._stays_until is not None and batch >= self._stays_until

    def is_common(self, name: Name) -> bool:
        """Say whether a name is known to be common."""
        return bool(self._common) and key_digest(digest_name(name), self._key) in self._common

    def may_be_common(self, name: Name) -> bool:
        """Say whether enough texts have the words of a name, those of its own caller included: the database decides
        whether they are texts of enough contacts.
        """
        found: set[int] = set()
        uses = 0
        for spelling in name.spellings:
            # To look each word up is much faster than to search all texts. Some scripts have no spaces between words.
            if spelling[0] == " " and not self._single.issuperset(spelling.split()):
                continue
            at = self._joined.find(spelling)
            while at >= 0:
                text = bisect_right(self._begins, at)
                if text not in found:
                    found.add(text)
                    uses += self._uses[text - 1]
                    if uses >= COMMON_CONTACTS:
                        return True
                at = self._joined.find(spelling, self._begins[text]) if text < len(self._begins) else -1
        return False


class NameJudge:
    """Asks about names as seldom as possible; for one load.

    It reads the latest texts of an account once if the sample is full, else again after one, four, sixteen batches and
    so on.

    A common name is remembered only after the transaction that found it has ended: see `confirm`.
    """

    def __init__(self) -> None:
        """Know no name."""
        self._common: set[tuple[int, str]] = set()
        self._latest: set[tuple[int, str]] = set()
        self._words: dict[int, _Words] = {}
        self._batch = 0

    def prepare(self, session: Session, accounts: Set[int]) -> None:
        """Read the latest texts of some accounts, and keep full samples: a batch adds little to these. Those of a
        young account are read together with what the batch has stored.
        """
        for account_id in sorted(accounts - self._words.keys()):
            words = _Words(session, account_id, self._batch)
            if words.are_all:
                self._words[account_id] = words

    def find_common(self, session: Session, names: Mapping[Key, Collection[str]]) -> set[Key]:
        """Return the activities with callers whose names, all that are in their texts, are common.

        Rows that this transaction has stored count.
        """
        asked = {(account_id, name) for (account_id, _), found in names.items() for name in found} - self._common
        self._batch += 1
        for account_id in sorted({account_id for account_id, _ in asked}):
            if account_id not in self._words or self._words[account_id].is_old(self._batch):
                self._words[account_id] = _Words(session, account_id, self._batch)
        self._latest = set()
        new = []
        for account_id, name in sorted(asked):
            full = read_name(name)
            if full is not None and self._words[account_id].is_common(full):
                self._latest.add((account_id, name))
            elif full is not None and self._words[account_id].may_be_common(full):
                new.append((account_id, name))
        if new:
            session.run("create_name_staging")
            session.copy_in("copy_names", _lines(new))
            rows = session.rows("judge_names")
            self._latest |= {each for each, row in zip(new, rows, strict=True) if row["is_common"]}
        common = self._common | self._latest
        return {key for key, found in names.items() if common.issuperset((key[0], name) for name in found)}

    def confirm(self) -> None:
        """Remember what the last transaction has found: it has ended."""
        self._common |= self._latest
        self._latest = set()


def _lines(names: Collection[tuple[int, str]]) -> io.BytesIO:
    escapes = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
    lines = [f"{place}\t{account_id}\t{name.translate(escapes)}\n" for place, (account_id, name) in enumerate(names)]
    return io.BytesIO("".join(lines).encode())
