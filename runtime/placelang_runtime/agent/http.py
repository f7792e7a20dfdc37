"""The doors of an agent: a socket in the state folder, which only its owner may open and through which everything may
be asked, and an address at which others may hand over what trusted keys signed, and look at how it goes.

Nothing that anybody sends reaches the deciding thread unless it is well-formed, and from elsewhere only if the host
believes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from queue import Empty
from typing import Any, ClassVar, Final

from pydantic import ValidationError

from placelang_runtime.agent.inbox import Inbox, Letter
from placelang_runtime.apply.requests import Request
from placelang_runtime.doors import POLL, Visit
from placelang_runtime.trust.keys import BadKeyError
from placelang_runtime.trust.refused import RefusedError

MOST_LOCAL: Final = 512 << 20
MOST_REMOTE: Final = 64 << 20
LINES: Final = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the doors lead to. `check` raises RefusedError, BadKeyError or OSError for a part that this host does not
    believe; `health` is how it goes, and whether that is well; `metrics` is the same for Prometheus;
    `seen` is what is measured of services and models."""

    inbox: Inbox
    check: Callable[[bytes], object]
    health: Callable[[], tuple[bool, dict[str, Any]]]
    metrics: Callable[[], str]
    seen: Callable[[], str]


class AgentVisit(Visit):
    """From anywhere."""

    most = MOST_REMOTE
    path_of_posts = "/parts"
    desk: ClassVar[Desk]

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        match self.path:
            case "/health":
                well, data = self.desk.health()
                status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
                self.send(status, "application/json", json.dumps(data) + "\n")
            case "/metrics":
                self.send(HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", self.desk.metrics())
            case "/monitor":
                self.send(HTTPStatus.OK, "application/json", self.desk.seen() + "\n")
            case _:
                self.send(HTTPStatus.NOT_FOUND, "text/plain", "there are /health, /metrics and /monitor\n")

    def do_POST(self) -> None:  # noqa: N802
        if self.path != self.path_of_posts:
            self.refuse(HTTPStatus.NOT_FOUND, "there is no such door")
            return
        body = self.body()
        letter = None if body is None else self.read(body)
        if letter is not None:
            self._carry(letter)

    def read(self, body: bytes) -> Letter | None:
        """What is asked; None where that was refused."""
        try:
            self.desk.check(body)
        except (RefusedError, BadKeyError) as error:
            self.refuse(HTTPStatus.FORBIDDEN, str(error))
        except OSError as error:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error), 6)
        else:
            return Letter(Request(command="apply", plan=body), remote=True)
        return None

    def _carry(self, letter: Letter) -> None:
        """Hand it over, and pass on what is answered, until the end. Whoever goes away misses it, and nothing else."""
        inbox = self.desk.inbox
        inbox.put(letter)
        self.begin(HTTPStatus.OK, LINES)
        over = False
        while not over:
            try:
                answer = letter.answers.get(timeout=POLL)
            except Empty:
                if inbox.ending:
                    return
                continue
            over = "event" not in answer
            self.wfile.write(json.dumps(answer).encode() + b"\n")


class OwnVisit(AgentVisit):
    """By the owner of the host."""

    most = MOST_LOCAL
    path_of_posts = "/requests"

    def read(self, body: bytes) -> Letter | None:
        try:
            return Letter(Request.model_validate_json(body))
        except ValidationError as error:
            self.refuse(HTTPStatus.BAD_REQUEST, f"not what an agent is asked: {error.errors()[0]['msg']}")
        return None


def visits(desk: Desk) -> tuple[type[Visit], type[Visit]]:
    """The classes of visits to a desk: from anywhere, and by the owner."""
    return (
        type("FromAnywhere", (AgentVisit,), {"desk": desk}),
        type("ByOwner", (OwnVisit,), {"desk": desk}),
    )
