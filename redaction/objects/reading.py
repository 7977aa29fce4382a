"""The addresses in the database, read into their one spelling before any are compared."""

from __future__ import annotations

from redaction.db.database import Database
from redaction.objects.spelling import spell

_PAGE = 1_000


def read_addresses(database: Database) -> None:
    """Give every address that something else than the door has written its one spelling, of all accounts."""
    more = True
    while more:
        with database.transaction("redaction_worker") as session:
            rows = session.rows("list_unread_addresses", most=_PAGE)
            changed: dict[int, str] = {}
            read: list[int] = []
            for row in rows:
                spelled = spell(row["address"])
                if spelled == row["address"]:
                    read.append(row["id"])
                else:
                    changed[row["id"]] = spelled
            if read:
                session.run("mark_read_addresses", ids=read)
            if changed:
                session.run("respell_addresses", ids=list(changed), addresses=list(changed.values()))
        more = len(rows) == _PAGE
