"""What the model server needs of this machine: the interpreter, its standard library, the packages that the server
imports with all that they require, and the shared libraries of all of these.

Leaves files by their place in an image, which is the same whatever folders they come from. Nothing is fetched.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.requirements import Requirement

import placelang_runtime
from placelang.models.package.errors import PackageError

HOME: Final = PurePosixPath("/opt/python")
PYTHON: Final = HOME / "bin" / "python3"
LIBRARIES: Final = HOME / "lib"
SECONDS: Final = 60
_SERVER: Final = "placelang_runtime.serve.server"
_OWN: Final = frozenset({"placelang", "placelang-agent"})
_STANDARD: Final = LIBRARIES / "python{}.{}".format(*sys.version_info)
PACKAGES: Final = _STANDARD / "site-packages"
_LEFT_OUT: Final = frozenset(
    {"__pycache__", "dist-packages", "ensurepip", "idlelib", "lib2to3", "site-packages", "test", "tkinter"}
)
_FOR_WINDOWS: Final = "_tkinter."
_FOUND: Final = re.compile(r"\s+(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)")
_MISSING: Final = re.compile(r"\s+(\S+) => not found")
_LOADER: Final = re.compile(r"ld(-linux.*|64|-musl.*)?\.so(\.[0-9]+)?")
_ELF: Final = b"\x7fELF"
_TELL: Final = f"""
import sys
before = set(sys.modules)
import {_SERVER}, json
print(json.dumps({{
    "fresh": sorted(set(sys.modules) - before),
    "sources": sorted(filter(None, (getattr(one, "__file__", None) for one in list(sys.modules.values())))),
}}))
"""
_COMPILE: Final = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")

Files = dict[PurePosixPath, Path]
"""By its place in the image, where a file is here."""


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package as it was installed; `license` is as it says itself."""

    name: str
    version: str
    license: str | None


@dataclass(frozen=True, slots=True)
class Environment:
    """What is the same for all models: `base` is what others wrote, `server` is the model server."""

    base: Files
    server: Files
    packages: tuple[Package, ...]
    libraries: tuple[PurePosixPath, ...]


def find_environment(folder: Path) -> Environment:
    """Compiled modules are written below the folder, and are among the files. Raises PackageError where the server
    cannot run here, or nobody knows which files a package has."""
    imported = _imported()
    known = packages_distributions()
    names = {str(one).partition(".")[0] for one in imported["fresh"]}
    found = sorted(_required(one for name in names for one in known.get(name, ())), key=_canonical)
    base = {PYTHON: Path(sys._base_executable).resolve()}  # type: ignore[attr-defined]  # noqa: SLF001 - of the venv's interpreter
    base |= _below(Path(sysconfig.get_path("stdlib")), _STANDARD)
    for one in found:
        base |= _files(one)
    libraries = _libraries(base.values())
    base |= libraries
    [own] = placelang_runtime.__path__
    server = _below(Path(own), PACKAGES / "placelang_runtime")
    return Environment(
        base=base | _compiled(base, imported["sources"], folder / "base"),
        server=server | _compiled(server, imported["sources"], folder / "server"),
        packages=tuple(Package(one.name, one.version, _license(one)) for one in found),
        libraries=tuple(sorted(libraries)),
    )


def _imported() -> dict[str, list[str]]:
    """The modules that the server imports, and the sources of all that run."""
    process = subprocess.run(  # noqa: S603 - our own program
        (sys.executable, "-P", "-c", _TELL),
        capture_output=True,
        check=False,
        timeout=SECONDS,
        env=_own_modules(),
    )
    if process.returncode:
        why = process.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise PackageError(f"the model server does not run here: {why}: install placelang[serve]")
    read: dict[str, list[str]] = json.loads(process.stdout)
    return read


def _own_modules() -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(os.path.isabs, sys.path)),
        "PYTHONHASHSEED": "0",
    }


def _compiled(files: Files, sources: Iterable[str], folder: Path) -> Files:
    """The modules that run, compiled, so that a container need not do that each time it starts; never looked at again
    whether they are current."""
    wanted = {os.path.realpath(one) for one in sources}
    for place, path in files.items():
        if place.suffix == ".py" and os.path.realpath(path) in wanted:
            copied = folder / place.relative_to("/")
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
    command = (sys.executable, *_COMPILE, "-s", str(folder), "-p", "/", str(folder))
    subprocess.run(command, check=True, timeout=SECONDS, env=_own_modules())  # noqa: S603 - our own program
    return {PurePosixPath("/", path.relative_to(folder)): path for path in folder.rglob("*.pyc")}


def _required(names: Iterable[str]) -> Iterator[Distribution]:
    """These packages and all that they require here, ourselves left out."""
    waiting, seen = [_normal(one) for one in names], set(_OWN)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            one = distribution(name)
        except PackageNotFoundError:
            raise PackageError(
                f"{name} is required and not installed here: install placelang[serve]"
            ) from None
        yield one
        for text in one.requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(_normal(requirement.name))


def _files(one: Distribution) -> Files:
    """What was installed into the folder of packages; commands are not needed."""
    if not one.files:
        raise PackageError(
            f"nobody knows which files belong to {one.name}: package from a virtual environment that pip filled"
        )
    return {
        PACKAGES / str(file): Path(str(one.locate_file(file)))
        for file in one.files
        if ".." not in file.parts and "__pycache__" not in file.parts and file.suffix != ".pth"
    }


def _below(folder: Path, place: PurePosixPath) -> Files:
    """All files below a folder, but what nothing imports and what Python writes itself."""
    found: dict[PurePosixPath, Path] = {}
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        at = place / Path(here).relative_to(folder).as_posix()
        found |= {
            at / name: Path(here) / name
            for name in names
            if not (name.endswith((".pyc", ".a")) or name.startswith(_FOR_WINDOWS))
        }
    return found


def _libraries(files: Iterable[Path]) -> Files:
    """The shared libraries that these ask for, beside those among them. The loader keeps its place, which each program
    knows; the others are found by a variable."""
    programs = [str(path) for path in files if _is_program(path)]
    known = {os.path.realpath(path) for path in programs}
    ldd = shutil.which("ldd")
    if ldd is None:
        raise PackageError("`ldd` tells which libraries programs need: install it (libc-bin)")
    said = subprocess.run(  # noqa: S603 - programs that this environment has
        (ldd, *programs), capture_output=True, check=False, text=True, timeout=SECONDS
    ).stdout
    found: dict[PurePosixPath, Path] = {}
    for line in said.splitlines():
        if missing := _MISSING.fullmatch(line):
            raise PackageError(
                f"{missing[1]} is not installed here, and something that the server imports needs it"
            )
        if (match := _FOUND.fullmatch(line)) and os.path.realpath(match[1]) not in known:
            path = PurePosixPath(match[1])
            found[path if _LOADER.fullmatch(path.name) else LIBRARIES / path.name] = Path(path)
    return found


def _is_program(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ELF)) == _ELF


def _license(one: Distribution) -> str | None:
    said = one.metadata.json.get("license_expression") or one.metadata.json.get("license")
    return said if isinstance(said, str) and len(said) <= 100 else None  # noqa: PLR2004 - some have its whole text


def _canonical(one: Distribution) -> str:
    return _normal(one.name)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
