"""Files, imports and their limits."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from placelang.codes import Code
from placelang.load import Modules, load

TREE = {
    "main.place": 'import "fleet.place"\nimport "sub/more.place"\n',
    "fleet.place": "label host.role: string\n",
    "sub/more.place": 'import "../fleet.place"\nimport "deep.place"\n',
    "sub/deep.place": "label host.line: string\n",
    "other.place": 'import "fleet.place"\n',
}


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "fleet"
    for name, text in TREE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def paths(*files: str, policies: tuple[str, ...] = ()) -> list[str]:
    modules, faults = load(files, policies)
    assert not faults
    return [module.source.path for module in modules.modules]


@pytest.mark.usefixtures("fleet")
def test_each_file_counts_once_and_follows_the_file_that_names_it_first() -> None:
    assert paths("main.place") == ["main.place", "fleet.place", "sub/more.place", "sub/deep.place"]
    assert paths("other.place", "main.place") == [
        "other.place",
        "fleet.place",
        "main.place",
        "sub/more.place",
        "sub/deep.place",
    ]


def test_paths_are_shown_as_they_were_given(fleet: Path) -> None:
    assert paths("./main.place")[:2] == ["./main.place", "fleet.place"]
    assert paths(str(fleet / "other.place")) == [str(fleet / "other.place"), str(fleet / "fleet.place")]


@pytest.mark.usefixtures("fleet")
def test_a_file_given_twice_and_imported_is_one_root() -> None:
    modules, faults = load(["main.place", "fleet.place", "./main.place"])
    assert not faults
    assert [(m.source.path, m.is_root) for m in modules.modules if m.is_root] == [
        ("main.place", True),
        ("fleet.place", True),
    ]


@pytest.mark.usefixtures("fleet")
def test_policies_and_what_they_alone_import_are_marked() -> None:
    modules, _ = load(["other.place"], ["main.place"])
    assert {m.source.path: (m.is_root, m.is_policy) for m in modules.modules} == {
        "other.place": (True, False),
        "fleet.place": (False, False),
        "main.place": (False, True),
        "sub/more.place": (False, True),
        "sub/deep.place": (False, True),
    }


def test_a_link_inside_the_folder_is_the_file_that_it_leads_to(fleet: Path) -> None:
    (fleet / "alias.place").symlink_to("fleet.place")
    (fleet / "main.place").write_text('import "alias.place"\nimport "fleet.place"\n', encoding="utf-8")
    assert paths("main.place") == ["main.place", "alias.place"]


@pytest.mark.parametrize("target", ["../secret.place", "/etc/hostname"])
def test_a_link_that_leads_out_is_refused(fleet: Path, target: str) -> None:
    (fleet.parent / "secret.place").write_text("label host.secret: string\n", encoding="utf-8")
    (fleet / "alias.place").symlink_to(target)
    (fleet / "main.place").write_text('import "alias.place"\n', encoding="utf-8")
    modules, faults = load(["main.place"])
    assert [fault.code for fault in faults] == [Code.IMPORT_OUTSIDE]
    assert [module.source.path for module in modules.modules] == ["main.place"]
    assert not modules.sound
    assert not modules.complete


def test_a_linked_folder_that_leads_out_is_refused(fleet: Path) -> None:
    (fleet.parent / "outside").mkdir()
    (fleet.parent / "outside" / "x.place").write_text("", encoding="utf-8")
    (fleet / "link").symlink_to("../outside")
    (fleet / "main.place").write_text('import "link/x.place"\n', encoding="utf-8")
    assert [fault.code for fault in load(["main.place"])[1]] == [Code.IMPORT_OUTSIDE]


def test_a_root_below_a_linked_folder_may_import_its_neighbours(fleet: Path) -> None:
    (fleet.parent / "link").symlink_to(fleet)
    assert len(paths(str(fleet.parent / "link" / "main.place"))) == 4


def test_what_an_imported_file_imports_stays_below_the_root_s_folder(fleet: Path) -> None:
    (fleet / "sub" / "deep.place").write_text('import "../../secret.place"\n', encoding="utf-8")
    (fleet.parent / "secret.place").write_text("", encoding="utf-8")
    (fault,) = load(["main.place"])[1]
    assert fault.code is Code.IMPORT_OUTSIDE
    assert fault.span is not None
    assert fault.span.path == "sub/deep.place"


def test_links_that_lead_to_each_other_are_a_diagnostic(fleet: Path) -> None:
    (fleet / "a.place").symlink_to("b.place")
    (fleet / "b.place").symlink_to("a.place")
    (fleet / "main.place").write_text('import "a.place"\n', encoding="utf-8")
    (fault,) = load(["main.place"])[1]
    assert fault.code is Code.UNREADABLE


def test_a_pipe_is_not_waited_for(fleet: Path) -> None:
    os.mkfifo(fleet / "pipe.place")
    (fleet / "main.place").write_text('import "pipe.place"\n', encoding="utf-8")
    (fault,) = load(["main.place"])[1]
    assert fault.code is Code.UNREADABLE


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("path", ["missing.place", ".", "a\0b", "x" * 5000, "main.place/x"])
def test_a_root_that_cannot_be_read_is_a_diagnostic_with_its_path(path: str) -> None:
    modules, (fault,) = load([path])
    assert fault.code is Code.UNREADABLE
    assert (fault.span, fault.path) == (None, path)
    assert not modules.modules


def test_a_file_that_is_not_utf8_is_told_at_its_import(fleet: Path) -> None:
    (fleet / "fleet.place").write_bytes(b"label host.r\xf6le: string\n")
    (fault,) = load(["other.place"])[1]
    assert fault.code is Code.NOT_UTF8
    assert fault.span is not None
    assert fault.span.path == "other.place"


@pytest.mark.usefixtures("fleet")
def test_the_number_of_files_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[Modules.__module__], "MOST_FILES", 2)
    modules, faults = load(["main.place"])
    assert len(modules.modules) == 2
    assert [fault.code for fault in faults] == [Code.TOO_LARGE]


@pytest.mark.usefixtures("fleet")
def test_the_size_of_all_files_together_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[Modules.__module__], "MOST_CHARACTERS", 60)
    assert [fault.code for fault in load(["main.place"])[1]] == [Code.TOO_LARGE]


def test_a_long_chain_of_imports_is_followed(fleet: Path) -> None:
    for i in range(900):
        (fleet / f"n{i}.place").write_text(f'import "n{i + 1}.place"\n', encoding="utf-8")
    (fleet / "n900.place").write_text('import "n0.place"\n', encoding="utf-8")
    (fault,) = load(["n0.place"])[1]
    assert fault.code is Code.CYCLE
    assert fault.notes == (
        "n0.place → n1.place → n2.place → n3.place → n4.place → n5.place → n6.place → … → n900.place → n0.place",
    )


@pytest.mark.usefixtures("fleet")
def test_a_cycle_hides_nothing_that_is_declared() -> None:
    Path("fleet.place").write_text('import "main.place"\n', encoding="utf-8")
    modules, (fault,) = load(["main.place"])
    assert fault.code is Code.CYCLE
    assert modules.complete
    assert not modules.sound
