"""Publications and logical slots: whatever sends changes of our tables elsewhere keeps values that no strip reaches."""

from __future__ import annotations

from redaction.db.session import Session
from redaction.errors import NotAllowed
from redaction.settings import Settings


def list_publications(session: Session) -> list[str]:
    """Return what sends personal values elsewhere, in words: `publication NAME`, `logical slot NAME`."""
    return [f"{row['kind']} {row['name']}" for row in session.rows("list_publications")]


def refuse_publications(session: Session, settings: Settings) -> None:
    """Raise NotAllowed if something sends values elsewhere and the settings say that no run may begin then."""
    if settings.publications != "refuse":
        return
    found = list_publications(session)
    if found:
        raise NotAllowed(
            f"{', '.join(found)}: sends what is in the database elsewhere, where no run reaches it: drop it, or set "
            "REDACTION_PUBLICATIONS=name; nothing was changed"
        )
