"""Fail points do nothing unless asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.lane import failpoints
from worker.lane.failpoints import (
    FailpointHit,
    UnknownFailpoint,
    arm,
    failpoint,
    listen,
    passed_by,
)


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.disarm()


def test_an_unarmed_place_does_nothing() -> None:
    arm({})
    failpoint("decided")


def test_only_the_hit_that_was_asked_for_acts_and_leaves_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAD_ROUTER_FAILPOINT_LOG", str(tmp_path / "proof"))
    arm({"LEAD_ROUTER_FAILPOINT": "decided=raise@2;begun=pause:0"})
    failpoint("decided")
    with pytest.raises(FailpointHit):
        failpoint("decided")
    failpoint("decided")
    failpoint("begun")
    lines = (tmp_path / "proof").read_text().splitlines()
    assert [line.split()[:2] for line in lines] == [["decided", "raise"], ["begun", "pause"]]


async def test_those_hits_alone_count_that_are_of_the_processor_asked_for() -> None:
    async def lane(processor: str) -> None:
        passed_by(processor)
        failpoint("acknowledged")

    arm({"LEAD_ROUTER_FAILPOINT": "acknowledged/lifecycle=raise@2"})
    failpoint("acknowledged")
    for processor in ("lifecycle", "accounts", "intake"):
        await asyncio.create_task(lane(processor))
    with pytest.raises(FailpointHit):
        await asyncio.create_task(lane("lifecycle"))


def test_who_listens_hears_of_every_place_until_it_is_taken_back() -> None:
    heard: list[str] = []
    listen(heard.append)
    failpoint("decided")
    listen(None)
    failpoint("begun")
    assert heard == ["decided"]


@pytest.mark.parametrize(
    "spec", ["nowhere=kill", "decided=explode", "decided", "parking/lifecycle=kill"]
)
def test_a_place_or_action_that_does_not_exist_is_refused(spec: str) -> None:
    with pytest.raises(UnknownFailpoint):
        arm({"LEAD_ROUTER_FAILPOINT": spec})
