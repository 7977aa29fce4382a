"""What a failure means in words: one table for pages, notes in Airflow, mails and commands.

`docs/reference/troubleshooting.md` says the same in more detail. The words never depend on a run, so they cannot carry
a personal value.
"""

from __future__ import annotations

from dataclasses import dataclass

from redaction import errors

ADMINISTRATOR = "an administrator of the account"
OTHER_ADMINISTRATOR = "another administrator of the account"
ENGINEER = "a data engineer"
DATABASE = "the database administrator"


@dataclass(frozen=True)
class Failure:
    """A failure in words: what happened and what was left unchanged, what to do next, and who does it."""

    sentence: str
    remedy: str
    who: str

    def __str__(self) -> str:
        """Return both sentences in one line."""
        return f"{self.sentence} {self.remedy}"


_WORDS: dict[str, Failure] = {
    "CatalogError": Failure(
        "The catalog contradicts itself or the database. Nothing was changed.",
        "Correct the catalog, run `redaction catalog check`, then clear the task.",
        ENGINEER,
    ),
    "UnclassifiedColumn": Failure(
        "The table has a column that the catalog does not name. Nothing was changed.",
        "Classify the column in the catalog or drop it, then clear the task.",
        ENGINEER,
    ),
    "OtherCatalog": Failure(
        "The database was prepared for another catalog than that of this program. Nothing was changed.",
        "Set `REDACTION_CATALOG` as the database was prepared, or run `redaction catalog apply`. Then clear the task.",
        ENGINEER,
    ),
    "NotAllowed": Failure(
        "A setting, a permission or a hold forbids what was asked. Nothing more was redacted.",
        "See the account's settings and holds, then ask again.",
        ADMINISTRATOR,
    ),
    "Paused": Failure(
        "Redaction is paused. Nothing more was redacted.",
        "End the pause with `redaction resume`, then clear the task.",
        ADMINISTRATOR,
    ),
    "ApprovalNeeded": Failure(
        "Nobody approved the run. Nothing was redacted.",
        "The next run asks for the same activities again. Approve or refuse it before another run is due.",
        OTHER_ADMINISTRATOR,
    ),
    "ApproverRefused": Failure(
        "The answer came from a person whose answer does not count. The run still waits.",
        "Another administrator of the account answers.",
        OTHER_ADMINISTRATOR,
    ),
    "DatabaseBehind": Failure(
        "The database was restored from a backup and does not know all that was redacted. Nothing was changed.",
        "Run `redaction ledger replay`, then clear the task.",
        ENGINEER,
    ),
    "LoginRefused": Failure(
        "The database login has the wrong rights. Nothing was changed.",
        "Give tasks and pages the lesser login, straight to PostgreSQL, then clear the task.",
        DATABASE,
    ),
    "LedgerBroken": Failure(
        "A row of the ledger was altered or is gone. Nothing was changed.",
        "Run `redaction ledger verify`, which names the row. Find out who may write there.",
        ENGINEER,
    ),
    "SignatureWrong": Failure(
        "A certificate is not as it was signed, or its key is not trusted. Nothing was changed.",
        "Ask for the certificate again, and check the public key.",
        ENGINEER,
    ),
    "RetentionLate": Failure(
        "Something is late that should be redacted, erased or decided by now.",
        "See *Needs somebody* on the overview, or `redaction status`.",
        ENGINEER,
    ),
    "AlertNotSent": Failure(
        "A message about what is late could not be sent. If nobody got it, the next watch tries again.",
        "Check the Airflow connections that the settings `REDACTION_ALERT_...` name.",
        ENGINEER,
    ),
    "SourceRefused": Failure(
        "The source refused the login or the account. No activity was loaded.",
        "Check the Airflow connection of the source, then clear the task.",
        ENGINEER,
    ),
    "PersonalDataRemains": Failure(
        "Validation found a personal value, or a changed retained value. The reports were not rebuilt.",
        "See the failed checks on the run's page. Find what writes to these rows, then clear the task.",
        ENGINEER,
    ),
    "Survivors": Failure(
        "Some rows of the run still have personal values. The other rows are redacted.",
        "Find the trigger or process that restores them, then clear the task.",
        ENGINEER,
    ),
    "ResidueLate": Failure(
        "Copies of redacted values are on disk beyond their deadline.",
        "Run `redaction erase-residue`. It says what it leaves and why.",
        ENGINEER,
    ),
    "TryLater": Failure(
        "An obstacle stopped the step. It may pass. Finished work stays finished.",
        "Airflow tries again. If it has given up, clear the task.",
        ENGINEER,
    ),
    "DatabaseBusy": Failure(
        "The database was busy or did not answer through all tries. Redacted activities stay redacted.",
        "See what holds locks in the database, then clear the task. The run goes on where it stopped.",
        DATABASE,
    ),
    "DiskTooSmall": Failure(
        "The disk has no room for the copy of a partition. Nothing of that partition was changed.",
        "Make room on the database server, then clear the task.",
        DATABASE,
    ),
    "AccountMoving": Failure(
        "The account is being moved to another placement. Nothing was changed.",
        "Let `redaction account move` end, then clear the task.",
        ENGINEER,
    ),
    "SourceUnreachable": Failure(
        "The source or the inbox did not answer. Loaded activities stay.",
        "Airflow tries again. If it has given up, clear the task.",
        ENGINEER,
    ),
    "TextsDecided": Failure(
        "Somebody decided on texts of the account during a load. The load changed nothing.",
        "Load the same again.",
        ENGINEER,
    ),
    "ProgramOlder": Failure(
        "The database has a newer schema than the program. Nothing was changed.",
        "Install the newer program on the worker, then clear the task.",
        ENGINEER,
    ),
    "LedgerUnreachable": Failure(
        "The external ledger did not answer. Redacted activities stay redacted.",
        "See that the store of `REDACTION_LEDGER_URL` answers, then clear the task.",
        ENGINEER,
    ),
    "SharedUnreachable": Failure(
        "The shared store did not answer. Redacted activities stay redacted.",
        "See that the store of `REDACTION_SHARED_URL` answers, then clear the task.",
        ENGINEER,
    ),
    "PageError": Failure(
        "A proof found bytes of an unknown format. Nothing was changed.",
        "Run `redaction verify`, and report what it says.",
        ENGINEER,
    ),
    "CouldNotLook": Failure(
        "A proof could not look at a place. Nothing was changed.",
        "Run `redaction verify`. It says which place, and why.",
        ENGINEER,
    ),
    "BadInput": Failure(
        "The run was given something that it cannot use. Nothing was changed.",
        "Correct what the message in the task's log names, then begin a new run.",
        ADMINISTRATOR,
    ),
    "ExtraMissing": Failure(
        "A library that this step needs is not installed. Nothing was changed.",
        "Install the extra that the task's log names, then clear the task.",
        ENGINEER,
    ),
    "BadAddress": Failure(
        "The address of an object names no single object. No object was asked for or deleted.",
        "Run `redaction object list`, and correct the record in the source.",
        ENGINEER,
    ),
    "ValueRefused": Failure(
        "The database cannot hold a value that it was given. Nothing was changed.",
        "Correct the value that the task's log names, then try again.",
        ENGINEER,
    ),
}
_AT_STEP: dict[tuple[str, str], Failure] = {
    ("begin", "NotAllowed"): Failure(
        "The request was refused: the acknowledgement, a setting, a permission, a hold or a changed preview forbids "
        "it. Nothing was changed.",
        "Correct what forbids it, then begin a new run.",
        ADMINISTRATOR,
    ),
    ("begin", "BadInput"): Failure(
        "The request was refused: something in it cannot be used. Nothing was changed.",
        "Correct it, then begin a new run.",
        ADMINISTRATOR,
    ),
    ("strip", "NotAllowed"): Failure(
        "A hold was placed, or a setting changed, after the run was begun. Nothing more was redacted.",
        "Begin a new run without the held activities.",
        ADMINISTRATOR,
    ),
    ("strip", "PersonalDataRemains"): Failure(
        "The database refused a redacted row that still had a personal value. The other rows are redacted.",
        "Find the trigger or process that writes the value back, then clear the task.",
        ENGINEER,
    ),
}
_UNKNOWN = Failure(
    "The run stopped at an error that is not one of ours. Redacted activities stay redacted.",
    "Read the task's log, then clear the task.",
    ENGINEER,
)


def explain(failure: str | None, step: str | None = None) -> Failure | None:
    """Return the words for the error that a step ended with; None if nothing failed.

    An error without words of its own has those of its parent class.
    """
    if not failure:
        return None
    kind = getattr(errors, failure, None)
    if not (isinstance(kind, type) and issubclass(kind, errors.RedactionError)):
        return _UNKNOWN
    for name in (one.__name__ for one in kind.__mro__):
        found = _AT_STEP.get((step or "", name)) or _WORDS.get(name)
        if found is not None:
            return found
    return _UNKNOWN
