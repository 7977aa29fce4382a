"""Airflow's configuration section `[redaction]`: settings that only its own processes need, and no command.

The environment variable of the same setting (`REDACTION_DAG_SHARDS`, ...) wins.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from airflow.configuration import conf
from pydantic import ValidationError

from redaction import settings as core
from redaction.airflow.provider import OPTIONS, SECTION
from redaction.errors import BadInput
from redaction.resources import name_environment
from redaction.settings import Settings


def load_settings() -> Settings:
    """Return the settings of this process; raises BadInput naming the invalid variable or option."""
    settings = core.load_settings()
    names = OPTIONS.keys() - settings.model_fields_set
    given = {name: value for name in names if (value := conf.get(SECTION, name, fallback=None))}
    return _add(name_environment(), tuple(sorted(given.items()))) if given else settings


@lru_cache(maxsize=8)
def _add(_: tuple[tuple[str, str], ...], given: tuple[tuple[str, str], ...]) -> Settings:
    values: dict[str, Any] = dict(given)
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"Airflow's configuration: [{SECTION}] {first['loc'][0]}: {first['msg']}") from None
