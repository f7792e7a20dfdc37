"""`DriverError`: what an engine could not do, told so that a person knows what to do about it."""

from __future__ import annotations

from typing import Final, Literal

Kind = Literal["unreachable", "no-image", "taken", "refused", "disk-full", "not-found", "failed"]

LONGEST: Final = 600


class DriverError(Exception):
    """`unreachable`: no answer in time, try again later. `no-image`: it is not there and nobody has it. `taken`: a
    name, port or device that somebody else has. `refused`: it is not allowed, or this driver cannot do it.
    `disk-full`, `not-found`: as they say. `failed`: anything else, in the engine's words."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(kind, printable(message))
        self.kind: Final[Kind] = kind
        self.message: Final = printable(message)

    def __str__(self) -> str:
        return self.message


def printable(text: str) -> str:
    """A text in one line that is safe to show: what an engine says may hold whatever an image says."""
    line = " ".join(text.split())
    shown = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in line)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
