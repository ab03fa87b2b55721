"""Which topics the positions of a lane are of: one record of its changelog, by name the id that Kafka gave the topic.

A topic that was made anew under its name has another id. Without one an input is known by its offsets alone: by an end
that lies before the place up to which it was read.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from worker.lane.errors import InputRecreated
from worker.lane.processor import LANE_OWN

INPUTS_KEY = LANE_OWN + b"inputs"
_decode = msgspec.json.Decoder(dict[str, str]).decode


def inputs_record(ids: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Returns the changelog record (key, value) of the inputs' ids."""
    return INPUTS_KEY, msgspec.json.encode(ids)


def ids_of(value: bytes) -> dict[str, str]:
    """Returns the ids, by topic, that such a record holds."""
    return _decode(value)


def check_same(read: Mapping[str, str], there: Mapping[str, str]) -> None:
    """Raises `InputRecreated` where a topic is there that is not the one that was read."""
    other = sorted(topic for topic, one in read.items() if there.get(topic, one) != one)
    if other:
        raise InputRecreated(f"made anew since they were read: {', '.join(other)}")
