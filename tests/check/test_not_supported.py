"""There is no list of what is refused for not being supported yet: several variants were the last on it."""

from __future__ import annotations

from placelang.codes import Code
from tests.check.texts import checked

SEVERAL = 'model m { variant v { file "x" }\n variant w { file "y" }\n variant x { file "z" } }'


def test_several_variants_are_supported() -> None:
    found, diagnostics = checked(f'app a {{ service s {{ image "i"; serves m }} }}\n{SEVERAL}\n')
    assert found is not None
    assert diagnostics == ()
    assert [variant.name for variant in found.models[0].variants] == ["v", "w", "x"]


def test_no_code_says_so() -> None:
    assert [code for code in Code if "supported" in code] == []
