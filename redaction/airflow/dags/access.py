"""Which roles of Airflow may see and run the DAG of an account: those of its agency, where FAB manages who may what."""

from __future__ import annotations

from airflow.configuration import conf

from redaction.settings import Settings

Access = dict[str, dict[str, set[str]]]
_LEVELS = {
    "read": {"DAGs": {"can_read"}},
    "edit": {"DAGs": {"can_edit", "can_read"}, "DAG Runs": {"can_create", "can_read"}},
}


def find_roles(settings: Settings, agency_id: int) -> Access | None:
    """Return the `access_control` of the DAGs of an agency; None if no role is named for it, or FAB is not there.

    Roles that may read or edit all DAGs need none. Airflow's other auth managers do not look at it.
    """
    roles = settings.agency_roles.get(agency_id)
    if not roles or not conf.get("core", "auth_manager").endswith(".FabAuthManager"):
        return None
    return {role: _LEVELS[level] for role, level in sorted(roles.items())}
