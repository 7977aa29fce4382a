"""An MP4 file is played only if all its tracks are sound, wherever its movie box is and whatever its brand says."""

from __future__ import annotations

import pytest

from redaction.objects.mp4 import is_audio_only

FTYP = b"\x00\x00\x00\x18ftypmp42" + bytes(12)


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def track(handler: bytes) -> bytes:
    return box(b"trak", box(b"tkhd", bytes(20)), box(b"mdia", box(b"mdhd"), box(b"hdlr", bytes(8), handler, bytes(13))))


SOUND, PICTURE = track(b"soun"), track(b"vide")
DATA = box(b"mdat", bytes(100))
LARGE = (1).to_bytes(4, "big") + b"mdat" + (116).to_bytes(8, "big") + bytes(100)


@pytest.mark.parametrize(
    ("file", "audio"),
    [
        (FTYP + box(b"moov", box(b"mvhd"), SOUND) + DATA, True),
        (FTYP + DATA + box(b"moov", SOUND, SOUND), True),
        (FTYP + LARGE + box(b"moov", SOUND), True),
        (FTYP + box(b"moov", SOUND, PICTURE) + DATA, False),
        (FTYP + DATA + box(b"moov", PICTURE), False),
        (FTYP + DATA + box(b"moov", SOUND, box(b"trak", box(b"tkhd"))), False),
        (FTYP + DATA, False),
        (FTYP + DATA + box(b"moov", box(b"mvhd")), False),
        (FTYP + DATA + box(b"moov", SOUND)[:-30], False),
        (FTYP + b"\x00\x00\x00\x01mdat", False),
        (FTYP + b"\x00\x00\x00\x02mdat" + box(b"moov", SOUND), False),
        (FTYP + box(b"free") * 100 + box(b"moov", SOUND), False),
        (b"", False),
    ],
)
def test_only_sound_is_played(file: bytes, audio: bool) -> None:
    assert is_audio_only(lambda first, count: file[first : first + count], len(file)) is audio
