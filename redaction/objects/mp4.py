"""What an MP4 file holds: the boxes of the file are followed to the handlers of its tracks.

The brand in the first box does not say whether there is a picture: a video of a common brand begins like a recording.
"""

from __future__ import annotations

from collections.abc import Callable

_MOST_BOXES = 64
_MOST_MOVIE = 4 * 1024 * 1024
_HEADER = 8


def is_audio_only(read: Callable[[int, int], bytes], size: int) -> bool:
    """Return whether every track of an MP4 file is sound, and there is one at least; False if that cannot be seen.

    `read` returns so many bytes from a position on.
    """
    at = 0
    for _ in range(_MOST_BOXES):
        kind, begin, end = _read_box(read(at, 2 * _HEADER), at, size)
        if not begin or end > size:
            return False
        if kind == b"moov":
            if end - begin > _MOST_MOVIE:
                return False
            return set(_list_handlers(read(begin, end - begin))) == {b"soun"}
        at = end
    return False


def _read_box(head: bytes, at: int, size: int) -> tuple[bytes, int, int]:
    """Return the kind of a box, and where its content begins and ends; begins at 0 if there is no box."""
    if len(head) < _HEADER:
        return b"", 0, 0
    length, begin = int.from_bytes(head[:4], "big"), at + _HEADER
    if length == 1:
        length, begin = int.from_bytes(head[8:16], "big"), at + 2 * _HEADER
    end = size if length == 0 else at + length
    return (head[4:8], begin, end) if end >= begin else (b"", 0, 0)


def _list_handlers(movie: bytes) -> list[bytes]:
    """Return the handlers of the tracks of a movie; a track without a handler has an empty one."""
    handlers = []
    for track in _find_boxes(movie, b"trak"):
        found = [box[8:12] for media in _find_boxes(track, b"mdia") for box in _find_boxes(media, b"hdlr")]
        handlers += found or [b""]
    return handlers


def _find_boxes(content: bytes, wanted: bytes) -> list[bytes]:
    """Return the contents of the boxes of one kind in the content of another box."""
    found, at = [], 0
    while at < len(content):
        kind, begin, end = _read_box(content[at : at + 2 * _HEADER], at, len(content))
        if not begin:
            break
        if kind == wanted:
            found.append(content[begin:end])
        at = end
    return found
