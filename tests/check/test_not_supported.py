"""The exact list of what is refused by name in this version."""

from __future__ import annotations

import pytest

from placelang.check.unsupported import NOT_SUPPORTED_YET
from placelang.codes import Code
from tests.check.texts import checked

IN_SERVICE: dict[str, str] = {}
IN_APP: dict[str, str] = {}
AT_TOP = {
    "several variants": 'model m { variant v { file "x" }\n variant w { file "y" }\n variant x { file "z" } }',
}


def around(construct: str) -> str:
    service, app, top = (table.get(construct, "") for table in (IN_SERVICE, IN_APP, AT_TOP))
    return (
        f'app a {{\n  {app}\n  service s {{\n    image "i"\n    {service}\n    priority 5000\n  }}\n'
        f'  service t {{ image "i" }}\n}}\n{top}\n'
    )


def test_the_list_is_exactly_this() -> None:
    assert sorted(NOT_SUPPORTED_YET) == sorted({**IN_SERVICE, **IN_APP, **AT_TOP})


@pytest.mark.parametrize("construct", NOT_SUPPORTED_YET)
def test_each_is_told_once_and_the_rest_is_still_checked(construct: str) -> None:
    found, diagnostics = checked(around(construct))
    assert found is None
    codes = [d.code for d in diagnostics]
    assert sorted(codes) == [Code.NOT_SUPPORTED_YET, Code.OUT_OF_RANGE]
    (refusal,) = (d for d in diagnostics if d.code is Code.NOT_SUPPORTED_YET)
    assert refusal.message == f"`{construct}` is not supported yet"


def test_a_construct_outside_of_the_list_cannot_be_refused_by_it() -> None:
    from placelang.check.faults import Faults
    from placelang.check.unsupported import not_supported
    from placelang.diagnostics import Span

    with pytest.raises(ValueError, match="spread"):
        not_supported(Faults(complete=True), Span("x", 0, 1), "spread")
