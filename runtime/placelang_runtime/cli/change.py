"""Commands by which people decide against the plan that holds: carried out, and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from placelang_runtime.cli.at_host import Options, scene_of, told
from placelang_runtime.cli.exits import Exit

if TYPE_CHECKING:
    from placelang_runtime.apply import Result, Scene


def change(
    options: Options, make: Callable[[Scene], Result], *, done: list[str] | None = None, as_json: bool
) -> Exit:
    """Make the change, and tell what came of it."""
    from placelang_runtime.cli.telling import Teller, tell

    teller = Teller(as_json=as_json)
    with told(), scene_of(options, elsewhere=done or (), report=teller) as scene:
        result = make(scene)
    teller.clear()
    return tell(result, scene.part.site, as_json=as_json)
