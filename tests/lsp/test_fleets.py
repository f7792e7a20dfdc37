"""Which files an editor's document is judged with, wherever it is."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types
from lsprotocol.types import Position

from tests.lsp.editor import Editor, session

LABEL = "label site.closed: bool = false\n"
APP = """\
app web {
  sites where not closed
  service front {
    image "registry.example.com/front:1"
  }
}
"""


def codes(diagnostics: list[types.Diagnostic]) -> list[object]:
    return [diagnostic.code for diagnostic in diagnostics]


def test_what_an_open_file_declares_is_seen_before_it_is_saved(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        (tmp_path / "fleet.place").write_text("# nothing yet\n")
        web, fleet = (tmp_path / "web.place").as_uri(), (tmp_path / "fleet.place").as_uri()
        editor.open(web, 'import "fleet.place"\n\n' + APP)
        assert codes(await editor.diagnostics(web)) == ["unknown-name"]
        editor.open(fleet, "# nothing yet\n")
        editor.type(fleet, Position(1, 0), LABEL)
        await editor.news_of(web, lambda found: not found)
        editor.close(fleet)  # without saving it
        await editor.news_of(web, lambda found: codes(found) == ["unknown-name"])

    session(run, tmp_path)


def test_an_imported_file_is_judged_with_the_file_that_imports_it(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        (tmp_path / "apps").mkdir()
        (tmp_path / "root.place").write_text(f'import "apps/web.place"\n{LABEL}')
        web = (tmp_path / "apps/web.place").as_uri()
        editor.open(web, APP)
        assert await editor.diagnostics(web) == []

    session(run, tmp_path)


def test_a_file_of_two_fleets_is_judged_in_both(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        (tmp_path / "good.place").write_text(f'import "web.place"\n{LABEL}')
        (tmp_path / "lacking.place").write_text('import "web.place"\n')
        web = (tmp_path / "web.place").as_uri()
        editor.open(web, APP)
        assert codes(await editor.diagnostics(web)) == ["unknown-name"]

    session(run, tmp_path)


def test_imports_that_do_not_exist_or_lead_out_are_told_where_they_stand(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        uri = (tmp_path / "a.place").as_uri()
        editor.open(uri, 'import "gone.place"\nimport "../b.place"\nimport "a.place"\n')
        found = await editor.diagnostics(uri)
        assert codes(found) == ["unreadable", "import-outside", "cycle"]
        assert [diagnostic.range.start for diagnostic in found] == [Position(line, 7) for line in range(3)]
        (tmp_path / "gone.place").write_text(LABEL)
        editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([]))
        await editor.news_of(uri, lambda found: codes(found) == ["import-outside", "cycle"])

    session(run, tmp_path)


def test_faults_of_files_that_are_not_open_are_told_in_those_files(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        (tmp_path / "fleet.place").write_text("label site.closed: boole\n")
        web, fleet = (tmp_path / "web.place").as_uri(), (tmp_path / "fleet.place").as_uri()
        editor.open(web, 'import "fleet.place"\n\n' + APP)
        assert await editor.diagnostics(web) == []
        await editor.news_of(fleet, lambda found: codes(found) == ["unknown-name"])
        editor.close(web)
        await editor.news_of(fleet, lambda found: not found)

    session(run, tmp_path)


def test_a_document_without_a_file_is_judged_alone(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        uri = "untitled:Untitled-1"
        editor.open(uri, APP)
        assert codes(await editor.diagnostics(uri)) == ["unknown-name"]
        editor.type(uri, Position(0, 0), LABEL)
        assert await editor.diagnostics(uri) == []

    session(run, tmp_path)


def test_a_file_outside_any_workspace_is_judged_with_those_beside_it(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        (tmp_path / "root.place").write_text(f'import "web.place"\n{LABEL}')
        uri = (tmp_path / "web.place").as_uri()
        editor.open(uri, APP)
        assert await editor.diagnostics(uri) == []

    session(run)


def test_a_file_is_one_file_however_it_is_reached(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "real")
        (tmp_path / "real/fleet.place").write_text(LABEL)
        web = (tmp_path / "link/web.place").as_uri()
        editor.open(web, 'import "fleet.place"\n' + APP)
        assert await editor.diagnostics(web) == []
        editor.open((tmp_path / "real/fleet.place").as_uri().replace("fleet", "fl%65et"), "# empty\n")
        await editor.news_of(web, lambda found: codes(found) == ["unknown-name"])

    session(run)


def test_settings_above_the_file_give_values_and_the_inventory(tmp_path: Path) -> None:
    async def run(editor: Editor) -> None:
        (tmp_path / "placelang.toml").write_text('inventory = "gone.yaml"\n[params]\nversion = "2"\n')
        (tmp_path / "sub").mkdir()
        uri = (tmp_path / "sub/a.place").as_uri()
        editor.open(uri, "param version: string\n")
        (fault,) = await editor.diagnostics(uri)
        assert fault.code == "unreadable"
        assert "gone.yaml" in fault.message

    session(run, tmp_path)


def test_labels_that_only_the_inventory_has_are_warnings(retail: Path) -> None:
    async def run(editor: Editor) -> None:
        uri = (retail / "web.place").as_uri()
        editor.open(uri, APP.replace("not closed", "not shelf-pilot"))
        (fault,) = await editor.diagnostics(uri)
        assert fault.code == "undeclared-label"
        assert fault.severity is types.DiagnosticSeverity.Warning

    session(run, retail)


def test_what_of_the_inventory_does_not_fit_is_told_where_it_stands(retail: Path) -> None:
    async def run(editor: Editor) -> None:
        uri, inventory = (retail / "fleet.place").as_uri(), (retail / "inventory.yaml").as_uri()
        editor.open(uri, (retail / "fleet.place").read_text())
        assert await editor.diagnostics(uri) == []
        here = editor.find(uri, "franchise: bool", after=len("franchise: "))
        editor.type(uri, here, "number", Position(here.line, here.character + len("bool")))
        await editor.news_of(inventory, lambda found: "wrong-type" in codes(found))

    session(run, retail)


def test_positions_count_what_both_sides_agreed_on(tmp_path: Path) -> None:
    for encoding, column in (("utf-8", 17), ("utf-32", 14), (None, 15)):

        async def run(editor: Editor, column: int = column) -> None:
            uri = (tmp_path / "a.place").as_uri()
            editor.open(uri, 'let a = "\U0001f600" + b\n')
            assert [d.range.start.character for d in await editor.diagnostics(uri)] == [column]
            change = types.TextDocumentContentChangePartial(
                types.Range(Position(0, column), Position(0, column + 1)), '"c"'
            )
            document = types.VersionedTextDocumentIdentifier(2, uri)
            editor.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
            editor.versions[uri] = 2
            assert codes(await editor.diagnostics(uri)) == ["wrong-type"]

        session(run, tmp_path, encodings=[encoding] if encoding else None)
