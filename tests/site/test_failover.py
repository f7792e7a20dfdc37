"""Three hosts on one machine, each with an engine, an agent, a watchdog and a store of its own: what is lost is taken
over, and what must be one is never two, by what the copies themselves wrote down."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from placelang_runtime.site.deadline import now
from placelang_runtime.site.session import PATIENCE
from tests.engines import require_engines
from tests.site.machines import Site, new_names, running_site, until
from tests.site.voters import require_store


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    require_engines()
    require_store()
    with running_site(tmp_path_factory.mktemp("site"), new_names(3)) as made:
        until(lambda: is_planned(made))
        yield made


def is_planned(site: Site) -> bool:
    first = next(iter(site.machines))
    return site.where("till") == [first] and site.where("web") == [first]


def test_a_lost_host_is_taken_over_and_comes_back_gently(site: Site) -> None:
    first, *others = site
    first.lose()
    until(lambda: any("shop.till" in one.running() and "shop.web" in one.running() for one in others))
    first.come_back()
    until(lambda: is_planned(site))
    assert site.doubles("till") == []
    assert site.doubles("web"), "what need not be one runs on until its host is well again"


def test_whoever_is_cut_off_gives_up_what_is_single_before_others_have_it(site: Site) -> None:
    first, *others = site
    first.cut()
    until(lambda: any("shop.till" in one.running() for one in others))
    assert "shop.till" not in first.running()
    assert "shop.web" in first.running(), "everything else prefers being up"
    first.cut(down=False)
    until(lambda: is_planned(site))
    assert site.doubles("till") == []


def test_an_agent_that_stands_still_keeps_nothing_that_is_single(site: Site) -> None:
    first, *others = site
    first.send(signal.SIGSTOP)
    until(lambda: any("shop.till" in one.running() for one in others))
    first.send(signal.SIGCONT)
    until(lambda: is_planned(site))
    assert site.doubles("till") == []


@pytest.mark.parametrize("leading", [0, 1], ids=["the holder leads", "the other leads"])
def test_two_hosts_that_do_not_reach_each_other_are_not_lost_while_both_reach_a_third(
    site: Site, leading: int
) -> None:
    first, second, _ = site
    site.lead(list(site.machines)[leading])
    copy, lost = site.copy("till"), site.happened("lost")
    for one, other in ((first, second), (second, first)):
        one.deaf(other)
    begun = now()
    until(lambda: now() > begun + PATIENCE + 1)
    for one, other in ((first, second), (second, first)):
        one.deaf(other, to=False)
    assert site.happened("lost") == lost
    assert site.copy("till") == copy, "it ran on"
    assert is_planned(site)
