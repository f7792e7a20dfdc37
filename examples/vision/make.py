"""What the lab does: draws pictures, makes two versions of the model of them, and says how good these are.

    python make.py FOLDER

leaves models/1 and models/2 below the folder, each in two variants, and samples/day.npz with what version 1 was made
of. Version 2 is a real mistake, as they happen: of sixty pictures, half of them labelled by somebody who slept.
"""

from __future__ import annotations

import sys
from pathlib import Path

import network
import numpy as np
import onnxruntime
from pictures import KINDS, draw


def make(folder: Path) -> None:
    """All files of the example that are not written by hand."""
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    pictures, labels = draw(3000, seed=1)
    np.savez(folder / "samples" / "day.npz", pictures=pictures)
    network.write(folder / "models" / "1" / "sorter", pictures, labels)
    few, right = draw(60, seed=2)
    slept = np.where(np.random.default_rng(0).random(60) < 0.5, (right + 1) % len(KINDS), right)
    network.write(folder / "models" / "2" / "sorter", few, slept)


def accuracy(model: Path, *, worn: bool) -> float:
    """The share of pictures that nobody has seen before which a model sorts right."""
    pictures, labels = draw(2000, seed=99, worn=worn)
    session = onnxruntime.InferenceSession(str(model))
    [kinds] = session.run(None, {"pictures": pictures})
    return float((kinds.argmax(1) == labels).mean())


def tell(folder: Path) -> None:
    """How good all models are, in good light and in bad."""
    print(f"{'':24}{'bytes':>8}{'new lamp':>12}{'worn lamp':>12}")
    for model in sorted((folder / "models").glob("*/*.onnx")):
        good, bad = accuracy(model, worn=False), accuracy(model, worn=True)
        name = f"{model.parent.name}/{model.name}"
        print(f"{name:24}{model.stat().st_size:8}{good:12.1%}{bad:12.1%}")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
    tell(Path(sys.argv[1]))
