"""The work of an agency's collector: list the accounts of the source, and fetch the activities of those that are here.

An account is fetched a week at a time, oldest first, straight into the loader. Its watermark advances when a week is
stored, so a fetch after a kill starts there. Days before it are fetched again on purpose: the API counts days in its
own zone, activities change after their call, and nothing is loaded twice.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from redaction.accounts.accounts import get_account, list_accounts
from redaction.accounts.agencies import find_agency
from redaction.collectors import Collector
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed, RedactionError, SourceRefused, SourceUnreachable
from redaction.placements.resolve import Placements
from redaction.settings import Settings
from redaction.source.collect.client import ApiClient
from redaction.source.collect.endpoint import find_endpoint
from redaction.source.collect.stream import ActivityStream
from redaction.source.limits import Limits
from redaction.source.load import LoadSummary, load_files
from redaction.source.numbers import whole_number
from redaction.words import say_count

_MOST_NAME = 200
_MOST_SAID = 1_000
_MOST_OFFERED = 100_000


@dataclass
class Collected:
    """What was fetched of an account: its days, the pages and records, and the result of the load."""

    account_id: int
    since: date
    until: date
    pages: int = 0
    records: int = 0
    loaded: LoadSummary = field(default_factory=LoadSummary)

    @property
    def problem(self) -> RedactionError | None:
        """Return why the watermark stays before what was stored; None if it does not."""
        if not self.loaded.not_kept:
            return None
        return SourceRefused(
            f"account {self.account_id}: {self.loaded.not_kept}; all others are stored, and the next collection "
            "fetches the days of these again"
        )


Ended = Callable[[Deployment, Collected], object]
"""What is called with each fetched account."""


@dataclass
class AgencyCollection:
    """The result of a collection of an agency; `failed` says by account why it was not fetched to its end."""

    agency_id: int
    offered: list[dict[str, Any]] = field(default_factory=list)
    """New accounts of the source, which a person may create here."""
    collected: list[Collected] = field(default_factory=list)
    failed: dict[int, RedactionError] = field(default_factory=dict)

    def check(self) -> None:
        """Raise what has stopped the fetch of accounts: SourceUnreachable if one of them may succeed later."""
        if not self.failed:
            return
        kind = SourceUnreachable if any(error.retryable for error in self.failed.values()) else SourceRefused
        account_id, first = next(iter(self.failed.items()))
        why = str(first).removeprefix(f"account {account_id}: ")
        failed = say_count(len(self.failed), "account was", "accounts were")
        whole = sum(one.problem is None for one in self.collected)
        raise kind(
            f"agency {self.agency_id}: {failed} not fetched to the end, {whole:,} whole; account {account_id}: {why}"
        )


def get_collector(settings: Settings, agency_id: int) -> Collector:
    """Return the collector of an agency; raises BadInput if it has none."""
    found = settings.collectors.get(agency_id)
    if found is None:
        raise BadInput(
            f"agency {agency_id} has no collector, so nothing was fetched: set REDACTION_COLLECTORS, like "
            f'{{"{agency_id}": {{"connection": "ctm_api"}}}}'
        )
    return found


def open_client(settings: Settings, collector: Collector) -> ApiClient:
    """Return the client for the API of a collector, not connected yet; the caller closes it. Raises as
    `find_endpoint` does.
    """
    return ApiClient(find_endpoint(collector.connection), Limits.of(settings))


def collect_account(
    deployment: Deployment,
    client: ApiClient,
    collector: Collector,
    account_id: int,
    since: date | None = None,
    now: datetime | None = None,
) -> Collected:
    """Fetch the activities of an account into its placement, in one load.

    The default for `since` is some days before the watermark, or for the first time as far back as the collector says.
    Raises BadInput for an unknown account or future days, NotAllowed for a closed account, and what client and load
    raise: stored records stay, and the watermark stays before the first unstored one. It also stays before rejected
    records that are not kept: see `Collected.problem`.
    """
    get_account(deployment.database, account_id)
    today = _find_today(collector, since, now)
    begin = since or _find_begin(deployment, collector, account_id, today)
    stream = ActivityStream(
        client, account_id, begin, today, lambda: get_account(deployment.database, account_id).check_open()
    )
    done = Collected(account_id, begin, today)
    stored = 0

    def note(more: int) -> None:
        nonlocal stored
        stored += more
        whole = stream.whole_until(stored)
        if whole is not None:
            # Today is not over.
            before = min(whole + timedelta(days=1), today)
            deployment.run("put_watermark", account_id=account_id, since=begin, complete_before=before)

    done.loaded = load_files(deployment, [stream.as_input()], note, only_account=account_id, kept_first=True)
    if stream.failed is None and done.problem is None:
        note(sys.maxsize)
    done.pages, done.records = stream.pages, stream.records
    if stream.failed is not None:
        raise stream.failed
    return done


def _find_today(collector: Collector, since: date | None, now: datetime | None = None) -> date:
    """Return the day that it is at the source; raises BadInput if `since` is after it."""
    today = (now or datetime.now(UTC)).astimezone(collector.days_of).date()
    if since is not None and since > today:
        raise BadInput(f"{since} is a day to come; nothing was fetched")
    return today


def _find_begin(deployment: Deployment, collector: Collector, account_id: int, today: date) -> date:
    found = deployment.rows("read_watermark", account_id=account_id)
    if not found:
        return today - timedelta(days=collector.first_days)
    # After a clock that was ahead once, the days between must still be fetched.
    before: date = min(found[0]["complete_before"], today)
    return before - timedelta(days=collector.overlap_days)


def collect_agency(
    placements: Placements,
    agency_id: int,
    since: date | None = None,
    ended: Ended | None = None,
    now: datetime | None = None,
) -> AgencyCollection:
    """Fetch the activities of every account of an agency that exists here, at any placement; calls `ended` for each.

    Accounts of the source that are missing here are offered, and never fetched. A failure of one account stops no
    other; `AgencyCollection.check` raises it. Raises BadInput for an agency without a collector, an unusable
    connection or a day to come, SourceRefused if the API refuses the credentials, SourceUnreachable if it does not
    answer.
    """
    collector = get_collector(placements.settings, agency_id)
    _find_today(collector, since, now)
    done = AgencyCollection(agency_id)
    with open_client(placements.settings, collector) as client:
        here, everywhere = _list_here(placements, agency_id)
        try:
            done.offered = _offer(placements, client, agency_id, everywhere)
        except RedactionError as error:
            _keep_failure(placements, here, error)
            raise
        for account in here:
            _fetch(placements, client, collector, done, account, since, ended, now)
    return done


def collect_one(
    placements: Placements, account_id: int, since: date | None = None, ended: Ended | None = None
) -> AgencyCollection:
    """Fetch the activities of one account, and record whether that failed, as for an agency; calls `ended`.

    Raises BadInput for an account without a collector or an unusable connection, and as `collect_account` does.
    """
    placement = placements.find(account_id)
    agency_id = get_account(placements.at(placement).database, account_id).agency_id
    collector = get_collector(placements.settings, agency_id)
    _find_today(collector, since)
    done = AgencyCollection(agency_id)
    with open_client(placements.settings, collector) as client:
        _fetch(placements, client, collector, done, (account_id, placement), since, ended)
    if not done.collected:
        raise done.failed[account_id]
    return done


def _fetch(
    placements: Placements,
    client: ApiClient,
    collector: Collector,
    done: AgencyCollection,
    account: tuple[int, str],
    since: date | None,
    ended: Ended | None,
    now: datetime | None = None,
) -> None:
    """Fetch an account at its placement into the result, and record why it was not fetched, or that it was."""
    account_id, placement = account
    try:
        deployment = placements.at(placement)
        collected = collect_account(deployment, client, collector, account_id, since, now=now)
    except RedactionError as error:
        done.failed[account_id] = error
        # A closed account is not fetched any more, so no later collection would end its failure.
        if not isinstance(error, NotAllowed):
            _keep_failure(placements, [account], error)
        return
    done.collected.append(collected)
    if collected.problem is not None:
        done.failed[account_id] = collected.problem
        _keep_failure(placements, [account], collected.problem)
    else:
        deployment.run("drop_collect_failure", account_id=account_id)
    if ended is not None:
        ended(deployment, collected)


def _keep_failure(placements: Placements, accounts: Sequence[tuple[int, str]], error: RedactionError) -> None:
    """Record for the pages why accounts were not fetched; a silent placement records nothing."""
    by_placement: dict[str, list[int]] = defaultdict(list)
    for account_id, placement in accounts:
        by_placement[placement].append(account_id)
    for placement, ids in by_placement.items():
        with suppress(RedactionError):
            placements.at(placement).run("put_collect_failures", account_ids=ids, said=str(error)[:_MOST_SAID])


def _list_here(placements: Placements, agency_id: int) -> tuple[list[tuple[int, str]], set[int]]:
    """Return the open accounts of an agency, each with its placement, and the ids of all accounts."""
    found, silent = placements.ask(lambda one: list_accounts(one.database), allow_restored=True)
    for placement, why in silent.items():
        raise SourceUnreachable(f"placement {placement}: {why}; nothing was fetched: try again later")
    with placements.at(placements.names[0]).transaction("redaction_worker") as session:
        find_agency(session, agency_id)
    everywhere = {account.id for accounts in found.values() for account in accounts}
    own = [
        (account.id, placement)
        for placement, accounts in found.items()
        for account in accounts
        if account.agency_id == agency_id and account.closing_since is None
    ]
    return sorted(own), everywhere


def _offer(placements: Placements, client: ApiClient, agency_id: int, here: set[int]) -> list[dict[str, Any]]:
    offered: dict[int, str] = {}
    for item in client.accounts():
        account_id = whole_number(item.get("id"))
        if account_id is None or account_id <= 0 or account_id in here or item.get("canceled"):
            continue
        name = item.get("name")
        shown = name if isinstance(name, str) and name.isprintable() else ""
        offered[account_id] = shown[:_MOST_NAME]
        if len(offered) > _MOST_OFFERED:
            raise SourceRefused(
                f"agency {agency_id}: the API lists more than {_MOST_OFFERED:,} accounts: none was offered"
            )
    deployment = placements.at(placements.names[0])
    rows = deployment.rows(
        "offer_accounts", agency_id=agency_id, account_ids=list(offered), names=list(offered.values())
    )
    return [dict(row) for row in rows]


def list_offered(placements: Placements) -> list[dict[str, Any]]:
    """Return the accounts of the sources that exist at no placement, newest first.

    A placement that does not answer may have one of them.
    """
    found, _ = placements.ask(lambda one: {account.id for account in list_accounts(one.database)}, allow_restored=True)
    here = set().union(*found.values())
    rows = placements.at(placements.names[0], allow_restored=True).rows("list_offered")
    return [dict(row) for row in rows if row["account_id"] not in here]
