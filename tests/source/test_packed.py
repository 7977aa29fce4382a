"""Compressed files are read as far as they are complete, compressed twice too, and with the bytes after their last
member.
"""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from backports import zstd

from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.settings import Settings
from redaction.source import packed
from redaction.source.decoded import open_decoded
from redaction.source.inputs import Input
from redaction.source.load import load_files
from redaction.source.quarantine import list_quarantine

Cli = Callable[..., tuple[int, str, str]]
PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress}


def _lines(*ids: int) -> bytes:
    sent = [{"id": number, "account_id": 7, "unix_time": 1_772_400_000} for number in ids]
    return b"".join(orjson.dumps(item) + b"\n" for item in sent)


@pytest.mark.parametrize("how", PACKERS)
@pytest.mark.parametrize(
    ("behind", "code", "stored", "rejected"),
    [
        (bytes(512), 0, 2, 0),
        (bytes(300_000), 0, 2, 0),
        (bytes(700) + b"canary", 3, 2, 1),
        (b"canary", 3, 2, 1),
        (b"\x00\x1f\x00", 3, 2, 1),
        (_lines(3), 0, 3, 0),
    ],
    ids=["zeros", "many zeros", "zeros and more", "a text", "bytes", "a plain record"],
)
def test_what_follows_the_last_member_is_read_as_it_lies_there(
    cli: Cli,
    account: int,
    tmp_path: Path,
    settings: Settings,
    how: str,
    behind: bytes,
    code: int,
    stored: int,
    rejected: int,
) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACKERS[how](_lines(1, 2).removesuffix(b"\n")) + behind)
    ended, out, err = cli("load", str(path), "--json")
    told = json.loads(out)
    assert (ended, told["inserted"], told["rejected"]) == (code, stored, rejected), err
    assert [found["line"] for found in told["rejections"]] == [3] * rejected
    assert sum(file.records for file in list_quarantine(settings)) == rejected
    assert "canary" not in out + err


@pytest.mark.parametrize("how", PACKERS)
def test_members_are_taken_with_what_is_between_them(
    deployment: Deployment, account: int, tmp_path: Path, how: str
) -> None:
    pack = PACKERS[how]
    path = tmp_path / "x"
    parts = [pack(b""), pack(_lines(1)[:20]), pack(_lines(1)[20:]), bytes(64), pack(_lines(2)), pack(b"")]
    path.write_bytes(b"".join(parts))
    assert load_files(deployment, [path]).inserted == 2


@pytest.mark.parametrize("how", PACKERS)
def test_a_member_that_is_cut_is_refused_whole(deployment: Deployment, account: int, tmp_path: Path, how: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACKERS[how](_lines(1)) + PACKERS[how](_lines(2))[:-5])
    with pytest.raises(BadInput, match=f"x: the {how} is truncated or damaged.*nothing of it was loaded"):
        load_files(deployment, [path])


def test_a_window_that_is_not_read_is_said_to_be_too_large(
    deployment: Deployment, account: int, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    for window, is_read in ((27, True), (28, False), (31, False)):
        packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: window})
        path.write_bytes(packer.compress(_lines(window)) + packer.flush())
        if is_read:
            assert load_files(deployment, [path]).inserted == 1
            continue
        with pytest.raises(
            BadInput, match=r"x: the zstd has a larger window .*without --long; nothing of it was loaded"
        ):
            load_files(deployment, [path])


@pytest.mark.parametrize("outer", PACKERS)
@pytest.mark.parametrize("inner", PACKERS)
def test_what_is_packed_twice_is_unpacked_twice(
    deployment: Deployment, account: int, tmp_path: Path, inner: str, outer: str
) -> None:
    path = tmp_path / "x"
    path.write_bytes(PACKERS[outer](PACKERS[inner](_lines(1, 2))))
    assert load_files(deployment, [path]).inserted == 2
    path.write_bytes(PACKERS[outer](PACKERS[inner](_lines(1, 2))[:-5]))
    with pytest.raises(BadInput, match="is truncated or damaged"):
        load_files(deployment, [path])


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_the_members_of_a_file_are_each_read_about_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows a member in a piece is read again with the next one: 200,000 empty members took minutes."""
    fed = 0
    make = packed._DECOMPRESSORS[kind]

    class Counting:
        def __init__(self) -> None:
            self.found = make()

        def decompress(self, data: bytes, most: int) -> bytes:
            nonlocal fed
            fed += len(data)
            result: bytes = self.found.decompress(data, most)
            return result

        def __getattr__(self, name: str) -> Any:
            return getattr(self.found, name)

    pack: Callable[[bytes], bytes] = {"gzip": gzip.compress, "zstd": zstd.compress}[kind]
    whole = random.Random(7).randbytes(300_000)
    given = (pack(b"") * 20_000 + pack(b'{"id": 1}\n') + pack(whole) + pack(b"\n")) * 2 + b"\0" * 10 + b"rest"
    monkeypatch.setitem(packed._DECOMPRESSORS, kind, Counting)
    file, found = packed.unpack(io.BufferedReader(io.BytesIO(given)))  # type: ignore[arg-type]
    assert found == kind
    assert file.read() == (b'{"id": 1}\n' + whole + b"\n") * 2 + b"rest"
    assert fed < 6 * len(given)


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-be"])
def test_the_encoding_is_seen_however_few_bytes_come_first(
    pack: Callable[[bytes], bytes], encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n".join(json.dumps({"_airbyte_data": {"id": number, "notes": "A"}}) for number in range(9))
    path = tmp_path / "packed"
    path.write_bytes(pack(text.encode(encoding)))
    for first in range(1, 64):
        monkeypatch.setattr(packed, "_FIRST", first)
        with open_decoded(Input.of(path), "") as found:
            assert found.file.read() == text.encode()
