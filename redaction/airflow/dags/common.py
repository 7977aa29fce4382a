"""The common parts of the DAGs: the deployment of a task, and Airflow's reaction to each error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, MutableSequence, MutableSet
from contextlib import contextmanager
from copy import copy
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.sdk import DAG, BaseOperator, ExceptionRetryPolicy, RetryAction, RetryRule

from redaction.airflow.dags.sources import check_source
from redaction.embedded import offer_embedded
from redaction.settings import DEFAULT, load_settings
from redaction.web.address import PAGES, base_path

if TYPE_CHECKING:
    from redaction.deployment import Deployment

_Task = TypeVar("_Task", bound=BaseOperator)
offer_embedded()

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception="redaction.errors.TryLater", action=RetryAction.RETRY),
        RetryRule(exception="redaction.errors.RedactionError", action=RetryAction.FAIL),
    ]
)
"""Airflow's decision for each error of `redaction.errors`: what may pass is tried again with back-off, the rest
fails.
"""

TASK: dict[str, Any] = {
    "owner": "redaction",
    # A started run finishes before another starts, and of equals the longest due goes first: at a midnight of
    # thousands, all sets would otherwise be fixed before the first row is stripped.
    "weight_rule": "upstream",
    "retries": 4,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": True,
    "retry_policy": RETRY_POLICY,
}
"""The arguments of a redaction's tasks; as defaults of their DAG they would make its parse a tenth slower."""


@contextmanager
def open_deployment(
    placement: str | None = DEFAULT, account: int | None = None, allow_restored: bool = False
) -> Iterator[Deployment]:
    """Open the deployment of a placement for one task, for None that of an account's placement.

    `allow_restored` is that of `Placements.at`.
    """
    from redaction.placements.resolve import Placements

    with Placements(load_settings()) as placements:
        yield placements.of(account, allow_restored) if placement is None else placements.at(placement, allow_restored)


def build_for_each(build: Callable[[str], DAG]) -> dict[str, DAG]:
    """Return the DAG that `build` makes for each placement, by id.

    Raises BadInput if another bundle has them already.
    """
    check_source(build.__name__)
    dags = [build(placement) for placement in load_settings().all_placements]
    return {dag.dag_id: dag for dag in dags}


def copier(prototype: _Task) -> Callable[[DAG], _Task]:
    """Return a function that gives a DAG a copy of a task without a DAG; the copies share nothing that can change.

    The constructor of an operator checks fifty arguments, and takes half the time of a DAG: with 10,000 accounts it
    need not check the same ones 10,000 times.
    """
    changeable = [
        name
        for name, value in vars(prototype).items()
        if isinstance(value, MutableMapping | MutableSequence | MutableSet)
    ]

    def copy_into(dag: DAG) -> _Task:
        made = copy(prototype)
        own = vars(made)
        for name in changeable:
            own[name] = copy(own[name])
        made.dag = dag
        return made

    return copy_into


@cache
def _pages() -> str:
    # A parse of thousands of accounts asks once.
    return f"{base_path()}{PAGES}"


def link_page(path: str, text: str) -> str:
    """Return a link (Markdown) to a page of ours, for the documentation of a DAG."""
    return f"[{text}]({_pages()}{path})"


def name_at(name: str, placement: str) -> str:
    """Return the id of a DAG or pool that each placement has one of."""
    return name if placement == DEFAULT else f"{name}_{placement}"


def placement_dag(name: str, shown: str, placement: str, **arguments: Any) -> DAG:
    """Return a DAG that each placement has one of, without tasks yet; it never has two runs at once."""
    return DAG(
        dag_id=name_at(name, placement),
        dag_display_name=shown if placement == DEFAULT else f"{shown}: {placement}",
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=["redaction"],
        **arguments,
    )
