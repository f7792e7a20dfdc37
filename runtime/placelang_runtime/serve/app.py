"""The addresses of a model server: the Open Inference Protocol, version 2, `/metrics`, and what is known of models."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib import metadata
from time import perf_counter
from typing import Any, Final, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from placelang_runtime.serve.addresses import inferred, named, of_models
from placelang_runtime.serve.batching import Batcher
from placelang_runtime.serve.figures import Figures
from placelang_runtime.serve.inference import Answered, Asked, read_request, write_response
from placelang_runtime.serve.limits import Limits
from placelang_runtime.serve.loaded import Loaded
from placelang_runtime.serve.metrics import MEDIA_TYPE, Metrics
from placelang_runtime.serve.models import Models
from placelang_runtime.serve.observing import Observing
from placelang_runtime.serve.refusals import RefusalError, bad, busy
from placelang_runtime.serve.tensors import Array

T = TypeVar("T")

HEADER: Final = "inference-header-content-length"
HEAVY: Final = 1 << 18
"""Bytes of JSON, or elements of tensors, from which on others are let through meanwhile."""


@dataclass(slots=True)
class Server:
    """What answers. `taken` is how many bytes of requests are in hand."""

    models: Models
    metrics: Metrics
    limits: Limits
    taken: int = 0
    heavy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def infer(self, request: Request) -> Response:
        began, batcher, asked, taken = perf_counter(), None, None, 0
        try:
            batcher = self.models.find(*named(request))
            length = _declared(request, self.limits.body)
            body = bytearray()
            async for piece in request.stream():
                self._take(len(piece))
                taken += len(piece)
                body += piece
                if len(body) > self.limits.body:
                    raise _too_large(self.limits.body)
            began = perf_counter()
            asked = await self._read(batcher, bytes(body), length)
            trial = self.models.trial(*named(request), batcher)
            if trial is None:
                results = await batcher.submit(asked.feeds)
            else:
                batcher, results = await trial.run(asked.feeds)
            status, response = HTTPStatus.OK, _response(await self._written(batcher.loaded, asked, results))
        except RefusalError as refusal:
            status, response = refusal.status, refused(refusal)
        finally:
            self.taken -= taken
        if batcher is None:
            self.metrics.refused(status)
            return response
        seconds = perf_counter() - began
        if batcher.meter is not None:
            batcher.meter.answered(status, seconds)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            batcher.watcher.failed()
        elif (
            asked is not None
            and status is HTTPStatus.OK
            and batcher.watcher.note(asked.id, asked.feeds, results, seconds, taken)
        ):
            # Once this is answered: watching holds up whoever comes next, at most.
            asyncio.get_running_loop().call_soon(batcher.watcher.look)
        return response

    async def _read(self, batcher: Batcher, body: bytes, length: int | None) -> Asked:
        loaded = batcher.loaded
        outputs = tuple(loaded.outputs.values())
        json_bytes = len(body) if length is None else length
        return await self._aside(json_bytes, lambda: read_request(body, length, loaded.inputs, outputs))

    async def _written(self, loaded: Loaded, asked: Asked, results: Mapping[str, Array]) -> Answered:
        elements = sum(results[name].size for name, binary in asked.outputs if not binary)
        entry = loaded.entry
        return await self._aside(
            elements, lambda: write_response(entry.name, entry.version, asked, loaded.outputs, results)
        )

    async def _aside(self, size: int, work: Callable[[], T]) -> T:
        """Do what takes long in a thread, one at a time: memory, too, is taken once only."""
        if size < HEAVY:
            return work()
        async with self.heavy:
            return await asyncio.to_thread(work)

    def _take(self, size: int) -> None:
        if self.taken + size > self.limits.bodies:
            raise busy("too many bytes of requests are in hand")
        self.taken += size

    async def live(self, request: Request) -> Response:
        return Response()

    async def ready(self, request: Request) -> Response:
        """Not ready is 4xx without a body, says the protocol."""
        return Response(status_code=HTTPStatus.OK if self.models.ready else HTTPStatus.BAD_REQUEST)

    async def model_ready(self, request: Request) -> Response:
        try:
            self.models.find(*named(request))
        except RefusalError as refusal:
            missing = refusal.status == HTTPStatus.NOT_FOUND
            return Response(status_code=HTTPStatus.NOT_FOUND if missing else HTTPStatus.BAD_REQUEST)
        return Response()

    async def server_metadata(self, request: Request) -> Response:
        said = {"name": "placelang", "version": _own_version(), "extensions": ["binary_tensor_data"]}
        return JSONResponse(said)

    async def model_metadata(self, request: Request) -> Response:
        name, version = named(request)
        loaded = self.models.find(name, version).loaded
        versions = self.models.serving[name]
        return JSONResponse({
            "name": name,
            "versions": list(versions),
            "platform": "onnxruntime_onnx",
            "inputs": [one.metadata for one in loaded.inputs.values()],
            "outputs": [one.metadata for one in loaded.outputs.values()],
        })  # fmt: skip

    async def tell_metrics(self, request: Request) -> Response:
        return Response(self.metrics.text(), headers={"content-type": MEDIA_TYPE})


def make_app(models: Models, metrics: Metrics, limits: Limits) -> ASGIApp:
    """The server, as what a server of ASGI runs. What nearly all requests are for is answered without looking through
    all addresses, and without what wraps these."""
    server = Server(models, metrics, limits)
    metrics.bodies(lambda: server.taken)
    metrics.also(Figures(models))

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(models.watch())
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    rest = Starlette(
        routes=[
            *of_models("/infer", server.infer, "POST"),  # which says 405 to GET
            *of_models("/ready", server.model_ready),
            *of_models("", server.model_metadata),
            *Observing(models).routes(),
            Route("/v2/health/live", server.live),
            Route("/v2/health/ready", server.ready),
            Route("/v2", server.server_metadata),
            Route("/metrics", server.tell_metrics),
        ],
        exception_handlers={
            RefusalError: _on_refusal,
            HTTPException: _on_refusal,
            ClientDisconnect: _on_leaving,
            Exception: _on_fault,
        },
        lifespan=running,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        to = inferred(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if to is None:
            await rest(scope, receive, send)
            return
        request = Request({**scope, "path_params": to}, receive)
        try:
            response = await server.infer(request)
        except ClientDisconnect as error:
            response = await _on_leaving(request, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            response = await _on_fault(request, error)
        await response(scope, receive, send)

    return app


def _own_version() -> str:
    """Of whichever wheel this is in."""
    for wheel in ("placelang", "placelang-agent"):
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(wheel)
    return ""


def _declared(request: Request, most: int) -> int | None:
    """How much of the body is JSON, None for all. Raises RefusalError for what need not be read."""
    headers: Mapping[str, str] = request.headers
    if headers.get("content-encoding", "identity") != "identity":
        raise RefusalError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "compressed bodies are not read")
    size, length = headers.get("content-length"), headers.get(HEADER)
    if size is not None and int(size) > most:  # a number: what HTTP says of it was checked before
        raise _too_large(most)
    if length is not None and not (length.isascii() and length.isdigit() and len(length) <= len(str(most))):
        raise bad("Inference-Header-Content-Length is no number of bytes")
    return None if length is None else int(length)


def _too_large(most: int) -> RefusalError:
    return RefusalError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {most} bytes")


def _response(answered: Answered) -> Response:
    if answered.json_length is None:
        return Response(answered.body, media_type="application/json")
    headers = {"Inference-Header-Content-Length": str(answered.json_length)}
    return Response(answered.body, headers=headers, media_type="application/octet-stream")


def refused(refusal: RefusalError) -> Response:
    """What the protocol says of an error: an object of one word."""
    later = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    body = json.dumps({"error": refusal.message})
    return Response(body, refusal.status, headers=later, media_type="application/json")


async def _on_refusal(_request: Request, error: Any) -> Response:
    if isinstance(error, HTTPException):
        error = RefusalError(HTTPStatus(error.status_code), error.detail.lower())
    return refused(error)


async def _on_leaving(_request: Request, _error: Exception) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is there to read it


async def _on_fault(_request: Request, error: Exception) -> Response:
    return refused(
        RefusalError(HTTPStatus.INTERNAL_SERVER_ERROR, f"a fault of the server: {type(error).__name__}")
    )
