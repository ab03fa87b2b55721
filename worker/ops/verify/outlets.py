"""Where lanes publish: what lies there is read beside the log that leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from worker.lane.processor import TopicPartition
from worker.lifecycle.record import NEVER
from worker.ops.verify.extent import Extent
from worker.ops.verify.findings import Findings
from worker.ops.verify.island import Published
from worker.ops.verify.logs import Logs
from worker.ops.verify.matching import Matching, ToldBefore
from worker.ops.verify.promptness import CLOCKS_APART_MS, Pace
from worker.ops.verify.reading import OwnOutcomes


class Outlets:
    """What one installation has published, wherever its lanes do."""

    def __init__(self, logs: Logs, extent: Extent, findings: Findings, source: bytes) -> None:
        self._logs = logs
        self._extent = extent
        self._findings = findings
        self._source = source

    async def opened(
        self,
        written: Mapping[TopicPartition, int],
        counts: Mapping[str, int],
        pace: Pace | None,
        told_before: ToldBefore,
    ) -> dict[str, Published]:
        """Returns what a lane publishes, by topic, up to an end taken now.

        `written` are the places where it does, each with an end that was taken before its changelog was read; `counts`
        are the partitions of their topics.
        """
        starts, begins = await self._extent.starts([*written]), await self._logs.beginnings(written)
        ends = await self._logs.ends(written)
        published = {}
        for place, vouched_for in written.items():
            own = OwnOutcomes(
                partial(self._logs.read, place, starts[place], ends[place]),
                self._source,
                counts[place.topic],
                self._findings,
            )
            aligned_from = self._aligned_from(place, starts[place], begins[place])
            matching = Matching(place, self._findings, pace, told_before, aligned_from)
            matching.vouched_for = vouched_for
            published[place.topic] = Published(matching, own.records(), own.again)
        return published

    def _aligned_from(self, place: TopicPartition, start: int, begin: int) -> int | None:
        """Returns since when what a log leads to has to be there; never, where some may be deleted, as was said."""
        if not start:
            return None
        since_ms = self._extent.since_ms
        if since_ms is None or self._extent.may_lack(place, start, begin):
            return NEVER
        return since_ms + CLOCKS_APART_MS
