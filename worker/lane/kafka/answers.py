"""What brokers answer, and the client library does not hear.

Over a quota a broker answers at once, says for how long it will read nothing more of that connection, and does so. The
library sends on: its next request lies there unread until it times out, is sent again over a new connection, and counts
against the quota again. So here whatever is sent over a connection waits until it is read again, and its own time
counts from then on. It waits for the answer to the one before, too, which may be that; a broker takes one after the
other anyway, and where that does not come the connection is closed for all of them. An answer that nobody waits for any
more is not heard. Until when a client is held can be asked, so that nobody begins anything with it before.

A host that is lost with its network does not refuse a connection, it says nothing. The library waits for that as long
as for any answer, and connects a client to one broker after the other: so to all others later by as much.

A broker refuses records whose time is ahead of its own by more than a topic allows (`message.timestamp.after.max.ms`,
an hour by default). The times are ours, so trying again mends nothing, however often: it is told by its name. So is a
topic that we may not write to. Where that was to become part of a transaction, the library fails the transaction, and
then sends what waits for it all the same, which older brokers take; here it sends nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiokafka
from aiokafka import conn
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import InvalidTimestampError, TransactionalIdAuthorizationFailed
from aiokafka.producer import sender

from worker.lane.errors import ClockRefused, LaneError
from worker.lane.kafka.rights import REFUSED_TOPIC, not_allowed

CONNECT_SECONDS = 5.0
"""A host that is gone without a word answers nothing; one that is there answers within some round trips."""


class Connection(conn.AIOKafkaConnection):  # type: ignore[misc] # untyped library
    """One that is silent for as long as the broker does not listen."""

    def __init__(self, *where: Any, **how: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(*where, **how)
        self.held_until = 0.0
        """By the loop's clock."""
        self._turn = asyncio.Lock()

    async def connect(self) -> Any:  # noqa: ANN401 - the library's
        """Connects, or gives up soon: who does not answer holds up all other connections of its client."""
        async with asyncio.timeout(CONNECT_SECONDS):
            return await super().connect()

    def send(self, request: Any, expect_response: bool = True) -> Coroutine[Any, Any, Any]:  # noqa: ANN401, FBT001, FBT002 - the library's
        """Sends a request once it will be read, and returns its answer."""
        return self._sent(request, expect_response=expect_response)

    async def _sent(self, request: Any, *, expect_response: bool) -> Any:  # noqa: ANN401 - untyped library
        time = asyncio.get_running_loop().time
        async with self._turn:
            if (held := self.held_until - time()) > 0:
                await asyncio.sleep(held)
            try:
                answer = await super().send(request, expect_response)
            except TimeoutError:
                self.close(reason=conn.CloseReason.CONNECTION_TIMEOUT)
                raise
            if seconds := getattr(answer, "throttle_time_ms", 0) / 1000:
                self.held_until = time() + seconds
        return answer


class Produced(sender.SendProduceReqHandler):  # type: ignore[misc] # untyped library
    """Hears that a time or a topic was refused, and leaves the rest to the library."""

    _batches: dict[aiokafka.TopicPartition, Any]

    def handle_response(self, response: Any) -> None:  # noqa: ANN401 - untyped library
        """Fails batches that were refused."""
        refused = {
            aiokafka.TopicPartition(topic, partition): error
            for topic, answers in response.topics
            for partition, error, *_ in answers
            if error in {InvalidTimestampError.errno, REFUSED_TOPIC}
        }
        for place, error in refused.items():
            self._batches[place].failure(exception=_refusal(place.topic, error))
        self._batches = {
            place: batch for place, batch in self._batches.items() if place not in refused
        }
        super().handle_response(response)


def _refusal(topic: str, error: int) -> LaneError:
    if error == REFUSED_TOPIC:
        return not_allowed("write to", [topic])
    return ClockRefused(
        f"{topic} takes no record of this machine's time: one of the two clocks, its or the broker's, is wrong"
    )


class Added(sender.AddPartitionsToTxnHandler):  # type: ignore[misc] # untyped library
    """Hears that a topic may not become part of a transaction."""

    def handle_response(self, response: Any) -> Any:  # noqa: ANN401 - untyped library
        """Fails whatever waits to be written, and ends the sender."""
        refused = {
            topic
            for topic, answers in response.errors
            for _, error in answers
            if error == REFUSED_TOPIC
        }
        if refused:
            waiting = self._sender._message_accumulator  # noqa: SLF001 - as in log.py here
            waiting.fail_all(not_allowed("write to", refused))
            raise TransactionalIdAuthorizationFailed  # the sender ends with it without a word
        return super().handle_response(response)


def hear() -> None:
    """Has the clients that are made from now on hear all of it."""
    conn.AIOKafkaConnection = Connection
    sender.SendProduceReqHandler = Produced
    sender.AddPartitionsToTxnHandler = Added


def held_until(client: AIOKafkaClient) -> float:
    """Returns until when brokers read nothing of a client, by the loop's clock; 0 if none has ever said so."""
    connections = client._conns.values()  # noqa: SLF001 - as in log.py here
    return max((one.held_until for one in connections), default=0.0)
