"""The bundle of our DAGs, for `[dag_processor] dag_bundle_config_list`, beside the bundles that are there."""

from __future__ import annotations

import logging
from pathlib import Path

from airflow.configuration import conf
from airflow.dag_processing.bundles.base import BaseDagBundle

from redaction.resources import find_folder

log = logging.getLogger(__name__)


class RedactionDagBundle(BaseDagBundle):
    """The DAG files of the installed package: several, so that Airflow parses them side by side."""

    def initialize(self) -> None:
        """Say so if another bundle of the configuration has the same DAGs: each would take them from the other."""
        ours = f"{__name__}.{type(self).__name__}"
        listed = conf.getjson("dag_processor", "dag_bundle_config_list") or []
        names = [str(one["name"]) for one in listed if isinstance(one, dict) and one.get("classpath") == ours]
        if len(names) > 1:
            log.error(
                "bundles %s all have the DAGs of redaction: keep one in [dag_processor] dag_bundle_config_list",
                ", ".join(names),
            )
        super().initialize()

    def get_current_version(self) -> None:
        """Return none: the files are those of the package."""

    def refresh(self) -> None:
        """Do nothing: a file asks for the accounts each time it is parsed."""

    @property
    def path(self) -> Path:
        """Return the folder of the files."""
        return find_folder("dags")
