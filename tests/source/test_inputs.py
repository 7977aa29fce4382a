"""The arguments of a load: files and folders, addresses of stores, standard input; compressed or encoded in any way."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import fsspec
import orjson
import pytest
from backports import zstd
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from redaction.deployment import Deployment
from redaction.errors import BadInput, ExtraMissing
from redaction.source import inputs, reader
from redaction.source.decoded import open_decoded
from redaction.source.inputs import Input, open_inputs
from redaction.source.load import load_files
from tests.conftest import EMPTY

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
CANARY = "canary"


def record(activity_id: int, **fields: Any) -> dict[str, Any]:
    return {"id": activity_id, "account_id": 7, "unix_time": 1_772_400_000, **fields}


def lines(*records: Any) -> bytes:
    return b"".join(orjson.dumps(item) + b"\n" for item in records)


TWO = lines(record(1, notes="Zoë 😀"), record(2, notes="\u2028"))
_SKIPPABLE = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
ENCODED: dict[str, bytes] = {
    "plain": TWO,
    "a mark": codecs.BOM_UTF8 + TWO,
    "UTF-16": TWO.decode().encode("utf-16"),
    "UTF-16, the other way": codecs.BOM_UTF16_BE + TWO.decode().encode("utf-16-be"),
    "UTF-32": TWO.decode().encode("utf-32"),
    "gzip": gzip.compress(TWO),
    "gzip of two parts": gzip.compress(TWO[:50]) + gzip.compress(TWO[50:]),
    "gzip with a mark": gzip.compress(codecs.BOM_UTF8 + TWO),
    "zstd": zstd.compress(TWO),
    "zstd of two parts": zstd.compress(TWO[:50]) + zstd.compress(TWO[50:]),
    "zstd of a parallel writer": _SKIPPABLE + zstd.compress(TWO),
    "zstd of UTF-16": zstd.compress(TWO.decode().encode("utf-16")),
}


def _checked(data: bytes) -> bytes:
    return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})


@pytest.mark.parametrize("name", ["x", "x.json", "x.gz"])
def test_what_a_file_is_its_first_bytes_say(
    deployment: Deployment, account: int, sql: Sql, tmp_path: Path, name: str
) -> None:
    for how, data in ENCODED.items():
        sql(EMPTY)
        path = tmp_path / name
        path.write_bytes(data)
        assert load_files(deployment, [path]).inserted == 2, how
        assert [row["notes"] for row in sql("SELECT notes FROM tracking.activities ORDER BY id")] == [
            "Zoë 😀",
            "\u2028",
        ]


@pytest.mark.parametrize("how", [gzip.compress, _checked])
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_what_is_damaged_loads_nothing(
    deployment: Deployment, account: int, sql: Sql, tmp_path: Path, how: Callable[[bytes], bytes], damage: str
) -> None:
    whole = how(b"".join(lines(record(number, notes=os.urandom(300).hex())) for number in range(2_000)))
    middle = len(whole) // 2
    path = tmp_path / "x"
    path.write_bytes(whole[:middle] if damage == "cut" else whole[:middle] + bytes(50) + whole[middle + 50 :])
    with pytest.raises(BadInput, match=r"x: the (gzip|zstd) is truncated or damaged.*nothing of it was loaded"):
        load_files(deployment, [path])
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 0}]


def test_one_that_ends_before_its_first_text_is_named_too() -> None:
    # Its tables are cut, before any of its text.
    cut = gzip.compress(lines(record(1, notes=os.urandom(300).hex())))[:20]
    source = Input("x", len(cut), lambda: io.BufferedReader(io.BytesIO(cut)))
    with (
        pytest.raises(BadInput, match=r"x: the compressed file is truncated or damaged.*nothing was loaded"),
        open_decoded(source, "nothing was loaded"),
    ):
        pass


def test_a_zstd_that_expands_beyond_measure_is_refused(deployment: Deployment, account: int, tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    with zstd.open(path, "wb") as file:
        for _ in range(100):
            file.write(b" " * 1024 * 1024)
    assert path.stat().st_size < 100_000
    with pytest.raises(BadInput, match=r"bomb: the zstd expands .*nothing of it was loaded"):
        load_files(deployment, [path])


def test_text_that_is_none_of_its_encoding_is_replaced(
    deployment: Deployment, account: int, sql: Sql, tmp_path: Path
) -> None:
    half = lines(record(1, notes="ok ?")).decode().encode("utf-16-le").replace(b"?\x00", b"\x3d\xd8")
    (tmp_path / "x").write_bytes(codecs.BOM_UTF16_LE + half + b"\x00")
    assert load_files(deployment, [tmp_path / "x"]).inserted == 1
    assert sql("SELECT notes FROM tracking.activities") == [{"notes": "ok \ufffd"}]


def test_a_block_begins_after_the_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BLOCK", 100)
    path = tmp_path / "x"
    path.write_bytes(codecs.BOM_UTF8 + TWO * 3)
    blocks = list(reader.read_blocks(Input.of(path)))
    assert len(blocks) > 1
    assert b"".join(block.data for block in blocks) == TWO * 3
    assert [block.detached().attached() for block in blocks] == blocks
    assert not any(block.detached().data for block in blocks)
    path.write_bytes(codecs.BOM_UTF8 + orjson.dumps([record(1)], option=orjson.OPT_INDENT_2))
    [block] = reader.read_blocks(Input.of(path))
    assert block.detached().attached() == block


_COMMAND = "import sys; from redaction.cli.main import main; sys.argv = ['redaction', *sys.argv[1:]]; main()"


def _load_stream(data: bytes, *words: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        [sys.executable, "-c", _COMMAND, "load", *words], input=data, capture_output=True, check=False
    )
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


@pytest.mark.parametrize("how", ["plain", "zstd", "UTF-16"])
def test_standard_input(deployed: None, account: int, sql: Sql, how: str) -> None:
    code, out, err = _load_stream(ENCODED[how], "-", "--json")
    assert (code, json.loads(out)["inserted"]) == (0, 2), err
    code, out, err = _load_stream(b"{canary", "-")
    assert (code, "standard input:1: activity ?: is not JSON" in err) == (1, True)
    assert CANARY not in out + err


def test_standard_input_that_is_closed_is_one_line(deployed: None, account: int) -> None:
    for words in ("load -", f"hold add --account {account} --contact --reason x"):
        script = f'"$0" -c "$1" {words} <&-'
        ended = subprocess.run(["sh", "-c", script, sys.executable, _COMMAND], capture_output=True, check=False)
        assert (ended.returncode, ended.stderr.count(b"\n")) == (2, 1), ended.stderr
        assert b"standard input" in ended.stderr


def test_the_hundredth_line_is_no_emoji(cli: Cli, account: int, tmp_path: Path) -> None:
    path = tmp_path / "a:smile:b.jsonl"
    path.write_bytes(lines(*[record(number, unix_time="soon") for number in range(100)]))
    err = cli("load", str(path))[2]
    assert "a:smile:b.jsonl:100: activity 99: " in err


def test_standard_input_is_checked_before_anything_is_stored(deployed: None, account: int, sql: Sql) -> None:
    code, _, err = _load_stream(gzip.compress(TWO)[:-8], "-")
    assert (code, err.count("\n")) == (2, 1)
    assert "standard input: the gzip is truncated" in err
    code, _, err = _load_stream(TWO, "-", "-")
    assert (code, "named twice" in err) == (2, True)
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 0}]


def test_a_stream_that_cannot_be_copied_is_one_line(
    cli: Cli, account: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(inputs.tempfile, "tempdir", str(tmp_path / "nowhere"))

    def write() -> None:
        with suppress(BrokenPipeError):
            (tmp_path / "pipe").write_bytes(TWO)

    writer = threading.Thread(target=write)
    writer.start()
    code, _, err = cli("load", str(tmp_path / "pipe"))
    writer.join()
    assert (code, err.count("\n")) == (2, 1)
    assert "TMPDIR" in err


def test_a_named_pipe(deployment: Deployment, account: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(ENCODED["gzip"],))
    writer.start()
    assert load_files(deployment, [tmp_path / "pipe"]).inserted == 2
    writer.join()


@pytest.fixture
def memory() -> Iterator[Any]:
    """A store of this process; it is empty afterwards."""
    files = fsspec.filesystem("memory")
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def test_addresses(deployment: Deployment, account: int, sql: Sql, tmp_path: Path, memory: Any) -> None:
    (tmp_path / "a b.json").write_bytes(ENCODED["plain"])
    assert load_files(deployment, [f"file://{tmp_path}/a b.json"]).inserted == 2
    assert load_files(deployment, [f"file://localhost{tmp_path}"]).unchanged == 2
    memory.pipe("/pages/1.jsonl", lines(record(3)) + b"{canary\n")
    memory.pipe("/pages/deeper/2.any", ENCODED["zstd"])
    memory.pipe("/pages/deeper/3.any", ENCODED["UTF-16"])
    summary = load_files(deployment, ["memory://pages", tmp_path / "a b.json"])
    assert (summary.inserted, summary.unchanged, summary.rejected) == (1, 2, 1)
    assert [(found.path, found.line) for found in summary.rejections] == [("memory://pages/1.jsonl", 2)]
    assert load_files(deployment, ["memory://pages/deeper/2.any"]).unchanged == 2


def test_a_bucket(deployed: None, account: int, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    named = {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}
    for name, value in {**named, "ENDPOINT_URL": f"http://{host}:{port}"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    try:
        client = boto3.client("s3")
        client.create_bucket(Bucket="calls")
        client.put_object(Bucket="calls", Key="day/1.json", Body=ENCODED["plain"])
        client.put_object(Bucket="calls", Key="day/2", Body=zstd.compress(lines(record(3))))
        client.put_object(Bucket="calls", Key="daybreak", Body=lines(record(4)))
        code, out, err = cli("load", "s3://calls/day", "--json")
        assert (code, json.loads(out)["inserted"]) == (0, 3), err
        code, out, err = cli("load", "s3://calls/daybreak", "--json")
        assert (code, json.loads(out)["inserted"]) == (0, 1), err
        for address in ("s3://calls/night", "s3://nowhere/x"):
            code, _, err = cli("load", address)
            assert (code, err.count("\n")) == (2, 1), err
            assert address in err
    finally:
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        server.stop()


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("nosuch://x/y?sig=canary", "nosuch://x/y"),
        ("memory://nothing/here", "there is no such file"),
        ("memory://canary@nothing/here", "cannot be read|no such file|no place"),
        ("https://127.0.0.1:9/x.json", r"x.json: cannot be read \(Connection refused\)"),
        ("file://elsewhere/x", "must name a folder of this host"),
        ("zip::file:///x", "must name one place|no such file"),
        ("file:///nowhere/at/all", "no such file"),
        ("x" * 5_000, "no such file"),
        ("a\x00b", "no such file"),
        ("", "an empty path"),
    ],
    ids=range(10),
)
def test_what_is_not_there_is_said(deployment: Deployment, named: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as refused:
        load_files(deployment, [named])
    assert CANARY not in str(refused.value)


def test_a_store_whose_library_is_missing_names_what_to_install(deployment: Deployment) -> None:
    with pytest.raises(ExtraMissing, match=r"gs://bucket/x names a store whose library is not installed"):
        load_files(deployment, ["gs://bucket/x"])


def test_a_store_that_fails_while_it_is_read_is_one_line(
    deployment: Deployment, account: int, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.pipe("/x", TWO)

    class Failing(io.BytesIO):
        def readinto(self, buffer: Any) -> int:
            raise RuntimeError(f"secret {CANARY}")

    monkeypatch.setattr(type(memory), "open", lambda *_, **__: Failing())
    with pytest.raises(BadInput, match=r"memory://x: cannot be read \(RuntimeError\)"):
        load_files(deployment, ["memory://x"])


_FLAT = """
import resource, sys
from redaction.cli.main import main
sys.argv = ["redaction", "load", "-", "--json"]
try:
    main()
except SystemExit:
    [own] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")]
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(max(int(own), children) // 1024, file=sys.stderr)
"""


def test_memory_stays_flat_for_standard_input(deployed: None, account: int, tmp_path: Path) -> None:
    part = lines(*[record(number, notes="x" * 2_000) for number in range(500)])
    (tmp_path / "copies").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "copies"), "REDACTION_LOAD_WORKERS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", _FLAT],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        for _ in range(300):
            process.stdin.write(part)
        out, err = process.communicate()
    assert json.loads(out)["read"] == 150_000
    assert int(err.split()[-1]) < 300, err
    assert list((tmp_path / "copies").iterdir()) == []


def _singer(item: Any) -> Any:
    return {"type": "RECORD", "stream": "calls", "record": item}


def _airbyte(item: Any) -> Any:
    return {"type": "RECORD", "record": {"stream": "calls", "data": item, "emitted_at": 1}}


_NOISE = (
    {"type": "SCHEMA", "stream": "users", "schema": {}},
    {"type": "STATE", "value": {}},
    {"type": "LOG", "log": {"level": "INFO", "message": "x"}},
    {"type": "RECORD", "stream": "users", "record": {"id": 1, "account_id": 7}},
    {"type": "RECORD", "record": {"stream": "users", "data": {"id": 1, "account_id": 7}}},
)
_WRAPPERS: tuple[Callable[[list[Any]], list[Any]], ...] = (
    lambda sent: sent,
    lambda sent: [_singer(item) for item in sent],
    lambda sent: [_airbyte(item) for item in sent],
    lambda sent: [{"page": 1, "calls": sent}],
    lambda sent: [sent],
    lambda sent: [[_singer(item) for item in sent]],
    lambda sent: [{"_airbyte_ab_id": "x", "_airbyte_data": item} for item in sent],
)
_ENCODERS: tuple[Callable[[str], bytes], ...] = (
    str.encode,
    lambda text: codecs.BOM_UTF8 + text.encode(),
    lambda text: text.encode("utf-16"),
    lambda text: text.encode("utf-32"),
)
_PACKERS: tuple[Callable[[bytes], bytes], ...] = (lambda data: data, gzip.compress, zstd.compress)


@st.composite
def _files(draw: st.DrawFn) -> tuple[list[Any], list[bytes], int]:
    """Some records, the files that they are sent in, and the number of records of other streams among them."""
    values = st.none() | st.integers(-5, 5) | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2)
    fields = st.sampled_from(("notes", "source", "custom_fields", "tag_list", "shoe size"))
    sent: list[Any] = []
    written: list[bytes] = []
    others = 0
    for _ in range(draw(st.integers(1, 3))):
        entries: list[Any] = []
        for _ in range(draw(st.integers(1, 3))):
            part = [
                record(draw(st.integers(1, 20)), **draw(st.dictionaries(fields, values, max_size=3)))
                for _ in range(draw(st.integers(0, 3)))
            ]
            sent += part
            noise = draw(st.lists(st.sampled_from(_NOISE), max_size=2))
            others += sum(item["type"] == "RECORD" for item in noise)
            entries += [*draw(st.sampled_from(_WRAPPERS))(part), *noise]
        form = draw(st.sampled_from(("lines", "blank lines", "list", "list over lines")))
        if form.startswith("list"):
            text = json.dumps(entries, indent=2 if "over" in form else None, ensure_ascii=False)
        else:
            text = ("\n\n" if "blank" in form else "\n").join(json.dumps(entry) for entry in entries)
        written.append(draw(st.sampled_from(_PACKERS))(draw(st.sampled_from(_ENCODERS))(text)))
    return sent, written, others


@given(files=_files())
# Not shrunk: each try is two loads.
@bounds(max_examples=60, phases=(Phase.reuse, Phase.generate), suppress_health_check=list(HealthCheck))
def test_any_mixture_of_wrappers_and_encodings_gives_what_plain_lines_give(
    files: tuple[list[Any], list[bytes], int], deployment: Deployment, account: int, sql: Sql, tmp_path: Path
) -> None:
    sent, written, others = files
    table = "SELECT to_jsonb(a) AS row FROM tracking.activities a ORDER BY id"
    sql(EMPTY)
    plain = tmp_path / "plain"
    plain.write_bytes(lines(*sent))
    expected = load_files(deployment, [plain])
    rows = sql(table)
    sql(EMPTY)
    paths = [tmp_path / f"{number}.any" for number in range(len(written))]
    for path, data in zip(paths, written, strict=True):
        path.write_bytes(data)
    with open_inputs(paths) as found:
        summary = load_files(deployment, found)
    assert sql(table) == rows
    assert (summary.read, summary.inserted, summary.rejected) == (len(sent), expected.inserted, expected.rejected)
    assert summary.other_streams == others
