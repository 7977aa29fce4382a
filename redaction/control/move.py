"""Move an account to another placement: copy it week by week, verify, switch, and erase it at the old placement.

`tracking.accounts` records the place on both sides, so the same command continues a killed move from any point: here ->
leaving -> left at the old placement, arriving -> here at the new one. From `leaving` on nothing starts and nothing is
loaded. Between the two steps of the switch the account is at neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from redaction.accounts.accounts import Account, get_account
from redaction.accounts.agencies import Agency
from redaction.accounts.snapshot import renew_snapshot
from redaction.db.database import Database
from redaction.db.pipe import pipe
from redaction.db.schema import check_schema
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.erasure.proof.sampling import Sampling
from redaction.erasure.residue import erase_partition, finish_erasure
from redaction.errors import BadInput, DatabaseBusy, NotAllowed, RedactionError
from redaction.gate.holds import record_hold
from redaction.ledger.act import Act
from redaction.ledger.entries import canonical
from redaction.objects.registry import read_stores, record_store
from redaction.objects.stores import Store
from redaction.pipeline.reports import rebuild_account
from redaction.placements.resolve import Placements
from redaction.settings import Settings

_AGENCY = ("id", "name", "plan", "allow_redaction", "needs_approval")


@dataclass
class Moved:
    """A finished move: activities copied by this call (a repeated call copies the rest again), partitions rewritten at
    the old placement, and those that others blocked, with the reason.
    """

    account_id: int
    source: str
    target: str
    activities: int = 0
    rewritten: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def move_account(
    settings: Settings,
    account_id: int,
    target: str,
    actor: str,
    announce: Callable[[str], None] = lambda step: None,
) -> Moved:
    """Move an account to a placement; return what was done. The same call continues a killed move.

    Raises BadInput for an unknown placement or the account's own, NotAllowed while it has unfinished runs, DatabaseBusy
    if a placement does not answer or a copy differs: the account is then still whole at the old placement.
    """
    with Placements(settings) as placements:
        return _move(placements, account_id, target, actor, announce)


def _move(placements: Placements, account_id: int, target: str, actor: str, announce: Callable[[str], None]) -> Moved:
    source = _find_source(placements, account_id, target)
    old, new = placements.at(source), placements.at(target)
    for side in (old, new):
        check_schema(side.database)
    moved = Moved(account_id, source, target)
    if _ask(old.database, account_id)["whereabouts"] in ("here", "leaving"):
        announce("leaving")
        account = _begin(old.database, account_id, target)
        announce("copying")
        run_id = _prepare(old, new, account, source, actor)
        moved.activities = _copy(old.database, new.database, account_id, run_id)
        announce("switching")
        _leave(old, moved, actor)
    if _ask(new.database, account_id)["whereabouts"] == "arriving":
        _arrive(new, moved, actor)
    announce("erasing")
    erase_departed(old, account_id, moved)
    return moved


def _ask(database: Database, account_id: int) -> Row:
    with database.transaction("owner") as session:
        rows = session.rows("where_is", account_id=account_id)
    return rows[0] if rows else {"whereabouts": None, "other_placement": None, "moving": False}


def _find_source(placements: Placements, account_id: int, target: str) -> str:
    """Return the placement to move from; for a move under way, its starting point."""
    if target not in placements.names:
        raise BadInput(f"there is no placement {target!r}: REDACTION_PLACEMENTS lists the placements")
    seen: dict[str, Row] = {}
    for placement in placements.names:
        seen[placement] = _ask(placements.at(placement, allow_restored=True).database, account_id)
    for placement, place in seen.items():
        gone = place["whereabouts"] in ("leaving", "left") and place["other_placement"] == target
        if gone and place["moving"]:
            return placement
        if place["whereabouts"] == "leaving" and place["other_placement"] != target:
            raise BadInput(
                f"account {account_id} is moving to {place['other_placement']}: `redaction account move {account_id} "
                f"--to {place['other_placement']}` continues the move"
            )
    here = [placement for placement, place in seen.items() if place["whereabouts"] == "here"]
    if here == [target]:
        raise BadInput(f"account {account_id} is at placement {target} already")
    if len(here) > 1:
        raise BadInput(f"placements {', '.join(here)} each have an account {account_id}: rename or remove all but one")
    if not here:
        raise BadInput(f"there is no account {account_id}: `redaction account list` lists the accounts")
    return here[0]


def _begin(database: Database, account_id: int, target: str) -> Account:
    get_account(database, account_id).check_open()
    with database.transaction("owner") as session:
        # Waits for every load at work; later loads find the account leaving.
        session.rows("lock_accounts", accounts=[account_id])
        session.run("begin_leaving", account_id=account_id, other_placement=target)
        hindrances = session.one("list_hindrances", account_id=account_id)
        if any(hindrances.values()):
            counts = " and ".join(f"{count} {what}" for what, count in hindrances.items() if count)
            raise NotAllowed(
                f"account {account_id} has {counts} that are unfinished: let them end (`redaction status`), or end a "
                "run that cannot by `redaction abandon RUN --reason TICKET`, then move it"
            )
    return get_account(database, account_id)


def _prepare(old: Deployment, new: Deployment, account: Account, source: str, actor: str) -> int:
    """Create the account at the new placement, without its activities; return the run for what is already redacted."""
    with old.transaction("owner") as session:
        given = session.one("list_settings_moved", account_id=account.id)["settings"]
        agency = Agency(**{name: session.rows("get_agency", agency_id=account.agency_id)[0][name] for name in _AGENCY})
        since = session.one("moving_since", account_id=account.id)["since"]
        holds = session.rows("read_holds", account_id=account.id)
        delivered = session.rows("read_deliveries", account_id=account.id)
    settings = {name: value for name, value in vars(account).items() if not name.startswith(("agency_", "clos"))}
    with Act(new, checked=False) as act, act.transaction("owner") as session:
        there = session.rows("get_agency", agency_id=agency.id)
        if not there:
            session.run("put_agency", **vars(agency))
        elif agency.needs_approval and not there[0]["needs_approval"]:
            # What waits for a second person must not pass because it has moved.
            settings["needs_approval"] = True
        session.run("put_arriving", **settings, agency_id=agency.id, other_placement=source)
        key = f"move/{source}/{account.id}/{since.isoformat()}"
        run_id: int = session.one("begin_arrival", account_id=account.id, run_key=key, requested_by=actor)["id"]
        session.run("forget_settings", account_id=account.id)
        session.run("put_settings_moved", account_id=account.id, settings=canonical(given).decode(), run_id=run_id)
        session.run(
            "put_deliveries",
            account_id=account.id,
            activity_ids=[row["activity_id"] for row in delivered],
            names=[row["name"] for row in delivered],
            external_ids=[row["external_id"] for row in delivered],
        )
        if not session.rows("read_holds", account_id=account.id):
            for hold in holds:
                names = ("scope", "reason", "placed_by", "activity_ids", "contact_keys", "expires_at")
                # A hold whose end has passed meanwhile ends at the new placement, as it would have here.
                record_hold(act, account.id, *(hold[name] for name in names))
    return run_id


def _copy(old: Database, new: Database, account_id: int, run_id: int) -> int:
    with old.transaction("owner") as session:
        weeks = session.rows("list_moved_weeks", account_id=account_id)
    with new.transaction("owner") as session:
        stale = session.rows("list_moved_weeks", account_id=account_id)
    known = {week["start"] for week in weeks}
    for week in [*weeks, *(week for week in stale if week["start"] not in known)]:
        _copy_week(old, new, account_id, run_id, week["start"], week["end"])
    _copy_objects(old, new, account_id, run_id)
    return sum(week["activities"] for week in weeks)


def _copy_objects(old: Database, new: Database, account_id: int, run_id: int) -> None:
    """Copy the addresses of objects through a pipe, after their activities, and the counts of settled objects; also
    what the source has said of activities.
    """
    with new.transaction("owner") as into, old.transaction("owner") as out:
        into.run("drop_objects", account_id=account_id)
        pipe(
            lambda sink: out.copy_out("copy_objects_out", sink, account_id=account_id, run_id=run_id),
            lambda source: into.copy_in("copy_objects_in", source),
        )
        pipe(
            lambda sink: out.copy_out("copy_settled_out", sink, account_id=account_id),
            lambda source: into.copy_in("copy_settled_in", source),
        )
        pipe(
            lambda sink: out.copy_out("copy_taken_out", sink, account_id=account_id, run_id=run_id),
            lambda source: into.copy_in("copy_taken_in", source),
        )
        # While objects are copied with the marks, the keys here are still those of an earlier try or a new account.
        into.run("forget_taken_addresses", account_id=account_id)
        pipe(
            lambda sink: out.copy_out("copy_addresses_out", sink, account_id=account_id),
            lambda source: into.copy_in("copy_addresses_in", source),
        )
        into.run("create_marks")
        pipe(
            lambda sink: out.copy_out("copy_marks_out", sink, account_id=account_id),
            lambda source: into.copy_in("copy_marks_in", source),
        )
        into.run("put_marks")
        into.run("count_objects_moved", account_id=account_id, run_id=run_id)


def _copy_week(old: Database, new: Database, account_id: int, run_id: int, start: datetime, end: datetime) -> None:
    """Copy a week through a pipe, in constant memory and without a file; keep the copy only if its digest matches."""
    which = {"account_id": account_id, "start": start, "end": end}
    with new.transaction("owner") as into, old.transaction("owner") as out:
        out.run("read_repeatably")
        before = out.one("digest_week", **which)
        into.run("forget_week", **which)
        into.rows("ensure_partitions", days=[start], width="week")
        pipe(
            lambda sink: out.copy_out("copy_moved_out", sink, **which, run_id=run_id),
            lambda source: into.copy_in("copy_moved_in", source),
        )
        if into.one("digest_week", **which) != before:
            raise DatabaseBusy(
                f"account {account_id}: the copy of the week of {start.date()} differs from the original; the account "
                "is still whole at its old placement and is leaving it: run the move again"
            )


def _leave(old: Deployment, moved: Moved, actor: str) -> None:
    with Act(old, checked=False) as act, act.transaction("owner") as session:
        # They are in force at the new placement. Here the ledger records each as ended, or a replay would restore it.
        for hold in session.rows("read_holds", account_id=moved.account_id):
            session.rows("release_hold", hold_id=hold["id"], released_by=actor)
            act.record("release", moved.account_id, actor, {"hold_id": hold["id"]})
        for store in _own_stores(session, moved.account_id):
            session.run("remove_store", id=store.id)
            record_store(act, store, actor, "removed")
        session.run("end_leaving", account_id=moved.account_id)
        facts = {"to": moved.target, "activities": moved.activities}
        act.record("departure", moved.account_id, actor, facts)
    renew_snapshot(old)


def _own_stores(session: Session, account_id: int) -> list[Store]:
    """Return the stores of an account alone, which move with it; the ledger records that on both sides."""
    return [store for store in read_stores(session, account_id) if store.account_id == account_id]


def _arrive(new: Deployment, moved: Moved, actor: str) -> None:
    with Act(new, checked=False) as act, act.transaction("owner") as session:
        session.run("end_arrival", account_id=moved.account_id)
        act.record("arrival", moved.account_id, actor, {"from": moved.source})
        for store in _own_stores(session, moved.account_id):
            record_store(act, store, actor, "added")
    rebuild_account(new.database, moved.account_id)
    renew_snapshot(new)


def depart_again(deployment: Deployment, account_id: int, target: str) -> None:
    """Let an account leave again, after a restore from before it left: it is at `target`, and erased here."""
    with deployment.transaction("owner") as session:
        session.run("begin_leaving", account_id=account_id, other_placement=target)
        session.run("end_leaving", account_id=account_id)
    erase_departed(deployment, account_id)


def erase_departed(old: Deployment, account_id: int, moved: Moved | None = None) -> None:
    """Remove what an account has left at a placement, and rewrite the partitions whose files hold it."""
    with old.transaction("owner") as session:
        partitions = session.rows("moved_partitions", account_id=account_id)
        for part in partitions:
            session.run("list_as_residue", partition_name=part["partition_name"], rows=part["activities"])
        weeks = session.rows("list_moved_weeks", account_id=account_id)
    for week in weeks:
        with old.transaction("owner") as session:
            session.run("forget_week", account_id=account_id, start=week["start"], end=week["end"])
    with old.transaction("owner") as session:
        session.run("forget_rest", account_id=account_id)
        session.run("drop_objects", account_id=account_id)
    sampling = Sampling(old)
    for part in partitions:
        try:
            erase_partition(old, part["partition_name"], sampling)
        except RedactionError as error:
            if moved is not None:
                moved.left[part["partition_name"]] = str(error)
            continue
        if moved is not None:
            moved.rewritten.append(part["partition_name"])
    finish_erasure(old, sampling)
    with old.transaction("owner") as session:
        session.run("end_departure", account_id=account_id)
