"""What brokers answer to what was produced, and the client library does not hear.

Over a quota a broker answers at once and says for how long it will read nothing more of that connection. The library
sends on: its next request lies there unread until it times out, is sent again over a new connection, and counts against
the quota again; lanes fail of it, and repeat what they had done. So it is noted until when a producer is held, and
nobody begins anything with it before.

A broker refuses records whose time is ahead of its own by more than a topic allows (`message.timestamp.after.max.ms`,
an hour by default). The times are ours, so trying again mends nothing, however often: it is told by its name.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiokafka
from aiokafka.errors import InvalidTimestampError
from aiokafka.producer import sender

from worker.lane.errors import ClockRefused


class Heard(sender.SendProduceReqHandler):  # type: ignore[misc] # untyped library
    """Hears both, and leaves the rest to the library."""

    _batches: dict[aiokafka.TopicPartition, Any]

    def handle_response(self, response: Any) -> None:  # noqa: ANN401 - untyped library
        """Notes until when the producer is held, and fails batches whose time was refused."""
        held = asyncio.get_running_loop().time() + response.throttle_time_ms / 1000
        if response.throttle_time_ms:
            self._sender.held_until = max(held, _held_until(self._sender))
        refused = {
            aiokafka.TopicPartition(topic, partition)
            for topic, answers in response.topics
            for partition, error, *_ in answers
            if error == InvalidTimestampError.errno
        }
        for place in refused:
            self._batches[place].failure(
                exception=ClockRefused(
                    f"{place.topic} takes no record of this machine's time: one of the two clocks, its or the broker's,"
                    " is wrong"
                )
            )
        self._batches = {
            place: batch for place, batch in self._batches.items() if place not in refused
        }
        super().handle_response(response)


def hear() -> None:
    """Has the producers that are made from now on hear both."""
    sender.SendProduceReqHandler = Heard


def held_until(producer: aiokafka.AIOKafkaProducer) -> float:
    """Returns until when the broker reads nothing of a producer, by the loop's clock; 0 if it never said so."""
    return _held_until(producer._sender)  # noqa: SLF001 - as in log.py here


def _held_until(of: Any) -> float:  # noqa: ANN401 - untyped library
    held: float = getattr(of, "held_until", 0.0)
    return held
