"""Whole sessions of an editor with the server, over its standard input and output."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types
from lsprotocol.types import Position, Range, TextEdit

from tests.lsp.editor import Editor, session

GOOD = """\
label host.role: string in ["gateway", "worker"]

app web {
  service front {
    image    "registry.example.com/front:1"
    replicas 2 per site
    hosts    where role == "worker"
  }
}
"""


def ident(uri: str) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri)


def texts(folder: Path) -> dict[str, str]:
    """The placement files of a folder by URI."""
    return {file.as_uri(): file.read_text() for file in folder.glob("*.place")}


async def fixes(editor: Editor, uri: str, diagnostic: types.Diagnostic) -> list[types.CodeAction]:
    context = types.CodeActionContext([diagnostic], only=[types.CodeActionKind.QuickFix])
    params = types.CodeActionParams(ident(uri), diagnostic.range, context)
    found = await editor.text_document_code_action_async(params)
    return [action for action in found or () if isinstance(action, types.CodeAction)]


def test_a_file_is_written_with_a_mistake_a_quick_fix_and_a_clean_end(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        uri = (tmp_path / "web.place").as_uri()
        editor.open(uri, "")
        assert await editor.diagnostics(uri) == []
        for line in GOOD.replace("role ==", "roel ==").splitlines(keepends=True):
            end = editor.texts[uri].count("\n")
            editor.type(uri, Position(end, 0), line)
        (fault,) = await editor.diagnostics(uri)
        assert fault.code == "unknown-name"
        assert "did you mean `role`" in fault.message
        assert fault.range == Range(Position(6, 19), Position(6, 23))

        (fix,) = await fixes(editor, uri, fault)
        assert fix.title == "Write role"
        assert fix.edit is not None
        assert fix.edit.changes == {uri: (TextEdit(fault.range, "role"),)}
        editor.edit(uri, list(fix.edit.changes[uri]))
        assert await editor.diagnostics(uri) == []
        assert editor.texts[uri] == GOOD

        editor.type(uri, editor.find(uri, "    replicas"), " ")
        await editor.diagnostics(uri)
        options = types.FormattingOptions(2, insert_spaces=True)
        edits = await editor.text_document_formatting_async(
            types.DocumentFormattingParams(ident(uri), options)
        )
        editor.edit(uri, list(edits or ()))
        assert editor.texts[uri] == GOOD

    session(run, tmp_path)


def test_a_file_with_syntax_errors_is_not_formatted(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        uri = (tmp_path / "web.place").as_uri()
        editor.open(uri, "app  web {\n")
        options = types.FormattingOptions(2, insert_spaces=True)
        params = types.DocumentFormattingParams(ident(uri), options)
        assert not await editor.text_document_formatting_async(params)

    session(run, tmp_path)


def test_hover_tells_type_meaning_and_how_many_hosts_match(retail: Path) -> None:
    async def run(editor: Editor) -> None:
        path = retail / "retail.place"
        uri = path.as_uri()
        editor.open(uri, path.read_text())

        async def hover(text: str, after: int) -> str:
            params = types.HoverParams(ident(uri), editor.find(uri, text, after=after))
            found = await editor.text_document_hover_async(params)
            assert found is not None
            assert isinstance(found.contents, types.MarkupContent)
            return found.contents.value

        fact = await hover("cpu.cores >= 6", 3)
        assert "host.cpu.cores: number" in fact
        assert "cores that services may use" in fact
        assert "`cpu.cores >= 6`: " in await hover("cpu.cores >= 6", 11)
        derived = await hover("accelerated or", 3)
        assert "let host.accelerated = any(gpus where memory >= 4GiB)" in derived
        assert "undecided" in derived
        everything = await hover('where kind == "store"', 2)
        assert '`kind == "store" and not closed`: 13 of 15 sites match now' in everything
        assert "`200GiB` = 214,748,364,800 B (bytes)" in await hover("200GiB", 2)
        assert 'string = `"3.1.0"`' in await hover("${version}", 4)
        assert "udev" in await hover("device camera", 9)
        assert "variant: string" in await hover("VARIANT = variant", 12)
        assert "who is placed first" in await hover("priority 100", 2)

    session(run, retail)


async def offered(editor: Editor, text: str, *, at: str) -> list[str]:
    """What is offered at the end of `text`, written before `at` in the one open file; then that is taken back."""
    (uri,) = editor.texts
    before = editor.find(uri, at)
    editor.type(uri, before, text)
    *others, last = text.split("\n")
    here = Position(before.line + len(others), len(last) + (0 if others else before.character))
    found = await editor.text_document_completion_async(types.CompletionParams(ident(uri), here))
    assert isinstance(found, types.CompletionList)
    editor.type(uri, before, "", here)
    return [item.label for item in found.items]


def test_completion_knows_the_grammar_the_fleet_and_the_inventory(retail: Path) -> None:
    async def run(editor: Editor) -> None:
        path = retail / "retail.place"
        uri = path.as_uri()
        editor.open(uri, path.read_text())
        await editor.diagnostics(uri)

        async def inside(text: str) -> list[str]:
            return await offered(editor, text, at='    tags     "pii"\n')

        clauses = await inside("    ")
        assert {"image", "needs", "spread", "prefer", "health"} <= set(clauses)
        assert not {"service", "import", "udev", "memory"} & set(clauses)
        facts = await inside("    hosts where ")
        assert facts.index("memory") < facts.index("site.country")
        assert {"role", "accelerated", "device.camera", "known", "any", "footage"} <= set(facts)
        assert "closed" not in facts
        assert await inside('    hosts where role == "') == ["gateway", "back-office", "worker"]
        assert '"fibre"' in await inside("    hosts where site.uplink.kind == ")
        assert "NO" in await inside('    hosts where site.country in ["SE", "')
        assert {"compute", "host.memory", "vendor"} <= set(await inside("    needs gpu 1 where "))
        assert {"cpu", "gpu", "device", "till-seats"} <= set(await inside("    needs cpu 1, "))
        assert "RTX A2000" in await inside('    needs gpu 1 where model == "')
        assert {"host", "zone"} <= set(await inside("    prefer survive 1 "))
        assert await inside("    needs device ") == ["camera", "shelf-camera"]
        services = await inside("    same host as ")
        assert {"detector", "pager", "shelf.counter", "checkout.till-sync"} <= set(services)
        keys = await inside("    spread over ")
        assert {"host", "zone", "site.country", "host.role"} <= set(keys)
        assert "host.memory" not in keys
        assert await inside("    same host ") == ["as"]
        assert "4GiB" in await inside("    needs memory 4G")
        assert "site.name" in await inside('    env A = "${si')
        assert not await inside("    # sp")

    session(run, retail)


def test_completion_knows_what_stands_outside_of_apps(retail: Path) -> None:
    async def run(editor: Editor) -> None:
        path = retail / "retail.place"
        editor.open(path.as_uri(), path.read_text())
        await editor.diagnostics(path.as_uri())

        async def outside(text: str) -> list[str]:
            return await offered(editor, text, at="optimize")

        top = await outside("app")
        assert {"app", "policy", "import"} <= set(top)
        monitor = "app x {\n  monitor y {\n    alert when "
        assert {"errors", "p95", "drift"} <= set(await outside(monitor))
        many = await outside(f"{monitor}p95(")
        assert {"latency", "confidence"} <= set(many)
        assert "errors" not in many
        assert "fleet.place" in await outside('import "')
        given = 'test "t" {\n  given '
        assert {"site", "host"} <= set(await outside(given))
        assert {"closed", "down", "gone"} <= set(await outside(f'{given}site "gbg" is '))
        assert await outside(f'{given}host "gbg-1" memory is ') == ["unknown"]
        assert "gbg-1" in await outside(f'{given}host "')
        assert "worker" in await outside(f'{given}host "gbg-1" role = "')
        assert "bytes" in await outside("param x: ")

    session(run, retail)


def test_a_completed_word_replaces_what_was_typed_of_it(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        uri = (tmp_path / "web.place").as_uri()
        editor.open(uri, GOOD.replace('role == "worker"', "site.cou"))
        here = editor.find(uri, "site.cou", after=8)
        found = await editor.text_document_completion_async(types.CompletionParams(ident(uri), here))
        assert isinstance(found, types.CompletionList)
        edit = next(item.text_edit for item in found.items if item.label == "site.country")
        assert edit == TextEdit(Range(Position(here.line, here.character - 8), here), "site.country")

    session(run, tmp_path)


def test_names_lead_to_their_declarations_and_uses_in_other_files(retail: Path) -> None:
    async def run(editor: Editor) -> None:
        path = retail / "retail.place"
        uri = path.as_uri()
        editor.open(uri, path.read_text())
        fleet = (retail / "fleet.place").as_uri()

        async def definition(text: str, after: int) -> types.Location:
            params = types.DefinitionParams(ident(uri), editor.find(uri, text, after=after))
            found = await editor.text_document_definition_async(params)
            assert isinstance(found, list | tuple)
            (place,) = found
            assert isinstance(place, types.Location)
            return place

        assert await definition("not closed", 5) == types.Location(
            fleet, Range(Position(2, 11), Position(2, 17))
        )
        assert (await definition("device shelf-camera", 9)).uri == fleet
        assert (
            await definition("${footage}" if "${footage}" in editor.texts[uri] else "(footage)", 3)
        ).uri == uri
        assert (await definition("after    detector", 10)).range.start == editor.find(
            uri, "service detector", after=8
        )
        assert await definition('"checkout.place"', 3) == types.Location(
            (retail / "checkout.place").as_uri(), Range(Position(0, 0), Position(0, 0))
        )
        builtin = types.DefinitionParams(ident(uri), editor.find(uri, "cpu.cores", after=2))
        assert not await editor.text_document_definition_async(builtin)

        context = types.ReferenceContext(include_declaration=True)
        params = types.ReferenceParams(context, ident(uri), editor.find(uri, "not closed", after=5))
        uses = await editor.text_document_references_async(params)
        assert sorted({use.uri for use in uses or ()}) == sorted(
            [uri, fleet, (retail / "checkout.place").as_uri()]
        )
        assert len(uses or ()) >= 4

    session(run, retail)


def test_renaming_changes_every_file_open_or_not(retail: Path) -> None:
    async def run(editor: Editor) -> None:
        path = retail / "retail.place"
        uri, fleet = path.as_uri(), (retail / "fleet.place").as_uri()
        saved = texts(retail)
        editor.open(uri, path.read_text())
        editor.type(uri, Position(0, 0), "\n")  # not saved: the edits count from what the editor has

        here = editor.find(uri, "not closed", after=5)
        params = types.RenameParams(ident(uri), here, "shut")
        asked = await editor.text_document_prepare_rename_async(types.PrepareRenameParams(ident(uri), here))
        assert asked == Range(
            editor.find(uri, "not closed", after=4), editor.find(uri, "not closed", after=10)
        )
        edit = await editor.text_document_rename_async(params)
        assert edit is not None
        assert edit.changes is not None
        changes = {str(uri): list(edits) for uri, edits in edit.changes.items()}
        assert set(changes) == {uri, fleet, (retail / "checkout.place").as_uri()}
        editor.edit(uri, changes.pop(uri))
        assert any("closed" in d.message or "shut" in d.message for d in await editor.diagnostics(uri))
        for other, edits in changes.items():
            editor.open(other, saved[other])
            editor.edit(other, edits)
        await editor.news_of(uri, lambda found: not found)
        assert "label site.shut: bool = false" in editor.texts[fleet]

    session(run, retail)


def test_a_service_is_renamed_in_the_full_names_of_other_apps(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        uri = (tmp_path / "web.place").as_uri()
        extra = 'app b {\n  service c {\n    image "i"\n    same site as web.front\n  }\n}\n'
        editor.open(uri, GOOD + extra)
        for text, after, name in (("service front", 9, "back"), ("as web.back", 4, "site")):
            params = types.RenameParams(ident(uri), editor.find(uri, text, after=after), name)
            edit = await editor.text_document_rename_async(params)
            assert edit is not None
            assert edit.changes is not None
            editor.edit(uri, list(edit.changes[uri]))
        assert "app site {\n  service back {" in editor.texts[uri]
        assert "same site as site.back" in editor.texts[uri]
        assert await editor.diagnostics(uri) == []

    session(run, tmp_path)


def test_a_rename_that_cannot_be_is_refused_with_a_reason(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        uri = (tmp_path / "web.place").as_uri()
        editor.open(uri, GOOD + "label host.rank: number\n")

        async def refusal(text: str, after: int, name: str) -> str:
            params = types.RenameParams(ident(uri), editor.find(uri, text, after=after), name)
            try:
                await editor.text_document_rename_async(params)
            except Exception as error:  # noqa: BLE001 - the client raises what the server answers
                return str(error)
            return ""

        assert "cannot be the name" in await refusal("host.role", 6, "not")
        assert "cannot be the name" in await refusal("host.role", 6, "a b")
        assert "another `rank`" in await refusal("host.role", 6, "rank")
        assert "another `memory`" in await refusal("host.role", 6, "memory")
        assert "not declared" in await refusal("per site", 5, "place")
        assert "no name here" in await refusal("image", 2, "picture")

    session(run, tmp_path)


def test_the_outline_shows_blocks_in_blocks(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        uri = (tmp_path / "web.place").as_uri()
        editor.open(uri, GOOD + 'test "one host down" {\n  expect moves <= 3\n}\n')
        found = await editor.text_document_document_symbol_async(types.DocumentSymbolParams(ident(uri)))
        symbols = [symbol for symbol in found or () if isinstance(symbol, types.DocumentSymbol)]
        assert [symbol.name for symbol in symbols] == ["host.role", "web", "one host down"]
        assert [child.name for child in symbols[1].children or ()] == ["front"]
        assert symbols[1].range == Range(Position(2, 0), Position(8, 1))

    session(run, tmp_path)


def test_a_word_is_coloured_by_what_it_is_and_not_by_how_it_reads(tmp_path: Path) -> None:
    text = 'label host.image: string # image\nlet host.a = image == "image ${version}"\nparam version = "\U0001f600"\n'

    async def run(editor: Editor) -> None:
        uri = (tmp_path / "web.place").as_uri()
        editor.open(uri, text)
        found = await editor.text_document_semantic_tokens_full_async(types.SemanticTokensParams(ident(uri)))
        assert found is not None
        legend = editor.legend.token_types
        line = column = 0
        pieces = []
        data = list(found.data)
        for i in range(0, len(data), 5):
            column = data[i + 1] + (0 if data[i] else column)
            line += data[i]
            here = text.split("\n")[line][column : column + data[i + 2]]
            pieces.append((here, legend[data[i + 3]]))
        assert pieces[:4] == [
            ("label", "keyword"),
            ("host.image", "property"),
            ("string", "type"),
            ("# image", "comment"),
        ]
        assert ("image", "property") in pieces
        assert ('"image ${', "string") in pieces
        assert ("version", "variable") in pieces
        assert data[-3] == 4  # two quotes, and a character of two units

    session(run, tmp_path)
