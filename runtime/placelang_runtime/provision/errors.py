"""`ProvisionError`: what a host cannot or will not give a container."""

from __future__ import annotations


class ProvisionError(ValueError):
    """The message says what is missing or not allowed, and what to do at the host."""
