"""Create sample tenants in the database, as the settings commands would, in one transaction."""

from __future__ import annotations

from redaction.accounts.accounts import Account, check_allowed, list_accounts, put_accounts, since_today
from redaction.accounts.agencies import Agency, find_agency, list_agencies
from redaction.accounts.snapshot import renew_snapshot
from redaction.demo.sample import SampleTenants
from redaction.deployment import Deployment
from redaction.objects.registry import add_store, list_stores
from redaction.objects.stores import Store

SAMPLE_STORE = "sample recordings"


def create_tenants(deployment: Deployment, tenants: SampleTenants) -> int:
    """Create the missing agencies and accounts of a sample; return how many accounts were created."""
    agencies = {row["id"] for row in list_agencies(deployment.database)}
    accounts = {account.id for account in list_accounts(deployment.database)}
    new = [since_today(Account(**vars(spec))) for spec in tenants.accounts if spec.id not in accounts]
    created = {account.id for account in new}
    recipients = {"put_notification_rule": tenants.notification_rules, "put_integration": tenants.integrations}
    with deployment.transaction("redaction_manager") as session:
        for spec in tenants.agencies:
            if spec.id not in agencies:
                session.run("put_agency", **vars(Agency(**vars(spec))))
        for account in new:
            check_allowed(account, find_agency(session, account.agency_id))
        put_accounts(session, new)
        for statement, specs in recipients.items():
            for recipient in specs:
                if recipient.account_id in created:
                    session.run(
                        statement, account_id=recipient.account_id, name=recipient.name, fields=list(recipient.fields)
                    )
    renew_snapshot(deployment)
    return len(new)


def declare_sample_store(deployment: Deployment) -> None:
    """Declare the folder of the sample's recordings as a store of all accounts, unless it is declared already."""
    if all(store.name != SAMPLE_STORE for store in list_stores(deployment.database)):
        prefix = deployment.settings.sample_objects_path.as_uri()
        add_store(deployment, Store(0, SAMPLE_STORE, prefix, None, "delete", None, None, None), "sample")
