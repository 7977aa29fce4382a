"""Account -> DAG: each account with automatic redaction on gets one, built only from the snapshot.

After automatic redaction is switched off, an account keeps its DAG, without a schedule, until its started runs have
ended.

The tasks call the same functions as the command line. They pass nothing to each other: each finds its run by the DAG
run.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import date
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

from airflow.configuration import conf
from airflow.sdk import DAG, get_parsing_context
from airflow.utils.types import DagRunType

from redaction.accounts.snapshot import SnapshotAccount, current_snapshot
from redaction.airflow.config import load_settings
from redaction.airflow.dags.common import link_page
from redaction.airflow.dags.select import begin_with_aged
from redaction.airflow.dags.sources import check_source
from redaction.airflow.dags.step import account_asset, chain_steps
from redaction.airflow.timetable import RedactionTimetable
from redaction.errors import RedactionError
from redaction.extras import uncollected
from redaction.policy import Policy, day_start, describe, stagger
from redaction.settings import DEFAULT, Settings
from redaction.words import STEPS, say_rule, say_zone

log = logging.getLogger(__name__)

DAG_PREFIX = "redact_account_"
MOST_OF_FILE = 1_500
"""Accounts in one DAG file above which its parse takes more than five seconds."""
_NUMBERED = re.compile(r"accounts_(\d+)")
_64_BITS = 2**64 - 1
_RUN_TYPES = (DagRunType.SCHEDULED, DagRunType.MANUAL)
Access = dict[str, dict[str, set[str]]]
_LEVELS = {
    "read": {"DAGs": {"can_read"}},
    "edit": {"DAGs": {"can_edit", "can_read"}, "DAG Runs": {"can_create", "can_read"}},
}


def _documentation(account: SnapshotAccount, policy: Policy) -> str:
    off = "" if account.automatic else "**Automatic redaction is off: this DAG is here until its runs have ended.**\n\n"
    page = link_page(f"/accounts/{account.id}", "The account on the pages of Redaction")
    return (
        f"### {account.name or 'Account'} ({account.id})\n\n{off}"
        f"Agency: {account.agency_name} ({account.agency_id}). Rule: {say_rule(policy)} "
        f"({say_zone(account.timezone)}). {page}\n\n"
        "Each run redacts every activity before the end of its data interval. Personal fields become empty and "
        "recordings, pictures and uploads are deleted. **This cannot be undone.** Tracking number, source, time, "
        "status and call flow stay.\n\n"
        f"- **A task failed?** The note of the run says what happened and what to do. Clear *{STEPS['strip']}* or "
        f"*{STEPS['objects']}*: the run goes on where it stopped. *{STEPS['validate']}* names the check and how many "
        "rows: find what writes to them before you clear it.\n"
        "- **A store does not delete an object?** No run fails by it: `erase_residue` tries again each night.\n"
        f"- **{STEPS['select']} waits?** The run would redact far more than usual. An administrator of the account who "
        "has not requested it answers the question, here or on the page of the run, before the next run is due.\n"
        "- **The run cannot end?** `redaction abandon RUN --reason TICKET`.\n\n"
        f"`redaction due {account.id}` shows what a run would do.\n"
    )


def _name_rule(policy: Policy) -> str:
    """Return the tag of a rule: `daily`, `every 30 days`, `rolling 30 days`."""
    if policy.days == 1:
        return "daily"
    return f"{'every' if policy.mode == 'every' else 'rolling'} {policy.days} days"


def build_dag(
    account: SnapshotAccount, stagger_min: int, placement: str = DEFAULT, access_control: Access | None = None
) -> DAG:
    """Return the DAG of one account; the same settings give the same bytes."""
    since = date.fromisoformat(account.since)
    offset = stagger(account.id, stagger_min).total_seconds()
    policy = Policy(account.period, account.mode, account.timezone, since, account.recordings)
    with DAG(
        dag_id=f"{DAG_PREFIX}{account.id}",
        dag_display_name=f"{account.name or 'Account'} ({account.id})",
        description=f"{account.name}: {describe(policy)}",
        schedule=RedactionTimetable(
            account.period, account.mode, account.timezone, account.since, offset, account.recordings
        )
        if account.automatic
        else None,
        start_date=day_start(policy.runs.since, policy.zone),
        catchup=False,
        # A run that waits for approval blocks neither the next run nor a manual one.
        max_active_runs=2,
        # Only names of people whom Airflow has authenticated: a backfill or another DAG's operator may bring any name.
        # A later cutoff covers everything that a backfill would.
        allowed_run_types=_RUN_TYPES,
        # The tasks are a chain, and no number of failures pauses an account: the deployment's defaults for other DAGs
        # are not wanted here, and reading them for thousands of DAGs costs too much.
        max_active_tasks=1,
        max_consecutive_failed_dag_runs=0,
        is_paused_upon_creation=False,
        access_control=access_control,
        tags=sorted({"redaction", f"agency: {account.agency_name or account.agency_id}"[:100], _name_rule(policy)}),
        doc_md=_documentation(account, policy),
    ) as dag:
        chain_steps(begin_with_aged(dag, account.id, placement), account_asset(account.id), placement)
    return dag


def find_roles(settings: Settings, agency_id: int) -> Access | None:
    """Return the `access_control` of the DAGs of an agency; None without a role for it, or without FAB.

    Roles that may read or edit all DAGs need none. Airflow's other auth managers ignore it.
    """
    roles = settings.agency_roles.get(agency_id)
    if not roles or not conf.get("core", "auth_manager").endswith(".FabAuthManager"):
        return None
    return {role: _LEVELS[level] for role, level in sorted(roles.items())}


def build_accounts(file: str) -> dict[str, DAG]:
    """Return the DAGs of the accounts of a DAG file, by their ids, in the order of account ids.

    `accounts.py` has all of them; `accounts_2.py` has the second of `REDACTION_DAG_SHARDS` shares. When Airflow
    executes a task, only the DAG of that task is built, in whichever file it is searched for: the number of shares may
    have changed since that file was parsed. Raises BadInput if another bundle has them already.
    """
    check_source("build_accounts")
    named = _NUMBERED.fullmatch(Path(file).stem)
    if named is None:
        return _build(file, lambda account_id: True, "use the bundle redaction.airflow.bundle.RedactionDagBundle")
    shard, multipliers = int(named[1]) - 1, make_multipliers(load_settings().dag_shards)
    return _build(file, lambda account_id: falls_to(account_id, shard, multipliers), "raise REDACTION_DAG_SHARDS")


def make_multipliers(shards: int) -> list[int]:
    """Return an odd number of 64 bits for each shard; that of a shard never changes, however many there are."""
    return [int.from_bytes(blake2b(b"%d" % shard, digest_size=8).digest()) | 1 for shard in range(shards)]


def falls_to(account_id: int, shard: int, multipliers: list[int]) -> bool:
    """Say whether an account belongs to a shard, counted from 0: the shard with the highest score (rendezvous hashing).

    So a new shard takes its share from all the others, and no account moves between these.
    """
    if shard >= len(multipliers):
        return False
    # The high bits of a product depend on all bits of the account's. A digest for each pair of shard and account takes
    # ten times as long, and a dozen files read 10,000 accounts each. For most accounts the second or third shard
    # already scores higher.
    hashed = crc32(b"%d" % account_id)
    own = hashed * multipliers[shard] & _64_BITS
    for other, multiplier in enumerate(multipliers):
        score = hashed * multiplier & _64_BITS
        if score > own or (score == own and other < shard):
            return False
    return True


def _build(file: str, is_wanted: Callable[[int], bool], too_many: str) -> dict[str, DAG]:
    wanted = get_parsing_context().dag_id
    settings = load_settings()
    chosen = [
        (account, placement)
        for account, placement in _list_accounts(settings)
        if (is_wanted(account.id) if wanted is None else wanted == f"{DAG_PREFIX}{account.id}")
    ]
    if len(chosen) > MOST_OF_FILE:
        log.warning("%s has %s accounts, more than %s: %s", file, len(chosen), MOST_OF_FILE, too_many)
    # The collector takes a third of the time, and finds nothing.
    with uncollected():
        return {
            f"{DAG_PREFIX}{account.id}": build_dag(
                account, settings.stagger_min, placement, find_roles(settings, account.agency_id)
            )
            for account, placement in chosen
        }


def _list_accounts(settings: Settings) -> list[tuple[SnapshotAccount, str]]:
    """Return every account that has a DAG with its placement; a placement that was never read hides no other."""
    found: dict[int, tuple[SnapshotAccount, str]] = {}
    for placement in settings.all_placements:
        try:
            accounts = current_snapshot(settings, placement).accounts
        except RedactionError as error:
            if placement == DEFAULT:
                raise
            log.error("the accounts of placement %s have no DAG yet: %s", placement, error)
            continue
        for account in accounts:
            _, other = found.setdefault(account.id, (account, placement))
            if other != placement:
                log.error(
                    "account %s is at placement %s and at %s: the first has its DAG", account.id, other, placement
                )
    return [found[account_id] for account_id in sorted(found)]
