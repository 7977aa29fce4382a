"""`redaction collect`: the work of the DAGs `collect_activities_<agency>`, without Airflow."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from redaction.accounts.agencies import list_agencies
from redaction.cli.actor import current_actor
from redaction.cli.loaded import code_of, print_counts, print_followed, print_rejected
from redaction.cli.output import (
    Json,
    open_placements,
    out,
    parse_day,
    plain,
    print_error,
    print_json,
    print_table,
    print_warnings,
    read_id,
)
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.placements.resolve import Placements, account_exists
from redaction.words import say_count

if TYPE_CHECKING:
    from redaction.source.collect.accounts import AgencyCollection, Collected


def collect(
    which: Annotated[
        int, typer.Argument(parser=read_id, metavar="ACCOUNT|AGENCY", help="Id of an account or an agency.")
    ],
    agency: Annotated[bool | None, typer.Option("--agency/--account", help="Say which, if both have the id.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="First day to fetch; default: some days before the last one.")
    ] = None,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow/--no-follow", help="Then redact what the source has redacted, for accounts that follow it."
        ),
    ] = True,
    json: Json = False,
) -> None:
    """Fetch activities of an account, or of all accounts of an agency, from the API of the source. Shows accounts of
    the source that are missing here. Exit code 3 if something was rejected, 1 if an account was not fetched to its
    end.
    """
    day = None if since is None else parse_day(since)
    with open_placements() as placements:
        is_agency = _is_agency(placements, which) if agency is None else agency
        followed: list[dict[str, Any]] = []

        def follow_source(deployment: Deployment, collected: Collected) -> None:
            from redaction.control.follow import follow_accounts
            from redaction.pipeline.reports import refresh_after_load

            refresh_after_load(deployment.database, lambda line: print_warnings([line]), [collected.account_id])
            if follow:
                followed.extend(
                    follow_accounts(
                        deployment, current_actor(), lambda line: print_warnings([line]), collected.account_id
                    )
                )

        done = _collect(placements, which, is_agency, day, follow_source)
    code = max((code_of(one.loaded) for one in done.collected), default=0)
    _show(done, followed, json)
    for account_id, error in done.failed.items():
        print_error(f"account {account_id}: {str(error).removeprefix(f'account {account_id}: ')}")
    raise typer.Exit(1 if done.failed else code)


def _collect(placements: Placements, which: int, is_agency: bool, since: date | None, ended: Any) -> AgencyCollection:
    from redaction.source.collect.accounts import collect_agency, collect_one

    return (collect_agency if is_agency else collect_one)(placements, which, since, ended)


def _is_agency(placements: Placements, which: int) -> bool:
    """Return whether an id is that of an agency, and not of an account; raises BadInput if it is of both or of
    neither.
    """
    place = placements.find(which)
    is_account = account_exists(placements.at(place).database, which)
    is_agency = any(row["id"] == which for row in list_agencies(placements.at(place).database))
    if is_account and is_agency:
        raise BadInput(f"{which} is an account and an agency: say --account or --agency; nothing was fetched")
    if not is_account and not is_agency:
        raise BadInput(f"there is no account and no agency {which}: `redaction account list`, `redaction agency list`")
    return is_agency


def _show(done: AgencyCollection, followed: list[dict[str, Any]], json: bool) -> None:
    if json:
        found = {**plain(done), "failed": {str(one): str(error) for one, error in done.failed.items()}}
        print_json({**found, "followed": followed})
        return
    for one in done.collected:
        records, pages = say_count(one.records, "record", "records"), say_count(one.pages, "page", "pages")
        shown = f"Account {one.account_id}, {one.since} to {one.until}: {records} on {pages}"
        print_counts(shown, one.loaded)
        print_rejected(one.loaded)
    print_followed(followed)
    if done.offered:
        print_table("The source has these accounts too: `redaction account add` makes one here", done.offered)
    if not done.collected and not done.failed:
        out.print(f"agency {done.agency_id} has no account here: nothing was fetched", highlight=False)
