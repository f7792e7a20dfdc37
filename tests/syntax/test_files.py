from __future__ import annotations

import os
from pathlib import Path

import pytest

from placelang.codes import Code
from placelang.diagnostics import Source
from placelang.files import LIMIT, read_source


def refused(path: Path) -> tuple[Code, str]:
    source, (diagnostic,) = read_source(path)
    assert source is None
    assert diagnostic.path == str(path)
    return diagnostic.code, diagnostic.message


def test_a_file_is_read_under_its_path_or_the_name_given(tmp_path: Path) -> None:
    path = tmp_path / "a.place"
    path.write_bytes("let x = 'é'\r\n".encode())
    assert read_source(path) == (Source(str(path), "let x = 'é'\r\n"), ())
    assert read_source(path, name="a.place") == (Source("a.place", "let x = 'é'\r\n"), ())


def test_a_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.place"
    path.write_bytes(b"\xef\xbb\xbflet x = 1\n")
    assert read_source(path)[0] == Source(str(path), "let x = 1\n")


def test_the_place_of_the_first_byte_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.place"
    path.write_bytes("# é\nlét x = ".encode() + b"\xff\xfe")
    assert refused(path) == (Code.NOT_UTF8, "line 2, column 9: byte 0xff is not UTF-8")


def test_utf16_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "a.place"
    path.write_bytes("let x = 1".encode("utf-16"))
    _, (diagnostic,) = read_source(path)
    assert diagnostic.hint == "save the file as UTF-8, it is UTF-16"


def test_a_file_just_within_the_limit_is_read_and_one_beyond_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.place"
    path.write_bytes(b"#" * LIMIT)
    assert read_source(path)[0]
    path.write_bytes(b"#" * (LIMIT + 1))
    assert refused(path) == (Code.TOO_LARGE, "the file has more than 4,194,304 bytes")


def test_a_nul_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.place"
    path.write_bytes(b"let x = 1\n\0")
    assert refused(path) == (Code.UNREADABLE, "line 2 holds a NUL: this is no text")


def test_folders_pipes_devices_and_missing_files_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(pipe) == (Code.UNREADABLE, "this is no regular file")
    assert refused(Path("/dev/zero")) == (Code.UNREADABLE, "this is no regular file")
    assert refused(tmp_path) == (Code.UNREADABLE, "cannot read the file: is a directory")
    assert refused(tmp_path / "none") == (Code.UNREADABLE, "cannot read the file: no such file or directory")


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000, "loop/x"])
def test_impossible_paths_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert refused(tmp_path / name)[0] is Code.UNREADABLE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_denied_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.place"
    path.touch(mode=0)
    assert refused(path) == (Code.UNREADABLE, "cannot read the file: permission denied")
