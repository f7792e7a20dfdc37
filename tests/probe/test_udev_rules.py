from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from placelang_runtime.udev_rules import RuleError, parse_rule


@dataclass(frozen=True)
class Thing:
    """A device of a tree made by hand."""

    subsystem: str | None = None
    kernel: str | None = None
    driver: str | None = None
    parent: Thing | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def attribute(self, name: str) -> str | None:
        return self.attributes.get(name)

    def variable(self, name: str) -> str | None:
        return self.variables.get(name)


HUB = Thing("usb", "usb1", "usb", attributes={"idVendor": "1d6b", "speed": "480"})
CAMERA = Thing("usb", "1-2", "usb", HUB, {"idVendor": "046d", "idProduct": "0892\n"})
PORT = Thing("usb", "1-2:1.0", "uvcvideo", CAMERA)
VIDEO = Thing("video4linux", "video0", None, PORT, {"index": "0"}, {"ID_V4L_CAPABILITIES": ":capture:"})


@pytest.mark.parametrize(
    "rule",
    [
        'SUBSYSTEM=="video4linux"',
        'SUBSYSTEM == "video4linux" , KERNEL=="video[0-9]",',
        'SUBSYSTEM=="video4linux", ATTRS{idVendor}=="046d"',
        'ATTRS{idVendor}=="046d", ATTRS{idProduct}=="0892"',
        'ATTRS{idVendor}=="1234|046d"',
        'DRIVERS=="uvc*"',
        'ENV{ID_V4L_CAPABILITIES}=="*:capture:*"',
        'KERNEL!="video1"',
        'ATTR{index}=="0", SUBSYSTEMS=="usb", KERNELS=="1-?"',
    ],
)
def test_it_is_of_the_kind(rule: str) -> None:
    assert parse_rule(rule).matches(VIDEO)


@pytest.mark.parametrize(
    "rule",
    [
        'SUBSYSTEM=="usb"',
        'ATTR{idVendor}=="046d"',
        'ATTR{missing}!="1"',
        'ENV{ID_V4L_CAPABILITIES}=="capture"',
        'KERNEL!="video*"',
        'SUBSYSTEM=="video4linux|usb", KERNEL=="usb1"',
    ],
)
def test_it_is_not_of_the_kind(rule: str) -> None:
    assert not parse_rule(rule).matches(VIDEO)


def test_what_looks_upwards_has_to_hold_at_one_and_the_same_place() -> None:
    assert parse_rule('ATTRS{speed}=="480"').matches(VIDEO)
    assert not parse_rule('ATTRS{idVendor}=="046d", ATTRS{speed}=="480"').matches(VIDEO)


@pytest.mark.parametrize(
    ("rule", "message", "marked"),
    [
        ('PROGRAM=="/bin/true"', "`PROGRAM` does something", "PROGRAM"),
        ('IMPORT{program}=="x"', "`IMPORT` does something", "IMPORT"),
        ('KERNEL=="a", RUN+="/bin/rm"', "`RUN` does something", "RUN"),
        ('KERNEL="video0"', "this changes something", "="),
        ('KERNAL=="video0"', "there is no key `KERNAL`", "KERNAL"),
        ('ATTR=="1"', "`ATTR` needs a name", "ATTR"),
        ('KERNEL{x}=="1"', "`KERNEL` takes no name", "x"),
        ('KERNEL=="a" SUBSYSTEM=="b"', "a comma is due here", "S"),
        ("KERNEL==a", "this is no part of a rule", "KERNEL==a"),
        ("", "a rule says which devices it means", ""),
        ('KERNEL=="' + "*" * 5000 + '"', "at most 4,096", None),
    ],
)
def test_a_rule_that_cannot_be_says_where_and_why(rule: str, message: str, marked: str | None) -> None:
    with pytest.raises(RuleError, match=message.replace("`", ".")) as caught:
        parse_rule(rule)
    if marked is not None:
        assert rule[caught.value.start : caught.value.end] == marked


def test_a_glob_of_many_stars_takes_no_time_to_speak_of() -> None:
    rule = parse_rule('KERNEL=="' + "*a" * 1_000 + '"')
    assert not rule.matches(Thing(kernel="a" * 900 + "b"))
