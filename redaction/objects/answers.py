"""The meaning of a vendor's answer: whether a 200 may be believed, and when to ask again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from redaction.objects.confirms import UNCONFIRMED, Asked, Pairs, confirms, denies, is_of_another, says_done

_LONGEST_WAIT = timedelta(days=7)


@dataclass(frozen=True)
class Answer:
    """An answer, as far as it was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool

    @property
    def type(self) -> str:
        """Return the content type without its parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Return whether it claims to be JSON."""
        return self.type.endswith(("/json", "+json"))


def find_fault(answer: Answer, asked: Asked | None = None, listing: bool = False) -> str | None:
    """Return why an answer of status 200 or 204 is no confirmation, in safe words; None if it confirms.

    An empty answer confirms. An answer with content confirms if all of it is understood and confirms; `asked` is what
    was asked about. For a `listing` the entries are not judged: a failed call in the list is no failure of the list.
    """
    if answer.status == 204 and not answer.body:
        return None  # many frameworks name a type even for an empty body
    if "html" in answer.type:
        return "with a page"
    if answer.truncated:
        return "with more than is read"
    if not answer.body.strip():
        return None
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return "with a body that cannot be read"
    try:
        text = answer.body.decode("utf-8-sig").strip()
        if text.startswith("<"):
            return "with a page"
        if answer.is_json or text[:1] in ("{", "["):
            read = json.loads(text, object_pairs_hook=Pairs)
            good = not denies(read) if listing else confirms(read, asked)
        else:
            good = answer.type in ("", "text/plain") and says_done(text) and not is_of_another(text, asked)
    except (ValueError, RecursionError):
        return "with a body that cannot be read"
    return None if good else UNCONFIRMED


def find_retry(answer: Answer, now: datetime | None = None) -> datetime | None:
    """Return when a vendor wants to be asked again (`Retry-After`), at most a week from now; None if it does not
    say.
    """
    text = answer.headers.get("retry-after", "").strip()
    now = now or datetime.now(UTC)
    if re.fullmatch(r"[0-9]{1,9}", text):
        return now + min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(at, now + _LONGEST_WAIT) if at > now else None
