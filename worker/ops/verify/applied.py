"""Which messages of intake a lane takes for repeats: per input partition, what is not beyond the last one applied."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from schemas.spine import Relayed
from worker.lane.origins import Origins, origin_records
from worker.lane.processor import Record
from worker.ops.verify.decoder.prints import print_as_read
from worker.ops.verify.findings import Findings
from worker.ops.verify.ledger import Ledger


class Applied:
    """What one lane has applied, by origin."""

    def __init__(self, log: str, findings: Findings, ledger: Ledger) -> None:
        self.last: dict[tuple[str, int], tuple[int, int]] = {}
        self._log = log
        self._findings = findings
        self._ledger = ledger

    def first_time(self, message: Relayed, record: Record) -> bool:
        """Returns whether the lane applies a message by its origin; names one that it drops unheard."""
        came_from = message.came_from
        if came_from is None:
            where = f"{record.topic}/{record.partition} offset {record.offset}"
            self._findings.name("phantom", f"{where}: a message that does not say where it is from")
            return True
        is_first = self._ledger.relayed(
            came_from, self._log, partial(print_as_read, record.key, message, came_from.topic)
        )
        source, place = (came_from.topic, came_from.partition), (came_from.offset, came_from.item)
        if place > self.last.get(source, (-1, -1)):
            self.last[source] = place
            return True
        if is_first:
            where = f"{source[0]}/{source[1]} offset {place[0]} item {place[1]}"
            self._findings.name(
                "lost", f"{where} came behind a later one, and is dropped as a repeat"
            )
        self._findings.judged.repeats += 1
        return False

    def differences(self, kept: Origins, moved: Collection[bytes]) -> Iterator[str]:
        """Yields the sources of which a changelog keeps another last origin, or none that has not `moved` meanwhile.

        What is behind an origin that nothing has led to would be dropped as a repeat.
        """
        for topic, partition in sorted(set(kept.sources()) - self.last.keys()):
            yield f"last origin of {topic}/{partition}: nothing on the log has led to it"
        for source, place in self.last.items():
            found = kept.last(source)
            ((key, _),) = origin_records({source: place})
            if found != place and not (found is None and key in moved):
                yield f"last origin of {source[0]}/{source[1]}: {found}, told {place}"
