"""Which files make the fleet that a file belongs to, and under which settings.

A file belongs to the fleet of each root that leads to it: a file beside or above it, in the same workspace, that
imports it, directly or not, and that no other such file imports. A file that nothing leads to is a root itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from placelang import config
from placelang.config import Settings
from placelang.diagnostics import Diagnostic
from placelang.lsp.documents import real
from placelang.lsp.sources import Sources

MOST_FILES = 1_000
"""So many files are looked at for one that is open."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A root file, which may be a policy, and the settings of its folder, with what is wrong about them."""

    root: str
    settings: Settings
    faults: tuple[Diagnostic, ...]

    @property
    def files(self) -> tuple[str, ...]:
        return () if real(self.root) in map(real, self.settings.policy) else (self.root,)


def fleets_of(path: str, folders: Iterable[str], sources: Sources) -> tuple[Fleet, ...]:
    """The fleets that a file belongs to, those of the nearest roots first; `folders` are those of the workspace."""
    candidates = list(_candidates(path, folders, sources))
    reached = {root: _reached(root, sources) for root in candidates}
    own = real(path)
    leading = [root for root in candidates if real(root) != own and own in reached[root]]
    roots = [
        root
        for i, root in enumerate(leading)
        if not any(
            real(root) in reached[other] and (real(other) not in reached[root] or j < i)
            for j, other in enumerate(leading)
            if j != i
        )
    ]
    return tuple(_fleet(root) for root in roots or [path])


def _candidates(path: str, folders: Iterable[str], sources: Sources) -> Iterator[str]:
    """The placement files beside a file, then those in the folder above, up to the workspace's own."""
    folder = os.path.dirname(path)  # noqa: PTH120
    tops = [above for above in map(real, folders) if Path(real(folder)).is_relative_to(above)]
    top = min(tops, key=len, default=real(folder))
    opened = [document.path for document in sources.documents.values()]
    count = 0
    while True:
        try:
            names = [entry.path for entry in os.scandir(folder) if entry.name.endswith(".place")]
        except (OSError, ValueError):
            names = []
        here = {real(name): name for name in names}
        here |= {real(name): name for name in opened if os.path.dirname(name) == folder}  # noqa: PTH120
        count += len(here)
        if count > MOST_FILES:
            return
        yield from sorted(here.values())
        above = os.path.dirname(folder)  # noqa: PTH120
        if real(folder) == top or above == folder:
            return
        folder = above


def _reached(root: str, sources: Sources) -> set[str]:
    """All files that a root leads to, by real path."""
    found: set[str] = set()
    waiting = [root]
    below = real(os.path.dirname(root))  # noqa: PTH120
    while waiting and len(found) < MOST_FILES:
        path = waiting.pop()
        for target in sources.imports(path):
            if real(target) not in found and Path(real(target)).is_relative_to(below):
                found.add(real(target))
                waiting.append(target)
    return found


def _fleet(root: str) -> Fleet:
    environment, faults = config.from_environment(os.environ)
    path = config.find(Path(root).parent)
    if path is None:
        return Fleet(root, config.resolve((environment,)), faults)
    file, _, wrong = config.from_file(path)
    return Fleet(root, config.resolve((environment, file)), (*faults, *wrong))
