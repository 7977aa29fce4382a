"""Changes of a run of ours after its trigger: only known fields of the right kind, and no note that names a person.
Airflow's audit log keeps bodies and parameters unchanged, unknown keys too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from redaction.errors import BadInput
from redaction.ledger.reasons import check_name, check_text

ANSWERS = ("Approve", "Reject")
"""The possible answers to a question of ours."""
_WORD = re.compile(r"[a-z_]{1,40}")
_ID = re.compile(r"[\w.+:~\-]{1,250}")


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _is_instant(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return False
    return True


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -1 <= value < 100_000


def _is_list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _is_task(value: Any) -> bool:
    return _is_id(value) or (isinstance(value, list) and len(value) == 2 and _is_id(value[0]) and _is_index(value[1]))


def _is_note(value: Any) -> bool:
    if isinstance(value, str):
        check_text(value, "the note")
    return isinstance(value, str)


def _is_nothing(value: Any) -> bool:
    return isinstance(value, dict) and not value


_FLAGS = (
    *("dry_run", "only_failed", "only_running", "only_new", "reset_dag_runs", "run_on_latest_version", "is_paused"),
    *("include_upstream", "include_downstream", "include_future", "include_past"),
    *("prevent_running_task", "clear_task_instances"),
)
_WORDS = ("state", "new_state", "action", "action_on_existence", "action_on_non_existence")
_INSTANTS = ("start_date", "end_date", "partition_date_start", "partition_date_end")
_IDS = ("dag_id", "dag_run_id", "run_id", "task_id")
_KNOWN: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(_FLAGS, _is_flag),
    **dict.fromkeys(_WORDS, _is_word),
    **dict.fromkeys(_INSTANTS, _is_instant),
    **dict.fromkeys(_IDS, _is_id),
    "map_index": _is_index,
    "note": _is_note,
    "task_ids": _is_list_of(_is_task),
    "update_mask": _is_list_of(_is_word),
    "chosen_options": _is_list_of(ANSWERS.__contains__),
    "params_input": _is_nothing,
}
_HOLDERS = ("actions", "entities", "dag_runs")
"""Fields with lists of objects, or the ids of runs."""
_PARAMETERS: Mapping[str, Callable[[str], bool]] = {
    "update_mask": _is_word,
    "map_index": lambda text: re.fullmatch(r"-1|[0-9]{1,5}", text) is not None,
}


PATTERNS = ("dag_id_pattern", "dag_id_prefix_pattern")
"""Parameters by which a request names DAGs."""
_FILTERS: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(("update_mask", "paused", "exclude_stale", "tags_match_mode"), _is_word),
    **dict.fromkeys((*PATTERNS, "tags", "owners"), lambda text: re.fullmatch(r"[\w.:~%| \-]{1,250}", text) is not None),
    **dict.fromkeys(("limit", "offset"), lambda text: re.fullmatch(r"[0-9]{1,6}", text) is not None),
}


def find_problem_of_change(path: str, query: bytes, body: bytes, many: bool = False) -> str | None:
    """Return why a request about a run of ours must not be passed on, without quoting it; None if it may.

    `path` follows the id of the DAG; a request about `many` DAGs names them in its parameters. Airflow itself refuses a
    body that is not JSON, and keeps nothing of it.
    """
    taken = _FILTERS if many else _PARAMETERS
    try:
        check_name(path, "the address")
        if "/state-store" in path:
            raise BadInput("our tasks keep nothing in Airflow's store of states")
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if name not in taken or not taken[name](value):
                raise BadInput(f"the address takes {', '.join(taken)} as parameters, and nothing else")
        _check(json.loads(body, object_pairs_hook=once) if body else None)
    except BadInput as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    return None


def _check(asked: Any) -> None:
    if not isinstance(asked, dict):
        # Airflow keeps only bodies that are objects.
        return
    for name, value in asked.items():
        if name in _HOLDERS and isinstance(value, list):
            for each in value:
                if not isinstance(each, dict) and not _is_id(each):
                    raise BadInput(f"{name} holds something else than objects and ids")
                _check(each)
        elif name not in _KNOWN:
            # The name itself may be personal.
            raise BadInput("a key is none that a change of a run takes")
        elif value is not None and not _KNOWN[name](value):
            raise BadInput(f"{name} is not what a change of a run takes")


def name_dags(value: Any) -> Iterator[str]:
    """Yield the ids of all DAGs that a JSON body names."""
    if isinstance(value, dict):
        if isinstance(value.get("dag_id"), str):
            yield value["dag_id"]
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from name_dags(member)


def once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    """Return a JSON object; raises BadInput if it has a key twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("a key is there twice")
    return found
