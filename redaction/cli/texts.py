"""`redaction texts`: retained texts that may name a person, for an administrator of the account to decide on."""

from __future__ import annotations

from typing import Annotated

import typer

from redaction.accounts.administrators import check_administrator
from redaction.cli.actor import current_actor
from redaction.cli.output import AccountId, Json, open_deployment, out, print_json, print_table, read_personal
from redaction.control.texts import Decided, Decision, Text, decide_texts, list_texts
from redaction.words import say_activities, say_count

texts_app = typer.Typer(
    no_args_is_help=True,
    help="Retained texts that may name a person: a number or an address in a source that is not the account's own.",
)
Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID...]", help="Ids of texts as the list shows them; without one the text is read from standard input."
    ),
]
Reason = Annotated[str, typer.Option(help="Why; a ticket, never a name or number.")]
_SHOWN = 12
"""Characters of an id in a table."""


@texts_app.command("list")
def list_(
    account: AccountId,
    everything: Annotated[bool, typer.Option("--all", help="Also decided ones.")] = False,
    json: Json = False,
) -> None:
    """Show the texts that wait for a decision: where they are, how many activities have them, from when to when."""
    with open_deployment(account) as deployment:
        check_administrator(deployment.database, account, current_actor())
        found = [text for text in list_texts(deployment.database, account) if everything or text.waits]
    if json:
        print_json(found)
        return
    print_table(f"Texts of account {account}", [_line(text, everything) for text in found])


def _line(text: Text, everything: bool) -> dict[str, object]:
    line = {
        "id": text.digest[:_SHOWN],
        "text": text.text,
        "stands in": ", ".join(text.places),
        "activities": text.activities,
        "first day": text.first_day,
        "last day": text.last_day,
    }
    return line | ({"decision": text.decision, "decided by": text.decided_by} if everything else {})


@texts_app.command()
def keep(account: AccountId, reason: Reason, ids: Ids = None, json: Json = False) -> None:
    """Keep texts unchanged: they leave the list, and no validation reports them."""
    _decide(account, "keep", reason, ids, json)


@texts_app.command()
def cut(account: AccountId, reason: Reason, ids: Ids = None, json: Json = False) -> None:
    """Cut the numbers and addresses out of texts, in all activities of the account, redacted ones too, and in later
    loads. Irreversible. A text without any is cut as a whole; what a hold keeps stays.
    """
    _decide(account, "cut", reason, ids, json)


def _decide(account: int, decision: Decision, reason: str, ids: list[str] | None, json: bool) -> None:
    text = None if ids else read_personal("Text")
    with open_deployment(account) as deployment:
        done = decide_texts(deployment, account, decision, current_actor(), reason, ids or (), text)
    print_json(done) if json else out.print(_say(done), soft_wrap=True, highlight=False)


def _say(done: Decided) -> str:
    if done.decision == "keep":
        return f"account {done.account_id}: {say_count(done.texts, 'text stays', 'texts stay')} unchanged"
    held = f"; {say_activities(done.held)} on hold: cut again when the hold is released" if done.held else ""
    cut, of = say_count(done.texts, "text", "texts"), say_count(done.activities, "activity", "activities")
    return f"account {done.account_id}: {cut} cut out of {of}{held}"
