"""A log in memory whose writers are of another kind."""

from __future__ import annotations

from worker.lane.memory.log import MemoryLog, MemoryWriter


class LogOfOthers(MemoryLog):
    """Opens writers of its kind."""

    kind = MemoryWriter

    async def open_writer(self, transactional_id: str | None) -> MemoryWriter:
        writer = self.kind(self, transactional_id)
        await writer.open()
        return writer
