"""What a vendor's answer says: whether a 200 may be believed, and when to ask again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from redaction.objects.confirms import UNCONFIRMED, find_unconfirmed, says_done

_DEPTH = 6
_LONGEST_WAIT = timedelta(days=7)
_BAD = re.compile(
    r"\b(errors?|fail(ed|ure|s)?|denied|invalid|unauthori[sz]ed|forbidden|exceptions?|expired|"
    r"not (found|allowed|permitted|deleted|removed|erased|supported|authori[sz]ed|authenticated|available|implemented|"
    r"possible|done|modified|changed|exist)|no (permission|such|access)|unable|nothing|"
    r"could not|cannot|can't|log ?in|sign ?in|(un)?authenticat(e|ed|ion)|rejected|refused|blocked|locked|retained|"
    r"legal hold|too many|exceeded|unsuccessful(ly)?|unavailable|time(d)?[ -]?out|maintenance|suspended|disabled|"
    r"bad request|wrong|unknown|missing|conflict|aborted|quota|nack|ko|nok)\b|\berr\b|\berr_"
)
_PENDING = re.compile(
    r"\b(queued|enqueued|pending|accepted|scheduled|processing|in[ _-]progress|deferred|later|soon|shortly|will be|"
    r"submitted|marked for|in the background)\b"
)
_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PAGE = re.compile(r"<(!doctype|html|head|body|script|title|form)\b")
_REFUSALS = frozenset({"0", "f", "false", "n", "no"})
_FAULTS = re.compile(r"(error|(?<!de)fault|exception|failure|^failed$|^errs?$|^err[_-]?(code|message|msg|no)$)")
_FLAGS = re.compile(
    r"(is|was)?[_-]?(success(ful(ly)?)?|succeeded|ok|deleted|removed|erased|done|acknowledged)([_-]?count)?"
)
_WORDS = frozenset(
    {"status", "state", "result", "message", "msg", "detail", "details", "title", "description", "reason"}
    | {"type", "response", "code", "outcome", "warning", "warnings", "info", "text", "problem", "cause"}
)
_NUMBERS = frozenset({"status", "code", "statuscode", "status_code", "httpstatus", "http_status", "http_code"})
_EMPTY = (None, False, 0, "", "0", "false", "none", "null", "no")


class _Pairs(list[tuple[str, Any]]):
    """The members of an object, all of them: a second `error` may not hide the first."""


@dataclass(frozen=True)
class Answer:
    """An answer as far as it was read."""

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
        """Return whether it says that it is JSON."""
        return self.type.endswith(("/json", "+json"))


def find_fault(answer: Answer, listing: bool = False) -> str | None:
    """Return why an answer of status 200 or 204 is no confirmation, in safe words; None if it is one.

    Of a `listing` the entries are not judged: a call that failed is no failure of the list.
    """
    if answer.status == 204 and not answer.body:
        return None  # many frameworks name a type even here, where there can be no body
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
    except UnicodeDecodeError:
        return "with a body that cannot be read"
    if text.startswith("<") or _PAGE.search(text.lower()):
        return "with a page"
    if not answer.is_json and answer.type not in ("", "text/plain") and text[:1] not in ("{", "["):
        return "with a body of another kind"
    if answer.is_json or text[:1] in ("{", "["):
        try:
            read = json.loads(text, object_pairs_hook=_Pairs)
            if listing:
                return _find_in(_without_entries(read), "", _DEPTH)
            return _find_in(read, "", _DEPTH) or find_unconfirmed(read)
        except (ValueError, RecursionError):
            return "with a body that cannot be read"
    if text.lower() in _REFUSALS:
        return "with an error in its body"
    return _find_words(text) or (None if listing or says_done(text) else UNCONFIRMED)


def find_retry(answer: Answer, now: datetime | None = None) -> datetime | None:
    """Return when a vendor asks to be asked again (`Retry-After`), at most a week from now; None if it does not say."""
    text = answer.headers.get("retry-after", "").strip()
    now = now or datetime.now(UTC)
    if re.fullmatch(r"[0-9]{1,9}", text):
        return now + min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return min(at, now + _LONGEST_WAIT) if at > now else None


def _without_entries(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return _Pairs(
            (key, each if _FAULTS.search(str(key).lower()) else _without_entries(each)) for key, each in value
        )
    return None if isinstance(value, list) else value


def _find_in(value: Any, name: str, depth: int) -> str | None:
    if depth == 0:
        return "with a body that cannot be read"
    if isinstance(value, _Pairs):
        return _first(
            _find_in(each, str(key).lower(), depth - 1) or _judge(str(key).lower(), each) for key, each in value
        )
    if isinstance(value, list):
        return _first(_find_in(each, name, depth - 1) for each in value)
    if value is False and not name:
        return "with an error in its body"
    return _find_words(value) if isinstance(value, str) and (not name or name in _WORDS) else None


def _first(found: Any) -> str | None:
    return next((each for each in found if each is not None), None)


def _judge(name: str, value: Any) -> str | None:
    bad = "with an error in its body"
    plain = value.strip().lower() if isinstance(value, str) else value
    if _FAULTS.search(name) and plain not in _EMPTY and plain not in ([], {}):
        return bad
    refused = plain in _REFUSALS if isinstance(plain, str) else plain in (False, 0, None, [], {})
    if refused and _FLAGS.fullmatch(name):
        return bad
    if name == "result" and (plain is False or plain == "false"):
        return bad
    number = int(plain) if isinstance(plain, str) and re.fullmatch(r"[0-9]{3}", plain) else plain
    if name in _NUMBERS and isinstance(number, int) and not isinstance(number, bool) and number >= 202:
        return bad if number >= 300 else "it is not done yet" if number == 202 else None
    return None


def _find_words(text: str) -> str | None:
    lower = _JOINED.sub(" ", text).lower()  # `NotFound` is two words
    if _BAD.search(lower):
        return "with an error in its body"
    return "it is not done yet" if _PENDING.search(lower) else None
