"""Three hosts on one machine, each with an engine, an agent, a watchdog and a store of its own: what is lost is taken
over, and what must be one is never two, by what the copies themselves wrote down."""

from __future__ import annotations

import signal
from contextlib import ExitStack

import pytest

from tests.site.machines import Machine, Site, is_planned, until


def cut(links: ExitStack, *hosts: Machine) -> None:
    """Take their links away for a while."""
    for one in hosts:
        links.callback(one.cut, down=False)
        one.cut()


def deafen(links: ExitStack, *pairs: tuple[Machine, Machine]) -> None:
    """Have the first of each pair hear nothing of the second for a while."""
    for one, other in pairs:
        one.deaf(other)
        links.callback(one.deaf, other, to=False)


def taken_over(site: Site) -> bool:
    _, *others = site
    return any("shop.till" in one.running() for one in others)


def test_a_lost_host_is_taken_over_and_comes_back_gently(site: Site) -> None:
    first, *others = site
    first.lose()
    until(lambda: any("shop.till" in one.running() and "shop.web" in one.running() for one in others))
    first.come_back()
    until(lambda: is_planned(site))
    assert site.doubles("till") == []
    assert site.doubles("web"), "what need not be one runs on until its host is well again"


@pytest.mark.parametrize("hears", [True, False], ids=["cut off", "hears nobody"])
def test_whoever_is_cut_off_gives_up_what_is_single_before_others_have_it(site: Site, *, hears: bool) -> None:
    first, *others = site
    with ExitStack() as links:
        if hears:
            cut(links, first)
        else:
            deafen(links, *((first, one) for one in others))
        until(lambda: taken_over(site))
        assert "shop.till" not in first.running()
        assert "shop.web" in first.running(), "everything else prefers being up"
    until(lambda: is_planned(site))
    assert site.doubles("till") == []


def test_an_agent_that_stands_still_keeps_nothing_that_is_single(site: Site) -> None:
    first, *_ = site
    first.send(signal.SIGSTOP)
    try:
        until(lambda: taken_over(site))
    finally:
        first.send(signal.SIGCONT)
    until(lambda: is_planned(site))
    assert site.doubles("till") == []


@pytest.mark.parametrize(
    ("leading", "both"), [(1, True), (0, False)], ids=["from the one that leads", "in one direction"]
)
def test_two_hosts_that_do_not_reach_each_other_are_not_lost_while_both_reach_a_third(
    site: Site, leading: int, *, both: bool
) -> None:
    first, second, _ = site
    site.lead(list(site.machines)[leading])
    with site.untouched(), ExitStack() as links:
        deafen(links, (second, first), *([(first, second)] if both else []))
        site.outlast_patience()


def test_an_engine_that_hangs_and_a_clock_that_is_set_move_nothing_as_long_as_the_agent_renews(
    site: Site,
) -> None:
    first, second, third = site
    with site.untouched(), first.frozen_engine():
        second.jump(86_400)
        third.jump(-86_400)
        first.jump(3_600)
        site.outlast_patience()
    for one in site:
        one.jump(0)
    until(lambda: is_planned(site))


def test_an_engine_that_hangs_keeps_nothing_that_is_single_once_its_host_is_cut_off(site: Site) -> None:
    first, *_ = site
    with first.frozen_engine(), ExitStack() as links:
        cut(links, first)
        until(lambda: taken_over(site))
    until(lambda: is_planned(site))
    assert site.doubles("till") == []


def test_hosts_that_are_all_alone_run_what_they_can_and_are_as_planned_once_all_is_healed(site: Site) -> None:
    first, second, third = site
    with ExitStack() as links:
        cut(links, first, second, third)
        first.lose()
        first.come_back(alone=True)
        until(
            lambda: site.where("web") == [first.name, second.name, third.name] or len(site.where("web")) > 1
        )
        until(lambda: first.running() == ["shop.web"])
        assert site.where("till") == []
    until(lambda: is_planned(site))
    assert site.doubles("till") == []
