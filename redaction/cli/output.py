"""Output of the commands: tables for people, JSON for machines, one line for an error."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from redaction.deployment import Deployment
from redaction.embedded import offer_embedded
from redaction.errors import BadInput, RedactionError
from redaction.placements.resolve import Placements
from redaction.settings import load_settings

T = TypeVar("T")
offer_embedded()
_LARGEST_ID = 2**63 - 1
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d")
"""An instant as the record of a run or the ledger has it."""
_MOST_PERSONAL = 10_000
"""Most characters of standard input that are read for one value."""

# A pipe has no width: wide enough that no table wraps.
# A name with `:100:` in it is no emoji.
out = Console(width=None if sys.stdout.isatty() else 180, emoji=False)
err = Console(stderr=True, emoji=False)


class _Chosen:
    """The choice of `redaction --placement NAME` for this process."""

    placement: str | None = None


def choose_placement(name: str | None) -> None:
    """Choose the placement that commands work on if no account determines it."""
    _Chosen.placement = name


class _Held:
    """The JSON of a command that was asked for it; None if it was not."""

    texts: list[str] | None = None


@contextmanager
def _json_alone() -> Iterator[None]:
    """Keep standard output for our JSON, which comes at the end. Output of libraries and started programs goes to
    standard error.
    """
    sys.stdout.flush()
    ours = os.dup(1)
    os.dup2(2, 1)
    _Held.texts = []
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        texts, _Held.texts = _Held.texts, None
        os.dup2(ours, 1)
        os.close(ours)
        for text in texts:
            typer.echo(text)


def _hold_output(context: typer.Context, asked: bool) -> bool:
    if asked:
        # The command's own context is not closed if a later parameter is refused.
        context.find_root().with_resource(_json_alone())
    return asked


Json = Annotated[bool, typer.Option("--json", callback=_hold_output, help="Print JSON, and nothing else.")]


def open_placements() -> Placements:
    """Return the placement chosen, or all of them."""
    return Placements(load_settings(), _Chosen.placement)


@contextmanager
def open_deployment(
    account: int | None = None, allow_restored: bool = False, known: bool = False
) -> Iterator[Deployment]:
    """Open the deployment of one command: of the chosen placement, of an account's placement, or the default.

    `allow_restored` is that of `Placements.at`; with `known` raises BadInput if there is no such account.
    """
    with open_placements() as placements:
        deployment = placements.of(account, allow_restored)
        if known and account is not None:
            from redaction.accounts.accounts import get_account

            get_account(deployment.database, account)
        yield deployment


def works_on_several() -> bool:
    """Say whether a command without an account works on several placements."""
    return len(open_placements().names) > 1


def each_deployment(account: int | None = None, allow_restored: bool = False) -> Iterator[Deployment]:
    """Open the deployment of an account, or for None those of all placements in turn."""
    with open_placements() as placements:
        yield from placements.each(allow_restored) if account is None else (placements.of(account, allow_restored),)


def print_error(text: object) -> None:
    """Print an error as one line on standard error."""
    err.print(f"redaction: {text}", style="red", markup=False, highlight=False, soft_wrap=True)


def exit_code(error: RedactionError) -> int:
    """Return the exit code for an error: 2 for wrong usage, else 1."""
    return 2 if isinstance(error, BadInput) else 1


def print_warnings(lines: Sequence[str]) -> None:
    """Print warnings to standard error, a line each."""
    for line in lines:
        err.print(f"warning: {line}", style="yellow", markup=False, highlight=False, soft_wrap=True)


def ask_placements(ask: Callable[[Deployment], T], allow_restored: bool = False) -> dict[str, T]:
    """Return what each placement, or only the chosen one, answers; prints why one does not answer to standard error.
    Raises that error if no placement answers.
    """
    with open_placements() as placements:
        answers, silent = placements.ask(ask, allow_restored)
    for placement, why in silent.items():
        print_error(f"placement {placement}: {why}")
    return answers


def plain(value: Any) -> Any:
    """Return a value as JSON has it: dataclasses as objects, instants in ISO format (UTC)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def print_json(value: Any) -> None:
    """Print a value as indented JSON on standard output."""
    # Half of a surrogate pair, from a file name that is no text, is escaped as in JSON.
    text = json.dumps(plain(value), indent=2, ensure_ascii=False).encode(errors="backslashreplace").decode()
    if _Held.texts is None:
        typer.echo(text)
    else:
        _Held.texts.append(text)


def print_table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a table with the columns of the first row; without rows, print one line that says so."""
    if not rows:
        out.print(f"{title}: none", markup=False, highlight=False, soft_wrap=True)
        return
    # As the table's own title it would be folded to the width of a narrow table.
    out.print(Text(title, style="table.title"), soft_wrap=True)
    table = Table()
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        # Text in brackets is a value, not markup.
        table.add_row(*(Text(str(value) if _is_id(name, value) else show(value)) for name, value in row.items()))
    out.print(table)


def print_facts(title: str, facts: Mapping[str, Any]) -> None:
    """Print facts as a table of names and values, without those that have no value."""
    print_table(title, [{"what": name, "value": value} for name, value in facts.items() if value not in (None, "")])


def _is_id(name: str, value: Any) -> bool:
    return name.endswith("id") and value is not None


def show(value: Any) -> str:
    """Return a value for people: instants to the minute in UTC, terminal control characters escaped."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, int | float):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{show(item)} {key}" for key, item in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(show, value)) or "-"
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return show(datetime.fromisoformat(value))
    return _UNSHOWN.sub(lambda found: repr(found[0])[1:-1], str(value))


def read_personal(what: str) -> str:
    """Return a personal value: one line of standard input, or of a prompt on a terminal; never an argument.

    Raises BadInput if there is none, or more than one line.
    """
    given: TextIO | None = sys.stdin
    if given is not None and given.isatty():
        return str(typer.prompt(what, err=True))
    lines = [line for line in given.read(_MOST_PERSONAL).splitlines() if line.strip()] if given is not None else []
    if len(lines) != 1:
        raise BadInput(f"{what}: write it on one line of standard input; nothing was done")
    return lines[0]


def ask_first(question: str, agreed: bool) -> None:
    """Ask, unless that was said with the command; raises typer.Exit (2) if the answer is not yes."""
    try:
        agreed = agreed or (sys.stdin is not None and typer.confirm(question))
    except typer.Abort:
        agreed = False
    if not agreed:
        print_error("nobody has said yes: nothing was changed")
        raise typer.Exit(2)


def read_id(text: str) -> int:
    """Return the id of an account, a run or another thing; raises BadInput for a text that is none."""
    if not (text.isascii() and text.isdigit()):
        raise BadInput("an id is a whole number, such as 7: nothing was done")
    number = int(text)
    if number > _LARGEST_ID:
        raise BadInput(f"there is no id above {_LARGEST_ID}: nothing was done")
    return number


AccountId = Annotated[int, typer.Argument(parser=read_id, metavar="ACCOUNT", help="Id of the account.")]


def parse_instant(text: str | None) -> datetime:
    """Return the instant of an ISO 8601 text (UTC without an offset), now for None; raises BadInput."""
    if text is None:
        return datetime.now(UTC)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("--as-of is no ISO 8601 time such as 2026-03-01T00:00:00-05:00: nothing was done") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def parse_day(text: str, option: str = "--since") -> date:
    """Return the day of an ISO 8601 text; raises BadInput, naming the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} is no day such as 2026-03-01: nothing was done") from None
