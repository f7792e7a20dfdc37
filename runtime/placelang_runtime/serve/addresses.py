"""Where models are asked for: all of them by name, or by name and version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MODEL: Final = "/v2/models/{model}"
VERSION: Final = "/v2/models/{model}/versions/{version}"

Handler = Callable[[Request], Awaitable[Response]]


def inferred(path: str) -> dict[str, str] | None:
    """The model that a path has infer, and its version if it says one; None for any other path. It is that of all
    requests but a few, so no pattern is tried on it."""
    match path.split("/"):
        case ["", "v2", "models", model, "infer"]:
            return {"model": model}
        case ["", "v2", "models", model, "versions", version, "infer"]:
            return {"model": model, "version": version}
    return None


def of_models(what: str, handler: Handler, method: str = "GET") -> tuple[Route, Route]:
    """The addresses of something of a model, with and without a version."""
    return Route(f"{MODEL}{what}", handler, methods=[method]), Route(
        f"{VERSION}{what}", handler, methods=[method]
    )


def named(request: Request) -> tuple[str, str | None]:
    """The model that a request is for, and the version if it says one."""
    parameters = request.path_params
    return parameters["model"], parameters.get("version")
