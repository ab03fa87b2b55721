"""Where a lane stands in each of its inputs: one record of its changelog.

The value is a JSON object, topic -> offset of the next record, so that any tool can read how far a lane has come.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from worker.lane.processor import LANE_OWN, TopicPartition

POSITION_KEY = LANE_OWN + b"position"
_decode = msgspec.json.Decoder(dict[str, int]).decode


def position_record(positions: Mapping[TopicPartition, int]) -> tuple[bytes, bytes]:
    """Returns the changelog record (key, value) of a lane's positions."""
    return POSITION_KEY, msgspec.json.encode(
        {place.topic: offset for place, offset in positions.items()}
    )


def positions_of(value: bytes) -> dict[str, int]:
    """Returns the offsets, by topic, that a position record holds."""
    return _decode(value)
