"""Where the files of models are looked for, and what their versions may be."""

from __future__ import annotations

import pytest

from placelang.check import check
from placelang.codes import Code
from placelang.diagnostics import Source
from placelang.load import Module, Modules
from placelang.parse import parse


def declared(path: str, file: str, *roots: str) -> str | Code:
    """What becomes of `file`, declared in the module at `path`: the path that a plan carries, or the fault."""
    texts = dict.fromkeys(roots, "") | {path: f'model m {{ file "{file}" }}\n'}
    modules = []
    for name, text in texts.items():
        source = Source(name, text)
        modules.append(Module(source, parse(source)[0], is_root=name in roots, is_policy=False))
    found, diagnostics = check(Modules(tuple(modules)))
    return found.models[0].variants[0].file if found else diagnostics[0].code


@pytest.mark.parametrize(
    ("path", "file", "roots", "expected"),
    [
        ("fleet.place", "m.onnx", ["fleet.place"], "m.onnx"),
        ("fleet.place", "./models//m.onnx", ["fleet.place"], "models/m.onnx"),
        ("apps/a.place", "m.onnx", ["fleet.place"], "apps/m.onnx"),
        ("apps/a.place", "../m.onnx", ["fleet.place"], "m.onnx"),
        ("apps/a.place", "../../m.onnx", ["fleet.place"], Code.PATH_OUTSIDE),
        ("x/apps/a.place", "../m.onnx", ["x/fleet.place"], "m.onnx"),
        ("x/apps/a.place", "../../m.onnx", ["x/fleet.place"], Code.PATH_OUTSIDE),
        ("x/apps/a.place", "../../y/m.onnx", ["x/fleet.place", "y/fleet.place"], Code.PATH_OUTSIDE),
        ("x/apps/a.place", "../../y/m.onnx", ["x/fleet.place", "fleet.place"], "y/m.onnx"),
        ("/srv/fleet/apps/a.place", "../m.onnx", ["/srv/fleet/fleet.place"], "m.onnx"),
        ("/srv/fleet/apps/a.place", "../../m.onnx", ["/srv/fleet/fleet.place"], Code.PATH_OUTSIDE),
        ("../fleet/apps/a.place", "../m.onnx", ["../fleet/fleet.place"], "m.onnx"),
        ("../fleet/apps/a.place", "../../m.onnx", ["../fleet/fleet.place"], Code.PATH_OUTSIDE),
        ("elsewhere/policy.place", "m.onnx", ["fleet/fleet.place"], "m.onnx"),
        ("elsewhere/policy.place", "../m.onnx", ["fleet/fleet.place"], Code.PATH_OUTSIDE),
        ("fleet.place", "/etc/passwd", ["fleet.place"], Code.MALFORMED),
        ("fleet.place", "..", ["fleet.place"], Code.PATH_OUTSIDE),
        ("fleet.place", "models/", ["fleet.place"], Code.MALFORMED),
    ],
)
def test_a_path_is_relative_to_its_file_and_stays_below_the_root_s_folder(
    path: str, file: str, roots: list[str], expected: str | Code
) -> None:
    assert declared(path, file, *roots) == expected


@pytest.mark.parametrize(
    ("version", "fits"),
    [("2.1", True), ("v2 rc/1", False), ("/", False), ("..", False), (".", False), ("2%2F1 ä?#", True)],
)
def test_a_version_can_be_part_of_an_address(version: str, fits: bool) -> None:
    text = f'model m {{\n  file "m.onnx"\n  version "{version}"\n}}\n'
    source = Source("fleet.place", text)
    module = Module(source, parse(source)[0], is_root=True, is_policy=False)
    found, diagnostics = check(Modules((module,)))
    if fits:
        assert found is not None
        assert found.models[0].version == version
    else:
        (said, *_) = (one for one in diagnostics if one.code == Code.MALFORMED)
        assert said.message == f"`{version}` is no version: requests name it within an address"
