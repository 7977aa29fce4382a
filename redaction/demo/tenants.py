"""Sample tenants into the database, through the functions that the settings commands call."""

from __future__ import annotations

from collections.abc import Sequence

from redaction.accounts.accounts import Account, check_allowed, list_accounts, put_accounts, since_today
from redaction.accounts.agencies import Agency, find_agency, list_agencies
from redaction.accounts.recipients import Receiver
from redaction.accounts.snapshot import renew_snapshot
from redaction.demo.sample import SampleTenants
from redaction.deployment import Deployment
from redaction.objects.registry import add_store, list_stores
from redaction.objects.stores import Store

SAMPLE_STORE = "sample recordings"


def create_tenants(deployment: Deployment, tenants: SampleTenants) -> int:
    """Create the agencies and accounts of a sample that are not there yet; return how many accounts were created."""
    agencies = {row["id"] for row in list_agencies(deployment.database)}
    accounts = {account.id for account in list_accounts(deployment.database)}
    new = [Account(**vars(spec)) for spec in tenants.accounts if spec.id not in accounts]
    created = {account.id for account in new}
    put_tenants(
        deployment,
        [Agency(**vars(spec)) for spec in tenants.agencies if spec.id not in agencies],
        new,
        [spec for spec in tenants.notification_rules if spec.account_id in created],
        [spec for spec in tenants.integrations if spec.account_id in created],
    )
    return len(new)


def declare_sample_store(deployment: Deployment) -> None:
    """Declare the folder of the sample's recordings as a store of all accounts, unless it is one."""
    if all(store.name != SAMPLE_STORE for store in list_stores(deployment.database)):
        prefix = deployment.settings.sample_objects_path.as_uri()
        add_store(deployment, Store(0, SAMPLE_STORE, prefix, None, "delete", None, None, None), "sample")


def put_tenants(
    deployment: Deployment,
    agencies: Sequence[Agency],
    accounts: Sequence[Account],
    rules: Sequence[Receiver],
    integrations: Sequence[Receiver],
) -> None:
    """Create many tenants in one transaction and renew the snapshot once."""
    with deployment.transaction("redaction_manager") as session:
        for agency in agencies:
            session.run("put_agency", **vars(agency))
        for account in accounts:
            check_allowed(account, find_agency(session, account.agency_id))
        put_accounts(session, [since_today(account) for account in accounts])
        for statement, receivers in (("put_notification_rule", rules), ("put_integration", integrations)):
            for receiver in receivers:
                session.run(statement, account_id=receiver.account_id, name=receiver.name, fields=list(receiver.fields))
    renew_snapshot(deployment)
