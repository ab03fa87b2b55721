"""A consumer group in memory: deals partition numbers to its members, who have to be heard of now and then.

Its coordinator runs on the event loop and belongs to no member: whoever dies or freezes is given up after a session's
time, and a member that does not join again in time when the group deals anew is dropped.

A member with a name of its own (static membership, KIP-345) does not leave. Who comes under that name within the
session takes its seat and what it was dealt, and nothing is dealt anew. Whoever sat there hears that it is fenced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import NamedTuple

from worker.lane.dealing import dealt
from worker.lane.limits import Limits
from worker.lane.memory.cluster import Cluster
from worker.lane.processor import TopicPartition


class NotDealtTo(Exception):
    """Who says something of a deal is none of its members any more."""


class Fenced(Exception):
    """Another member has come under the name of this one (FENCED_INSTANCE_ID)."""


class Share(NamedTuple):
    """What a member got, and in which deal."""

    deal: int
    places: Collection[TopicPartition]


@dataclass(slots=True)
class Seat:
    """What the coordinator knows of a member."""

    name: str
    policy: str = ""
    owned: list[int] = field(default_factory=list)
    alarm: asyncio.TimerHandle | None = None
    """Ends its session; none while it waits to be dealt its share."""
    waits: asyncio.Future[Share] | None = None
    topics: Collection[str] = ()
    """What it reads."""
    instance: str = ""
    """Its own name, if it has one."""
    fenced: list[object] = field(default_factory=list)
    """Who sat here before, under the same name."""

    def calm(self) -> None:
        """Stops its session from ending."""
        if self.alarm is not None:
            self.alarm.cancel()
            self.alarm = None


class Group:
    """The members, and who reads what."""

    def __init__(
        self, name: str, cluster: Cluster, topics: Collection[str], limits: Limits | None = None
    ) -> None:
        self.name = name
        self._cluster = cluster
        self._topics = tuple(topics)
        self._limits = limits or Limits()
        self._seats: dict[object, Seat] = {}
        self._seated = 0
        self._dealing: asyncio.TimerHandle | None = None
        self._deals = 0

    def places(self) -> list[TopicPartition]:
        """Returns what there is to be read."""
        read = {*self._topics, *(topic for seat in self._seats.values() for topic in seat.topics)}
        return sorted(place for place in self._cluster.partitions if place.topic in read)

    def policies(self) -> list[str] | None:
        """Returns what each member says of its policy; None while they are dealt to."""
        return None if self._dealing else [seat.policy for seat in self._seats.values()]

    def join(
        self,
        member: object,
        policy: str = "",
        instance: str = "",
        topics: Collection[str] = (),
    ) -> asyncio.Future[Share]:
        """Takes a member in, or hears that one is ready; what it gets is known once all of them are.

        One of another version may say which topics it reads.
        """
        seat = self._seats.get(member)
        if seat is None and (holder := self._holder_of(instance)) is not None:
            return self._take_over(member, policy, holder)
        if seat is None:
            self._seated += 1
            seat = Seat(f"{self.name}-{self._seated:04d}", policy, instance=instance)
            self._seats[member] = seat
        seat.topics = topics or self._topics
        seat.calm()
        waits = seat.waits = asyncio.get_running_loop().create_future()
        self.deal_anew()
        self._deal_if_all_are_ready()
        return waits

    def _holder_of(self, instance: str) -> object | None:
        """Returns the member that has a name."""
        held = (member for member, seat in self._seats.items() if seat.instance == instance)
        return next(held, None) if instance else None

    def _take_over(self, member: object, policy: str, holder: object) -> asyncio.Future[Share]:
        """Gives a seat to who comes under its name; raises `Fenced` for one that another has come after."""
        seat = self._seats[holder]
        if member in seat.fenced:
            raise Fenced
        self._seats[member] = self._seats.pop(holder)
        seat.policy = policy
        seat.fenced.append(holder)
        seat.calm()
        if seat.waits is not None and not seat.waits.done():
            seat.waits.set_exception(Fenced())
            seat.waits.exception()  # nobody may be there to hear it
        answer: asyncio.Future[Share] = asyncio.get_running_loop().create_future()
        if self._dealing is None:
            self._begin_session(member, seat)
            answer.set_result(self._share_of(seat))
        else:
            seat.waits = answer
            self._deal_if_all_are_ready()
        return answer

    def beat(self, member: object, instance: str = "") -> bool:
        """Hears that a member lives, and returns whether what it was dealt is still its own.

        Raises `NotDealtTo` for one that is none, `Fenced` for one under whose name another has come.
        """
        if member not in self._seats:
            holder = self._holder_of(instance)
            raise Fenced if holder and member in self._seats[holder].fenced else NotDealtTo
        seat = self._seats[member]
        if seat.waits is None:
            self._begin_session(member, seat)
        return self._dealing is None

    def leave(self, member: object) -> None:
        """Lets a member go, and deals anew."""
        seat = self._seats.pop(member, None)
        if seat is not None:
            seat.calm()
            self.deal_anew()
            self._deal_if_all_are_ready()

    def commit(self, member: object, deal: int, positions: Mapping[TopicPartition, int]) -> None:
        """Writes offsets of a member; raises `NotDealtTo` for one of before."""
        if member not in self._seats or deal != self._deals:
            raise NotDealtTo
        self._cluster.group_offsets.setdefault(self.name, {}).update(positions)

    def deal_anew(self) -> None:
        """Begins to deal: every member has to join again, those that do not in time are dropped."""
        if self._dealing is None:
            self._dealing = self._later(self._limits.rebalance_seconds, self._deal)

    def _deal_if_all_are_ready(self) -> None:
        if all(seat.waits is not None for seat in self._seats.values()):
            self._deal()

    def _deal(self) -> None:
        if self._dealing is not None:
            self._dealing.cancel()
            self._dealing = None
        ready = {member: seat for member, seat in self._seats.items() if seat.waits is not None}
        for seat in self._seats.values():
            seat.calm()
        self._seats = ready
        self._deals += 1
        if not ready:
            return
        claims = {seat.name: seat.owned for seat in ready.values()}
        shares = dealt({place.partition for place in self.places()}, claims)
        for member, seat in ready.items():
            seat.owned, answer = shares[seat.name], seat.waits
            seat.waits = None
            self._begin_session(member, seat)
            if answer is not None and not answer.done():
                answer.set_result(self._share_of(seat))

    def _share_of(self, seat: Seat) -> Share:
        own = [place for place in self.places() if place.partition in seat.owned]
        return Share(self._deals, [place for place in own if place.topic in seat.topics])

    def _begin_session(self, member: object, seat: Seat) -> None:
        seat.calm()
        seat.alarm = self._later(self._limits.session_seconds, lambda: self.leave(member))

    @staticmethod
    def _later(seconds: float, do: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, do, context=Context())
