"""What the database refuses, by SQLSTATE: one table of error and message. SQL raises reasons of ours as `RD...`.

The server's own text is dropped, since its DETAIL lines quote rows; SQLSTATE, table, column and constraint stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

import psycopg2
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from redaction.errors import (
    AccountMoving,
    ApprovalNeeded,
    ApproverRefused,
    BadInput,
    DatabaseBusy,
    DiskTooSmall,
    LoginRefused,
    NotAllowed,
    Paused,
    PersonalDataRemains,
    RedactionError,
    ValueRefused,
)

POOLER = "connect to the server itself, without a connection pooler such as PgBouncer in between; nothing was done"
_NOWHERE = "the statement"


@dataclass(frozen=True)
class Refusal:
    """What an SQLSTATE stands for; `message` may name `{state}`, `{where}` and `{kind}`. With `at` it holds only where
    the server names that constraint, or, for `the statement`, nothing.
    """

    error: type[RedactionError]
    message: str
    at: str | None = None


_BUSY = Refusal(DatabaseBusy, "the database is busy or went away (SQLSTATE {state}, {where}): try again")
_OTHER_SCHEMA = Refusal(BadInput, "the schema is missing or of another version: run `redaction init`")
_STRIPPED = Refusal(
    PersonalDataRemains,
    "a redacted activity was about to keep or regain a personal value; the database refused it",
    at="activities_redacted_is_stripped",
)
_VALUE = Refusal(
    ValueRefused,
    "the database cannot hold a value that {where} was given (SQLSTATE {state}): a number is out of range, "
    "or a text is too long or has a character that it cannot hold; nothing was changed",
)
_UNKNOWN = Refusal(RedactionError, "the database refused {where} (SQLSTATE {state}, {kind})")
_LOST = Refusal(
    DatabaseBusy,
    "the connection to the database was lost or refused: see that it runs, and that it knows the login, which "
    "`redaction init` creates; then try again",
)

REFUSALS: Mapping[str, tuple[Refusal, ...]] = {
    "08": (_BUSY,),
    "22": (_VALUE,),
    "54": (_VALUE,),
    **dict.fromkeys(("40001", "40P01", "53300", "55P03", "57014", "57P01", "57P02", "57P03"), (_BUSY,)),
    **dict.fromkeys(("3F000", "42P01", "42703"), (_OTHER_SCHEMA,)),
    "23514": (_STRIPPED,),
    "53100": (
        Refusal(
            DiskTooSmall,
            "the server's disk is full (SQLSTATE {state}, {where}): make room, then try again; nothing was changed",
        ),
    ),
    "42501": (Refusal(NotAllowed, "the database role lacks a privilege: run `redaction init` as the owner"),),
    "42P10": (
        Refusal(
            NotAllowed,
            "the server refused a change of a row; if there is a publication, its column list or row filter must cover "
            "the key of tracking.activities: change the publication",
            at=_NOWHERE,
        ),
    ),
    "RD001": (Refusal(Paused, "redaction is paused: `redaction resume` lets it go on where it stopped"),),
    "RD002": (Refusal(ApprovalNeeded, "the run waits for a person: `redaction approve RUN` answers with yes"),),
    "RD003": (Refusal(AccountMoving, "the account is moving to another placement: try again when it has arrived"),),
    "RD004": (
        _STRIPPED,
        Refusal(
            NotAllowed,
            "a redacted activity was about to change or to be deleted; the database refused it: nothing was changed",
        ),
    ),
    "RD005": (Refusal(NotAllowed, "a trigger function was put on a table that it is not made for: drop that trigger"),),
    "RD006": (
        Refusal(
            NotAllowed,
            "the run may not do that: it was refused, has ended, or is of another account or time: nothing was changed",
        ),
    ),
    "RD010": (Refusal(ApproverRefused, "the requester of a run cannot approve it: ask another administrator"),),
    "RD011": (Refusal(ApproverRefused, "only an administrator of the account approves a run; nothing was decided"),),
    "RD012": (
        Refusal(NotAllowed, "the run was refused or abandoned, and stays so: what it left is due with the next"),
    ),
    "RD013": (Refusal(NotAllowed, "an answer is given once; nothing was changed"),),
}
"""What each SQLSTATE stands for, or each class of them by its first two letters; of several the first that holds."""


def raise_mapped(error: SQLAlchemyError) -> NoReturn:
    """Raise the RedactionError that a database error stands for, with its SQLSTATE."""
    original = getattr(error, "orig", None)
    state: str | None = getattr(original, "pgcode", None)
    facts = getattr(original, "diag", None)
    names = [getattr(facts, name, None) for name in ("schema_name", "table_name", "column_name", "constraint_name")]
    where = ".".join(name for name in names if name) or _NOWHERE
    if state is None and isinstance(error, DBAPIError):
        if explained := _explain_connection(str(original)):
            raise explained from None
        found = _LOST
    else:
        found = find_refusal(state or "", where)
    mapped = found.error(found.message.format(state=state, where=where, kind=type(error).__name__))
    mapped.sqlstate = state
    raise mapped from None


def find_refusal(state: str, where: str = _NOWHERE) -> Refusal:
    """Return what an SQLSTATE stands for, where the server names a table or constraint."""
    for refusal in (*REFUSALS.get(state, ()), *REFUSALS.get(state[:2], ())):
        if refusal.at is None or where.endswith(refusal.at):
            return refusal
    return _UNKNOWN


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Let errors of the database come out as what they stand for."""
    try:
        yield
    except SQLAlchemyError as error:
        raise_mapped(error)
    except psycopg2.Error as error:
        raise_mapped(DBAPIError(None, None, error))


def _explain_connection(message: str) -> RedactionError | None:
    """Return the error that a refused connection stands for; None if its text, which has no SQLSTATE, says nothing."""
    if "startup parameter" in message:
        return LoginRefused(
            f"the connection pooler does not take the startup options that name role and time limits: {POOLER}"
        )
    if found := re.search(r"redaction_(?:loader|worker|analyst|manager)", message):
        return BadInput(
            f"the database has no role {found[0]}, or the login may not act as it: run `redaction init` as the owner"
        )
    return None
