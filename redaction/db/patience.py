"""How long a busy transaction is tried again."""

from __future__ import annotations

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from redaction.errors import DatabaseBusy
from redaction.settings import Settings


def patiently(settings: Settings) -> Retrying:
    """Return the retry policy for one busy transaction: exponential, random, at most 10 s between two tries."""
    return Retrying(
        retry=retry_if_exception_type(DatabaseBusy),
        stop=stop_after_attempt(settings.busy_retries + 1),
        wait=wait_random_exponential(multiplier=0.2, max=10),
        reraise=True,
    )
