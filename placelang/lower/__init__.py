"""From a checked program and a world to a problem for the scheduler, and what leads back."""

from placelang.lower.lower import lower
from placelang.lower.lowered import Lowered

__all__ = ["Lowered", "lower"]
