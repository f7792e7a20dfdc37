"""`docker`, the SDK of engines, without what guesses how texts are encoded: that is 3 MiB of tables, for pages of the
web. What an engine answers is UTF-8, which is what is taken for granted then."""

from __future__ import annotations

import sys
import warnings

__all__ = ["docker"]

_GUESSING = {name: None for name in ("chardet", "charset_normalizer") if name not in sys.modules}
sys.modules.update(_GUESSING)  # type: ignore[arg-type]  # `None` is for what cannot be imported
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nothing guesses
        import docker
finally:
    for _name in _GUESSING:
        del sys.modules[_name]
