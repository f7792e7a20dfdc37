"""Secrets: from files of the host to files in memory that one container sees, and to nothing else.

A secret `gate/token` is the file of that name below the host's folder of secrets, which nobody but its owner may read.
No name and no link leads out of that folder. Copies are made on a tmpfs only, which is looked up and not believed, and
go with their container. No message has any of their content.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from placelang_runtime.files import write_whole
from placelang_runtime.part import Secret
from placelang_runtime.provision.errors import ProvisionError

MOST_BYTES: Final = 1 << 20
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


def read_secret(folder: Path, name: str) -> bytes:
    """The content of a secret. Raises `ProvisionError`, without any of it."""
    parts = name.split("/")
    if not all(_PART.fullmatch(part) for part in parts) or len(name) > MOST_BYTES:
        raise ProvisionError(f"{name[:200]!r} is no name of a secret")
    try:
        handle = _open_below(folder, parts)
    except OSError as error:
        raise ProvisionError(_why_unread(folder / name, error)) from error
    try:
        _check_kept(folder / name, os.fstat(handle))
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(MOST_BYTES + 1)
    finally:
        os.close(handle)
    if len(content) > MOST_BYTES:
        raise ProvisionError(f"{folder / name} is larger than {MOST_BYTES} bytes")
    return content


def plain_secrets(folder: Path, secrets: Iterable[Secret]) -> Mapping[str, str]:
    """By variable, those secrets that the plan wants as variables, without a newline at the end. Raises
    `ProvisionError`."""
    found = {}
    for secret in secrets:
        if secret.plain:
            try:
                text = read_secret(folder, secret.secret).decode()
            except UnicodeDecodeError:
                text = "\0"
            if "\0" in text:
                raise ProvisionError(
                    f"the secret {secret.secret} is no text, and so no variable: use it as a file"
                )
            found[secret.variable] = text.removesuffix("\n").removesuffix("\r")
    return found


def give_secrets(folder: Path, secrets: Iterable[Secret], to: Path) -> Path | None:
    """Have those secrets that are files in the folder `to`, and nothing else: what is in it is what a container sees,
    and is written only where it differs. None where there are none. Raises `ProvisionError` or OSError."""
    contents = {secret.secret: read_secret(folder, secret.secret) for secret in secrets if not secret.plain}
    if not contents:
        return None
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    to.parent.chmod(0o700)
    _open_folder(to)
    check_in_memory(to)
    for path in sorted(to.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(to).as_posix() not in contents:
            path.unlink()
    for name, content in contents.items():
        path = to / name
        for above in reversed(path.relative_to(to).parents[:-1]):
            _open_folder(to / above)
        if not path.is_file() or path.read_bytes() != content:
            write_whole(
                path, content, mode=0o444
            )  # its folders keep others out; the container has users of its own
    return to


def check_in_memory(folder: Path) -> None:
    """Raise `ProvisionError` unless what is in the folder is in memory, and gone when the machine is off."""
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    with Path("/proc/self/mountinfo").open(encoding="utf-8", errors="replace") as file:
        mounts = [line.split(" ") for line in file]
    kinds = {fields[fields.index("-") + 1] for fields in mounts if fields[2] == wanted}
    if not kinds or kinds - _IN_MEMORY:
        kind = ", ".join(sorted(kinds)) or "something unknown"
        raise ProvisionError(
            f"secrets are kept in memory only, and {folder.parent} is on {kind}: "
            f"mount a tmpfs there, `mount -t tmpfs -o mode=0700 tmpfs {folder.parent}`"
        )


def _open_folder(folder: Path) -> None:
    """Have a folder that the container's own users may look into, whatever the umask."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


def _check_kept(path: Path, found: os.stat_result) -> None:
    """Raise `ProvisionError` unless this is a file that nobody else can read or change."""
    if not stat.S_ISREG(found.st_mode):
        raise ProvisionError(f"{path} is no file")
    if found.st_mode & 0o077:
        raise ProvisionError(f"{path} may be read by others: `chmod 600 {path}`, or change the secret")
    if found.st_uid not in {0, os.geteuid()}:
        raise ProvisionError(f"{path} belongs to somebody else: `chown root {path}`")


def _open_below(folder: Path, parts: list[str]) -> int:
    """The file below the folder, along no link."""
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)


def _why_unread(path: Path, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"there is no secret {path}: put it there with mode 0600"
    if error.errno == errno.ELOOP:
        return f"{path} is a link, or behind one: put the secret itself there"
    return f"{path} cannot be read: {os.strerror(error.errno or 0).lower()}"
