"""Great Expectations on the rows of a run: its expectations and its metrics, on a connection of ours.

It works without the library's context, whose stores and checks take more time than all queries of a small run. Parts
that no run changes are created once, before processes are forked: the expectations, and the metrics they need.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from redaction.catalog import load_catalog
from redaction.errors import RedactionError
from redaction.extras import uncollected
from redaction.pipeline.suites import build_suites

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

Source = Mapping[str, str]
"""The subject of a suite: `schema_name` and `table_name`, or a `query`."""


@dataclass(frozen=True)
class _Wanted:
    """An expectation: as its suite has it, as the library's object, and its metrics: name -> id."""

    suite: str
    config: Mapping[str, Any]
    expectation: Any
    metrics: Mapping[str, Any]

    def check(self, found: Mapping[Any, Any], data: Any) -> Mapping[str, Any]:
        """Return whether the metrics satisfy it. Without its metric it is not satisfied."""
        known = {name: found[metric] for name, metric in self.metrics.items() if metric in found}
        success = False
        if len(known) == len(self.metrics):
            answer = self.expectation._validate(metrics=known, runtime_configuration=_boolean(), execution_engine=data)
            success = bool(answer["success"])
        arguments = self.config["kwargs"]
        return {
            "suite": self.suite,
            "type": self.config["type"],
            "column": arguments.get("column"),
            "description": arguments.get("description"),
            "arguments": arguments,
            "success": success,
        }


def _boolean() -> dict[str, Any]:
    """Return the result format: no value of an unexpected row. The library modifies its argument."""
    return {"result_format": {"result_format": "BOOLEAN_ONLY"}}


def preload() -> None:
    """Import Great Expectations, which takes seconds, so that processes forked later share it."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    _import_library()
    _prepare(load_catalog().digest)


@cache
def _import_library() -> None:
    # The collector takes a tenth to a fifth of the time, and finds nothing.
    with uncollected():
        import great_expectations
        import great_expectations.expectations.core  # noqa: F401


@cache
def _prepare(_: str) -> Mapping[str, tuple[list[_Wanted], list[Any]]]:
    """Return for each suite its expectations, and the graph of their metrics as a list of edges."""
    import sqlalchemy as sa
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.validator.validation_graph import ValidationGraph

    # It never connects; the library only asks for its kind of engine.
    none = SqlAlchemyExecutionEngine(engine=sa.create_engine("postgresql+psycopg2://"))
    prepared = {}
    for name, suite in build_suites(load_catalog()).items():
        graph, wanted = ValidationGraph(none), []
        for config in suite["expectations"]:
            arguments = {**config["kwargs"], "batch_id": name}
            expectation = ExpectationConfiguration(**{**config, "kwargs": arguments}).to_domain_obj()
            needs = expectation.get_validation_dependencies(none, _boolean())
            for metric in needs.get_metric_configurations():
                graph.build_metric_dependency_graph(metric, _boolean())
            ids = {metric: needed.id for metric, needed in needs.metric_configurations.items()}
            wanted.append(_Wanted(name, config, expectation, ids))
        prepared[name] = (wanted, graph.edges)
    return prepared


def check_suites(engine: Engine, sources: Mapping[str, Source]) -> list[Mapping[str, Any]]:
    """Return for each expectation of some suites whether the suite's subject satisfies it.

    Raises RedactionError if the library fails, without its message, which may hold SQL and values.
    """
    preload()
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
    from great_expectations.validator.validation_graph import ValidationGraph

    prepared = _prepare(load_catalog().digest)
    try:
        data = SqlAlchemyExecutionEngine(engine=engine, create_temp_table=False)
        for name, source in sources.items():
            data.load_batch_data(name, SqlAlchemyBatchData(data, create_temp_table=False, **source))
        graph = ValidationGraph(data, [edge for name in sources for edge in prepared[name][1]])
        found, _ = graph.resolve(_boolean(), show_progress_bars=False)
        return [wanted.check(found, data) for name in sources for wanted in prepared[name][0]]
    except Exception as error:
        raise RedactionError(f"Great Expectations could not run ({type(error).__name__})") from None
