"""Lines and tables for the terminal, built as data and printed at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from placelang.render import printable

Block = Table | Padding | str
"""A string is a line that is not to be broken, such as a command to copy."""


def line(text: str = "", *, indent: int = 0, style: str = "", after: str = "") -> Block:
    """One line, which wraps under its own beginning; `after` is an aside."""
    whole = Text(printable(text) or " ", style=style)
    if after:
        whole.append(f"  {printable(after)}", style="dim")
    return Padding(whole, (0, 0, 0, indent), expand=False)


def name(text: str) -> Text:
    """A name from a file, made safe to show."""
    return Text(printable(text))


def table(rows: Sequence[tuple[str, ...]], *, whole: int = 2) -> Block:
    """Rows under each other, columns apart; what stands in the first `whole` columns is not broken."""
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for column in range(len(rows[0])):
        grid.add_column(no_wrap=column < whole, overflow="fold")
    for row in rows:
        grid.add_row(*map(name, row))
    return grid


def printed(blocks: Iterable[Block], *, width: int, colour: bool) -> str:
    """The blocks as text, without blanks at the ends of lines."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for block in blocks:
        if isinstance(block, str):
            out.write(f"{printable(block)}\n")
        else:
            console.print(block)
    return "".join(text.rstrip() + "\n" for text in out.getvalue().splitlines())
