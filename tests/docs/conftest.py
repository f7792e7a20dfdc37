from __future__ import annotations

from tests.cli.conftest import console

__all__ = ["console"]
