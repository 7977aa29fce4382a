"""An invalid source: one clear line that names file and entry, and nothing is loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.errors import BadInput
from redaction.mapping.folder import read_source
from redaction.settings import load_settings
from redaction.source.load import load_files
from redaction.source.rules import read_rules
from tests.checkout import ROOT
from tests.objects_of import World
from tests.sources import Choose, choose

__all__ = ["choose"]

Cli = Callable[..., tuple[int, str, str]]
Sql = Callable[..., list[dict[str, Any]]]
PRODUCT = ROOT / "source" / "calltrackingmetrics"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the product's own source."""
    return shutil.copytree(PRODUCT, tmp_path / "mine")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_products_own_sources_are_declared_right() -> None:
    assert {path.name for path in (ROOT / "source").iterdir()} == {"calltrackingmetrics"}
    assert read_rules(read_source(PRODUCT)).account == "account_id"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  status: [status]", "  status: [status]\n  status: [call_status]", "columns.status occurs twice (line "),
        ("  status: [status]", "  status: [status, call_status]", "columns.call_status: call_status comes into status"),
        ("  status: [status]", "  weather: [status]", "columns.weather: is not a column for fields"),
        ("  status: [status]", "  caller_name: [name]", "columns.caller_name: is not a column for fields"),
        ("  status: [status]", "  called_at: [called_at]", "columns.called_at: is not a column for fields"),
        ("  status: [status]", "  redacted_at: [status]", "columns.redacted_at: is not a column for fields"),
        ("  status: [status]", "  status: [state]", "columns.status: state must be retained in fields.tsv"),
        ("  status: [status]", "  status: [mood]", "columns.status: mood is not in fields.tsv"),
        ("  status: [status]", "  status: status", "columns.status: must be a list: `[one, two]`"),
        ("  status: [status]", "  status: ['']", "columns.status.0: must not be empty"),
        ("recording_url: [audio]", "recording_url: [notes]", "columns.recording_url: notes must be call audio"),
        ("identity: {id: id, account: account_id}", "", "identity: is missing"),
        ("identity: {id: id, account: account_id}", "identity: {id: id}", "identity.account: is missing"),
        ("identity: {id: id,", "identity: {id: number,", "identity.id: number is not in fields.tsv"),
        ("version: 1", "version: 2", "version: must be 1"),
        ("version: 1", "version: 1\nweather: fine", "weather: is no entry of this file"),
        *(("version: 1", f"version: {other}", "version: must be 1; ") for other in ("true", "1.0", "'1'", "null")),
        ("  status: [status]", "  status: [[status]]", "columns.status.0: must be a text; "),
        ("  text: called_at", "  text: unix_time", "time: `seconds` and `text` are two fields, and both are unix_time"),
        ("  written: indexed_at", "  written: notes", "time.written: notes is notes in fields.tsv"),
        ("  sender: from_number", "  sender: source", "columns.source: source is a side of the activity: only caller_"),
        ("redacted: redacted", "redacted: [redacted]", "redacted: must be a text; "),
        ("identity: {id: id, account: account_id}", "identity: id", "identity: must have entries, each with a value"),
        ("version: 1", "version: [1", "is not YAML"),
        ("version: 1", "version: !!python/object:os.system 1", "is not YAML"),
        ("    chat: [chat,", "    fax: [fax]\n    chat: [chat,", "kind.words.fax: must be 'call', 'text'"),
        ("call: [call,", "call: [sms, call,", "kind: 'sms' cannot say both call and text"),
        ("call: [call,", "call: [CALL, call,", "kind: 'CALL' is no word"),
        ("  sender: from_number\n", "", "direction: `sender` and `receiver` are two fields, or left out"),
        ("outbound: [outbound,", "outbound: [in,", "direction: 'in' cannot say both inbound and outbound"),
        ("outbound: [outbound,", "outbound: ['_out',", "direction: '_out' is no word of letters"),
        ("  inbound: [", "  incoming: [", "direction.inbound: is missing"),
        ('"%Y-%m-%d %I:%M %p %z"', '"%Y-%m-%d %I:%M %z"', "time: '%Y-%m-%d %I:%M %z': %I goes with %p"),
        ('"%Y-%m-%d %I:%M %p %z"', '"%s"', "time: '%s' must have %Y, %m and %d"),
        ("  seconds: unix_time\n  text: called_at", "", "time: must name a field"),
        ("field: call_path", "field: legs", "call_path.field: legs must be retained in fields.tsv"),
        ("route_id: route_id", "route_id: route_name", "call_path: two keys of a step have one name"),
        ("route_id: route_id", "speed: speed", "call_path.keys.speed: must be 'route_name'"),
        ("- [extended_lookup.name]", "- [name]", "contact: a name is a field within another one"),
        ("version: 1", "version: 1\nmoved: {a.b: id2, c.d: id2}", "moved: two fields come to one place"),
        ("version: 1", "version: 1\nmoved: {notes: source}", "moved.notes: is notes, and source is not personal in "),
        ("version: 1", "version: 1\nmoved: {notes: id}", "moved.notes: is notes, and id is not personal in fields.tsv"),
        ("version: 1", "version: 1\nmoved: {notes.a: name}", "moved.notes.a: is notes, and name is caller name in "),
        ("version: 1", "version: 1\nmoved: {a.b: a}", "moved.a.b: a is read from another place itself"),
        ("version: 1", "version: 1\nmoved: {a.b: c, c.d: e}", "moved.a.b: c is read from another place itself"),
        ("version: 1", "version: 1\nmoved: {a..b: c}", "moved.a..b: a name between dots is empty"),
        ("redacted: redacted", "redacted: nosuch", "redacted: nosuch is not in fields.tsv"),
        ("redacted: redacted", "redacted: id", "redacted: id says something else already"),
        (
            "identity: {id: id, account: account_id}",
            "identity: {id: id, account: id}",
            "identity.account: id is the id",
        ),
    ],
)
def test_a_wrong_mapping_is_named(folder: Path, old: str, new: str, says: str) -> None:
    change(folder / "mapping.yml", old, new)
    with pytest.raises(BadInput) as refused:
        read_source(folder)
    assert str(refused.value).startswith(f"REDACTION_SOURCE: {folder / 'mapping.yml'}: ")
    assert str(refused.value).endswith("; nothing was changed")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("fields.tsv", "notes\tstring\tpersonal\tnotes", "notes\tstring\tsecret\tnotes", "the class must be key"),
        ("fields.tsv", "notes\tstring\tpersonal\tnotes", "notes\tstring\tpersonal\tdiary", "'diary' is no category"),
        ("fields.tsv", "notes\tstring\tpersonal\tnotes", "notes personal notes", "must have 4 columns"),
        (
            "fields.tsv",
            "notes\tstring\tpersonal\tnotes",
            "name\tstring\tkey\t-",
            "name: is caller name in a line above",
        ),
        ("fields.tsv", "notes\tstring\tpersonal\tnotes", "notes\tx\tpersonal\tform data", "form data is one field"),
        ("fields.tsv", "field\ttype", "type\tfield", "line 1 must name the columns field, type, class, category"),
        ("placeholders.tsv", "anonymous\t", "anonymous ", "line 2 must have 4 columns"),
        ("placeholders.tsv", "anonymous\t266696687", "anonymous\tabc", "line 2: anonymous: the digits must be digits"),
        ("placeholders.tsv", "restricted\t", "anonymous\t", "line 3: anonymous is in a line above"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(folder: Path, name: str, old: str, new: str, says: str) -> None:
    change(folder / name, old, new)
    with pytest.raises(BadInput) as refused:
        read_source(folder)
    assert says in str(refused.value)
    assert str(folder) in str(refused.value)


@pytest.mark.parametrize("text", ["", "null", "- a", "text", "7"])
def test_a_mapping_that_is_none_is_said_to_be_so(folder: Path, text: str) -> None:
    (folder / "mapping.yml").write_text(text)
    with pytest.raises(BadInput, match=r"mapping\.yml: the file: must have entries, each with a value"):
        read_source(folder)


def test_a_byte_order_mark_is_no_part_of_a_file(folder: Path) -> None:
    for name in ("mapping.yml", "fields.tsv", "placeholders.tsv"):
        (folder / name).write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes())
    assert read_source(folder) == read_source(PRODUCT)


def _is_gone(folder: Path) -> None:
    shutil.rmtree(folder)


def _is_a_file(folder: Path) -> None:
    _is_gone(folder)
    folder.write_text("version: 1")


def _lacks_a_table(folder: Path) -> None:
    (folder / "fields.tsv").unlink()


def _has_a_folder_for_a_file(folder: Path) -> None:
    (folder / "mapping.yml").unlink()
    (folder / "mapping.yml").mkdir()


def _is_no_text(folder: Path) -> None:
    (folder / "mapping.yml").write_bytes(b"\xff\xfe\x00")


def _is_empty(folder: Path) -> None:
    (folder / "mapping.yml").write_bytes(b"")


def _is_deep(folder: Path) -> None:
    (folder / "mapping.yml").write_bytes(b"[" * 5_000)


def _holds_itself(folder: Path) -> None:
    change(folder / "mapping.yml", "version: 1", "version: 1\nmoved: &m {a: *m}")


@pytest.mark.parametrize(
    "spoil",
    [
        *(_is_gone, _is_a_file, _lacks_a_table, _has_a_folder_for_a_file, _is_no_text, _is_empty, _is_deep),
        _holds_itself,
    ],
)
def test_a_folder_that_cannot_be_read_is_named(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder)
    with pytest.raises(BadInput, match=rf"REDACTION_SOURCE: {folder}") as refused:
        read_source(folder)
    assert "\n" not in str(refused.value)


def test_nothing_is_loaded(world: World, choose: Choose, folder: Path) -> None:
    change(folder / "mapping.yml", "  status: [status]", "  weather: [status]")
    choose(folder)
    path = folder / "x.jsonl"
    path.write_text('{"id": 1, "account_id": 7, "unix_time": 1790812800}\n')
    with pytest.raises(BadInput, match=r"columns\.weather"):
        load_files(world.deployment, [path])
    assert world.sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 0}]
    choose("calltrackingmetrics")
    assert load_files(world.deployment, [path]).inserted == 1


@pytest.fixture
def world(deployment: Any, sql: Sql, tmp_path: Path) -> World:
    found = World(deployment, sql, tmp_path / "objects")
    found.account(7)
    return found


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("no-such-source", "there is no source no-such-source: name one of calltrackingmetrics"),
        ("../elsewhere", "REDACTION_SOURCE: String should match pattern"),
        ("Calls", "REDACTION_SOURCE: String should match pattern"),
        ("/no/such/folder", "/no/such/folder/mapping.yml: cannot be read: No such file or directory"),
    ],
)
def test_a_command_ends_as_with_any_wrong_setting(
    cli: Cli, choose: Choose, sql: Sql, tmp_path: Path, source: str, says: str
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("{}\n")
    choose(source)
    code, said, problem = cli("load", str(path))
    assert (code, said) == (2, "")
    assert says in problem
    assert len(problem.splitlines()) == 1


def test_without_a_choice_the_source_is_calltrackingmetrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDACTION_SOURCE", raising=False)
    assert load_settings().source == "calltrackingmetrics"
