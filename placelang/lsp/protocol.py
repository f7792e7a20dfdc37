"""The protocol as pygls speaks it, with an answer to every request: one that makes no sense gets an error instead of
silence, so that no editor waits for it.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest, JsonRpcServerNotInitialized, PyglsError
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

LOGGER = logging.getLogger("placelang.lsp")


class RefusedError(JsonRpcException):
    """What an editor asked for makes sense, and cannot be done; the message is for people."""

    CODE = -32803
    MESSAGE = "Request Failed"


class Server(LanguageServer):
    """A server that tells its own faults to the log and not to people."""

    def report_server_error(self, error: Exception, source: type[PyglsError | JsonRpcException]) -> None:
        LOGGER.warning("%s: %s", source.__name__, error)


class Protocol(LanguageServerProtocol):
    """Answers what cannot be read, comes too early, or is refused."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        number = data.get("id", 0)
        if "jsonrpc" in data and not isinstance(number, str | int):
            raise JsonRpcInvalidRequest(f"`{number}` is no number of a request")
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and "id" in data:
                self.refuse(number, error)
            raise

    def refuse(self, msg_id: str | int | None, error: JsonRpcException) -> None:
        """Answer a request with an error; None for one whose number cannot be read."""
        self._send_data(types.ResponseErrorMessage(msg_id, error.to_response_error()))

    def _handle_request(self, msg_id: str | int, method_name: str, params: Any) -> None:
        if self._workspace is None and method_name != types.INITIALIZE:
            self.refuse(msg_id, JsonRpcServerNotInitialized())
        else:
            super()._handle_request(msg_id, method_name, params)

    def _send_handler_result(self, future: Future[Any], *, msg_id: str | int) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, RefusedError):
            self.refuse(msg_id, error)
        else:
            super()._send_handler_result(future, msg_id=msg_id)
