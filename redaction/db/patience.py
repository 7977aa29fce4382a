"""How long a busy transaction is tried again. A final refusal is raised at once."""

from __future__ import annotations

from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential
from tenacity.stop import stop_base

from redaction.errors import RedactionError
from redaction.settings import Settings


def may_pass(error: BaseException) -> bool:
    """Return whether a refused transaction may succeed later."""
    return isinstance(error, RedactionError) and error.retryable


def patiently(settings: Settings) -> Retrying:
    """Return the retry policy for one busy transaction: exponential, random, at most 10 s between two tries."""
    return _retrying(stop_after_attempt(settings.busy_retries + 1), 0.2, 10)


def patiently_for(seconds: float, first: float, longest: float) -> Retrying:
    """Return the retry policy for an act that is tried for some seconds, with pauses from `first` to `longest`."""
    return _retrying(stop_after_delay(seconds), first, longest)


def _retrying(stop: stop_base, first: float, longest: float) -> Retrying:
    wait = wait_random_exponential(multiplier=first, max=longest)
    return Retrying(retry=retry_if_exception(may_pass), stop=stop, wait=wait, reraise=True)
