"""Refusals of the database, by SQLSTATE: one table of errors and messages. Our SQL raises reasons as `RD...`.

The server's own text is dropped, since its DETAIL lines quote rows; SQLSTATE, table, column and constraint stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
_SETTING = "REDACTION_DATABASE_URL (of the owner: REDACTION_OWNER_URL) or the connection of the placement"
_SAID = (
    ("28P01", re.compile(r"password authentication failed|no password supplied")),
    ("28000", re.compile(r'authentication failed|no pg_hba\.conf entry|role ".*" (?:does not exist|is not permitted)')),
    ("3D000", re.compile(r'database ".*" does not exist')),
)
"""What a server says, in English, of a refused connection: libpq gives no SQLSTATE for a connection that failed. If
nothing here matches, the server counts as unreachable, and the caller may try again.
"""
_VALUE = re.compile(r'invalid (\w+) value: |invalid integer value ".*" for connection option "(\w+)"')


@dataclass(frozen=True)
class Refusal:
    """What an SQLSTATE, or a class of them (two letters), stands for. `message` may use `{state}`, `{where}` and
    `{kind}`. With `at` it applies only if the server names that constraint, or, for `the statement`, none.
    """

    states: str
    error: type[RedactionError]
    message: str
    at: str = ""


REFUSALS = (
    Refusal(
        "08 40001 40P01 53300 55P03 57014 57P01 57P02 57P03",
        DatabaseBusy,
        "the database is busy or went away (SQLSTATE {state}, {where}): try again",
    ),
    Refusal(
        "53100",
        DiskTooSmall,
        "the server's disk is full (SQLSTATE {state}, {where}): make room, then try again; nothing was changed",
    ),
    Refusal(
        "23514 RD004",
        PersonalDataRemains,
        "a redacted activity was about to keep or regain a personal value; the database refused it",
        at="activities_redacted_is_stripped",
    ),
    Refusal(
        "RD004",
        NotAllowed,
        "a redacted activity was about to change or to be deleted; the database refused it: nothing was changed",
    ),
    Refusal("RD001", Paused, "redaction is paused: `redaction resume` lets it go on where it stopped"),
    Refusal("RD002", ApprovalNeeded, "the run waits for a person: `redaction approve RUN` answers with yes"),
    Refusal("RD003", AccountMoving, "the account is moving to another placement: try again when it has arrived"),
    Refusal("RD005", NotAllowed, "a trigger function was put on a table that it is not made for: drop that trigger"),
    Refusal(
        "RD006",
        NotAllowed,
        "the run may not do that: it was refused, has ended, or is of another account or time: nothing was changed",
    ),
    Refusal(
        "RD007",
        BadInput,
        "that is no partition of the activities and no table with personal values; nothing was changed",
    ),
    Refusal("RD008", NotAllowed, "the ledger is append-only: new rows follow its last row; nothing was changed"),
    Refusal("RD009", NotAllowed, "an activity keeps its id and its account; nothing was changed"),
    Refusal("RD010", ApproverRefused, "the requester of a run cannot approve it: ask another administrator"),
    Refusal("RD011", ApproverRefused, "only an administrator of the account approves a run; nothing was decided"),
    Refusal("RD012", NotAllowed, "the run was refused or abandoned, and stays so: what it left is due with the next"),
    Refusal("RD013", NotAllowed, "an answer is given once; nothing was changed"),
    Refusal("RD014", NotAllowed, "the parts of a rewrite or a selection come in their order; nothing was changed"),
    Refusal("RD015", NotAllowed, "the record of a run stays; nothing was changed"),
    Refusal(
        "RD016",
        NotAllowed,
        "the account is closed: nothing was changed; `redaction account close ID` continues the closing",
    ),
    Refusal(
        "RD017",
        ApproverRefused,
        "the requester has made them an administrator: nothing was decided; ask another administrator",
    ),
    Refusal("RD018", ApproverRefused, "they have administered the account for too short a time; nothing was decided"),
    Refusal(
        "RD019",
        NotAllowed,
        "only an administrator of the account asks for its closing; nothing was changed",
    ),
    Refusal(
        "RD020",
        NotAllowed,
        "the account or agency needs two people for that: nothing was changed; propose it by `redaction account set`, "
        "`redaction account administrator` or `redaction agency set`",
    ),
    Refusal(
        "RD021",
        NotAllowed,
        "a hold stays as it was placed: nothing was changed; `redaction hold release HOLD` ends it",
    ),
    Refusal("RD022", NotAllowed, "nobody's decision counts without its row of the ledger; nothing was changed"),
    Refusal(
        "42P10",
        NotAllowed,
        "the server refused a change of a row; if there is a publication, its column list or row filter must cover "
        "the key of tracking.activities: change the publication",
        at=_NOWHERE,
    ),
    Refusal(
        "28000 28P01",
        LoginRefused,
        "the server refuses the login (SQLSTATE {state}): check that `redaction init` has created it, that pg_hba.conf "
        f"lets it in, and its name and password in {_SETTING}; nothing was done",
    ),
    Refusal(
        "3D000",
        BadInput,
        "the server has no database of that name (SQLSTATE {state}): create it, then run `redaction init`; or correct "
        f"{_SETTING}; nothing was done",
    ),
    Refusal("42501", NotAllowed, "the database role lacks a privilege: run `redaction init` as the owner"),
    Refusal(
        "3F000 42P01 42703 42883",
        BadInput,
        "the schema is missing or of another version, or has the functions of another program: run `redaction init`",
    ),
    Refusal(
        "22 54",
        ValueRefused,
        "the database cannot hold a value that {where} was given (SQLSTATE {state}): a number is out of range, "
        "or a text is too long or has a character that it cannot hold; nothing was changed",
    ),
)
"""The table; the first entry that applies is used."""
_UNKNOWN = Refusal("", RedactionError, "the database refused {where} (SQLSTATE {state}, {kind})")
_LOST = Refusal(
    "",
    DatabaseBusy,
    "the connection to the database was lost or refused: check that it runs and can be reached, then try again",
)


def raise_mapped(error: SQLAlchemyError) -> NoReturn:
    """Raise the RedactionError that a database error stands for, with its SQLSTATE."""
    original = getattr(error, "orig", None)
    state: str | None = getattr(original, "pgcode", None)
    facts = getattr(original, "diag", None)
    names = [getattr(facts, name, None) for name in ("schema_name", "table_name", "column_name", "constraint_name")]
    where = ".".join(name for name in names if name) or _NOWHERE
    if state is None and isinstance(error, DBAPIError):
        said = str(original)
        if explained := _explain_connection(said):
            raise explained from None
        state = next((state for state, words in _SAID if words.search(said)), None)
    found = _LOST if state is None and isinstance(error, DBAPIError) else find_refusal(state or "", where)
    mapped = found.error(found.message.format(state=state, where=where, kind=type(error).__name__))
    mapped.sqlstate = state
    raise mapped from None


def find_refusal(state: str, where: str = _NOWHERE) -> Refusal:
    """Return what an SQLSTATE stands for, where the server names a table or constraint."""
    for refusal in REFUSALS:
        if {state, state[:2]} & set(refusal.states.split()) and where.endswith(refusal.at):
            return refusal
    return _UNKNOWN


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Map errors of the database to ours."""
    try:
        yield
    except SQLAlchemyError as error:
        raise_mapped(error)
    except psycopg2.Error as error:
        raise_mapped(DBAPIError(None, None, error))


def _explain_connection(message: str) -> RedactionError | None:
    """Return the error that a refused connection stands for, from its text; None if the text says nothing."""
    if "startup parameter" in message:
        return LoginRefused(
            f"the connection pooler does not take the startup options that name role and time limits: {POOLER}"
        )
    if found := re.search(r"redaction_(?:loader|worker|analyst|manager)", message):
        return BadInput(
            f"the database has no role {found[0]}, or the login may not act as it: run `redaction init` as the owner"
        )
    if found := _VALUE.search(message):
        return BadInput(
            f"the parameter {found[1] or found[2]} has a value that it cannot have: see {_SETTING}; nothing was done"
        )
    return None
