"""What lanes at work hold in memory, against what a successor would recover of their changelogs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.faults.simulation.workers import Worker
from tests.faults.simulation.world import World
from worker.lane.processor import TopicPartition
from worker.lane.table import Table


def differing(workers: Iterable[Worker], world: World) -> Iterator[str]:
    """Yields the changelogs of which a lane holds something else; what was decided is marked before, for all to see."""
    for decided in world.cluster.open_transactions():
        world.cluster.settle(decided)
    for worker in workers:
        for engine in worker.engines:
            for number, lane in engine.lanes.items():
                if (working := lane.working) is None:
                    continue
                held = working.successor.table
                place = TopicPartition(working.successor.means.processor.changelog, number)
                recovered = Table()
                recovered.recover(world.cluster.partitions[place].read(0, 1 << 40)[0])
                if (held.values, seen(held)) != (recovered.values, seen(recovered)):
                    yield f"{worker.name} holds something else than {place.topic}/{number}"


def seen(table: Table) -> dict[tuple[str, int], tuple[int, int] | None]:
    """Returns the last item applied of each input's partition: what repeats are dropped by."""
    return {source: table.origins.last(source) for source in table.origins.sources()}
