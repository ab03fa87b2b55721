"""A member that fetches nothing stays: one that is dealt nothing, and one whose lanes take long to open.

The library has such a member leave the group after `max_poll_interval_ms`, and never lets it join again.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.group_coordinator import GroupCoordinator

from worker.lane.kafka.group import Membership
from worker.lane.kafka.source import KafkaSource
from worker.lane.limits import Limits

TEN_YEARS = 10 * 365 * 86_400.0


class Idle(SimpleNamespace):
    """What the library's coordinator looks at, in a member that has not fetched for ten years."""

    def __init__(self, interval_ms: float) -> None:
        super().__init__(
            member_id="m",
            _max_poll_interval=interval_ms / 1000,
            _heartbeat_interval_ms=0,
            _session_timeout_ms=6_000,
            _retry_backoff_ms=1,
            _performed_join_prepare=True,
            _subscription=SimpleNamespace(fetcher_idle_time=TEN_YEARS, subscribed_pattern=None),
            did=[],
        )

    def _start_heartbeat_task(self) -> None: ...

    async def _stop_heartbeat_task(self) -> None: ...

    async def ensure_coordinator_known(self) -> None: ...

    async def _do_heartbeat(self) -> bool:
        self.did.append("beat")
        if len(self.did) > 2:
            self.member_id = ""
        return True

    async def _maybe_leave_group(self) -> None:
        self.did.append("left")

    async def _do_rejoin_group(self, subscription: Any) -> bool:
        self.did.append("joined")
        return True


@pytest.fixture
async def idle() -> Idle:
    """Gives such a member, with the time after which ours would leave."""
    connection = {"bootstrap_servers": "localhost:1"}
    source = KafkaSource(connection, Limits(), ["t.spine"], Membership("g", None, "", True))
    member = source._member()
    await member.stop()
    return Idle(member._max_poll_interval_ms)


async def test_a_member_that_fetches_nothing_does_not_leave(idle: Idle) -> None:
    await asyncio.wait_for(GroupCoordinator._heartbeat_routine(idle), 5)
    assert idle.did == ["beat", "beat", "beat"]


async def test_a_member_that_fetched_nothing_joins_when_the_group_is_dealt_anew(idle: Idle) -> None:
    dealt = object()
    answer = await GroupCoordinator.ensure_active_group(
        idle, SimpleNamespace(assignment=dealt), prev_assignment=object()
    )
    assert answer is dealt
    assert idle.did == ["joined"]
