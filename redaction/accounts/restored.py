"""Restore settings from the ledger, after a restore of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from redaction.accounts.accounts import find_account, put_accounts
from redaction.accounts.administrators import LISTS, list_administrators
from redaction.accounts.agencies import find_agency
from redaction.db.database import Database


def restore_setting(database: Database, account_id: int | None, actor: str, facts: Mapping[str, Any]) -> None:
    """Restore a setting from a ledger row, after a restore of the database from before it; writes no row of its own.
    An added administrator counts as new. The owner does it, whom the database asks for no second person: two have
    agreed before, as the ledger says.
    """
    after = dict(facts["after"])
    with database.transaction("owner") as session:
        if account_id is None:
            session.run("put_agency", **vars(replace(find_agency(session, facts["agency_id"]), **after)))
        elif any(name in after for name in LISTS):
            before = list_administrators(session, account_id)["administrators"]
            wanted = after.get("administrators", before)
            made_by = None if facts.get("vouched") else actor
            for name in {*before, *wanted}:
                if name not in wanted:
                    session.run("drop_administrator", account_id=account_id, username=name)
                    continue
                may = {
                    f"may_{what}": name not in after[f"may_not_{what}"] if f"may_not_{what}" in after else None
                    for what in ("hold", "release")
                }
                session.run("put_administrator", account_id=account_id, username=name, **may, made_by=made_by)
                if name not in before:
                    session.run("count_as_new", account_id=account_id, username=name)
        else:
            since = after.get("auto_redaction_since")
            if since is not None:
                after["auto_redaction_since"] = date.fromisoformat(since)
            put_accounts(session, [replace(find_account(session, account_id), **after)])
            if "timezone" in after:
                session.run("mark_all_days", account_id=account_id)
