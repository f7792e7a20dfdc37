"""Secrets reach the one container that a plan gives them to, in memory, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang_runtime.part import Secret
from placelang_runtime.provision.errors import ProvisionError
from placelang_runtime.provision.secrets import (
    MOST_BYTES,
    check_in_memory,
    give_secrets,
    plain_secrets,
    read_secret,
)

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the tmpfs that every Linux has


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder of secrets with one of them."""
    folder = tmp_path / "secrets"
    (folder / "gate").mkdir(parents=True)
    keep(folder, "gate/token", b"tr0ub4dor\n")
    return folder


@pytest.fixture
def memory() -> Iterator[Path]:
    with TemporaryDirectory(dir=IN_MEMORY) as folder:
        yield Path(folder) / "secrets" / "one"


def keep(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    (folder / name).chmod(0o600)


def secret(name: str, *, plain: bool = False) -> Secret:
    return Secret(variable="TOKEN", secret=name, plain=plain)


def test_a_secret_is_a_file_in_memory_and_others_are_kept_out(kept: Path, memory: Path) -> None:
    assert give_secrets(kept, [secret("gate/token")], memory) == memory
    assert (memory / "gate" / "token").read_bytes() == b"tr0ub4dor\n"
    assert memory.parent.stat().st_mode & 0o777 == 0o700


def test_users_of_the_container_may_read_it_whatever_the_umask(kept: Path, memory: Path) -> None:
    before = os.umask(0o077)
    try:
        give_secrets(kept, [secret("gate/token")], memory)
    finally:
        os.umask(before)
    modes = [path.stat().st_mode & 0o777 for path in (memory, memory / "gate", memory / "gate" / "token")]
    assert modes == [0o755, 0o755, 0o444]


def test_a_secret_that_changed_is_written_anew_and_one_that_did_not_is_left(kept: Path, memory: Path) -> None:
    give_secrets(kept, [secret("gate/token")], memory)
    before = (memory / "gate" / "token").stat().st_ino
    give_secrets(kept, [secret("gate/token")], memory)
    assert (memory / "gate" / "token").stat().st_ino == before
    keep(kept, "gate/token", b"new")
    give_secrets(kept, [secret("gate/token")], memory)
    assert (memory / "gate" / "token").read_bytes() == b"new"


def test_nothing_else_is_seen(kept: Path, memory: Path) -> None:
    keep(kept, "other", b"x")
    give_secrets(kept, [secret("other")], memory)
    give_secrets(kept, [secret("gate/token")], memory)
    assert [path.name for path in memory.rglob("*") if path.is_file()] == ["token"]


def test_only_unsafe_ones_are_variables(kept: Path, memory: Path) -> None:
    assert plain_secrets(kept, [secret("gate/token")]) == {}
    assert plain_secrets(kept, [secret("gate/token", plain=True)]) == {"TOKEN": "tr0ub4dor"}
    assert give_secrets(kept, [secret("gate/token", plain=True)], memory) is None
    assert not memory.exists()


def test_secrets_are_never_written_to_a_disk(kept: Path, tmp_path: Path) -> None:
    try:
        check_in_memory(tmp_path)
    except ProvisionError as error:
        assert "memory only" in str(error)  # noqa: PT017 - where the tests run on a disk
    else:
        pytest.skip("the folder for tests is in memory here")
    with pytest.raises(ProvisionError, match="mount a tmpfs"):
        give_secrets(kept, [secret("gate/token")], tmp_path / "memory" / "one")
    assert [path for path in (tmp_path / "memory").rglob("*") if path.is_file()] == []


def test_every_way_in_which_a_secret_is_not_well_kept_is_told_without_its_content(kept: Path) -> None:
    keep(kept, "open", b"hunter2")
    (kept / "open").chmod(0o644)
    keep(kept, "large", b"hunter2" * MOST_BYTES)
    (kept / "link").symlink_to("gate/token")
    (kept / "way").symlink_to("gate")
    os.mkfifo(kept / "pipe", 0o600)
    said = {}
    for name in ("open", "large", "link", "way/token", "pipe", "gate", "gone", "gate/token/x"):
        with pytest.raises(ProvisionError) as error:
            read_secret(kept, name)
        said[name] = str(error.value)
    assert "hunter2" not in "".join(said.values())
    assert "chmod 600" in said["open"]
    assert "link" in said["link"]
    assert "put it there" in said["gone"]


def test_what_is_no_text_is_no_variable(kept: Path) -> None:
    for content in (b"\xff", b"a\0b"):
        keep(kept, "binary", content)
        with pytest.raises(ProvisionError, match="as a file"):
            plain_secrets(kept, [secret("binary", plain=True)])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.sampled_from(
            ["..", ".", "", "/etc/passwd", "../etc/passwd", "gate/../../x", "gate//token", "a\0b", "gate/"]
        ),
        st.text(max_size=30),
    )
)
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    with TemporaryDirectory() as folder, pytest.raises(ProvisionError):
        read_secret(Path(folder), name)
