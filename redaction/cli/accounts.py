"""`redaction agency` and `redaction account`: settings, and the state of every account."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from redaction.accounts.accounts import Account, add_account, get_account, set_account
from redaction.accounts.administrators import set_administrator
from redaction.accounts.agencies import Agency, add_agencies, add_agency, list_agencies
from redaction.accounts.recipients import list_exposures, put_call_settings, record_exposure
from redaction.accounts.snapshot import write_active
from redaction.cli.actor import current_actor
from redaction.cli.facts import account_facts, status_row
from redaction.cli.output import (
    AccountId,
    Json,
    ask_placements,
    each_deployment,
    open_deployment,
    open_placements,
    out,
    parse_day,
    print_facts,
    print_json,
    print_table,
    read_id,
)
from redaction.errors import ApprovalNeeded, BadInput
from redaction.placements.resolve import Placements
from redaction.settings import load_settings

agency_app = typer.Typer(no_args_is_help=True, help="Agencies: their plan, and whether their accounts may redact.")
account_app = typer.Typer(no_args_is_help=True, help="Accounts: periods, toggles, and the state of each.")

AgencyId = Annotated[int, typer.Argument(parser=read_id, metavar="AGENCY", help="Id of the agency.")]
Name = Annotated[str | None, typer.Option(help="Name to show.")]
Plan = Annotated[str | None, typer.Option(help="agency, or standard (no sub-accounts, cannot allow redaction).")]
Allow = Annotated[bool | None, typer.Option("--allow/--no-allow", help="Allow accounts to enable redaction.")]
Timezone = Annotated[str | None, typer.Option(help="IANA time zone, e.g. America/New_York.")]
Auto = Annotated[str | None, typer.Option(metavar="daily|30|60|90|off", help="Period of automatic redaction.")]
Mode = Annotated[str | None, typer.Option(metavar="every|rolling", help="Every N days, or each day N days later.")]
Recordings = Annotated[
    str | None,
    typer.Option(metavar="daily|30|60|90|off", help="Period after which recordings are deleted, before the rest."),
]
Since = Annotated[str | None, typer.Option(metavar="DAY", help="Local day that the intervals count from.")]
Manual = Annotated[bool | None, typer.Option("--manual/--no-manual", help="Allow administrators to redact manually.")]
CallerId = Annotated[bool | None, typer.Option("--caller-id/--no-caller-id", help="Keep looked-up name and location.")]
Enhanced = Annotated[bool | None, typer.Option("--enhanced/--no-enhanced", help="Keep enhanced caller ID.")]
Country = Annotated[
    str | None,
    typer.Option(metavar="CC", help="Country of its numbers: two letters (ISO 3166-1), or `zone`."),
]
TwoPeople = Annotated[
    bool | None,
    typer.Option("--two-people/--no-two-people", help="Another administrator must approve irreversible acts."),
]
Follow = Annotated[
    bool | None, typer.Option("--follow-source/--no-follow-source", help="Redact what the source has redacted.")
]

Wide = Annotated[bool, typer.Option("--wide", help="Show every column that --json has.")]


def _country(country: str | None) -> dict[str, str | None]:
    return {} if country is None else {"country": None if country == "zone" else country.upper()}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _automatic(auto: str | None, since: str | None, recordings: str | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if auto is not None:
        changes["auto_redaction"] = None if auto == "off" else auto
    if since is not None:
        changes["auto_redaction_since"] = parse_day(since)
    if recordings is not None:
        changes["recordings_period"] = None if recordings == "off" else recordings
    return changes


@agency_app.command("add")
def agency_add(
    agency: AgencyId, name: Name = None, plan: Plan = None, allow: Allow = None, two: TwoPeople = None
) -> None:
    """Create an agency."""
    wanted = Agency(id=agency, **_given(name=name, plan=plan, allow_redaction=allow, needs_approval=two))
    for deployment in each_deployment(allow_restored=True):
        add_agency(deployment, wanted)
    out.print(f"agency {agency} created")


@agency_app.command("set")
def agency_set(
    agency: AgencyId, name: Name = None, plan: Plan = None, allow: Allow = None, two: TwoPeople = None
) -> None:
    """Change an agency. Forbidding redaction removes the DAGs of its accounts."""
    from redaction.control.agencies import change_agency, say_changed

    changes = _given(name=name, plan=plan, allow_redaction=allow, needs_approval=two)
    with open_placements() as placements:
        changed = change_agency(placements, agency, current_actor(), **changes)
    if left := say_changed(agency, changed):
        print_table(f"Agency {agency}", [vars(one) for one in changed])
        raise ApprovalNeeded(left)
    out.print(f"agency {agency} changed")


@agency_app.command("list")
def agency_list(json: Json = False) -> None:
    """Show every agency."""
    rows = add_agencies(ask_placements(lambda deployment: list_agencies(deployment.database)))
    print_json(rows) if json else print_table("Agencies", rows)


@account_app.command("add")
def account_add(
    account: AccountId,
    agency: Annotated[int, typer.Option(parser=read_id, metavar="ID", help="Id of its agency.")],
    name: Name = None,
    timezone: Timezone = None,
    auto: Auto = None,
    mode: Mode = None,
    since: Since = None,
    recordings: Recordings = None,
    manual: Manual = None,
    caller_id: CallerId = None,
    enhanced: Enhanced = None,
    country: Country = None,
    follow: Follow = None,
    two: TwoPeople = None,
) -> None:
    """Create an account."""
    values = _given(
        name=name,
        timezone=timezone,
        retention_mode=mode,
        manual_redaction=manual,
        caller_id_enabled=caller_id,
        enhanced_caller_id_enabled=enhanced,
        follow_source=follow,
        needs_approval=two,
    ) | _country(country)
    with open_deployment(account, allow_restored=True) as deployment:
        with Placements(load_settings()) as placements:
            placements.check_free(account, deployment.placement)
        add_account(deployment, Account(id=account, agency_id=agency, **values, **_automatic(auto, since, recordings)))
        _warn(account) if auto not in (None, "off") else None
    out.print(f"account {account} created")


@account_app.command("offers")
def account_offers(json: Json = False) -> None:
    """Show accounts that collectors have found at the source and that are missing here; `account add` creates one."""
    from redaction.source.collect.accounts import list_offered

    with open_placements() as placements:
        rows = list_offered(placements)
    print_json(rows) if json else print_table("Accounts that the source has", rows)


@account_app.command("set")
def account_set(
    account: AccountId,
    name: Name = None,
    timezone: Timezone = None,
    auto: Auto = None,
    mode: Mode = None,
    since: Since = None,
    recordings: Recordings = None,
    manual: Manual = None,
    caller_id: CallerId = None,
    enhanced: Enhanced = None,
    country: Country = None,
    follow: Follow = None,
    two: TwoPeople = None,
) -> None:
    """Change settings of an account; period, mode and zone take effect at the next boundary."""
    values = _given(
        name=name,
        timezone=timezone,
        retention_mode=mode,
        manual_redaction=manual,
        caller_id_enabled=caller_id,
        enhanced_caller_id_enabled=enhanced,
        follow_source=follow,
        needs_approval=two,
    ) | _country(country)
    with open_deployment(account) as deployment:
        set_account(deployment, account, current_actor(), **values, **_automatic(auto, since, recordings))
        _warn(account) if auto not in (None, "off") else None
    out.print(f"account {account} changed")


def _warn(account: int) -> None:
    with open_deployment(account, allow_restored=True) as deployment:
        exposures = list_exposures(deployment.database, account)
    if exposures:
        out.print("[yellow]These have received personal fields of this account; what they hold is not redacted here:")
    for exposure in exposures:
        out.print(f"  {exposure.what} {exposure.id} {exposure.name!r}: {', '.join(exposure.fields)}", markup=False)


@account_app.command("administrator")
def account_administrator(
    account: AccountId,
    username: Annotated[str, typer.Argument(help="The name by which Airflow knows the person.")],
    remove: Annotated[bool, typer.Option("--remove", help="Remove them.")] = False,
    hold: Annotated[bool | None, typer.Option("--hold/--no-hold", help="May place holds; default: yes.")] = None,
    release: Annotated[
        bool | None, typer.Option("--release/--no-release", help="May release holds; default: yes.")
    ] = None,
    operator: Annotated[
        bool,
        typer.Option("--operator", help="As the owner (REDACTION_OWNER_URL): they count as a second person at once."),
    ] = False,
) -> None:
    """Make a person an administrator of an account: they may see its log, change its settings, redact, place holds."""
    with open_deployment(account) as deployment:
        set_administrator(deployment, account, username, current_actor(), not remove, hold, release, operator)
    out.print(f"{username} is {'no longer ' if remove else ''}an administrator of account {account}", markup=False)


@account_app.command("list")
def account_list(wide: Wide = False, json: Json = False) -> None:
    """Show the rule, next run, due count and oldest unredacted activity of every account."""
    from redaction.pipeline.preview import summarise_accounts

    found = ask_placements(summarise_accounts)
    statuses = sorted((status for part in found.values() for status in part), key=lambda status: status["account_id"])
    print_json(statuses) if json else print_table("Accounts", [status_row(status, wide) for status in statuses])


@account_app.command("show")
def account_show(account: AccountId, json: Json = False) -> None:
    """Show every setting of one account."""
    with open_deployment(account) as deployment:
        found = get_account(deployment.database, account)
    print_json(found) if json else print_facts(f"Account {account}", account_facts(found))


@account_app.command("call-settings")
def account_call_settings(
    account: AccountId,
    name: Annotated[str, typer.Argument(help="Name of the configuration.")],
    number: Annotated[list[str], typer.Option(metavar="NUMBER", help="Tracking number that uses it; repeat.")],
    caller_id: Annotated[
        bool, typer.Option("--caller-id/--no-caller-id", help="Keep looked-up name and location.")
    ] = True,
    enhanced: Annotated[bool, typer.Option("--enhanced/--no-enhanced", help="Keep enhanced caller ID.")] = True,
) -> None:
    """Create or change a call-settings configuration for some tracking numbers."""
    with open_deployment(account) as deployment:
        put_call_settings(deployment.database, account, name, caller_id, enhanced, number)
    out.print(f"call settings {name!r} of account {account} saved", markup=False)


@account_app.command("exposure")
def account_exposure(
    account: AccountId,
    what: Annotated[str, typer.Argument(metavar="rule|integration", help="What receives them.")],
    name: Annotated[str, typer.Argument(help="Name of the rule or integration.")],
    field: Annotated[list[str], typer.Option(metavar="CATEGORY", help="Category that it receives; repeat.")],
) -> None:
    """Record that a notification rule or an integration receives personal fields."""
    kinds: dict[str, Literal["notification rule", "integration"]] = {
        "rule": "notification rule",
        "integration": "integration",
    }
    if what not in kinds:
        raise BadInput("say rule or integration")
    with open_deployment(account) as deployment:
        record_exposure(deployment.database, account, kinds[what], name, field)
    out.print(f"{kinds[what]} {name!r} of account {account} recorded", markup=False)


@account_app.command("snapshot")
def account_snapshot() -> None:
    """Write the snapshot for the DAGs again, however many accounts it loses."""
    for deployment in each_deployment():
        snapshot = write_active(deployment)
        out.print(f"{deployment.settings.snapshot_path}: accounts: {len(snapshot.accounts):,}")
