"""A group of commands that imports the module of a command when the command is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

_VALUES: Mapping[Any, str] = {int: "NUMBER", str: "TEXT", Path: "PATH"}


class LazyGroup(TyperGroup):
    """The commands of `places`: by name the place of a function or of a group, as `module:name`.

    The help of each says what an option takes, and nothing of a switch.
    """

    places: ClassVar[Mapping[str, str]]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Imported(self.places)  # type: ignore[assignment]
        _name_values(self)


class _Imported(Mapping[str, Any]):
    """Commands by name, each imported when it is looked up."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Any:
        return _import_command(name, self._places[name])

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@cache
def _import_command(name: str, place: str) -> Any:
    found, alone = resolve_name(place), typer.Typer()
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    command = typer.main.get_group(alone).commands[name]
    _name_values(command)
    return command


def _name_values(command: Any) -> None:
    # Typer's own help has `<bool>` after a switch, which takes no value, and names of Python types.
    for parameter in command.get_params(typer.Context(command)):
        is_value = parameter.opts[0].startswith("-") and not parameter.is_flag
        value = parameter.metavar or _VALUES[parameter.type_descriptor.annotation] if is_value else ""
        parameter.display_type_rich = lambda ctx, value=value: value
    for each in () if isinstance(command, LazyGroup) else getattr(command, "commands", {}).values():
        _name_values(each)
