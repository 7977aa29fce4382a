"""DAGs from settings alone, one module a kind; their tasks wire the functions that the command line calls too."""

from redaction.dagfactory.accounts import DAG_PREFIX, build_all_accounts, build_dag, build_dags
from redaction.dagfactory.common import RETRY_POLICY, build_for_each
from redaction.dagfactory.manual import build_redact_on_demand
from redaction.dagfactory.residue import build_erase_residue
from redaction.dagfactory.watch import build_retention_watch

__all__ = [
    "DAG_PREFIX",
    "RETRY_POLICY",
    "build_all_accounts",
    "build_dag",
    "build_dags",
    "build_erase_residue",
    "build_for_each",
    "build_redact_on_demand",
    "build_retention_watch",
]
