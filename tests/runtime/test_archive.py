"""The file that a neighbour sent holds the image of the plan, or is refused."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from placelang_runtime.drivers import DriverError
from placelang_runtime.drivers.docker.archive import check_archive

LAYER = b"what the image is made of" * 100
CONFIG = json.dumps({"rootfs": {"diff_ids": [f"sha256:{hashlib.sha256(LAYER).hexdigest()}"]}}).encode()
ID = f"sha256:{hashlib.sha256(CONFIG).hexdigest()}"
NAME = "placelang.invalid/image:1"
Members = list[tuple[str, bytes]]


def listing(**said: object) -> bytes:
    return json.dumps([{"Config": "c.json", "RepoTags": [NAME], "Layers": ["l/layer.tar"], **said}]).encode()


def members() -> Members:
    return [("l/layer.tar", LAYER), ("c.json", CONFIG), ("manifest.json", listing())]


def written(file: Path, parts: Members) -> Path:
    with tarfile.open(file, "w") as tar:
        for name, content in parts:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return file


def test_what_the_plan_means_is_taken(tmp_path: Path) -> None:
    check_archive(written(tmp_path / "image.tar", members()), NAME, [ID, "sha256:" + "0" * 64])


@pytest.mark.parametrize(
    ("altered", "why"),
    [
        (lambda m: [("l/layer.tar", LAYER[1:]), *m[1:]], "a layer of it was altered"),
        (lambda m: [m[0], ("c.json", CONFIG + b" "), m[2]], "its image is another one"),
        (lambda m: [*m[:2], ("manifest.json", listing(RepoTags=["till:1"]))], "another name for it"),
        (lambda m: [*m[:2], ("manifest.json", listing(RepoTags=[NAME, "till:1"]))], "another name for it"),
        (lambda m: [*m[:2], ("manifest.json", listing(Layers=[]))], "a layer of it was altered"),
        (lambda m: [*m, ("l/layer.tar", b"later")], "its members are not those of an image"),
        (lambda m: [*m, ("l/../manifest.json", b"[]")], "its members are not those of an image"),
        (lambda m: [*m, ("./manifest.json", b"[]")], "its members are not those of an image"),
        (lambda m: m[:2], "it cannot be read"),
        (lambda m: [*m[:2], ("manifest.json", b"[]")], "it cannot be read"),
        (lambda m: [*m[:2], ("manifest.json", b"{")], "it cannot be read"),
        (lambda m: [*m[:2], ("manifest.json", listing(Config="gone"))], "it cannot be read"),
    ],
)
def test_what_is_anything_else_is_refused(
    tmp_path: Path, altered: Callable[[Members], Members], why: str
) -> None:
    with pytest.raises(DriverError, match=why) as told:
        check_archive(written(tmp_path / "image.tar", altered(members())), NAME, [ID])
    assert told.value.kind == "refused"


@pytest.mark.parametrize("text", [b"", b"no archive", b"\x1f\x8b" + b"x" * 600])
def test_what_is_no_archive_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "image.tar").write_bytes(text)
    with pytest.raises(DriverError, match=r"it cannot be read|another"):
        check_archive(tmp_path / "image.tar", NAME, [ID])
