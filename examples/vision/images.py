"""Images for an engine that reaches no registry: loaded from archives, and the one of the job made of the server's."""

from __future__ import annotations

import io
import tarfile
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

from placelang.models.package.environment import PACKAGES, PYTHON
from tests.engines import Engine

SERVED = "placelang/sorter:1"
"""What `placelang model package` makes; the server in it serves whatever it is given."""
TRAIN = "returns/train:1"
HERE = Path(__file__).parent
PROGRAM = ("retrain.py", "network.py", "pictures.py")
NEEDED = ("onnx", "ml_dtypes", "typing_extensions")
"""What the training imports and the model server does not have."""


def load(engine: Engine, archive: Path) -> None:
    """What `docker load -i` does."""
    with archive.open("rb") as file:
        engine.client.load_image(file)


def make_training(engine: Engine) -> None:
    """The image of the job: that of the server, with the onnx package and the program, which it runs."""
    made = engine.client.create_container(SERVED)["Id"]
    engine.client.put_archive(made, "/", _files())
    program = f'["{PYTHON}", "/train/retrain.py"]'
    repository, _, tag = TRAIN.rpartition(":")
    engine.client.commit(made, repository, tag, changes=[f"ENTRYPOINT {program}", "CMD []", "USER 0:0"])
    engine.client.remove_container(made)


def _files() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in PROGRAM:
            tar.add(HERE / name, f"train/{name}")
        for package in NEEDED:
            installed = distribution(package)
            for file in installed.files or ():
                if ".." not in file.parts and "test" not in file.parts:
                    tar.add(
                        str(installed.locate_file(file)), str(PurePosixPath(PACKAGES, file).relative_to("/"))
                    )
    return packed.getvalue()
