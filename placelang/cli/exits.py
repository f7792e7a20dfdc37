"""The one table of exit codes, as every command has it."""

from placelang_runtime.cli.exits import Exit

__all__ = ["Exit"]
