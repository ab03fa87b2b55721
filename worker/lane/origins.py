"""What a lane has applied, by origin: per input topic and partition the highest (offset, item).

A relay may repeat itself after a crash or as a frozen twin, but whatever it says of one input partition it says in
order. So one number pair per input partition tells every repeat. Each pair is a changelog record of its own, and only
those that a transaction touched are written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from worker.lane.processor import LANE_OWN

_PREFIX = LANE_OWN + b"origin/"
_decode = msgspec.json.Decoder(tuple[int, int]).decode


class Origins:
    """The origins of one lane, as of its last transaction."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], tuple[int, int]] = {}

    def last(self, source: tuple[str, int]) -> tuple[int, int] | None:
        """Returns the highest (offset, item) applied of an input topic's partition."""
        return self._last.get(source)

    def sources(self) -> Collection[tuple[str, int]]:
        """Returns the partitions of input topics of which anything was applied."""
        return self._last.keys()

    def apply(self, seen: Mapping[tuple[str, int], tuple[int, int]]) -> None:
        """Takes over what a committed transaction saw."""
        self._last.update(seen)

    def recover(self, key: bytes, value: bytes) -> bool:
        """Takes over a changelog record if it is an origin, and returns whether it is."""
        if not key.startswith(_PREFIX):
            return False
        topic, _, partition = key[len(_PREFIX) :].decode().rpartition("/")
        self._last[topic, int(partition)] = _decode(value)
        return True


def origin_records(
    seen: Mapping[tuple[str, int], tuple[int, int]],
) -> list[tuple[bytes, bytes]]:
    """Returns the changelog records (key, value) of the origins a transaction saw."""
    return [
        (_PREFIX + f"{topic}/{partition}".encode(), msgspec.json.encode(place))
        for (topic, partition), place in seen.items()
    ]
