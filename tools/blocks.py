"""What each block of the reference says, told from the code alone."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from redaction import errors, failures
from redaction.alerting import AlertSettings
from redaction.asking import AskSettings
from redaction.catalog import catalog_table, read_builtin
from redaction.cli.main import get_command
from redaction.collectors import Collector, CollectSettings
from redaction.db.refusals import REFUSALS
from redaction.evidence.certificate import Certificate, Position
from redaction.evidence.sentences import KINDS
from redaction.ledger.entries import Entry, Kind
from redaction.settings import Settings
from tools.places import find_definition, find_text
from tools.tables import row, table

ROOT = Path(__file__).resolve().parents[1]
_SCHEMA = ROOT / "sql" / "schema"
_COMMENT = re.compile(r"COMMENT ON (VIEW|COLUMN) reporting\.([\w.]+) IS\s*'((?:[^']|'')*)'", re.I)


def _documented(kind: type[BaseModel]) -> Mapping[str, str]:
    """Return the docstring below each field of a class of settings."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    found, name = {}, ""
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            found[name], name = inspect.cleandoc(str(node.value.value)), ""
        else:
            name = ""
    return found


def _say_default(name: str, default: Any) -> str:
    if name == "home":
        return "see [where state goes](processes.md#where-state-goes)"
    if default is None or default in ("", {}):
        return "not set"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`".replace("'", '"')


def describe_settings() -> str:
    """Return every setting by its variable, what it means and what it is if nobody sets it."""
    parts = []
    for title, kind in (
        ("The pipeline", Settings),
        ("Collectors and inbox", CollectSettings),
        ("Alerts", AlertSettings),
        ("Requests and questions", AskSettings),
    ):
        documented = _documented(kind)
        rows = (
            row(f"`REDACTION_{name.upper()}`", _say_default(name, kind.model_fields[name].get_default()), said)
            for name, said in sorted(documented.items())
        )
        parts.append(f"## {title}\n\n" + table(("variable", "default", "meaning"), rows))
    fields = (
        row(f"`{name}`", _say_default(name, Collector.model_fields[name].default) if name != "connection" else "", said)
        for name, said in _documented(Collector).items()
    )
    parts.append("## A collector\n\nThe value of an agency in `REDACTION_COLLECTORS`, as JSON.\n\n")
    parts[-1] += table(("field", "default", "meaning"), fields)
    return "\n\n".join(parts)


def describe_commands() -> str:
    """Return every command: how it is called, what it does, what each argument and option means."""
    return "\n\n".join(_describe_group(get_command(), "redaction"))


def _describe_group(group: Any, name: str) -> Iterator[str]:
    for word, command in group.commands.items():
        full = f"{name} {word}"
        if hasattr(command, "commands"):
            place = find_text(f'"{word}":', ROOT / "redaction" / "cli" / "main.py")
            assert command.help, f"{place}: the group {full} has no help: write it where the group is made"
            yield f"## {full}\n\n{_text(command.help)}"
            yield from _describe_group(command, full)
        else:
            yield f"{'##' if name == 'redaction' else '###'} {full}\n\n{_describe_command(command, full)}"


def _describe_command(command: Any, full: str) -> str:
    arguments = [parameter for parameter in command.params if not parameter.opts[0].startswith("-")]
    options = [parameter for parameter in command.params if parameter.opts[0].startswith("-")]
    for name, said in ((full, command.help), *((f"{full}: {one.name}", one.help) for one in command.params)):
        assert said, f"{find_definition(command.callback)}: {name} has no help: write it"
    words = [_call(argument) for argument in arguments] + [_option(option) for option in options if option.required]
    words += ["[OPTIONS]"] if any(not option.required for option in options) else []
    parts = [f"`{' '.join([full, *words])}`", _text(command.help)]
    rows = [row(f"`{_call(parameter)}`", _meaning(parameter)) for parameter in arguments]
    rows += [row(f"`{_option(parameter)}`", _meaning(parameter)) for parameter in options]
    if rows:
        parts.append(table(("", "meaning"), iter(rows)))
    return "\n\n".join(parts)


def _meaning(parameter: Any) -> str:
    return str(parameter.help) + ("" if not parameter.envvar else f" Variable: `{parameter.envvar}`.")


def _call(argument: Any) -> str:
    name = (argument.metavar or argument.name).upper().removesuffix("...")
    name += "..." if argument.nargs == -1 and not name.endswith("...]") else ""
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _option(option: Any) -> str:
    names = ", ".join(option.opts) + "".join(f" / {name}" for name in option.secondary_opts)
    if option.is_flag:
        return names
    return f"{names} {option.display_type_rich(None)}"


def _text(docstring: str) -> str:
    return re.sub(r"\s*\n\s*", " ", docstring.strip())


def describe_errors() -> str:
    """Return every error: what it is a kind of, what happened, what to do, who does it."""
    return "\n\n".join(_describe_error(kind) for kind in list_errors(errors.RedactionError))


def list_errors(of: type[errors.RedactionError]) -> Iterator[type[errors.RedactionError]]:
    """Yield the errors of the tree below one, each before its own kinds."""
    for kind in of.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
            yield from list_errors(kind)


def _describe_error(kind: type[errors.RedactionError]) -> str:
    words = failures.explain(kind.__name__)
    assert words is not None
    assert kind.__doc__, f"{find_definition(kind)}: {kind.__name__}: write a docstring: what happened"
    of = kind.__base__
    rows = [
        ("what happened", words.sentence),
        ("what to do", words.remedy),
        ("who does it", words.who),
        ("tried again by Airflow", "yes" if kind.retryable else "no"),
    ]
    if of is not errors.RedactionError:
        rows.insert(0, ("a kind of", f"[{of.__name__}](#{of.__name__.lower()})" if of else ""))
    if states := [state for refusal in REFUSALS if refusal.error is kind for state in refusal.states.split()]:
        rows.append(("SQLSTATE", ", ".join(f"`{state}`" for state in sorted(states))))
    head = f"## {kind.__name__}\n\n{_text(kind.__doc__)}\n\n"
    return head + table(("", ""), (row(f"*{name}*", said) for name, said in rows))


_RECORDED: Mapping[Kind, str] = {
    "redaction": "a run that succeeded: counts by kind and category, digest of the ids, erasure level",
    "refusal": "a run that was refused, and why",
    "hold": "a legal hold on an activity, a contact or an account",
    "release": "a hold that was released, or ended by itself",
    "pause": "all runs, or those of an account, were stopped",
    "resume": "they may go on",
    "approval": "the answer, yes or no, to a run that waited for a person",
    "delivery": "records in another system that somebody has erased there",
    "replay": "what a replay after a restore redid and put back",
    "setting": "settings of an account or agency, before and after; another catalog",
    "departure": "an account moved to another placement",
    "arrival": "an account came from another placement",
    "abandonment": "a run that could not end",
    "store": "a store was declared or removed",
    "object": "objects that were given up or erased elsewhere; what became of others",
    "request": "a request of a person was opened, answered, refused or closed",
    "proposal": "an act that needs a second person was proposed, or agreed to",
    "text": "a decision to keep or cut texts, with the ids of the activities",
    "closing": "an account began to close, was closed, or was removed",
}


def describe_ledger() -> str:
    """Return the kinds of rows of the ledger, and the fields of a row."""
    unsaid = set(get_args(Kind)) ^ set(_RECORDED) or set(KINDS) ^ set(_RECORDED)
    place = find_text("_RECORDED: ", Path(__file__))
    assert not unsaid, f"{place}: say what rows of the ledger of these kinds record: {', '.join(sorted(unsaid))}"
    rows = (row(f"`{kind}`", KINDS[kind], _RECORDED[kind]) for kind in get_args(Kind))
    kinds = table(("kind", "on the pages", "what it records"), rows)
    return f"{kinds}\n\n## Fields of a row\n\n" + _fields(Entry)


def describe_certificate() -> str:
    """Return the fields of a certificate's JSON."""
    return f"{_fields(Certificate)}\n\n## The field `ledger`\n\n" + _fields(Position)


_TYPES = (
    (r"typing\.|(?:redaction|pydantic)\.[\w.]+\.|collections\.abc\.|datetime\.", ""),
    (r"Mapping\[str, int\]", "counts by name"),
    (r"Mapping\[str, Any\]|Position", "object"),
    (r"tuple\[str, \.\.\.\]", "list of texts"),
    (r"Literal\[(.+)\]", r"\1"),
    (r"\bAwareDatetime\b", "instant"),
    (r"\bint\b", "number"),
    (r"\bstr\b", "text"),
    (r"\bbool\b", "true or false"),
    (r" \| None", " or null"),
    (r" \| ", " or "),
    ("'", ""),
)


def _fields(model: type[BaseModel]) -> str:
    def say(annotation: Any) -> str:
        text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
        for pattern, words in _TYPES:
            text = re.sub(pattern, words, text)
        return text

    types = get_type_hints(model)
    return table(("field", "type"), (row(f"`{name}`", say(types[name])) for name in model.model_fields))


def describe_views() -> str:
    """Return the views of `reporting` and their columns, as the comments in the database say."""
    said: dict[str, dict[str, str]] = {}
    for path in [*sorted((_SCHEMA / "versions").glob("*.sql")), *sorted((_SCHEMA / "code").glob("*.sql"))]:
        for what, name, text in _COMMENT.findall(path.read_text(encoding="utf-8")):
            view, _, column = name.partition(".")
            if what.upper() == "VIEW" or view in said:
                said.setdefault(view, {})[column] = text.replace("''", "'")
    assert len(said) > 8
    return "\n\n".join(
        f"### reporting.{view}\n\n{columns.get('', '')}\n\n"
        + table(("column", "meaning"), (row(f"`{name}`", text) for name, text in columns.items() if name))
        for view, columns in said.items()
    )


def describe_columns() -> str:
    """Return the table of the catalog."""
    return catalog_table(read_builtin())


def _later(name: str) -> Callable[[], str]:
    # Airflow reads its configuration when it is imported; `tools.airflow_blocks` gives it one of its own.
    def describe() -> str:
        from tools import airflow_blocks

        return str(getattr(airflow_blocks, name)())

    return describe


BLOCKS: Mapping[str, Callable[[], str]] = {
    "settings": describe_settings,
    "commands": describe_commands,
    "errors": describe_errors,
    "ledger": describe_ledger,
    "certificate": describe_certificate,
    "views": describe_views,
    "columns": describe_columns,
    "configuration": _later("describe_configuration"),
    "dags": _later("describe_dags"),
    "form": _later("describe_form"),
    "permissions": _later("describe_permissions"),
}
