"""The errors of the system, one tree. Each says itself whether what failed may be tried again.

    RedactionError
    |-- CatalogError            the declaration is wrong
    |   |-- UnclassifiedColumn     a live column is missing from it, or one of it is gone
    |   `-- OtherCatalog           the database was prepared for another: apply this one first
    |-- NotAllowed              a setting, a permission or a hold forbids it
    |   |-- Paused                 somebody has stopped every strip: resume first
    |   |-- ApprovalNeeded         the run waits for a person: approve first
    |   |-- ApproverRefused        this person may not answer for the run: ask another
    |   `-- DatabaseBehind         the ledger outside knows more than the database: replay first
    |-- LoginRefused            the session is not what was asked for: connect otherwise
    |-- LedgerBroken            a row of the ledger was altered, or is gone: call someone
    |-- SignatureWrong          a certificate is not as it was signed, or not by a trusted key
    |-- RetentionLate           something should be gone or decided by now: the message says what
    |-- AlertNotSent            people could not be told what is late: see the connection
    |-- SourceRefused           the API of the source refuses, or answers what is not followed: see its connection
    |-- PersonalDataRemains     validation found it: call someone
    |   `-- Survivors              the strip ended and rows it named are still readable
    |-- ResidueLate             removed values are in the files beyond their deadline: call someone
    |-- TryLater                retryable: what stands in the way may pass
    |   |-- DatabaseBusy           lock, deadlock, timeout, lost connection
    |   |-- DiskTooSmall           no room for the copy of a partition
    |   |-- LedgerUnreachable      the copy outside could not be read or written
    |   |-- SharedUnreachable      what other processes read could not be read or written
    |   |-- AccountMoving          it is on its way to another placement
    |   |-- SourceUnreachable      the API of the source or the inbox does not answer, or asks to wait
    |   |-- TextsDecided           what is cut at the door was decided on during the load: load again
    |   `-- ProgramOlder           the schema is of a version that this program does not know
    |-- PageError               of a proof: bytes are no page, tuple or value of a format that is known
    |-- CouldNotLook            of a proof: a place is forbidden, gone or too large; its record says so
    `-- BadInput                a file, a flag, a record, a schema version
        |-- BadAddress             an address of an object that names none
        |-- ExtraMissing           a library that only this needs is not installed: install it
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
    """Whether the same may succeed later, with nothing changed by anybody here."""
    sqlstate: str | None = None
    """The SQLSTATE that it comes from, if the database has refused something."""

    def __init__(self, message: str, subject: str | int | None = None) -> None:
        """Take the message, and the partition, table or run that it names, where somebody decides by that."""
        super().__init__(message)
        self.subject = subject


class CatalogError(RedactionError):
    """The catalog contradicts itself or the database."""


class UnclassifiedColumn(CatalogError):
    """The live table and the catalog do not name the same columns (drift)."""


class OtherCatalog(CatalogError):
    """The database was prepared for another catalog than that of this program."""


class NotAllowed(RedactionError):
    """A setting, a permission or a hold forbids what was asked."""


class LoginRefused(RedactionError):
    """A session acts as somebody else than it asked to, or its login is the owner or a superuser, or is not."""


class Paused(NotAllowed):
    """Redaction is paused, for an account or for all."""


class ApprovalNeeded(NotAllowed):
    """A run would strip far more than its account's history explains, and nobody has said yes; `subject`: its id."""


class ApproverRefused(NotAllowed):
    """Who answers whether a run may strip is its requester, or no administrator of the account; it still waits."""


class DatabaseBehind(NotAllowed):
    """The database was restored: the ledger outside it records acts that it does not know."""


class LedgerBroken(RedactionError):
    """A row of the ledger was altered or is gone, in the database or outside it."""


class SignatureWrong(RedactionError):
    """A certificate is not as it was signed, or not by a key that is trusted."""


class RetentionLate(RedactionError):
    """Something that should be gone or decided by now is not, by more than its tolerance."""


class AlertNotSent(RedactionError):
    """A message about what is late could not be sent; the next watch tells it again if nobody got it."""


class SourceRefused(RedactionError):
    """The API of the source refuses the credentials or the account, or its answers lead elsewhere or in a circle."""


class PersonalDataRemains(RedactionError):
    """A personal value, or a changed retained one, was found where none may be."""


class Survivors(PersonalDataRemains):
    """The strip ended, yet rows of its set are still readable."""


class ResidueLate(RedactionError):
    """Stripped values are in the files for longer than the erasure deadline."""


class TryLater(RedactionError):
    """What stands in the way may pass by itself; `subject`: the partition or table."""

    retryable = True


class DatabaseBusy(TryLater):
    """The database refused for now: lock, deadlock, timeout or a lost connection."""


class DiskTooSmall(TryLater):
    """There is no room to write a partition anew; it is stripped in place until there is."""


class AccountMoving(TryLater):
    """The account is on its way to another placement; it can be worked with when it has arrived."""


class SourceUnreachable(TryLater):
    """The API of the source, or the inbox, does not answer, breaks off, or asks to wait for longer than is waited."""


class TextsDecided(TryLater):
    """Somebody has decided to cut a text of an account after a load had begun to parse."""


class ProgramOlder(TryLater):
    """The schema is of a later version than this program knows; a task passes once its worker has the newer program."""


class LedgerUnreachable(TryLater):
    """The place of the ledger outside the database could not be read or written."""


class SharedUnreachable(TryLater):
    """The store of what other processes read, the snapshot and the Data Docs, could not be read or written."""


class PageError(RedactionError):
    """Bytes that are no page, tuple or datum of a format that is known here."""


class CouldNotLook(RedactionError):
    """A place that could not be looked at. `reason` is the word that the record of the proof holds."""

    def __init__(self, reason: ProofGap) -> None:
        """Take the word."""
        super().__init__(f"could not look: {reason}")
        self.reason = reason


class BadInput(RedactionError):
    """A file, a flag, a record or a schema version is not what it must be."""


class ExtraMissing(BadInput):
    """A library that only some processes need is not installed in this one."""


class BadAddress(BadInput):
    """An address names no object, or not one object alone. `why` is a short code; the address is never repeated."""

    def __init__(self, why: str) -> None:
        """Take why it is refused."""
        super().__init__(f"the address of an object is refused ({why}): nothing was asked and nothing was deleted")
        self.why = why


class ValueRefused(BadInput):
    """The database cannot hold a value: a number out of range, a text too long for an index, a character it has not."""
