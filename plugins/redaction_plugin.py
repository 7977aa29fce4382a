"""The plugin, for an Airflow that has the package on its path without having installed it. An installed one says by an
entry point that it has the plugin; then this file is not needed, and adds nothing.
"""

from __future__ import annotations

import logging

from redaction.airflow import plugin

if plugin.is_installed():
    logging.getLogger(__name__).warning(
        "redaction is installed, so Airflow has its plugin already: %s adds nothing, remove it from this folder",
        "redaction_plugin.py",
    )
else:
    RedactionPlugin = plugin.RedactionPlugin
