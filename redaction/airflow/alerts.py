"""Alerts of the watch: each change once, and the digest once a week."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import get_args

from redaction.airflow.notify import send_mail, send_slack
from redaction.alerting import Weekday
from redaction.deployment import Deployment
from redaction.errors import AlertNotSent, RedactionError
from redaction.evidence.alerts import compose_change, find_change, find_failures, keep_change, keep_message
from redaction.evidence.digest import Week, compose_digest, is_digest_due, list_administered, list_weeks
from redaction.evidence.figures import Figure
from redaction.settings import Settings

log = logging.getLogger(__name__)


def tell_change(deployment: Deployment, figures: Sequence[Figure]) -> None:
    """Send the recipients what has become late and what is in order again since the last message.

    Raises what could not be sent. If nobody got the message, the next watch sends it. Does nothing without recipients.
    """
    settings = deployment.settings
    change = find_change(deployment, figures) if settings.alert_addresses or settings.alert_slack_connection else None
    if change is None:
        return
    message = compose_change(change, settings.placement, find_failures(deployment, change))
    ways = [partial(send_mail, settings, message, address) for address in settings.alert_addresses]
    if settings.alert_slack_connection:
        ways.append(partial(send_slack, settings, message))
    sent, problems = _send(ways)
    if sent:
        keep_change(deployment, change, message, sent, _name(problems))
    else:
        keep_message(deployment, message, 0, _name(problems))
    log.info(
        "a message went to %s of %s recipients: %s late, %s in order again",
        sent,
        len(ways),
        len(change.new),
        len(change.over),
    )
    _raise(problems, sent, "what has changed", "watch")


def tell_week(deployment: Deployment, figures: Sequence[Figure], now: datetime | None = None) -> None:
    """Send each administrator the digest of their accounts, once, on its day.

    Raises what could not be sent. If nobody got it, the next watch of that day tries again.
    """
    settings, at = deployment.settings, now or datetime.now(UTC)
    day = settings.alert_digest
    if day is None or not is_digest_due(deployment, get_args(Weekday).index(day), at):
        return
    weeks = list_weeks(deployment, figures, at)
    sent, problems = _send(
        [
            partial(send_mail, settings, compose_digest(own, at, settings.placement, figures), address)
            for address, own in _share(settings, list_administered(deployment), weeks)
        ]
    )
    whole = compose_digest(list(weeks.values()), at, settings.placement, figures)
    keep_message(deployment, whole, sent, _name(problems))
    log.info("the digest went to %s administrators", sent)
    _raise(problems, sent, "how their week was", "watch of this day")


def _send(ways: Sequence[Callable[[], None]]) -> tuple[int, list[RedactionError]]:
    """Send all messages; return how many arrived, and the failures of the others: a bad address stops no other."""
    problems = []
    for send in ways:
        try:
            send()
        except RedactionError as error:
            problems.append(error)
    return len(ways) - len(problems), problems


def _raise(problems: Sequence[RedactionError], sent: int, what: str, again: str) -> None:
    """Raise why messages did not arrive, and whether they are sent again: not if any has arrived."""
    if not problems:
        return
    if not isinstance(problems[0], AlertNotSent):
        raise problems[0]
    whom = f"{len(problems)} of {sent + len(problems)} recipients were not" if sent else "nobody was"
    then = "the page Alerts has the message, it is not sent again" if sent else f"the next {again} tries again"
    raise AlertNotSent(f"{whom} told {what}: {problems[0]}; {then}")


def _name(problems: Sequence[RedactionError]) -> str | None:
    return type(problems[0]).__name__ if problems else None


def _share(
    settings: Settings, administered: Mapping[str, set[int]], weeks: Mapping[int, Week]
) -> Iterator[tuple[str, list[Week]]]:
    """Yield the address of each administrator who has one, with the state of their accounts."""
    for name, accounts in administered.items():
        address = (
            name if "@" in name else f"{name}@{settings.alert_mail_domain}" if settings.alert_mail_domain else None
        )
        own = [weeks[account] for account in sorted(accounts) if account in weeks]
        if address is not None and own:
            yield address, own
