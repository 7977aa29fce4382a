"""What an answer must say to confirm a deletion: all of it must be in these tables; anything else confirms nothing.

The names and words are those of documented answers to a DELETE: Stripe (`id`, `object`, `deleted`), Cloudinary
(`result`), Slack (`ok`), MongoDB (`acknowledged`, `deletedCount`), WeChat (`errcode`, `errmsg`), JSend (`status`,
`data`), and of frameworks (`success`, `message`, `code`). A vendor whose answer says more is asked again, and its
objects remain until a person gives them up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

UNCONFIRMED = "the answer is not understood"

_GONE = frozenset({"deleted", "removed", "erased", "purged", "destroyed"})
_GOOD = frozenset({"ok", "okay", "success", "successful", "successfully", "succeeded", "true", "yes", "200", "204"})
_ACT = frozenset({"delete", "deletion", "removal"})
_DONE = frozenset({"completed", "complete", "done"})
"""Alone they may be the state of a call; next to an act they say that it is done."""
_BESIDE = frozenset({"the", "was", "is", "has", "have", "been", "and", "with", "http", "status", "operation"})
_THINGS = frozenset(
    {"recording", "recordings", "call", "audio", "file", "files", "media", "object", "item", "resource", "id"}
)
_PARTS = _THINGS - {"call", "id"}
"""What of a call may have an id of its own."""
_PLAIN = re.compile(r"[A-Za-z0-9\s.,:;!'\"=#_]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_NUMBER = re.compile(r"[0-9]{1,20}")
_ID = re.compile(r"(?=.*[0-9])[0-9A-Za-z_-]{1,100}")
_FAULTS = re.compile(r"error|(?<!de)fault|exception|failure|failed|^errs?$|^err(code|message|msg|no)$")
_EMPTY: tuple[Any, ...] = (None, False, 0, "", [], "0", "false", "none", "null", "no")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""An earlier instant is a zero that means never."""
_SKEW = timedelta(minutes=5)


class Pairs(list[tuple[str, Any]]):
    """The members of an object, all of them: a second `error` must not hide the first."""


class Asked(NamedTuple):
    """What a request is about: the activity, and its account if the request names it."""

    activity: int
    account: int | None = None

    def is_alike(self, text: str) -> bool:
        """Return whether a text is another number of as many digits as the activity's id."""
        return text.isdigit() and len(text) == len(str(self.activity)) and int(text) != self.activity


def is_of_another(value: Any, asked: Asked | None) -> bool:
    """Return whether a text or an object, without those in it, names another call or account than a request did.

    A list of ids must have that of the call. A single id without a kind may be that of a recording, unless it has as
    many digits as that of the call; 1 may be a count.
    """
    if asked is None:
        return False
    if isinstance(value, str):
        words = {word.lower() for word in _WORD.findall(value)}
        numbers = {word for word in words if word.isdigit() and int(word) not in (1, 200, 204, asked.activity)}
        return bool(numbers) if "call" in words else words.isdisjoint(_PARTS) and any(map(asked.is_alike, numbers))
    if not isinstance(value, Pairs):
        return False
    named = [(_normal(key), each) for key, each in value]
    kinds = {str(each).lower() for name, each in named if name in _KINDS}
    ids = _OURS | {"id"} if "call" in kinds else _OURS
    return any(
        (name in ids and str(each) != str(asked.activity))
        or (name == "accountid" and asked.account is not None and str(each) != str(asked.account))
        or (kinds.isdisjoint(_PARTS) and name in _BARE and _names_another(each, asked))
        for name, each in named
    )


def _names_another(value: Any, asked: Asked) -> bool:
    """Return whether an id, a list of ids or a count is the id of another call, or a list without that of the call."""
    if isinstance(value, list):
        return bool(value) and not isinstance(value, Pairs) and str(asked.activity) not in map(str, value)
    return value is not True and str(value) != "1" and asked.is_alike(str(value))


def says_done(text: str) -> bool:
    """Return whether a text says, only in known words, that something is deleted or was a success."""
    if text.strip() == "1":
        return True
    words = {word.lower() for word in _WORD.findall(text)}
    numbers = {word for word in words if word.isdigit()} - _GOOD
    gone, act = bool(words & _GONE), bool(words & _ACT)
    known = _GONE | _GOOD | _ACT | _DONE | _BESIDE | (_THINGS if gone or act else set())
    # One number is an id or a count; two are a fraction.
    if not _PLAIN.fullmatch(text) or words - numbers - known or len(numbers) > gone or 0 in map(int, numbers):
        return False
    return gone or bool(words & _GOOD) or (act and bool(words & _DONE))


def _says(value: Any) -> bool | None:
    if value in (None, "") or (isinstance(value, str) and value.strip().lower() in _DONE):
        return None
    return says_done(value) if isinstance(value, str) else value is True or (type(value) is int and value == 1)


def _is_number(value: Any) -> bool:
    number = int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value
    return type(number) is int and number > 0


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_number(each) for each in value)


def _has_passed(value: Any) -> bool:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return _EARLIEST < at < datetime.now(UTC) + _SKEW


def _neutral(fits: Callable[[Any], bool]) -> Callable[[Any], bool | None]:
    return lambda value: None if fits(value) else False


def _is_id(value: Any) -> bool:
    return all(
        type(each) is int or (isinstance(each, str) and bool(_ID.fullmatch(each)))
        for each in (value if isinstance(value, list) else [value])
    )


_OURS = frozenset({"callid", "activityid"})
"""Names of ids that must be that of the activity: another one tells of another deletion."""
_BARE = frozenset({"id", "ids", "sid", "uuid"}) | _GONE | {f"{word}{end}" for word in _GONE for end in ("ids", "count")}
"""Names of ids that do not say whose they are, and of counts, which a vendor may have filled with one."""
_KINDS = frozenset({"object", "type", "resource"})
_ECHOES = frozenset({"id", "sid", "uuid", "recordingid"}) | _OURS
_IDS = frozenset({"id", "ids", "sid", "uuid", "accountid", "callid", "activityid", "recordingid", "requestid"})
_WRAPPERS = frozenset({"data", "result", "results", "response"})
_FLAGS = _GONE | {f"is{word}" for word in _GONE} | {f"was{word}" for word in _GONE}
_STATES = _WRAPPERS | {"status", "state", "outcome", "message", "msg", "detail"}
_CODES = frozenset({"status", "code", "statuscode", "httpstatus"})
_SUCCESSES = frozenset({"success", "issuccess", "successful", "succeeded", "ok"})
_TABLE: tuple[tuple[Collection[str], Callable[[Any], bool | None]], ...] = (
    (_SUCCESSES | _STATES | _FLAGS | {"confirmation", "errmsg"}, _says),
    (_FLAGS | {f"{word}count" for word in _GONE} | {f"num{word}" for word in _GONE} | {"affected"}, _is_number),
    (_GONE | {f"{word}ids" for word in _GONE}, _are_ids),
    ({f"{word}at" for word in _GONE}, _has_passed),
    (_CODES, lambda value: str(value).lower() in ("200", "204", "ok", "success")),
    ({"code", "result"}, _neutral(lambda value: value in (0, "0") and value is not False)),  # no error
    ({"acknowledged", "done", "completed"}, _neutral(lambda value: value is True)),
    (_KINDS, _neutral(lambda value: isinstance(value, str) and value.lower() in _THINGS)),
    (_WRAPPERS, _neutral(lambda value: value == [])),
    (_IDS, _neutral(_is_id)),
)
"""The values that names may have: True confirms, None says nothing about a deletion. A name without a row is not
understood.
"""


def confirms(read: Any, asked: Asked | None = None) -> bool:
    """Return whether JSON confirms a deletion: it is empty, or says so and everything in it is understood.

    Objects are `Pairs`. An object with only the id of the activity that was `asked` about confirms it too.
    """
    if is_of_another(read, asked):
        return False
    if not isinstance(read, list):
        return read is None or bool(_says(read)) or (type(read) is int and read in (200, 204))
    activity = "" if asked is None else str(asked.activity)
    if isinstance(read, Pairs) and all(_normal(key) in _ECHOES and str(value) == activity for key, value in read):
        return True
    verdicts = list(_judge_all(read, asked))
    return False not in verdicts and True in verdicts


def denies(read: Any) -> bool:
    """Return whether JSON that lists things has an error, or a bad state. Its entries are not judged."""
    if not isinstance(read, Pairs):
        return read is False
    return any(_denies(_normal(key), value) for key, value in read)


def _denies(name: str, value: Any) -> bool:
    if _FAULTS.search(name) or (not isinstance(value, list) and name in _STATES | _CODES | _SUCCESSES):
        return _judge(name, value) is False
    return isinstance(value, Pairs) and denies(value)


def _normal(key: str) -> str:
    return re.sub(r"[_\-\s]", "", key).lower()


def _judge_all(value: Any, asked: Asked | None) -> Iterator[bool | None]:
    if is_of_another(value, asked):
        yield False
    elif isinstance(value, Pairs):
        for key, each in value:
            name = _normal(key)
            if isinstance(each, list) and each and name in _WRAPPERS:
                yield from _judge_all(each, asked)
            else:
                yield False if is_of_another(each, asked) else _judge(name, each)
    elif isinstance(value, list) and value:
        for each in value:
            yield from _judge_all(each, asked)
    else:
        yield value is True or (isinstance(value, str) and says_done(value))


def _judge(name: str, value: Any) -> bool | None:
    if _FAULTS.search(name) and (value.strip().lower() if isinstance(value, str) else value) in _EMPTY:
        return None
    verdicts = [judge(value) for names, judge in _TABLE if name in names]
    return True if True in verdicts else None if None in verdicts else False
