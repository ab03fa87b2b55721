"""How a lane writes the deadlines that came due onto its own partition of the spine."""

from __future__ import annotations

from typing import Generic, TypeVar

from worker.lane.deadlines import Deadlines
from worker.lane.failpoints import failpoint
from worker.lane.means import Means
from worker.lane.processor import TopicPartition

S = TypeVar("S")


class Releases(Generic[S]):
    """Writes deadlines by the thousand; what could not be written is due again."""

    def __init__(self, means: Means[S], partition: int, deadlines: Deadlines) -> None:
        self._means = means
        self._partition = partition
        self._deadlines = deadlines

    def any_due(self, now_ms: int) -> bool:
        """Returns whether a deadline is due that was not yet written."""
        return self._means.processor.spine is not None and self._deadlines.any_due(now_ms)

    async def write_some(self, until_ms: int) -> bool:
        """Writes the earliest of those due by then, and returns whether there were any."""
        means, spine = self._means, self._means.processor.spine
        due = self._deadlines.release(until_ms, means.limits.deadlines_at_once)
        if not due or spine is None:
            return False
        failpoint("deadlines-released")
        messages = [(one.key, means.processor.deadline(one.due_ms), ()) for one in due]
        try:
            await means.spine.write(TopicPartition(spine, self._partition), messages)
        except BaseException:
            self._deadlines.put_back(due)
            raise
        failpoint("deadlines-written")
        late_ms = means.clock() - due[0].due_ms
        means.watch.deadlines_written(means.processor.name, self._partition, len(due), late_ms)
        return True
