"""The world: what predicates are evaluated over."""

from placelang.world.build import build_world
from placelang.world.tables import Stale, Table, World

__all__ = ["Stale", "Table", "World", "build_world"]
