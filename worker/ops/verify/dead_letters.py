"""Which items are dead letters; all that are still there are read: they lie by the worker's time, not the items'."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.spine import CameFrom
from worker.lane.processor import Record, TopicPartition
from worker.ops.verify.findings import Findings
from worker.ops.verify.ledger import Ledger
from worker.ops.verify.logs import Logs

_ORIGIN = (
    "__connect.errors.topic",
    "__connect.errors.partition",
    "__connect.errors.offset",
    "lead-router-item",
)
_CODE = "lead-router-error-code"


async def read_dead_letters(
    logs: Logs, places: Sequence[TopicPartition], ledger: Ledger, findings: Findings
) -> None:
    """Notes in the ledger which items are dead letters; names those that do not say which item they are."""
    begins, ends = await logs.beginnings(places), await logs.ends(places)
    for place in places:
        async for records in logs.read(place, begins[place], ends[place]):
            findings.judged.dead_letters += len(records)
            for record in records:
                came_from = _came_from(record)
                if came_from is None:
                    where = f"{record.topic}/{record.partition} offset {record.offset}"
                    findings.name("phantom", f"{where}: it does not say where it was")
                else:
                    ledger.buried(came_from, record.header(_CODE).decode(errors="replace"))


def _came_from(record: Record) -> CameFrom | None:
    topic, *numbers = (record.header(name) for name in _ORIGIN)
    if not all(number.isdigit() for number in numbers):
        return None
    return CameFrom(topic.decode(errors="replace"), *map(int, numbers))
