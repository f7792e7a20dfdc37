"""What depends on the host: images and environment, worked out once per service over all hosts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from placelang.columns import Column
from placelang.containers import Address, Secret
from placelang.evaluate import evaluate
from placelang.expressions import Constant, Expr
from placelang.lower.running import Copy
from placelang.program import Service, Sidecar
from placelang.types import Type, Value, spell
from placelang.world import World


@dataclass(frozen=True, slots=True, eq=False)
class _Texts:
    """An expression as text, by host."""

    type: Type
    constant: Value | None
    column: Column | None

    def on(self, host: int) -> str | None:
        """None where it is unknown."""
        value = self.constant if self.column is None else self.column.value(host)
        return None if value is None else spell(value, self.type)


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """The image and environment of a container; `locked` leads from images to the same by digest."""

    image: _Texts | None
    env: Mapping[str, _Texts]
    locked: Mapping[str, str]

    def image_on(self, host: int, before: Copy | None) -> str | None:
        """The image; what runs `before` keeps its own where it is no longer known."""
        found = self.image.on(host) if self.image else None
        if found is None:
            return before.image if self.image and before else None
        return self.locked.get(found, found)

    def env_on(self, host: int, before: Copy | None) -> dict[str, str]:
        """The environment by name; what runs `before` keeps what is no longer known."""
        found = {}
        for name, texts in self.env.items():
            text = texts.on(host)
            if text is None and before is not None:
                text = before.env.get(name)
            if text is not None:
                found[name] = text
        return found


def values_of(container: Service | Sidecar, world: World, locked: Mapping[str, str]) -> Values:
    """The values of a container on every host."""
    image = _texts(container.image, world) if container.image is not None else None
    entries = sorted(container.env, key=lambda e: e.name)
    env = {e.name: _texts(e.value, world) for e in entries if not isinstance(e.value, Secret | Address)}
    return Values(image, env, locked)


def _texts(value: Expr, world: World) -> _Texts:
    if isinstance(value, Constant):
        return _Texts(value.type, value.value, None)
    return _Texts(value.type, None, evaluate(value, world, "host"))
