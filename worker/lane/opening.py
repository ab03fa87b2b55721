"""How a lane opens: fence, recover, find its positions, say what it has to say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from worker.lane.birth import Birth, birth_record, check_birth, check_untold, check_whole
from worker.lane.committer import Committer, Ours, Relay, Transactions
from worker.lane.consent import Successor, check_alone
from worker.lane.ends import settled_ends
from worker.lane.errors import ChangelogLost, PoliciesDiffer
from worker.lane.failpoints import failpoint, passed_by
from worker.lane.guard import check_kept, check_position, reads_all
from worker.lane.inputs import check_same, inputs_record
from worker.lane.log import Message, WriterLost
from worker.lane.means import Means
from worker.lane.processor import TopicPartition
from worker.lane.releases import Releases
from worker.lane.rounds import Rounds
from worker.lane.stage import LaneStage
from worker.lane.table import Table

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Opened(Generic[S]):
    """What an open lane has: thrown away whole after an error."""

    committer: Committer
    rounds: Rounds[S]
    releases: Releases[S]
    successor: Successor[S]
    ends: Mapping[TopicPartition, int]
    """Where the inputs ended when the lane opened."""


async def opened(
    means: Means[S], partition: int, places: Sequence[TopicPartition], ours: Ours
) -> Opened[S]:
    """Opens a lane; nothing is read before all predecessors are fenced. Raises whatever goes wrong."""
    passed_by(means.processor.name)
    changelog = TopicPartition(means.processor.changelog, partition)
    committer = _committer(means, changelog)
    try:
        await committer.open(ours)
        table, end = await _recovered(means, changelog)
        committer.follow(end)
        read = {one: table.positions[one.topic] for one in places if one.topic in table.positions}
        ends = await settled_ends(means.log, places, read, means.limits.ask_again_seconds)
        beginnings = await means.log.beginnings([*ends, changelog])
        positions = {place: table.positions.get(place.topic, 0) for place in places}
        positions.update(_positions(means, table, ends, beginnings))
        inputs = _inputs(means, table)
        born: list[Message] = []
        if means.processor.transactional:
            born = await _checked(means, table, changelog, beginnings[changelog])
        await _begin(means, table, committer, partition, [*born, *inputs])
    except BaseException:
        await committer.abandon()
        raise
    failpoint("opened")
    rounds = Rounds(means, partition, committer, table, positions)
    releases = Releases(means, partition, table.deadlines)
    return Opened(committer, rounds, releases, Successor(means, partition, table), ends)


def _committer(means: Means[S], changelog: TopicPartition) -> Committer:
    log, limits, clock = means.log, means.limits, means.clock
    if means.processor.transactional:
        return Transactions(log, limits, clock, changelog, means.group)
    return Relay(log, limits, clock, changelog)


async def _recovered(means: Means[S], changelog: TopicPartition) -> tuple[Table, int]:
    """Returns what the changelog holds, and the end up to which it was read."""
    table, began = Table(), asyncio.get_running_loop().time()
    records, end = await means.log.read_all(changelog, table.recover)
    table.deadlines.build()
    seconds = asyncio.get_running_loop().time() - began
    means.watch.recovered(means.processor.name, changelog.partition, records, seconds)
    return table, end


def _positions(
    means: Means[S],
    table: Table,
    ends: Mapping[TopicPartition, int],
    beginnings: Mapping[TopicPartition, int],
) -> dict[TopicPartition, int]:
    """Returns where to read on: as recovered; a source without a position is read from its beginning.

    One that has no leader is looked at by the guard, once it has one.
    """
    positions: dict[TopicPartition, int] = {}
    for place, end in ends.items():
        begin, stored = beginnings[place], table.positions.get(place.topic)
        if stored is not None:
            check_position(place, stored, end)
        if stored is not None and stored < begin:
            if reads_all(means.processor, means.limits):
                check_kept(place, stored, begin)
            means.watch.input_truncated(
                means.processor.name, place.partition, place.topic, begin - stored
            )
        positions[place] = begin if stored is None else max(begin, stored)
    return positions


def _inputs(means: Means[S], table: Table) -> list[Message]:
    """Refuses inputs that are not those that were read; returns the record of their ids where it has changed."""
    ids = means.ids()
    if not means.limits.losses_accepted:
        check_same(
            {topic: one for topic, one in table.inputs.items() if topic in table.positions}, ids
        )
    now = {**table.inputs, **ids}
    return [] if now == table.inputs else [(*inputs_record(now), ())]


async def _checked(
    means: Means[S], table: Table, changelog: TopicPartition, beginning: int
) -> list[Message]:
    """Refuses a changelog that is not the one that was written; returns its first record where it has none."""
    processor, partitions = means.processor, means.partitions()
    check_whole(changelog, beginning)
    if table.birth is not None:
        check_birth(processor, partitions, table.birth)
    elif table.empty:
        await _check_may_begin(means, changelog)
    born = Birth(partitions, processor.format)
    return [] if table.birth == born else [(*birth_record(born), ())]


async def _check_may_begin(means: Means[S], changelog: TopicPartition) -> None:
    """Raises `ChangelogLost` for an empty changelog beside what was written with it, `PoliciesDiffer` beside others.

    A process that froze while it opened finds what its successor has begun since: then it has lost its writers.
    """
    try:
        await check_untold(means.log, means.processor, changelog.partition)
        await check_alone(means, changelog.partition)
    except (ChangelogLost, PoliciesDiffer):
        await asyncio.sleep(means.limits.ask_again_seconds)  # or a leader of before has answered
        table, _ = await _recovered(means, changelog)
        if table.empty:
            raise
        raise WriterLost("somebody else has begun the changelog, or it was not all there") from None


async def _begin(
    means: Means[S], table: Table, committer: Committer, partition: int, born: list[Message]
) -> None:
    """Writes what a lane keeps from its beginning on, and then says what it has to say."""
    stage = LaneStage(means.processor, partition, table.values, table.origins)
    messages = [(key, value, ()) for key, value in means.processor.on_open(stage)]
    changes = stage.changes()
    if state := [*born, *((key, value, ()) for key, value in changes.items())]:
        async with asyncio.timeout(means.limits.round_seconds):
            await committer.commit(state, {})
        table.apply(changes)
    if messages and means.processor.spine is not None:
        await means.spine.write(TopicPartition(means.processor.spine, partition), messages)
