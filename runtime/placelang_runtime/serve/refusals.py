"""What a request is answered with when it is not carried out: a status of HTTP, and why in one line."""

from __future__ import annotations

from http import HTTPStatus


class RefusalError(Exception):
    """`retry_after` is in seconds, for what may work later."""

    def __init__(self, status: HTTPStatus, message: str, retry_after: int | None = None) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.retry_after = retry_after


def bad(message: str) -> RefusalError:
    """The request is wrong, and always will be."""
    return RefusalError(HTTPStatus.BAD_REQUEST, message)


def busy(message: str, seconds: int = 1) -> RefusalError:
    """It was right, and there is no room for it now."""
    return RefusalError(HTTPStatus.SERVICE_UNAVAILABLE, message, seconds)


LINE = 200


def quoted(text: object) -> str:
    """Something of the request, in a message."""
    said = text if isinstance(text, str) else repr(text)
    return f"`{said if len(said) <= LINE else said[:LINE] + '…'}`"
