"""How a cluster in memory is read: by members of a group, and by those who follow whole topics."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from worker.lane.limits import Limits
from worker.lane.log import Chunk, RebalanceListener, WentBack
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.group import Fenced, Group, NotDealtTo, Share
from worker.lane.memory.line import Line
from worker.lane.namesakes import Namesakes
from worker.lane.processor import Record, TopicPartition


class MemorySource:
    """A member of a group in memory."""

    def __init__(  # noqa: PLR0913 - who it is, by name
        self,
        cluster: Cluster,
        line: Line,
        group: Group,
        limits: Limits | None = None,
        *,
        policy: str = "",
        instance: str = "",
        reads_all: bool = False,
        topics: Collection[str] = (),
    ) -> None:
        self._reads_all = reads_all
        self._policy = policy
        self._topics = topics
        self._instance = instance
        self._cluster = cluster
        self._line = line
        self._group = group
        self._limits = limits or Limits()
        self._at: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._belonging: asyncio.Task[None] | None = None
        self._share: Share | None = None
        self._member = object()
        self._namesakes = Namesakes(self._limits, instance)

    async def start(self, listener: RebalanceListener) -> None:
        """Joins the group as a new member, and goes on to belong to it."""
        self._member = object()
        await self._take_part(listener)
        self._belonging = asyncio.create_task(self._belong(listener), name="membership")

    async def stop(self) -> None:
        """Leaves the group; who has a name keeps its seat, for whoever comes back under it."""
        if self._belonging is not None:
            self._belonging.cancel()
            await asyncio.wait([self._belonging])
        self._at.clear()
        if not self._instance:
            await self._line.ask("leave", partial(self._group.leave, self._member))

    @property
    def held_until(self) -> float:
        """Never: nobody has a quota here."""
        return 0.0

    async def _take_part(self, listener: RebalanceListener) -> None:
        """Joins, and passes on what the group deals to this member, which takes until every other is ready.

        TimeoutError if that is longer than a request may take, as with the client library: it then joins again.
        """
        self._share = None
        join = partial(self._group.join, self._member, self._policy, self._instance, self._topics)
        async with asyncio.timeout(self._limits.request_seconds):
            share = await (await self._line.ask("join", join))
        await listener.assigned(share.places)
        self._share = share

    async def _belong(self, listener: RebalanceListener) -> None:
        """Is heard of now and then, and takes part whenever the group deals anew, until its name is another's."""
        while True:
            await asyncio.sleep(self._limits.heartbeat_seconds)
            try:
                if not await self._belongs():
                    self._at.clear()
                    await listener.revoked()
                    await self._take_part(listener)
            except Fenced:
                self._member, self._share = object(), None
                if (error := self._namesakes.came()) is not None:
                    listener.give_up(error)
                    return
            except (ConnectionError, TimeoutError):
                pass

    async def _belongs(self) -> bool:
        """Returns whether what it was dealt is still its own; who is unknown will come as somebody new."""
        if self._share is None:
            return False
        try:
            beat = partial(self._group.beat, self._member, self._instance)
            return await self._line.ask("heartbeat", beat)
        except NotDealtTo:
            self._member = object()
            return False

    def refused(self) -> Exception | None:
        """Returns None: this group takes whoever comes."""
        return None

    def seek(self, positions: Mapping[TopicPartition, int]) -> None:
        """Reads on from these positions."""
        self._at.update(positions)

    async def poll(
        self, wanted: Collection[TopicPartition], max_records: int, timeout_ms: int
    ) -> Sequence[Chunk]:
        """Returns what there is, waiting for something new if there is nothing."""
        asked = {place: self._at[place] for place in wanted if place in self._at}
        if not await self._cluster.news(asked, timeout_ms / 1000):
            return []
        held = self._cluster.partitions
        back = [place for place, start in asked.items() if start < held[place].begin]
        if self._reads_all and back:
            raise WentBack(back)
        found = await self._line.ask(
            "fetch",
            lambda: [
                (
                    Chunk(place, start, *held[place].read(start, max_records)),
                    held[place].stable_end(),
                )
                for place, start in asked.items()
            ],
        )
        chunks = []
        for chunk, end in found:
            if self._at.get(chunk.place) == chunk.start:
                self._ends[chunk.place] = end
                if chunk.end > chunk.start:
                    self._at[chunk.place] = chunk.end
                    chunks.append(chunk)
        return chunks

    def known_end(self, place: TopicPartition) -> int | None:
        """Returns the last stable offset as the last fetch had it."""
        return self._ends.get(place)

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Writes group offsets."""
        deal = -1 if self._share is None else self._share.deal
        commit = partial(self._group.commit, self._member, deal, positions)
        await self._line.ask("offsets", commit)

    async def policies(self) -> Sequence[str] | None:
        """Returns the policy of each member."""
        return await self._line.ask("members", self._group.policies)


class MemoryFollower:
    """Reads whole topics of a cluster in memory."""

    def __init__(self, cluster: Cluster, line: Line, topics: Collection[str]) -> None:
        self._cluster = cluster
        self._line = line
        self._topics = frozenset(topics)
        self._at: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        """Begins at the beginning."""
        self._at = {place: 0 for place in self._cluster.partitions if place.topic in self._topics}

    async def stop(self) -> None:
        """Ends."""

    async def poll(self, timeout_ms: int) -> Sequence[Record]:
        """Returns what there is, waiting for something new if there is nothing."""
        if not await self._cluster.news(self._at, timeout_ms / 1000):
            return []
        held = self._cluster.partitions
        asked = dict(self._at)
        found = await self._line.ask(
            "follow", lambda: {one: held[one].read(start, 1 << 40) for one, start in asked.items()}
        )
        self._at = {place: end for place, (_, end) in found.items()}
        return [record for records, _ in found.values() for record in records]
