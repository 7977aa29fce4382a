"""`redaction request`: requests of a person, and their answers. The person's number or address is never an argument."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from redaction.cli.actor import current_actor
from redaction.cli.facts import erased_row, request_facts
from redaction.cli.output import (
    Json,
    err,
    out,
    plain,
    print_facts,
    print_json,
    print_table,
    read_id,
    read_personal,
    show,
)
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.placements.resolve import Placements
from redaction.requests.ending import close_request, refuse_request
from redaction.requests.erase import erase_person
from redaction.requests.exports import end_exports, fetch_export, make_export
from redaction.requests.find import Found, find_person
from redaction.requests.records import (
    Kind,
    PersonRequest,
    get_home,
    list_accounts_of,
    list_requests,
    open_request,
)
from redaction.settings import load_settings
from redaction.words import say_count

request_app = typer.Typer(no_args_is_help=True, help="Requests of a person: access, erasure, or both.")
_LISTED = ("id", "kind", "state", "reference", "accounts", "opened_at", "deadline", "found", "answered_at", "closed_at")
RequestId = Annotated[int, typer.Argument(parser=read_id, metavar="REQUEST", help="Id of the request.")]
Reason = Annotated[str, typer.Option(help="Why; a ticket, never a name or number.")]


def _show(request: PersonRequest, json: bool) -> None:
    if json:
        print_json(request)
        return
    print_facts(f"Request {request.id}", request_facts(request))


@request_app.command("open")
def open_(
    kind: Annotated[Kind, typer.Option(metavar="access|erasure|both", help="What the person asks for.")],
    identity: Annotated[str, typer.Option(help="How you have checked the identity, e.g. `called back`.")],
    reference: Annotated[str, typer.Option(help="The ticket; never a name or number.")],
    agency: Annotated[
        int | None, typer.Option(parser=read_id, metavar="AGENCY", help="All accounts of an agency.")
    ] = None,
    account: Annotated[
        list[int] | None, typer.Option(parser=read_id, metavar="A", help="An account; may be repeated.")
    ] = None,
    country: Annotated[
        str | None, typer.Option(metavar="CC", help="Country (ISO 3166-1) of a number without a country code.")
    ] = None,
    law: Annotated[
        str | None, typer.Option(help="The law that sets the deadline: a name in REDACTION_REQUEST_DAYS.")
    ] = None,
    json: Json = False,
) -> None:
    """Open a request; the number or address of the person is read from standard input, or a prompt."""
    contact = read_personal("Number or address of the person")
    with Placements(load_settings()) as placements:
        opened = open_request(
            placements,
            kind,
            contact,
            current_actor(),
            identity,
            reference,
            agency,
            account or (),
            country,
            law,
        )
    if json:
        print_json({**plain(opened.request), "understood": opened.understood})
        return
    _show(opened.request, json)
    read = "" if "@" in opened.understood else f" (read as in {opened.request.country})"
    said = f"the person is {opened.understood}{read}: check that this is the requester"
    out.print(said, highlight=False, markup=False)


@request_app.command()
def find(request: RequestId, json: Json = False) -> None:
    """Search for the person in every account of the request. Exit code 1 if a placement did not answer."""
    with Placements(load_settings()) as placements:
        found = find_person(placements, request)
    _show_found(found, json)
    for placement, why in found.silent.items():
        where = placement if placement.startswith("account ") else f"placement {placement}"
        err.print(f"{where} was not asked: {why}", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1 if found.silent else 0)


def _show_found(found: Found, json: bool) -> None:
    if json:
        print_json(_plain(found))
        return
    print_table(f"Request {found.request_id}", [vars(group) for group in found.groups])
    for account, names in found.recipients.items():
        out.print(f"account {account}: sent to {', '.join(names)}", markup=False)
    if found.digest is not None:
        out.print(f"digest: {found.digest}", highlight=False, soft_wrap=True)


def _plain(found: Found) -> dict[str, object]:
    return {
        "request_id": found.request_id,
        "counts": found.counts,
        "groups": found.groups,
        "recipients": found.recipients,
        "silent": found.silent,
        "digest": found.digest,
    }


@request_app.command()
def export(
    request: RequestId,
    to: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Fetch it into this new file (ZIP)."),
    ] = None,
    json: Json = False,
) -> None:
    """Write everything that is kept of the person into a ZIP: a summary, a page, JSON. Without --out it waits on the
    page.
    """
    with Placements(load_settings()) as placements, _fresh(to) as target:
        made = make_export(placements, request, current_actor())
        if target is not None:
            _fetch(get_home(placements), made.id, target)
    if json:
        print_json(made)
        return
    where = f"in {to}" if to else f"kept until {show(made.expires_at)}, to be fetched once by {made.made_by}"
    out.print(
        f"export {made.id}: {say_count(made.activities, 'activity', 'activities')}, {made.bytes:,} bytes, {where}",
        soft_wrap=True,
    )


def _fetch(home: Deployment, export_id: int, target: IO[bytes]) -> None:
    """Fetch an export into a file; it counts as fetched only when it is completely on disk."""
    with fetch_export(home, export_id, current_actor()) as pieces:
        for piece in pieces:
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())


@contextmanager
def _fresh(to: Path | None) -> Iterator[IO[bytes] | None]:
    """Open a new file, readable only by this user; it is removed if the caller fails."""
    if to is None:
        yield None
        return
    try:
        handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadInput(
            f"{to} cannot be written ({error.strerror}): name a file that is not there; nothing was done"
        ) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
    except BaseException as error:
        to.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise BadInput(
                f"{to} could not be written whole ({error.strerror}) and was removed; the export was not fetched and "
                "nothing is lost: make room, then export again"
            ) from None
        raise


@request_app.command()
def erase(
    request: RequestId,
    expect: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="What `find` has printed; not needed to end what was begun.")
    ] = None,
    acknowledged: Annotated[
        bool, typer.Option("--acknowledge-irreversible", help="I know that redacted data cannot be recovered.")
    ] = False,
    json: Json = False,
) -> None:
    """Redact what is kept of the person in every account, except what a hold keeps. A second call finishes what was
    stopped.

    Exit code 1 if an account failed or waits for approval, 2 without the acknowledgement.
    """
    with Placements(load_settings()) as placements:
        if not acknowledged:
            found = find_person(placements, request)
            _show_found(found, json)
            err.print("nothing was changed: add --acknowledge-irreversible and --expect DIGEST", highlight=False)
            raise typer.Exit(2)
        announce = (lambda said: None) if json else (lambda said: out.print(f"  {said}", markup=False))
        erased = erase_person(placements, request, current_actor(), acknowledged, expect, announce=announce)
    if json:
        print_json({**plain(erased), "complete": erased.complete})
    else:
        print_table(f"Request {request}", [erased_row(account) for account in erased.accounts])
        waits = any(account.outcome == "waits" for account in erased.accounts)
        again = "is not complete: " + (
            "another administrator runs `redaction approve RUN`; then repeat the command"
            if waits
            else f"repeat the command with the digest of a new `redaction request find {request}`"
        )
        said = "is answered" if erased.answered else "is complete" if erased.complete else again
        out.print(f"the erasure of request {request} {said}", soft_wrap=True)
    raise typer.Exit(0 if erased.complete else 1)


@request_app.command()
def answer(
    request: RequestId,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path(),
    json: Json = False,
) -> None:
    """Write the certificate of an erasure in all accounts (JSON, HTML, PDF, signed), and the letter of reply."""
    from redaction.requests.certificate import write_answer_files

    with Placements(load_settings()) as placements:
        paths = write_answer_files(placements, request, folder)
    if json:
        print_json({"files": paths})
        return
    for path in paths:
        out.print(str(path), markup=False, soft_wrap=True)


@request_app.command()
def refuse(request: RequestId, reason: Reason, json: Json = False) -> None:
    """End a request without answering it; the person's number or address is forgotten."""
    with Placements(load_settings()) as placements:
        refused = refuse_request(placements, request, reason, current_actor())
        end_exports(get_home(placements))
    _show(refused, json)


@request_app.command()
def close(
    request: RequestId,
    reason: Annotated[str | None, typer.Option(help="Why, if nobody has answered it; a ticket, never a name.")] = None,
    json: Json = False,
) -> None:
    """End a request that is answered, or that the person withdraws; the person's number or address is forgotten."""
    with Placements(load_settings()) as placements:
        closed = close_request(placements, request, current_actor(), reason)
        end_exports(get_home(placements))
        redacted = sum(account.found.get("redacted", 0) for account in list_accounts_of(get_home(placements), request))
    _show(closed, json)
    # An answered request has said what it redacted.
    if redacted and closed.answered_at is None and not json:
        out.print(
            f"{say_count(redacted, 'activity', 'activities')} of it stay redacted: "
            f"`redaction request answer {request}` writes the certificate",
            soft_wrap=True,
        )


@request_app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also finished ones.")] = False, json: Json = False
) -> None:
    """Show open requests, the earliest deadline first."""
    with Placements(load_settings()) as placements:
        requests = list_requests(get_home(placements), everything)
    if json:
        print_json(requests)
        return
    print_table("Requests", [{name: vars(request)[name] for name in _LISTED} for request in requests])
