"""Everything sent through a pipe arrives; whichever end breaks, both end, and the error is raised."""

from __future__ import annotations

from typing import IO

import pytest

from redaction.db.pipe import pipe

MUCH = b"0" * 1_000_000


def test_what_is_sent_arrives_though_a_pipe_holds_less() -> None:
    arrived: list[bytes] = []
    pipe(lambda sink: sink.write(MUCH), lambda source: arrived.append(source.read()))
    assert arrived == [MUCH]


def test_a_receiver_that_breaks_ends_the_sender_too() -> None:
    ended: list[str] = []

    def send(sink: IO[bytes]) -> None:
        try:
            sink.write(MUCH)
            sink.flush()
        finally:
            ended.append("sender")

    def receive(source: IO[bytes]) -> None:
        source.read(10)
        raise ValueError("the receiver broke")

    with pytest.raises(ValueError, match="the receiver broke"):
        pipe(send, receive)
    assert ended == ["sender"]


def test_a_sender_that_breaks_is_heard_once_the_receiver_has_ended() -> None:
    arrived: list[bytes] = []

    def send(sink: IO[bytes]) -> None:
        sink.write(b"half")
        raise ValueError("the sender broke")

    with pytest.raises(ValueError, match="the sender broke"):
        pipe(send, lambda source: arrived.append(source.read()))
    assert arrived == [b"half"]
