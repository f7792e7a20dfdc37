"""Settings from flags, environment and `placelang.toml`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from placelang.codes import Code
from placelang.config import Layer, find, from_environment, from_file, resolve


def file(folder: Path, text: str) -> Path:
    path = folder / "placelang.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[tuple[str, str]]:
    """The messages for a file with the text, each with the characters that it points at."""
    _, sources, found = from_file(file(folder, text))
    assert all(d.code is Code.CONFIG for d in found)
    return [(d.message, sources[0].text[d.span.start : d.span.end]) for d in found if d.span]


def test_a_flag_wins_over_the_environment_and_that_over_the_file() -> None:
    layers = (
        Layer("flag", budget=3.0),
        Layer("environment", inventory="env.yaml", budget=2.0),
        Layer("file", inventory="file.yaml", budget=1.0, policy=("file.place",)),
    )
    settings = resolve(layers)
    assert (settings.budget, settings.inventory, settings.policy) == (3.0, "env.yaml", ("file.place",))
    assert settings.origins == {"budget": "flag", "inventory": "environment", "policy": "file"}


def test_params_are_merged_by_name() -> None:
    layers = (Layer("flag", params={"a": "1"}), Layer("file", params={"b": "2", "a": "3"}))
    settings = resolve(layers)
    assert settings.params == {"a": "1", "b": "2"}
    assert settings.origins == {"params.a": "flag", "params.b": "file"}


def test_what_nobody_says_has_no_origin() -> None:
    settings = resolve((Layer("flag"),))
    assert (settings.inventory, settings.policy, settings.budget, settings.origins) == (None, (), None, {})


def test_the_environment_is_split_as_a_shell_does() -> None:
    layer, found = from_environment(
        {
            "PLACELANG_INVENTORY": "fleet.yaml",
            "PLACELANG_POLICY": "a.place 'b c.place'",
            "PLACELANG_PARAMS": "version=3 'motto=keep calm'",
            "PLACELANG_BUDGET": "2.5",
        }
    )
    assert found == ()
    assert layer.inventory == "fleet.yaml"
    assert layer.policy == ("a.place", "b c.place")
    assert layer.params == {"version": "3", "motto": "keep calm"}
    assert layer.budget == 2.5


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PLACELANG_BUDGET", "much", "`much` is no number from 0 on"),
        ("PLACELANG_BUDGET", "nan", "`nan` is no number from 0 on"),
        ("PLACELANG_BUDGET", "-1", "`-1` is no number from 0 on"),
        ("PLACELANG_PARAMS", "version", "`version` has no value"),
        ("PLACELANG_POLICY", "'a.place", "a quotation is not closed"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str, message: str) -> None:
    _, found = from_environment({variable: value})
    assert [(d.message, d.path) for d in found] == [(message, variable)]


def test_an_empty_variable_says_nothing() -> None:
    layer, found = from_environment({"PLACELANG_INVENTORY": "", "PLACELANG_BUDGET": ""})
    assert (layer, found) == (Layer("environment"), ())


def test_the_file_is_found_upwards(tmp_path: Path) -> None:
    path = file(tmp_path, "")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find(below) == path
    assert find(tmp_path) == path


def test_paths_in_the_file_are_relative_to_its_folder(tmp_path: Path) -> None:
    text = 'inventory = "fleet.yaml"\npolicy = ["p.place"]\n'
    layer, _, found = from_file(file(tmp_path, text))
    assert found == ()
    assert layer.inventory == str(tmp_path / "fleet.yaml")
    assert layer.policy == (str(tmp_path / "p.place"),)


def test_params_of_the_file_are_text_as_a_placement_file_has_it(tmp_path: Path) -> None:
    text = '[params]\nname = "x"\ncount = 3\non = true\nratio = 0.5\n'
    layer, _, _ = from_file(file(tmp_path, text))
    assert layer.params == {"name": "x", "count": "3", "on": "true", "ratio": "0.5"}


def test_several_faults_of_the_file_are_shown_at_once(tmp_path: Path) -> None:
    text = 'inventroy = "a.yaml"\npolicy = "p.place"\nbudget = true\n\n[params]\nlist = [1]\n'
    assert faults(tmp_path, text) == [
        ("unknown key `inventroy`", "inventroy"),
        ("`policy` is a list of paths", "policy"),
        ("`params.list` is no text", "list"),
        ("`budget` is a number from 0 on", "budget"),
    ]


def test_an_unknown_key_is_told_what_it_may_have_meant(tmp_path: Path) -> None:
    _, _, found = from_file(file(tmp_path, "bugdet = 1\n"))
    assert [d.hint for d in found] == ["did you mean `budget`?"]


def test_text_that_is_not_toml_is_pointed_at(tmp_path: Path) -> None:
    _, sources, found = from_file(file(tmp_path, "# settings\nbudget = = 3\n"))
    [fault] = found
    assert fault.message.startswith("not TOML: ")
    assert fault.span
    assert sources[0].position(fault.span.start).line == 2


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 100_000, "a = " + "1" * 10_000, "[params]\nx = 1979-05-27\n", "a"]
)
def test_a_hostile_file_is_a_diagnostic(tmp_path: Path, text: str) -> None:
    _, _, found = from_file(file(tmp_path, text))
    assert found


def test_a_file_that_is_not_utf8_is_a_diagnostic(tmp_path: Path) -> None:
    path = tmp_path / "placelang.toml"
    path.write_bytes(b"\xff\xfe")
    _, _, found = from_file(path)
    assert [d.code for d in found] == [Code.NOT_UTF8]


def test_its_page_shows_what_is_refused_and_what_is_not(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors" / "config.md").read_text(encoding="utf-8")
    refused, repaired = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(faults(tmp_path, refused)) == refused.count("=")
    assert faults(tmp_path, repaired) == []
