"""What is known of served models: how they do, sketches that add up over servers, and what people say of answers.

All of it comes from the watchers of versions, on the one thread of the event loop. No input and no answer leaves here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from placelang_runtime.base import Document
from placelang_runtime.drift.answers import LONGEST_LABEL, MOST_ROWS, Label
from placelang_runtime.drift.watcher import Watcher
from placelang_runtime.serve.addresses import MODEL, VERSION, named, of_models
from placelang_runtime.serve.inference import LONGEST_ID
from placelang_runtime.serve.models import Models
from placelang_runtime.serve.refusals import RefusalError, bad, quoted

LONGEST: Final = 64 << 10
"""Bytes of feedback."""


@dataclass(frozen=True, slots=True)
class Observing:
    models: Models

    async def watch(self, request: Request) -> Response:
        """The figures of right now."""
        return _document(self.models.find(*named(request)).watcher.report())

    async def sketches(self, request: Request) -> Response:
        """The last hour, to be added up."""
        return _document(self.models.find(*named(request)).watcher.sketched())

    async def trial(self, request: Request) -> Response:
        """How the trial of a new version stands."""
        name, _ = named(request)
        self.models.find(name, None)
        trial = self.models.trials.get(name)
        if trial is None:
            raise RefusalError(HTTPStatus.NOT_FOUND, f"no version of {quoted(name)} is tried")
        return JSONResponse(trial.told())

    async def tried(self, request: Request) -> Response:
        """Whether a version is tried no more: 200, or 425."""
        name, version = named(request)
        found, trial = self.models.find(name, version), self.models.trials.get(name)
        over = trial is None or trial.new is not found or trial.passed is not None
        return Response(status_code=HTTPStatus.OK if over else HTTPStatus.TOO_EARLY)

    async def promoted(self, request: Request) -> Response:
        """Whether a version answers whoever names none: 200, or 400."""
        name, version = named(request)
        first = self.models.find(name, version) is self.models.find(name, None)
        return Response(status_code=HTTPStatus.OK if first else HTTPStatus.BAD_REQUEST)

    async def feedback(self, request: Request) -> Response:
        """Whether an answer was right, which is known by the id of its request."""
        name, version = named(request)
        found = self.models.find(name, version)
        watchers = (
            [one.watcher for one in self.models.serving[name].values()]
            if version is None
            else [found.watcher]
        )
        id_, said = _feedback(await _body(request))
        return JSONResponse({"id": id_, "right": _judged(watchers, id_, said)})

    def routes(self) -> tuple[Route, ...]:
        return (
            *of_models("/watch", self.watch),
            *of_models("/sketches", self.sketches),
            Route(f"{MODEL}/trial", self.trial),
            Route(f"{VERSION}/tried", self.tried),
            Route(f"{VERSION}/promoted", self.promoted),
            *of_models("/feedback", self.feedback, "POST"),
        )


def _document(said: Document) -> Response:
    return Response(said.model_dump_json(exclude_none=False), media_type="application/json")


def _judged(watchers: list[Watcher], id_: str, said: bool | list[Label]) -> bool:
    for watcher in watchers:
        if watcher.knows(id_):
            right = watcher.feedback(id_, said)
            if right is None:
                raise bad(
                    f"the answer to {quoted(id_)} does not have {len(said) if isinstance(said, list) else 0} labels"
                )
            return right
    raise RefusalError(
        HTTPStatus.NOT_FOUND, f"no answer to {quoted(id_)} is remembered, or it was judged before"
    )


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST:
            raise RefusalError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"feedback has at most {LONGEST} bytes")
    return bytes(body)


def _feedback(body: bytes) -> tuple[str, bool | list[Label]]:
    """`{"id": "…", "right": true}`, or `{"id": "…", "labels": [2]}` with what would have been right, row by row."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad(f"the feedback is no JSON: {str(error)[:200]}") from None
    if not isinstance(said, dict) or len(said) != 2 or not said.keys() <= {"id", "right", "labels"}:  # noqa: PLR2004
        raise bad("feedback is an object of `id`, and `right` or `labels`")
    id_ = said.get("id")
    if not isinstance(id_, str) or len(id_) > LONGEST_ID:
        raise bad(f"the id is no text of at most {LONGEST_ID} characters")
    if isinstance(said.get("right"), bool):
        return id_, said["right"]
    labels = said.get("labels")
    if not isinstance(labels, list) or not 0 < len(labels) <= MOST_ROWS or not all(map(_is_label, labels)):
        raise bad(f"`right` is true or false, `labels` are 1 to {MOST_ROWS} numbers of classes or texts")
    return id_, labels


def _is_label(one: object) -> bool:
    return type(one) is int or (isinstance(one, str) and len(one) <= LONGEST_LABEL)
