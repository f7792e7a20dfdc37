"""The command line, for tests that need no more of it."""

from tests.cli.conftest import console

__all__ = ["console"]
