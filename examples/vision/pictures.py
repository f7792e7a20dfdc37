"""What the camera of a return machine sees: a bottle, a can, a cup or a box, 16 by 16 grey pixels.

Nothing is stored: pictures are drawn from a seed, each a little elsewhere, brighter or darker, with the noise of a
cheap sensor. Under a lamp that is worn out they are dim and the light comes from one side: the same things, another
look.
"""

from __future__ import annotations

from typing import Any

import numpy as np

KINDS = ("bottle", "can", "cup", "box")
SIDE = 16
Floats = np.ndarray[Any, np.dtype[np.float32]]
Labels = np.ndarray[Any, np.dtype[np.int64]]


def _silhouettes() -> Floats:
    """What each kind looks like, without a camera."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    away = np.abs(columns - 7.5)
    shapes = (
        np.where(rows < 6, away < 1.5, away < 3.5) & (rows > 1) & (rows < 14),
        (away < 3.5) & (rows > 4) & (rows < 14),
        (away < 5.5 - rows / 4) & (rows > 4) & (rows < 14),
        (away < 5.5) & (rows > 5) & (rows < 14),
    )
    return np.stack(shapes).astype(np.float32)


def draw(count: int, seed: int, *, worn: bool = False) -> tuple[Floats, Labels]:
    """So many pictures `[count, 1, 16, 16]`, and the kind of each."""
    random = np.random.default_rng(seed)
    labels = random.integers(len(KINDS), size=count)
    moved = random.integers(-2, 3, size=(count, 2))
    things = _silhouettes()[labels]
    things = np.stack([np.roll(one, by, (0, 1)) for one, by in zip(things, moved, strict=True)])
    pictures = 0.2 + things * random.uniform(0.4, 0.7, (count, 1, 1))
    if worn:
        pictures = pictures * 0.45 + np.linspace(0.0, 0.5, SIDE)
    pictures = pictures + random.normal(0, 0.08, pictures.shape)
    return pictures.clip(0, 1).astype(np.float32)[:, None], labels
