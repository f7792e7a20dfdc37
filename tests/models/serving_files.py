"""A web server of one folder that can go on where a client was cut off, and can cut it off."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Files:
    """`cut` is after how many bytes each answer ends; `asked` are the ranges that were asked for."""

    folder: Path
    port: int = 0
    cut: int | None = None
    leads_to: str | None = None
    asked: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(folder: Path, certificate: Path | None = None) -> Iterator[Files]:
    files = Files(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            files.asked.append(self.headers.get("Range"))
            if files.leads_to is not None:
                self.send_response(302)
                self.send_header("Location", files.leads_to)
                self.end_headers()
                return
            path = files.folder / Path(self.path).name
            if not path.exists():
                self.send_error(404)
                return
            content = path.read_bytes()
            begin = int((self.headers.get("Range") or "bytes=0-")[6:-1])
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - begin))
            self.end_headers()
            self.wfile.write(content[begin : None if files.cut is None else begin + files.cut])

        def log_message(self, format: str, *arguments: object) -> None: ...  # noqa: A002

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        files.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield files
        finally:
            server.shutdown()
