"""How far back what is needed is still there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from worker.lane.processor import TopicPartition
from worker.ops.verify.findings import Findings
from worker.ops.verify.known import KeptSince
from worker.ops.verify.logs import Logs


class Extent:
    """Knows where judging begins, and says where something that is needed may be deleted."""

    def __init__(
        self,
        logs: Logs,
        findings: Findings,
        since_ms: int | None,
        kept_since: KeptSince,
    ) -> None:
        self.since_ms = since_ms
        self._logs = logs
        self._findings = findings
        self._kept_since = kept_since

    async def is_whole(self, places: Sequence[TopicPartition]) -> bool:
        """Returns whether nothing is deleted of these, and says of which something is."""
        begins = await self._logs.beginnings(places)
        gone = [place for place, begin in begins.items() if begin > 0]
        for place in gone:
            self._cannot_tell_before(place, begins[place])
        return not gone

    async def starts(self, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns where judging begins on each partition, and says where something needed may be deleted."""
        begins = await self._logs.beginnings(places)
        starts = dict(begins)
        if self.since_ms is not None:
            at = await self._logs.offsets_at(places, self.since_ms)
            starts = {place: max(begins[place], at[place]) for place in places}
        for place, begin in begins.items():
            if self.may_lack(place, starts[place], begin):
                self._cannot_tell_before(place, begin)
        return starts

    def may_lack(self, place: TopicPartition, start: int, begin: int) -> bool:
        """Returns whether something of a partition may be deleted that came when judging begins, or later."""
        is_kept = self.since_ms is not None and self.since_ms >= self._kept_since(place.topic)
        return 0 < begin >= start and not is_kept

    def _cannot_tell_before(self, place: TopicPartition, begin: int) -> None:
        self._findings.cannot_tell(
            f"{place.topic}/{place.partition} begins at offset {begin}: what was before is deleted, and would be needed"
        )
