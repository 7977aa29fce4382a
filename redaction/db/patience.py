"""How long a busy transaction is tried again."""

from __future__ import annotations

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from redaction.errors import RedactionError
from redaction.settings import Settings


def may_pass(error: BaseException) -> bool:
    """Return whether what was refused may succeed later."""
    return isinstance(error, RedactionError) and error.retryable


def patiently(settings: Settings) -> Retrying:
    """Return the retry policy for one busy transaction: exponential, random, at most 10 s between two tries."""
    return Retrying(
        retry=retry_if_exception(may_pass),
        stop=stop_after_attempt(settings.busy_retries + 1),
        wait=wait_random_exponential(multiplier=0.2, max=10),
        reraise=True,
    )
