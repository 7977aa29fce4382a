"""The errors of this package, one tree. Each says whether the caller may try again.

    RedactionError
    |-- CatalogError            the catalog is not valid
    |   |-- UnclassifiedColumn     a live column is missing in it, or one of its columns does not exist
    |   `-- OtherCatalog           the database was prepared for another one: apply this one first
    |-- NotAllowed              a setting, a permission or a hold forbids it
    |   |-- Paused                 redaction is paused: resume first
    |   |-- ApprovalNeeded         the run waits for approval: approve first
    |   |-- ApproverRefused        this person may not decide on the run: ask another one
    |   `-- DatabaseBehind         the ledger outside knows more than the database: replay first
    |-- LoginRefused            the session lacks role or time limits, or the login is wrong
    |-- LedgerBroken            a row of the ledger was altered or is gone: find out by whom
    |-- SignatureWrong          a certificate was changed, or its key is not trusted
    |-- RetentionLate           something should be gone or decided by now: the message says what
    |-- AlertNotSent            an alert could not be sent: see the connection
    |-- SourceRefused           the API of the source refuses, or leads elsewhere: see its connection
    |-- PersonalDataRemains     validation found a personal value: find what writes it
    |   `-- Survivors              the strip ended and rows of its set are still readable
    |-- ResidueLate             removed values are in the files beyond their deadline
    |-- TryLater                retryable: the obstacle may pass
    |   |-- DatabaseBusy           lock, deadlock, timeout, lost connection
    |   |-- DiskTooSmall           no room for the copy of a partition
    |   |-- LedgerUnreachable      the copy outside could not be read or written
    |   |-- SharedUnreachable      the store for shared files could not be read or written
    |   |-- AccountMoving          the account is moving to another placement
    |   |-- SourceUnreachable      the API of the source or the inbox does not answer, or asks to wait
    |   |-- TextsDecided           a text to cut was decided on during the load: load again
    |   `-- ProgramOlder           the schema is of a version that this program does not know
    |-- PageError               of a proof: bytes of an unknown format
    |-- CouldNotLook            of a proof: a place is forbidden, gone or too large
    `-- BadInput                a file, an option, a record or a schema version is not valid
        |-- BadAddress             an address names no single object
        |-- ExtraMissing           an optional library is not installed: install it
        `-- ValueRefused           the database cannot hold a value

No message ever carries a personal value: ids, counts, column names and what to do next.
"""

from __future__ import annotations

from typing import ClassVar, Literal

ProofGap = Literal["forbidden", "unflushed", "unknown format", "compressed", "too large", "gone", "failed"]
"""Why a proof could not look at a place."""


class RedactionError(Exception):
    """Base of all errors of this package. `str()` is one line, safe to log."""

    retryable: ClassVar[bool] = False
    """Whether the same call may succeed later, without any change on our side."""
    sqlstate: str | None = None
    """The SQLSTATE that it comes from, if the database has refused something."""

    def __init__(self, message: str, subject: str | int | None = None) -> None:
        """Take the message, and the partition, table, run or field that it is about, if a caller needs it."""
        super().__init__(message)
        self.subject = subject


class CatalogError(RedactionError):
    """The catalog contradicts itself or the database."""


class UnclassifiedColumn(CatalogError):
    """The live table and the catalog do not name the same columns."""


class OtherCatalog(CatalogError):
    """The database was prepared for another catalog than this program's."""


class NotAllowed(RedactionError):
    """A setting, a permission or a hold forbids what was asked."""


class LoginRefused(RedactionError):
    """A session does not act as the role it asked for, or its login has the wrong rights."""


class Paused(NotAllowed):
    """Redaction is paused, for an account or for all."""


class ApprovalNeeded(NotAllowed):
    """A run would strip far more than its account's history explains, and nobody has approved it; `subject`: its id."""


class ApproverRefused(NotAllowed):
    """The person who answers for a run is its requester, or no administrator of the account; the run still waits."""


class DatabaseBehind(NotAllowed):
    """The database was restored: the ledger outside it records acts that it does not know."""


class LedgerBroken(RedactionError):
    """A row of the ledger was altered or is gone, in the database or outside it."""


class SignatureWrong(RedactionError):
    """A certificate was changed after it was signed, or its key is not trusted."""


class RetentionLate(RedactionError):
    """Something that should be gone or decided by now is not, by more than its tolerance."""


class AlertNotSent(RedactionError):
    """A message about what is late could not be sent; if nobody got it, the next watch sends it again."""


class SourceRefused(RedactionError):
    """The API of the source refuses the credentials or the account, or its pages lead to another host or in a
    circle.
    """


class PersonalDataRemains(RedactionError):
    """A personal value, or a changed retained one, was found where none may be."""


class Survivors(PersonalDataRemains):
    """The strip ended, yet rows of its set are still readable."""


class ResidueLate(RedactionError):
    """Stripped values have been in the files for longer than the erasure deadline."""


class TryLater(RedactionError):
    """An obstacle that may pass by itself; `subject`: the partition or table."""

    retryable = True


class DatabaseBusy(TryLater):
    """The database refuses for now: lock, deadlock, timeout or a lost connection."""


class DiskTooSmall(TryLater):
    """There is no room to rewrite a partition; until there is, it is updated in place."""


class AccountMoving(TryLater):
    """The account is moving to another placement; it can be used when it has arrived."""


class SourceUnreachable(TryLater):
    """The API of the source, or the inbox, does not answer, breaks off, or asks for too long a wait."""


class TextsDecided(TryLater):
    """An administrator decided to cut a text of an account after a load had begun to parse."""


class ProgramOlder(TryLater):
    """The schema is of a later version than this program knows; a task succeeds once its worker has the newer
    program.
    """


class LedgerUnreachable(TryLater):
    """The place of the ledger outside the database could not be read or written."""


class SharedUnreachable(TryLater):
    """The store for shared files, the snapshot and the Data Docs, could not be read or written."""


class PageError(RedactionError):
    """Bytes that are not a page, tuple or datum of a known format."""


class CouldNotLook(RedactionError):
    """A proof could not look at a place. `reason` is the word in the record of the proof."""

    def __init__(self, reason: ProofGap) -> None:
        """Take the reason."""
        super().__init__(f"could not look: {reason}")
        self.reason = reason


class BadInput(RedactionError):
    """A file, an option, a record or a schema version is not valid."""


class ExtraMissing(BadInput):
    """A library that only some processes need is not installed here."""


class BadAddress(BadInput):
    """An address names no object, or more than one. `why` is a short code; the address is never repeated."""

    def __init__(self, why: str) -> None:
        """Take the reason of the refusal."""
        super().__init__(f"the address of an object is refused ({why}): nothing was asked and nothing was deleted")
        self.why = why


class ValueRefused(BadInput):
    """The database cannot hold a value: a number out of range, a text too long for an index, an unsupported
    character.
    """
