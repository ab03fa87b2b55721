"""A member of a consumer group on Kafka, with aiokafka (see `log.py` here for the points relied upon)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import aiokafka
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import OffsetOutOfRangeError

from worker.lane.kafka.answers import held_until
from worker.lane.kafka.assignor import LaneAssignor
from worker.lane.kafka.consumer import Consumer, kafka_consumer
from worker.lane.kafka.group import Membership, members_of
from worker.lane.kafka.questions import kafka_admin
from worker.lane.kafka.rights import allowed
from worker.lane.limits import Limits
from worker.lane.log import Chunk, RebalanceListener, WentBack
from worker.lane.namesakes import Namesakes
from worker.lane.processor import Record, TopicPartition


class Listener(ConsumerRebalanceListener):  # type: ignore[misc] # the library ships no types
    """Hears what the group decides about one membership, until that has ended."""

    def __init__(self, source: KafkaSource) -> None:
        self.heard = True
        self._source = source

    async def on_partitions_revoked(self, revoked: Collection[Any]) -> None:
        """Passes it on."""
        del revoked
        if self.heard:
            await self._source.revoked()

    async def on_partitions_assigned(self, assigned: Collection[Any]) -> None:
        """Passes it on."""
        if self.heard:
            await self._source.assigned(assigned)

    def on_name_taken(self) -> bool:
        """Passes it on, and returns whether to take the name back; a membership that has ended does not."""
        return self.heard and self._source.takes_name_back()


class KafkaSource:
    """Reads the inputs of one processor; started again, it joins as a new member."""

    def __init__(
        self,
        connection: Mapping[str, Any],
        limits: Limits,
        topics: Sequence[str],
        membership: Membership,
    ) -> None:
        self._connection = connection
        self._namesakes = Namesakes(limits, membership.instance or "")
        self._limits = limits
        self._topics = list(topics)
        self._membership = membership
        self._assignor = LaneAssignor(membership.policy)
        self._consumer: Any = None
        self._hears: RebalanceListener | None = None
        self._listener: Listener | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._broken: Exception | None = None
        self._look_again_at = 0.0
        self._at: dict[TopicPartition, int] = {}
        self._theirs: dict[TopicPartition, aiokafka.TopicPartition] = {}

    async def start(self, listener: RebalanceListener) -> None:
        """Joins the group and returns once it has dealt."""
        self._hears, self._broken = listener, None
        self._consumer = self._member()
        self._listener = Listener(self)
        self._consumer.subscribe(self._topics, listener=self._listener)
        try:
            with allowed("read"):
                await self._consumer.start()
            self._consumer._coordinator.takes_name_back = self._listener.on_name_taken  # noqa: SLF001 - see coordination.py
        except BaseException:
            await self.stop()
            raise

    def _member(self) -> Consumer:
        """Returns a member that has not joined yet.

        The library would leave the group for good after a time without a fetch. Whoever is dealt nothing fetches
        nothing, and lanes that open for long do not either: that time is without end.
        """
        limits = self._limits
        return kafka_consumer(
            **{"request_timeout_ms": int(limits.request_seconds * 1000), **self._connection},
            auto_offset_reset="none" if self._membership.reads_all else "earliest",
            group_id=self._membership.group,
            group_instance_id=self._membership.instance,
            partition_assignment_strategy=[self._assignor],
            session_timeout_ms=int(limits.session_seconds * 1000),
            heartbeat_interval_ms=int(limits.heartbeat_seconds * 1000),
            rebalance_timeout_ms=int(limits.rebalance_seconds * 1000),
            max_poll_interval_ms=math.inf,
            fetch_max_wait_ms=limits.fetch_wait_ms,
            retry_backoff_ms=limits.retry_backoff_ms,
        )

    async def stop(self) -> None:
        """Leaves the group. Given up waiting for, it goes on by itself: half a member would keep its partitions."""
        consumer, self._consumer = self._consumer, None
        self._at.clear()
        if self._listener is not None:
            self._listener.heard = False
        if consumer is not None:
            self._leaving = asyncio.create_task(consumer.stop())
            await asyncio.shield(self._leaving)

    async def revoked(self) -> None:
        """Passes on that the group deals anew; the library would swallow an error here, so `poll` raises it."""
        self._at.clear()
        try:
            if self._hears is not None:
                await self._hears.revoked()
        except Exception as error:  # noqa: BLE001 - see above
            self._broken = error

    async def assigned(self, places: Collection[Any]) -> None:
        """Passes on what this member got."""
        self._theirs = {TopicPartition(*place): place for place in places}
        try:
            if self._hears is not None:
                await self._hears.assigned(self._theirs.keys())
        except Exception as error:  # noqa: BLE001 - as above
            self._broken = error

    def takes_name_back(self) -> bool:
        """Hears that another has come under its name, and returns whether to take it back; else gives up."""
        error = self._namesakes.came()
        if error is not None and self._hears is not None:
            self._hears.give_up(error)
        return error is None

    def seek(self, positions: Mapping[TopicPartition, int]) -> None:
        """Reads on from these positions."""
        for place, position in positions.items():
            self._consumer.seek(self._theirs[place], position)
            self._at[place] = position

    async def poll(
        self, wanted: Collection[TopicPartition], max_records: int, timeout_ms: int
    ) -> Sequence[Chunk]:
        """Returns chunks of the wanted partitions. Between drain and return nothing suspends: that keeps the chain."""
        if self._broken is not None:
            raise self._broken
        theirs = [self._theirs[place] for place in wanted if place in self._at]
        if not theirs:
            await asyncio.sleep(self._limits.idle_seconds)
            return ()
        try:
            with allowed("read"):
                drained = await self._consumer.getmany(
                    *theirs, timeout_ms=timeout_ms, max_records=max_records
                )
            everywhere = self._time_to_look(busy=bool(drained))
            return [
                chunk
                for place in wanted
                if (everywhere or place in drained)
                and (chunk := self._chunk(place, drained.get(place, ()))) is not None
            ]
        except OffsetOutOfRangeError as error:
            self._at.clear()
            raise WentBack(TopicPartition(*place) for place in error.args[0]) from error
        except BaseException:
            self._at.clear()
            raise

    def known_end(self, place: TopicPartition) -> int | None:
        """Returns the last stable offset that the last fetch reported."""
        if self._consumer is None or place not in self._at:
            return None
        end: int | None = self._consumer.last_stable_offset(self._theirs[place])
        return end

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Writes group offsets."""
        await self._consumer.commit(
            {self._theirs[place]: position for place, position in positions.items()}
        )

    @property
    def held_until(self) -> float:
        """Until when brokers send it nothing."""
        return 0.0 if self._consumer is None else held_until(self._consumer._client)  # noqa: SLF001 - see log.py

    def refused(self) -> Exception | None:
        """Returns what the library keeps for whoever asks it for records; it waits for that, also while nobody does."""
        try:
            if self._consumer is not None:
                self._consumer._coordinator.check_errors()  # noqa: SLF001 - see log.py
        except Exception as error:  # noqa: BLE001 - whatever it was
            return error
        return None

    async def policies(self) -> Sequence[str] | None:
        """Asks the coordinator: a static member that comes back says something new, and nothing is dealt anew."""
        request_ms = int(self._limits.request_seconds * 1000)
        client = kafka_admin(**{"request_timeout_ms": request_ms, **self._connection})
        try:
            await client.start()
            return (await members_of(client, self._membership.group)).policies()
        finally:
            await client.close()

    def _time_to_look(self, *, busy: bool) -> bool:
        """Returns whether to look at inputs without records too: always when idle, now and then when busy."""
        now = asyncio.get_running_loop().time()
        if busy and now < self._look_again_at:
            return False
        self._look_again_at = now + self._limits.poll_ms / 1000
        return True

    def _chunk(self, place: TopicPartition, drained: Sequence[Record]) -> Chunk | None:
        """Returns what lies between the last position and the one now; None if it has not moved."""
        start = self._at.get(place)
        if start is None or (not drained and (self.known_end(place) or 0) <= start):
            return None
        end = self._position(place)
        if end is None and drained:
            end = drained[-1].offset + 1
        if end is None or end == start:
            return None
        if end < start or (drained and drained[0].offset < start):
            raise WentBack([place])
        self._at[place] = end
        return Chunk(place, start, drained, end)

    def _position(self, place: TopicPartition) -> int | None:
        """Returns the consumer's position without giving up the loop step; None while it is being looked up."""
        asking = self._consumer.position(self._theirs[place])
        try:
            asking.send(None)
        except StopIteration as answer:
            position: int = answer.value
            return position
        asking.close()
        return None
