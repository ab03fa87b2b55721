"""Processes that run accounts on a log in memory, what is said to them, and an oracle that reads logs alone."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

from schemas import account_log, spine
from schemas.account_log import AccountMessage, MemberJoined, MemberLeft, TurnCame
from schemas.spine import AccountUpdated, CameFrom
from tests.stream.harness import QUICK, Died
from topics.catalogue import ACCOUNT_ACTIVITY, ACCOUNT_LOG, accounts_changelog
from worker.accounts.records import TURNS_KEY, Kept
from worker.accounts.relate import relate
from worker.lane.engine import Engine
from worker.lane.memory import MemoryLog
from worker.lane.memory_cluster import Cluster
from worker.lane.memory_group import Group
from worker.lane.processor import Record, TopicPartition
from worker.stream.accounts import Accounts

PARTITIONS = 2
SEATS = 5
"""A turn: so few that news takes many."""
APPLICATION = "town"
NOON = 1_760_000_000_000
UPDATES = "leads.account-update.v1"


class Silent:
    """A tally that keeps nothing."""

    def relayed(self, unknown_fields: int) -> None: ...

    def dead_letter(self, code: str) -> None: ...

    def ignored(self, reason: str) -> None: ...

    def decided(self, verdict: str) -> None: ...

    def published(self, kind: str, value: Mapping[str, Any]) -> None: ...

    def related(self, happened: str, told: int) -> None: ...


class Town:
    """A cluster on which people speak of accounts; some of what intake says it says twice."""

    def __init__(self, dice: random.Random) -> None:
        self.cluster = Cluster()
        self.changelog = accounts_changelog(APPLICATION).name
        for topic in (ACCOUNT_LOG.name, ACCOUNT_ACTIVITY.name, self.changelog):
            self.cluster.create(topic, PARTITIONS)
        self.group = Group("accounts", self.cluster, [ACCOUNT_LOG.name])
        self._dice = dice
        self._members: list[tuple[int, str, str]] = []
        self._relayed: list[tuple[int, AccountUpdated]] = []
        self._leads = 0
        self._updates = 0

    def happens(self, count: int) -> None:
        """Lets so many things happen, mostly joins."""
        for _ in range(count):
            act = self._dice.choices(("join", "leave", "hear"), (70, 15, 15))[0]
            if act == "join":
                self._join()
            elif act == "leave" and self._members:
                place = self._dice.randrange(len(self._members))
                partition, account, lead = self._members.pop(place)
                self._say(partition, MemberLeft(account, lead))
            else:
                self._hear()

    def _join(self) -> None:
        partition = self._dice.randrange(PARTITIONS)
        account = f"account {partition} {self._dice.randrange(3)}"
        self._leads += 1
        lead = f"lead {self._leads}"
        self._members.append((partition, account, lead))
        self._say(partition, MemberJoined(account, lead))

    def _hear(self) -> None:
        partition = self._dice.randrange(PARTITIONS)
        self._updates += 1
        update = AccountUpdated(
            event_id=f"update {self._updates}",
            source="crm",
            at=NOON + self._updates // 10,
            content=0,
            account_id=f"account {partition} {self._dice.randrange(3)}",
            relationship=self._dice.choice(("client", "former_client")),
            came_from=CameFrom(UPDATES, partition, self._updates, 0),
        )
        self._relayed.append((partition, update))
        self._say(partition, update)
        if self._dice.random() < 0.3:  # a frozen intake thaws
            self._say(*self._dice.choice(self._relayed[-5:]))

    def _say(self, partition: int, message: AccountMessage) -> None:
        place = TopicPartition(ACCOUNT_LOG.name, partition)
        self.cluster.append(place, 0, [(None, account_log.encode(message), ())], NOON)

    def read(self, topic: str, partition: int) -> list[Record]:
        """Returns what a read_committed reader finds."""
        return self.cluster.partitions[TopicPartition(topic, partition)].read(0, 1 << 40)[0]

    def compact(self) -> None:
        for partition in range(PARTITIONS):
            self.cluster.compact(TopicPartition(self.changelog, partition))

    def wrong(self) -> list[str]:
        """Returns what differs from the account-log told again, and what has yet to be told."""
        return [fault for partition in range(PARTITIONS) for fault in self._faults(partition)]

    def _faults(self, partition: int) -> list[str]:
        kept: dict[bytes, Kept | None] = {}
        told: list[tuple[bytes | None, bytes | None]] = []
        seen: set[int] = set()
        turns: Counter[str] = Counter()
        for record in self.read(ACCOUNT_LOG.name, partition):
            message = account_log.decode(record.value or b"")
            if isinstance(message, AccountUpdated) and message.came_from is not None:
                if message.came_from.offset in seen:
                    continue
                seen.add(message.came_from.offset)
            related = relate(kept.get, message, SEATS)
            kept |= related.records
            told += [(lead.encode(), spine.encode(what)) for lead, what in related.told]
            turns["asked for"] += related.goes_on
            turns["taken"] += isinstance(message, TurnCame)
        said = [(one.key, one.value) for one in self.read(ACCOUNT_ACTIVITY.name, partition)]
        faults = [] if said == told else [f"partition {partition}: said is not what was to be told"]
        if kept.get(TURNS_KEY) is not None:
            faults.append(f"partition {partition}: somebody waits to be told")
        if turns["asked for"] != turns["taken"]:
            faults.append(f"partition {partition}: {turns}")
        return faults


class Process:
    """One worker that runs accounts."""

    accounts: type[Accounts] = Accounts

    def __init__(self, town: Town, *, dies_at: int | None = None) -> None:
        self.dead = asyncio.Event()
        self.requests = 0
        self._town = town
        self._dies_at = dies_at
        log = MemoryLog(town.cluster, self._tap)
        self._source = log.source(town.group)
        self._engine = Engine(
            self.accounts(APPLICATION, Silent(), SEATS),
            group="accounts",
            log=log,
            source=self._source,
            limits=QUICK,
            clock=lambda: NOON,
        )

    def _tap(self, _request: str) -> None:
        if self.dead.is_set():
            raise Died
        self.requests += 1
        if self._dies_at is not None and self.requests >= self._dies_at:
            self.dead.set()
            raise Died

    async def start(self) -> None:
        await self._engine.start()

    async def stop(self) -> None:
        """Ends in order, as on SIGTERM."""
        await self._engine.stop()

    async def die(self) -> None:
        """Ends at once: whatever it still tries does not reach the cluster."""
        self.dead.set()
        await _ended([self._engine._task])
        await self._town.group.evict(self._source)
        await _ended([lane._task for lane in self._engine.lanes.values()])

    async def freeze_out(self) -> None:
        """Gives its partitions away while it believes that it owns them."""
        await self._town.group.evict(self._source)

    async def thaw(self) -> None:
        """Lets it learn of its eviction and join again."""
        await self._source.revoked()
        await self._town.group.join(self._source)


async def _ended(tasks: list[asyncio.Task[None] | None]) -> None:
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
