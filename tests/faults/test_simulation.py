"""The simulation itself: time and death are what it says, a seed is a whole life, and lives show what they have to."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.faults.simulation.acts import ACTS
from tests.faults.simulation.bodies import Body, Loop, SleepsForEver
from tests.faults.simulation.census import EXPECTED, SEEN, Census
from tests.faults.simulation.deaths import ROLES, Point, died, first_and_last, froze, points_of
from tests.faults.simulation.folding import OF_DEADLINES
from tests.faults.simulation.life import outcome_of
from tests.faults.simulation.mutants import NAMED
from tests.faults.simulation.mutants import SEEN as SEEN_ALONE
from tests.faults.simulation.spoilt import BrokerWithoutFences
from tests.faults.simulation.workers import TOGETHER
from worker.lane.failpoints import NAMES

ROOT = Path(__file__).parents[2]
LIVES = 12
EVERY = 16
"""Of the first and the last passings of each place, so many are left out but one; `make simulation` leaves out none."""


def in_virtual_time(work: object) -> object:
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(work)  # type: ignore[arg-type]


def test_time_jumps_and_never_stands_a_little_before_a_timer() -> None:
    async def waits() -> list[float]:
        loop, seen = asyncio.get_running_loop(), []
        for seconds in (3600.0, 0.1, 1e-9):
            due = loop.time() + seconds
            await asyncio.sleep(seconds)
            seen.append(loop.time() - due)
        return seen

    late = in_virtual_time(waits())
    assert isinstance(late, list)
    assert all(0 <= one < 1e-5 for one in late)


def test_a_deadlock_is_an_error() -> None:
    async def waits_for_nobody() -> None:
        await asyncio.Event().wait()

    with pytest.raises(SleepsForEver):
        in_virtual_time(waits_for_nobody())


def test_the_dead_do_not_clean_up_and_the_frozen_go_on_where_they_were() -> None:
    said: list[str] = []

    async def works(name: str) -> None:
        try:
            await asyncio.sleep(1)
            said.append(f"{name} went on")
        finally:
            said.append(f"{name} cleaned up")

    async def world() -> None:
        dead, frozen = (Body(name, lambda *_: None) for name in ("dead", "frozen"))
        dead.begin(works("dead"))
        frozen.begin(works("frozen"))
        await asyncio.sleep(0.5)
        dead.die("here")
        frozen.frozen = True
        await asyncio.sleep(10)
        assert said == []
        frozen.thaw()
        await asyncio.sleep(0.1)
        assert said == ["frozen went on", "frozen cleaned up"]
        dead.wind_up()

    in_virtual_time(world())


def digest_of(*life: str, hash_seed: int = 0) -> str:
    """Lives a life in a process of its own, and returns what the whole of it comes to, told in one line."""
    replay = [sys.executable, "-m", "tests.faults.simulation", *life]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(replay, cwd=ROOT, env=environment, capture_output=True, check=True)
    return done.stderr.decode()


def test_a_seed_replays_to_the_byte_in_any_process_and_another_is_another_life() -> None:
    told = digest_of("--seed", "7", hash_seed=1)
    assert told == digest_of("--seed", "7", hash_seed=2)
    assert outcome_of(7).digest in told
    assert outcome_of(8).digest not in told


def test_a_death_replays_by_whose_it_is_and_the_number_of_its_place() -> None:
    told = digest_of("--role", "intake,lifecycle", "--number", "40")
    assert died(Point(("intake", "lifecycle"), 40, "")).digest in told
    assert died(Point(("intake", "lifecycle"), 41, "")).digest not in told


def test_random_lives_keep_every_promise() -> None:
    census = Census()
    for seed in range(LIVES):
        census.add(outcome_of(seed))
    assert census.wrong == []
    assert census.deaths().total() > LIVES // 2
    assert len({one for one in ACTS if census.places[one]}) > len(ACTS) // 2
    assert all(census.judged[one] for one in ("deadlines", "repeats", "told_by_accounts"))


OCCASIONS = {(one.occasion, one.goes_on) for one in (*NAMED.values(), *SEEN_ALONE.values())}


@pytest.mark.parametrize("acts, goes_on", sorted(OCCASIONS, key=str))
def test_nothing_is_wrong_with_a_life_that_gives_a_mutant_its_occasion(
    acts: tuple[str, ...], goes_on: float
) -> None:
    for seed in range(3):
        outcome = outcome_of(seed, acts=acts, goes_on=goes_on)
        assert outcome.wrong == []
        assert outcome.seconds > goes_on


def died_at_each(points: Iterable[Point]) -> Census:
    """Lives a life with a death at each of them, and returns what they come to."""
    census = Census()
    for point in points:
        outcome = died(point)
        assert outcome.wrong == [], point
        assert outcome.places[f"died at {point.place}"] == 1, point
        census.add(outcome)
    return census


def test_a_death_at_a_place_keeps_every_promise() -> None:
    points = [one for role in ROLES for one in [*first_and_last(points_of(role))][::EVERY]]
    assert died_at_each(points).deaths().total() == len(points) > 25


def test_who_freezes_at_a_place_until_others_have_come_further_keeps_every_promise() -> None:
    points = [one for role in ROLES for one in [*first_and_last(points_of(role))][::EVERY]]
    for point in points:
        outcome = froze(point)
        assert outcome.wrong == [], point
        assert (outcome.places[f"froze at {point.place}"], outcome.places["thaws"]) == (1, 1)


def test_who_froze_would_be_named_if_nobody_fenced_him() -> None:
    within = {"begun", "between-outcomes", "outcomes-sent"}
    points = [one for one in first_and_last(points_of(("lifecycle",))) if one.place in within]
    assert any(froze(point, BrokerWithoutFences).named for point in points)


def test_a_worker_passes_every_fail_point_on_its_way() -> None:
    passed = {point.place for point in points_of(ROLES[0])}
    assert passed >= set(NAMES)


@pytest.mark.parametrize("role", [TOGETHER, ("lifecycle",)], ids=" ".join)
def test_a_death_before_and_after_a_deadline_is_written_and_folded(role: tuple[str, ...]) -> None:
    commits = {f"{moment} lifecycle {OF_DEADLINES}" for moment in ("before", "after")}
    wanted = {*commits, "deadlines-released", "deadlines-written"}
    passed = [point for point in points_of(role) if point.place in wanted]
    points = [*first_and_last(passed)]
    assert {point.place for point in points} == wanted
    assert len(points) == 2 * len(wanted), "deadlines were folded once only"
    assert died_at_each(points).judged["deadlines"]


def test_a_deadline_comes_due_after_a_worker_has_recovered_a_lane() -> None:
    last = {point.place: point.number for point in points_of(("lifecycle",))}
    assert last["recovering"] < last["deadlines-released"] < last["parking"]


def test_a_commit_says_that_it_folds_a_deadline_where_the_spine_holds_one() -> None:
    passed = Counter(point.place for point in points_of(("lifecycle",)))
    assert 0 < passed[f"before lifecycle {OF_DEADLINES}"] < passed["before lifecycle commit"]


def test_where_nothing_happened_everything_is_lacking() -> None:
    lacking = "\n".join(Census().lacking())
    for one in (*NAMES, *ACTS, *EXPECTED, *SEEN.values(), "before join", "after commit"):
        assert one in lacking
