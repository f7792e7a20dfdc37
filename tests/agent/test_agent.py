"""An agent owns its host: commands hand over to it, and it has everything run as it shall, whatever happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from placelang.cli.exits import Exit
from placelang.planning import plan_file
from placelang_runtime.canonical import to_json
from placelang_runtime.drivers import DriverError
from tests.agent.hosts import Host, until
from tests.apply.stores import failing

JOB = 'app shop { job move { image "registry.example.com/move:1"; lasts 1h } }'
ALL = ["logs.ship@gbg-1/1", "logs.ship@gbg-1/1", "shop.till@gbg/1", "shop.web@gbg/1"]


def test_commands_say_the_same_with_an_agent_and_without(host: Host) -> None:
    host.plan()
    alone = [host.run("apply", "plan.json").out, host.run("apply", "plan.json").out]
    alone += [host.run("drain", "gbg-1", "--json").out, host.run("resume", "gbg-1").out]
    alone += [host.run("remove", "shop").out, host.run("rollback", "shop").out]
    for copy in host.driver.copies():
        host.driver.remove(copy.id)
    host.driver.images.clear()
    (host.folder / "state" / "journal.db").unlink()
    with host.agent():
        handed = [host.run("apply", "plan.json").out, host.run("apply", "plan.json").out]
        handed += [host.run("drain", "gbg-1", "--json").out, host.run("resume", "gbg-1").out]
        handed += [host.run("remove", "shop").out, host.run("rollback", "shop").out]
        assert host.run("status").code == Exit.DONE
    assert list(map(lines, handed)) == list(map(lines, alone))


def lines(text: str) -> list[str]:
    """In any order: what is done at the same time ends in any."""
    return sorted(text.splitlines())


def test_what_goes_wrong_is_told_with_the_same_exit_codes(host: Host) -> None:
    host.plan()
    with host.agent():
        assert "no plan was accepted in" in host.run("apply", code=Exit.INPUT).err
        host.run("apply", "plan.json")
        assert "no host oslo-1" in host.run("drain", "oslo-1", code=Exit.INPUT).err
        assert "no signed document" in host.run("apply", "shop.place", code=Exit.INPUT).err
        engine = ("--engine", "gbg-1=unix:///one")
        assert "an engine of its own" in host.run("apply", *engine, code=Exit.INPUT).err
        host.driver.on = failing("till")
        host.plan(till="2")
        told = host.run("apply", "plan.json", code=Exit.PARTIAL).out
        assert "failed: shop.till@gbg/1 on gbg-1: the engine will not create shop.till@gbg/1" in told
        assert "shop@gbg went back to what ran before on gbg-1\n" in told
        assert host.run("apply", "plan.json", "--dry-run", "--json", code=Exit.DONE)


def test_what_somebody_removed_comes_back(host: Host) -> None:
    host.plan()
    with host.agent():
        host.run("apply", "plan.json")
        before = host.running()
        assert before == ALL
        host.driver.remove(next(c.id for c in host.driver.copies() if c.labels.service == "shop.web"))
        until(lambda: host.running() == before)
        until(lambda: host.told()[-1] == "started shop.web@gbg/1")


def test_a_new_agent_goes_on_with_the_part_that_holds(host: Host) -> None:
    host.plan()
    host.run("apply", "plan.json")
    for copy in host.driver.copies():
        host.driver.remove(copy.id)
    (host.folder / "plan.json").unlink()
    with host.agent():
        until(lambda: host.running() == ALL)


def test_an_engine_that_does_not_answer_is_asked_until_it_does(host: Host) -> None:
    host.plan()
    host.run("apply", "plan.json")
    gone = True

    def answers(_action: str, _of: str) -> None:
        if gone:
            raise DriverError("unreachable", "the engine cannot be reached")

    lost = host.driver.copies()[0].id
    host.driver.on = answers
    with host.agent() as inbox:
        until(lambda: "trouble gbg-1" in host.told())
        gone = False
        host.driver.remove(lost)
        inbox.stir()
        until(lambda: "engine gbg-1" in host.told())
        assert host.running() == ALL
    assert host.told().count("trouble gbg-1") == 1


def test_what_never_ran_well_is_tried_again_and_what_has_a_better_past_is_not(host: Host) -> None:
    fine = host.driver.on
    host.plan()
    with host.agent() as inbox:
        host.driver.on = failing("web")
        host.run("apply", "plan.json", code=Exit.PARTIAL)
        host.driver.on = fine
        until(lambda: host.running() == ALL)
        host.driver.on = failing("web")
        host.plan(web="2")
        host.run("apply", "plan.json", code=Exit.PARTIAL)
        host.driver.on = fine
        inbox.stir()
        until(lambda: host.running() == ALL)
        rows = json.loads(host.run("status", "--json", code=Exit.DONE).out)["containers"]
        assert {row["image"] for row in rows if "web" in row["replica"]} == {"registry.example.com/web:1"}


def test_a_run_of_a_job_begins_when_it_is_due_and_is_heard_of_when_it_ends(host: Host) -> None:
    (host.folder / "shop.place").write_text(JOB, encoding="utf-8")
    earlier = datetime.now(UTC) - timedelta(minutes=5)
    plan = plan_file(
        host.folder / "shop.place", host.folder / "inventory.yaml", at=f"{earlier:%Y-%m-%dT%H:%M:%SZ}"
    )
    (host.folder / "plan.json").write_text(to_json(plan), encoding="utf-8")
    with host.agent():
        host.run("apply", "plan.json")
        until(lambda: host.running() == ["shop.move@gbg-1/once"])
        (copy,) = host.driver.copies()
        host.driver.ends(copy.id, 0)
        until(lambda: "job-well shop.move" in host.told())
        host.run("apply", "plan.json")
        assert host.driver.copies() != ()
        assert host.told().count("job-began shop.move") == 1


def test_two_agents_do_not_own_one_host(host: Host) -> None:
    with host.agent():
        assert "is at work in" in host.run("agent", "run", code=Exit.WORLD).err
