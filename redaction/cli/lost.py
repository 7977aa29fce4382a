"""Output that cannot be written, as on a full disk: the command ends its work, and says so once.

Everything that a command prints goes through one of the two files here, whoever prints it.
"""

from __future__ import annotations

import errno
import os
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, TextIO


class _Output(FileIO):
    """Standard output or standard error; what it cannot take is dropped, and `lost` says why."""

    lost: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write some bytes, or drop them."""
        size = memoryview(data).nbytes
        if self.lost is None:
            try:
                return super().write(data)
            except OSError as error:
                self.lost = error
        return size


class Outputs:
    """Both outputs of a command, from now on; output that tests have replaced stays as it is."""

    exit_code_is_kept = False
    """Whether the exit code tells what the command has stored, whatever it could print."""

    def __init__(self) -> None:
        """Replace them."""
        self._out: _Output | None = None
        if sys.stdout is None:
            # A file that is opened later would be taken for standard output.
            sys.stdout = open(os.open(os.devnull, os.O_WRONLY), "w")  # noqa: SIM115 - for the whole command
        elif found := _replace(sys.stdout, 1):
            sys.stdout, self._out = found
        if isinstance(sys.stdout, TextIOWrapper):
            # A name that is no text, or has a character that the terminal cannot show, is escaped.
            sys.stdout.reconfigure(errors="backslashreplace")
        if sys.stderr is not None and (found := _replace(sys.stderr, 2)):
            sys.stderr, _ = found

    def end(self, code: int) -> int:
        """Return the exit code of a command that ends with one: 1 instead of 0 if its output is lost. Says that, but
        of a reader that has gone away.
        """
        sys.stdout.flush()
        if self._out is None or self._out.lost is None:
            return code
        if self._out.lost.errno != errno.EPIPE:
            from redaction.cli.output import print_error

            why = os.strerror(self._out.lost.errno or 0)
            print_error(f"the output could not be written: {why}; what the command has changed stays changed")
        return code if code or self.exit_code_is_kept else 1


def _replace(stream: TextIO, number: int) -> tuple[TextIO, _Output] | None:
    if not isinstance(stream, TextIOWrapper):
        return None
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if type(raw) is not FileIO or raw.fileno() != number:
        return None
    stream.flush()
    output = _Output(number, "w", closefd=False)
    buffered = output if stream.buffer is raw else BufferedWriter(output)
    replaced = TextIOWrapper(
        buffered,
        encoding=stream.encoding,
        errors=stream.errors,
        newline="\n",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    return replaced, output


def keep_exit_code() -> None:
    """Let the exit code of this command tell what it has stored, also if its output cannot be written."""
    Outputs.exit_code_is_kept = True
