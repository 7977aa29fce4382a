"""Sample tenants into the database, through the functions that the settings commands call."""

from __future__ import annotations

from redaction.accounts import Account, Agency, list_accounts, list_agencies, put_tenants
from redaction.database import Database
from redaction.objects.registry import add_store, list_stores
from redaction.objects.stores import Store
from redaction.settings import Settings
from redaction.source.sample import SampleTenants

SAMPLE_STORE = "sample recordings"


def create_tenants(database: Database, settings: Settings, tenants: SampleTenants) -> int:
    """Create the agencies and accounts of a sample that are not there yet; return how many accounts were created."""
    agencies = {row["id"] for row in list_agencies(database)}
    accounts = {account.id for account in list_accounts(database)}
    new = [Account(**vars(spec)) for spec in tenants.accounts if spec.id not in accounts]
    created = {account.id for account in new}
    put_tenants(
        database,
        settings,
        [Agency(**vars(spec)) for spec in tenants.agencies if spec.id not in agencies],
        new,
        [spec for spec in tenants.notification_rules if spec.account_id in created],
        [spec for spec in tenants.integrations if spec.account_id in created],
    )
    return len(new)


def declare_sample_store(database: Database, settings: Settings) -> None:
    """Declare the folder of the sample's recordings as a store of all accounts, unless it is one."""
    if all(store.name != SAMPLE_STORE for store in list_stores(database)):
        prefix = settings.sample_objects_path.as_uri()
        add_store(database, settings, Store(0, SAMPLE_STORE, prefix, None, "delete", None, None, None), "sample")
