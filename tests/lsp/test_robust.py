"""Nothing that an editor sends ends the server, and every request gets an answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {}},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "initialized", "params": {}}
SHUTDOWN = {"jsonrpc": "2.0", "id": "last", "method": "shutdown"}
EXIT = {"jsonrpc": "2.0", "method": "exit"}
HOVER = {"textDocument": {"uri": "file:///a.place"}, "position": {"line": 0, "character": 0}}


def framed(body: object) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(content), content)


def exchange(*pieces: bytes) -> tuple[list[dict[str, Any]], int, str]:
    """What the server says to these bytes, the code with which it ends, and its log."""
    done = subprocess.run(
        [sys.executable, "-m", "placelang", "lsp"],
        input=b"".join(pieces),
        capture_output=True,
        timeout=120,
        check=False,
    )
    answers = []
    rest = done.stdout
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        length = int(head.split(b"Content-Length:")[1].split(b"\r\n")[0])
        answers.append(json.loads(rest[:length]))
        rest = rest[length:]
    return answers, done.returncode, done.stderr.decode()


def notification(method: str, params: object) -> bytes:
    return framed({"jsonrpc": "2.0", "method": method, "params": params})


def request(number: object, method: str, params: object) -> bytes:
    return framed({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def opened(uri: str, text: str) -> bytes:
    item = {"uri": uri, "languageId": "placelang", "version": 1, "text": text}
    return notification("textDocument/didOpen", {"textDocument": item})


NONSENSE = (
    b"\r\n\r\n",
    b"hello\r\n",
    b"Content-Length: x\r\n\r\n",
    b"Content-Length: -5\r\n\r\n",
    b"Content-Length: 99999999999999999999999999\r\n\r\n",
    framed(b""),
    framed(b"{"),
    framed(b"\xff\xfe"),
    framed(b"[" * 100_000),
    framed([]),
    framed(5),
    framed({}),
    framed({"jsonrpc": "1.0", "id": 7, "method": "x"}),
    framed({"jsonrpc": "2.0"}),
    framed({"jsonrpc": "2.0", "id": {}, "method": "textDocument/hover", "params": HOVER}),
    framed({"jsonrpc": "2.0", "id": 99, "result": None}),
    notification(
        "textDocument/didChange",
        {"textDocument": {"uri": "file:///gone", "version": 2}, "contentChanges": []},
    ),
    notification("textDocument/didChange", 5),
    notification("textDocument/didClose", {"textDocument": {"uri": "file:///gone"}}),
    notification("nobody/knows", {"a": 1}),
    notification("$/cancelRequest", {"id": 12345}),
    b"X" * 100_000 + b"\r\n",
)

REQUESTS = {
    "unknown method": ("nobody/knows", {}),
    "wrong parameters": ("textDocument/hover", {"textDocument": 5}),
    "no parameters": ("textDocument/completion", None),
    "negative position": ("textDocument/hover", HOVER | {"position": {"line": -1, "character": -1}}),
    "not open": ("textDocument/hover", HOVER),
    "completion not open": ("textDocument/completion", HOVER),
    "definition not open": ("textDocument/definition", HOVER),
    "symbols not open": ("textDocument/documentSymbol", {"textDocument": {"uri": "untitled:x"}}),
    "tokens not open": ("textDocument/semanticTokens/full", {"textDocument": {"uri": "git:/x?y#z"}}),
    "rename not open": ("textDocument/rename", HOVER | {"newName": "x"}),
}


def test_nonsense_is_passed_over_and_every_request_is_answered() -> None:
    asked = [request(name, *question) for name, question in REQUESTS.items()]
    answers, code, log = exchange(
        request(0, "textDocument/hover", HOVER), framed(INITIALIZE), framed(INITIALIZED), *NONSENSE, *asked,
        framed(SHUTDOWN), framed(EXIT),
    )  # fmt: skip
    by_number = {answer["id"]: answer for answer in answers if "id" in answer}
    assert by_number[0]["error"]["code"] == -32002
    assert set(REQUESTS) <= set(by_number)
    assert by_number["unknown method"]["error"]["code"] == -32601
    assert "error" in by_number["wrong parameters"]
    assert by_number["not open"]["result"] is None
    assert by_number["last"]["result"] is None
    assert code == 0
    assert "Traceback" not in log


TEXTS = {
    "nothing": "",
    "byte order mark": "\ufeff",
    "NUL": "\0",
    "open braces": "{" * 5_000,
    "open brackets": "(" * 5_000,
    "closing braces": "}" * 500,
    "open string": '"',
    "one word": "app",
    "open block": "app a {",
    "strange ends of lines": "\u2028\r\r\n\t",
    "astral": "\U0001f600" * 300,
    "imports": 'import "../../../../etc/passwd"\nimport "gone.place"\nimport "/dev/zero"\n',
    "deep": "let host.a = " + "not " * 3_000 + "up\n",
    "huge": "x" * 5_000_000,
}


def asked_about(name: str, text: str, uri: str) -> list[bytes]:
    """Everything that can be asked about a text, and again after an edit."""
    place: dict[str, object] = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 3}}
    document: dict[str, object] = {"textDocument": {"uri": uri}}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    questions: dict[str, dict[str, object]] = {
        "hover": place,
        "completion": place,
        "definition": place,
        "prepareRename": place,
        "rename": place | {"newName": "x"},
        "references": place | {"context": {"includeDeclaration": True}},
        "documentSymbol": document,
        "semanticTokens/full": document,
        "formatting": document | {"options": {"tabSize": 2, "insertSpaces": True}},
        "codeAction": document | {"range": whole, "context": {"diagnostics": []}},
    }
    change = {
        "textDocument": {"uri": uri, "version": 2},
        "contentChanges": [{"range": whole, "text": "app b {}\n"}],
    }
    return [
        opened(uri, text),
        *(request(f"{name}: {what}", f"textDocument/{what}", params) for what, params in questions.items()),
        notification("textDocument/didChange", change),
        request(f"{name}: after", "textDocument/documentSymbol", document),
        notification("textDocument/didClose", document),
    ]


def test_any_text_can_be_opened_asked_about_and_changed(tmp_path: Path) -> None:
    pieces = [
        piece
        for i, (name, text) in enumerate(TEXTS.items())
        for piece in asked_about(name, text, (tmp_path / f"{i}.place").as_uri())
    ]
    answers, code, log = exchange(
        framed(INITIALIZE), framed(INITIALIZED), *pieces, framed(SHUTDOWN), framed(EXIT)
    )
    errors = {answer["id"]: answer["error"] for answer in answers if "error" in answer}
    assert {name: error for name, error in errors.items() if error["code"] != -32803} == {}
    assert {f"{name}: after" for name in TEXTS} <= {answer.get("id") for answer in answers}
    assert len([answer for answer in answers if "id" in answer]) == 2 + 11 * len(TEXTS)
    assert code == 0
    assert "Traceback" not in log


def test_a_message_that_is_too_long_is_passed_over() -> None:
    length = 64 * 2**20 + 1
    answers, code, _ = exchange(
        framed(INITIALIZE),
        b"Content-Length: %d\r\n\r\n" % length,
        b" " * length,
        framed(SHUTDOWN),
        framed(EXIT),
    )
    assert [answer["id"] for answer in answers if "id" in answer] == [1, "last"]
    assert code == 0


def test_an_editor_that_is_just_gone_ends_the_server() -> None:
    assert exchange(framed(INITIALIZE))[1] == 1
    assert exchange(framed(INITIALIZE), framed(EXIT))[1] == 1


def test_starting_imports_neither_numbers_nor_models_nor_solvers() -> None:
    code = "import sys, placelang.lsp.server; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "pydantic", "ortools", "networkx", "lark", "re2", "yaml", "rich"} & set(
        done.stdout.split()
    )
