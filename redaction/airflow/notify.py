"""Messages to people by Airflow's own notifiers: mail by SMTP, and Slack if its provider is installed."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlencode

from airflow.configuration import conf

from redaction.errors import AlertNotSent, ExtraMissing
from redaction.evidence.alerts import Line, Message
from redaction.settings import DEFAULT, Settings
from redaction.web.address import PAGES


def send_mail(settings: Settings, message: Message, address: str) -> None:
    """Send a message to one address, so that no recipient sees the others.

    Raises AlertNotSent, without quoting the address or what the server said.
    """
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    notifier = SmtpNotifier(
        to=address,
        from_email=settings.alert_mail_from,
        subject=message.subject,
        html_content=compose_page(settings, message),
        smtp_conn_id=settings.alert_mail_connection,
    )
    _notify(notifier, "REDACTION_ALERT_MAIL_CONNECTION")


def send_slack(settings: Settings, message: Message) -> None:
    """Send a message to Slack by its connection; raises AlertNotSent, or ExtraMissing if its provider is missing."""
    try:
        from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
    except ImportError:
        raise ExtraMissing(
            "REDACTION_ALERT_SLACK_CONNECTION needs Airflow's provider of Slack: "
            "pip install apache-airflow-providers-slack; no message was sent there"
        ) from None
    lines = [f"*{message.subject}*", *(f"• {line.text} {_link(settings, line)}".rstrip() for line in message.lines)]
    notifier = SlackWebhookNotifier(slack_webhook_conn_id=settings.alert_slack_connection, text="\n".join(lines))
    _notify(notifier, "REDACTION_ALERT_SLACK_CONNECTION")


def compose_page(settings: Settings, message: Message) -> str:
    """Return a message as the HTML of a mail."""
    items = "".join(f"<li>{escape(line.text)}{_anchor(settings, line)}</li>" for line in message.lines)
    return (
        f"<p><strong>{escape(message.subject)}</strong></p><ul>{items}</ul>"
        "<p>Sent by the DAG retention_watch. It has only counts and ids; the pages have the details.</p>"
    )


def _notify(notifier: Any, setting: str) -> None:
    try:
        notifier.notify({})
    except Exception as error:
        # The answer of a mail server may quote the address.
        raise AlertNotSent(
            f"a message could not be sent ({type(error).__name__}): check the Airflow connection of {setting}"
        ) from None


def _anchor(settings: Settings, line: Line) -> str:
    link = _link(settings, line)
    return f' <a href="{escape(link, quote=True)}">{escape(link)}</a>' if link else ""


def _link(settings: Settings, line: Line) -> str:
    if not line.path:
        return ""
    where = "" if settings.placement == DEFAULT else f"?{urlencode({'placement': settings.placement})}"
    return f"{str(conf.get('api', 'base_url', fallback='')).rstrip('/')}{PAGES}{line.path}{where}"
