"""The process that opens models. Enters: limits, a task and its arguments, as the command line. Leaves: the answer as
JSON on standard output, where nothing else can come: what libraries print goes elsewhere."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from placelang.models.faults import first_line
from placelang.models.inspection import Described, ModelError, Refused

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ANSWER: Final = 16 * 2**20
"""The most bytes that an answer, or any other file that libraries write, may have."""


def main() -> None:
    """Do the one task of this process."""
    memory, seconds, task, *arguments = sys.argv[1:]
    confine(int(memory), int(seconds))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answers:
        answer = TASKS[task](*arguments)
        answers.write(json.dumps(asdict(answer), ensure_ascii=False).encode("utf-8", "backslashreplace"))


def confine(memory: int, seconds: int) -> None:
    """No more than this, for good."""
    for what, most, grace in (
        (resource.RLIMIT_DATA, memory, 0),
        (resource.RLIMIT_CPU, seconds, 1),  # at the hard limit the kernel kills, and says not why
        (resource.RLIMIT_FSIZE, ANSWER, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, hard = resource.getrlimit(what)
        least = most + grace if hard == resource.RLIM_INFINITY else min(most + grace, hard)
        resource.setrlimit(what, (min(most, least), least))


def _structure(path: str) -> DataclassInstance:
    """The libraries that read it have more ways to fail than they tell: each is a fault of the file."""
    from placelang.models.structure import read_structure  # noqa: PLC0415 - after the limits

    try:
        return read_structure(path)
    except ModelError as error:
        return Refused(str(error))
    except MemoryError:
        return Refused("reading it needs more memory than it may have: raise --memory")
    except OSError as error:
        return Refused(f"cannot read the file: {os.strerror(error.errno or 0).lower()}")
    except Exception as error:  # noqa: BLE001 - see above
        return Refused(f"cannot read the model: {first_line(error)}")


def _providers() -> DataclassInstance:
    from placelang.models.session import available  # noqa: PLC0415 - after the limits

    return available()


def _trial(provider: str, path: str) -> DataclassInstance:
    from placelang.models.trial import attempt  # noqa: PLC0415 - after the limits

    return attempt(provider, path)


def _profile(provider: str, path: str, runs: str) -> DataclassInstance:
    """Providers have as many ways to fail as they have makers: each is a reason."""
    from placelang.models.measure import measure  # noqa: PLC0415 - after the limits
    from placelang.models.session import reason  # noqa: PLC0415 - the same

    try:
        return measure(provider, path, int(runs))
    except Exception as error:  # noqa: BLE001 - see above
        return Refused(reason(error))


def _baseline(provider: str, path: str, folder: str) -> DataclassInstance:
    from placelang.models.describing import describe  # noqa: PLC0415 - after the limits
    from placelang.models.session import reason  # noqa: PLC0415 - the same

    try:
        return Described(describe(provider, path, folder).model_dump_json())
    except ModelError as error:
        return Refused(str(error))
    except OSError as error:
        return Refused(f"cannot read {error.filename or 'the data'}: {os.strerror(error.errno or 0).lower()}")
    except Exception as error:  # noqa: BLE001 - as above
        return Refused(reason(error))


TASKS: Final[Mapping[str, Callable[..., DataclassInstance]]] = {
    "structure": _structure,
    "providers": _providers,
    "trial": _trial,
    "profile": _profile,
    "baseline": _baseline,
}

if __name__ == "__main__":
    main()
