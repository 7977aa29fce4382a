"""Whether what an answer says of itself confirms a deletion. Only known words do; what is not understood does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

UNCONFIRMED = "with a body that does not confirm it"

_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_GONE = frozenset({"deleted", "removed", "erased", "purged", "destroyed"})
_GOOD = _GONE | {"ok", "okay", "success", "successful", "successfully", "succeeded", "done", "completed", "true"}
_NEUTRAL = frozenset(
    (
        *("200", "204", "http", "status", "the", "was", "is", "has", "been", "have", "and", "with", "id", "for"),
        *("delete", "deletion", "operation", "request", "recording", "recordings", "call", "audio", "file"),
        *("object", "item"),
    )
)
"""Words that may stand beside a good one and change nothing."""
_DOUBT = frozenset(
    (
        *("no", "not", "none", "never", "nothing", "neither", "nor", "zero", "0", "false", "null", "cannot", "t"),
        *("without", "if", "when", "whenever", "once", "until", "till", "unless", "after", "before", "while"),
        *("except", "but", "however", "although", "only", "some", "partially", "partly", "partial", "almost"),
        *("nearly", "most", "yet", "already", "still", "will", "ll", "would", "shall", "should", "can", "could"),
        *("may", "might", "must", "to", "be", "being", "going", "soon", "later", "shortly", "eventually"),
        *("pending", "queued", "scheduled", "requested", "started", "marked", "soft", "trash", "trashed", "bin"),
        *("recycle", "archive", "archived", "hidden", "restore", "restored", "restorable", "undo", "recoverable"),
        *("retained", "retention", "hold", "kept", "cache", "dry", "simulated", "simulation", "sandbox", "test"),
        *("of", "days", "hours", "minutes", "please", "confirm", "skipped", "ignored", "unable", "failed"),
        *("error", "wrong", "who", "what", "why", "how", "attempt", "attempted", "try", "tried", "undeleted"),
    )
)
"""Words by which a message that says *deleted* denies it, asks for it, or sets a condition."""
_COUNTED = re.compile(r"[0-9]+ *(of|/|out of) *[0-9]+")

_SAYS = frozenset(
    (
        *("status", "state", "statuscode", "statustext", "result", "results", "resultcode", "outcome", "success"),
        *("successful", "successfully", "succeeded", "issuccess", "issuccessful", "wassuccessful", "ok", "isok"),
        *("code", "httpstatus", "httpcode", "http", "message", "messages", "msg", "detail", "details", "reason"),
        *("cause", "problem", "warning", "warnings", "deletion", "deletionstatus", "deletestatus", "removal"),
        *("confirm", "confirmation", "job", "jobstatus"),
    )
)
_FLAGS = frozenset(
    (
        *("deleted", "isdeleted", "wasdeleted", "removed", "isremoved", "wasremoved", "erased", "iserased"),
        *("waserased", "done", "isdone", "acknowledged", "completed", "deletedcount", "removedcount"),
        *("erasedcount", "affected", "rowsaffected", "affectedrows", "deletedat", "removedat", "valid"),
        *("allowed", "authorized", "authorised", "permitted", "executed"),
    )
)
_STANDS = frozenset(
    (
        *("trash", "trashed", "intrash", "archived", "isarchived", "softdeleted", "dryrun", "simulated"),
        *("pending", "queued", "scheduled", "processing", "requiresconfirmation", "confirmationrequired"),
        *("retained", "locked", "jobid", "ex", "stack", "stacktrace", "traceback"),
    )
)
"""Names of what is there, or true, while the object still stands."""
_NUMBERS = frozenset({"status", "statuscode", "code", "resultcode", "httpstatus", "httpcode", "http"})
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+.*")
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def says_done(text: str) -> bool:
    """Return whether a text says that it is done, in known words alone or as a message without a doubt."""
    if text.strip() in ("1", "200", "204"):
        return True
    words = _words(text)
    if not words or "?" in text:
        return False
    if words <= _GOOD | _NEUTRAL:
        return bool(words & _GOOD)
    return bool(words & _GONE) and not words & _DOUBT and not _COUNTED.search(text.lower())


def find_unconfirmed(read: Any) -> str | None:
    """Return why JSON that names no error is no confirmation; None if it is one, or says nothing of a state.

    Members of an object are pairs, so that none hides another of its name.
    """
    if read is None or read is True:
        return None
    if not isinstance(read, list):
        good = says_done(read) if isinstance(read, str) else read in (1, 200, 204)
        return None if good else UNCONFIRMED
    verdicts = list(_judge_all(read, ""))
    if False in verdicts:
        return UNCONFIRMED
    # What is named and empty neither confirms nor denies: something else has to confirm.
    return UNCONFIRMED if verdicts and True not in verdicts else None


def _judge_all(value: Any, name: str) -> Iterator[bool | None]:
    """Yield of each state that is named whether it confirms; None if it is empty."""
    if isinstance(value, list):
        if not value and name in _SAYS:
            yield None
        for each in value:
            if isinstance(each, tuple):
                yield from _judge_all(each[1], "".join(_WORD.findall(str(each[0]))).casefold())
            elif name in _FLAGS and not isinstance(each, list):
                yield each not in (False, None)  # the ids of what was deleted
            else:
                yield from _judge_all(each, name)
        return
    if name in _STANDS:
        yield None if value in (*_EMPTY, False, 0) else False
    elif name in _FLAGS:
        yield _is_set(name, value)
    elif name in _SAYS:
        yield _says(name, value)
    elif name == "" and not isinstance(value, int | float):
        yield says_done(value) if isinstance(value, str) else None


def _is_set(name: str, value: Any) -> bool:
    if isinstance(value, str):
        text = value.strip()
        if text.isdecimal():
            return int(text) > 0
        return says_done(text) or text.lower() in ("y", "yes") or (name.endswith("at") and bool(_TIME.fullmatch(text)))
    return value is True or (isinstance(value, int | float) and value > 0)


def _says(name: str, value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if value in _EMPTY:
        return None
    if isinstance(value, str):
        text = value.strip()
        return (
            None if not text or (text == "0" and name != "success") else says_done(text) or text.lower() in ("y", "yes")
        )
    if value == 0:
        return None
    return (name in _NUMBERS and value in (200, 204)) or (value == 1 and name not in ("code", "http"))


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(_JOINED.sub(" ", text))}
