"""The job: makes the model anew of the labelled pictures that a site has by now.

    python retrain.py LABELLED MADE

reads each LABELLED/*.npz, with `pictures` and `labels`, and leaves MADE/sorter.fp32.onnx and MADE/sorter.int8.onnx.
"""

from __future__ import annotations

import sys
from pathlib import Path

import network
import numpy as np


def main(labelled: Path, made: Path) -> None:
    """Both variants, or nothing."""
    files = sorted(labelled.glob("*.npz"))
    if not files:
        sys.exit("there is no picture that somebody labelled")
    found = [np.load(file) for file in files]
    pictures = np.concatenate([one["pictures"] for one in found])
    labels = np.concatenate([one["labels"] for one in found])
    network.write(made / "sorter", pictures, labels)
    print(f"made of {len(pictures)} pictures")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
