"""Messages over standard input and output, framed as the protocol says: headers, a blank line, and so many bytes.

Headers that make no sense are skipped, and a message that is too long is passed over, so that the stream stays in step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

LONGEST_HEADER = 8_192
LARGEST = 64 * 2**20
"""A message has at most so many bytes; a file that is planned has 4 MiB at most."""

_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,18})[ \t]*\r?\n", re.IGNORECASE)


def messages(stream: BinaryIO) -> Iterator[bytes | None]:
    """The bodies of all messages until the stream ends, None for each that was too long."""
    length = 0
    while header := stream.readline(LONGEST_HEADER):
        found = _LENGTH.fullmatch(header)
        if found:
            length = int(found[1])
        elif length and not header.strip():
            if length > LARGEST:
                _pass_over(stream, length)
            yield stream.read(length) if length <= LARGEST else None
            length = 0


def _pass_over(stream: BinaryIO, length: int) -> None:
    while length and (chunk := stream.read(min(length, 2**20))):
        length -= len(chunk)
