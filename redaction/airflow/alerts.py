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
from redaction.evidence.alerts import (
    GIVEN_UP,
    Message,
    Owed,
    compose_change,
    find_change,
    find_failures,
    keep_change,
    keep_message,
    list_owed,
    settle_owed,
)
from redaction.evidence.digest import Week, compose_digest, is_digest_due, list_administered, list_weeks
from redaction.evidence.figures import Figure
from redaction.settings import Settings

log = logging.getLogger(__name__)


def tell_change(deployment: Deployment, figures: Sequence[Figure]) -> None:
    """Send the recipients what has become late and what is in order again since the last message.

    Raises what could not be sent. The next watch sends it to those whom it has not reached. Does nothing without
    recipients.
    """
    settings = deployment.settings
    senders = _list_senders(settings)
    _send_owed(deployment, list_owed(deployment, "change", datetime.now(UTC)), senders)
    change = find_change(deployment, figures) if senders else None
    if change is None:
        return
    message = compose_change(change, settings.placement, find_failures(deployment, change))
    problems = _send([(name, partial(send, message)) for name, send in senders.items()])
    sent = len(senders) - len(problems)
    if sent:
        keep_change(deployment, change, message, sent, _name(problems), {name for name, _ in problems})
    else:
        keep_message(deployment, message, 0, _name(problems))
    log.info(
        "a message went to %s of %s recipients: %s late, %s in order again",
        sent,
        len(senders),
        len(change.new),
        len(change.over),
    )
    _raise(problems, sent, "what has changed", "watch")


def tell_week(deployment: Deployment, figures: Sequence[Figure], now: datetime | None = None) -> None:
    """Send each administrator the digest of their accounts, once, on its day.

    Raises what could not be sent. If nobody got it, the next watch of that day tries again; else each next watch sends
    the present state to those whom it has not reached.
    """
    settings, at = deployment.settings, now or datetime.now(UTC)
    day = settings.alert_digest
    if day is None:
        return
    owed = list_owed(deployment, "digest", at)
    due = is_digest_due(deployment, get_args(Weekday).index(day), at)
    if not (owed or due):
        return
    weeks = list_weeks(deployment, figures, at)
    senders = [
        (address, partial(send_mail, settings, compose_digest(own, at, settings.placement, figures), address))
        for address, own in _share(settings, list_administered(deployment), weeks)
    ]
    if not due:
        _send_owed(deployment, owed, {address: _leave_out_message(send) for address, send in senders})
        return
    problems = _send(senders)
    sent = len(senders) - len(problems)
    whole = compose_digest(list(weeks.values()), at, settings.placement, figures)
    keep_message(deployment, whole, sent, _name(problems), {name for name, _ in problems} if sent else ())
    log.info("the digest went to %s administrators", sent)
    _raise(problems, sent, "how their week was", "watch of this day")


def _list_senders(settings: Settings) -> dict[str, Callable[[Message], None]]:
    """Return by recipient what sends them a message."""
    senders: dict[str, Callable[[Message], None]] = {
        address: partial(_mail, settings, address) for address in settings.alert_addresses
    }
    if settings.alert_slack_connection:
        senders["Slack"] = partial(send_slack, settings)
    return senders


def _mail(settings: Settings, address: str, message: Message) -> None:
    send_mail(settings, message, address)


def _leave_out_message(send: Callable[[], None]) -> Callable[[Message], None]:
    return lambda message: send()


def _send(senders: Sequence[tuple[str, Callable[[], None]]]) -> list[tuple[str, RedactionError]]:
    """Send all messages; return the recipients whom theirs has not reached, and why: a bad address stops no other."""
    problems = []
    for recipient, send in senders:
        try:
            send()
        except RedactionError as error:
            problems.append((recipient, error))
    return problems


def _send_owed(deployment: Deployment, owed: Sequence[Owed], senders: Mapping[str, Callable[[Message], None]]) -> None:
    """Send what people are owed. A failure is only logged: the watch failed with it when the message was new."""
    for one in owed:
        if (send := senders.get(one.recipient)) is None:
            settle_owed(deployment, one, reached=False)
            continue
        try:
            send(one.message)
        except RedactionError as error:
            log.warning("alert %s still does not reach one of its recipients: %s", one.alert_id, error)
        else:
            settle_owed(deployment, one, reached=True)


def _raise(problems: Sequence[tuple[str, RedactionError]], sent: int, what: str, again: str) -> None:
    """Raise why messages did not arrive, and when they are sent again."""
    if not problems:
        return
    _, error = problems[0]
    if not isinstance(error, AlertNotSent):
        raise error
    whom = f"{len(problems)} of {sent + len(problems)} recipients did not learn" if sent else "nobody learned"
    then = f"the next watches of {GIVEN_UP.days} days try again" if sent else f"the next {again} tries again"
    raise AlertNotSent(f"{whom} {what}: {error}; {then}")


def _name(problems: Sequence[tuple[str, RedactionError]]) -> str | None:
    return type(problems[0][1]).__name__ if problems else None


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
