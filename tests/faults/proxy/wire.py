"""As much of Kafka's protocol as rules look at: frames, the header of a request, whose it is, what topics it names."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from enum import IntEnum
from typing import NamedTuple

SIZE = struct.Struct(">i")


class Api(IntEnum):
    """The requests that rules name, by their number in the protocol."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    METADATA = 3
    OFFSET_COMMIT = 8
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    JOIN_GROUP = 11
    HEARTBEAT = 12
    LEAVE_GROUP = 13
    SYNC_GROUP = 14
    API_VERSIONS = 18
    INIT_PRODUCER_ID = 22
    ADD_PARTITIONS_TO_TXN = 24
    END_TXN = 26


UNDERSTOOD = {
    Api.PRODUCE: range(3, 9),
    Api.JOIN_GROUP: range(6),
    Api.HEARTBEAT: range(4),
    Api.SYNC_GROUP: range(4),
    Api.INIT_PRODUCER_ID: range(2),
    Api.ADD_PARTITIONS_TO_TXN: range(3),
    Api.END_TXN: range(3),
}
"""The versions of what is looked into: later ones are written in another way."""

MEMBERS_SAY_WHO: dict[tuple[int, int], str] = {
    (Api.JOIN_GROUP, 5): ">ii",
    (Api.SYNC_GROUP, 3): ">i",
}
"""Requests that name a static member, behind the group, these fields and the member's id."""
ANSWERS_THROTTLE_FIRST = {
    Api.JOIN_GROUP: 2,
    Api.HEARTBEAT: 1,
    Api.SYNC_GROUP: 1,
    Api.INIT_PRODUCER_ID: 0,
    Api.END_TXN: 0,
}
"""The version from which an answer says first how long its client is throttled; then comes the error."""


class NotUnderstood(Exception):
    """A client speaks a version that this proxy cannot look into: rules would be blind."""


class Request(NamedTuple):
    """A request as rules see it.

    `who` is its transactional id, else its group, else empty; `instance` the name of a static member that joins.
    """

    api: int
    version: int
    number: int
    client: str
    who: str
    topics: tuple[str, ...] = ()
    instance: str = ""

    @property
    def name(self) -> str:
        """Returns what the protocol calls it."""
        return Api(self.api).name if self.api in set(Api) else f"API {self.api}"


async def frames(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yields whole messages, their size in front, until the other side hangs up."""
    try:
        while True:
            size = await stream.readexactly(SIZE.size)
            yield size + await stream.readexactly(*SIZE.unpack(size))
    except (asyncio.IncompleteReadError, ConnectionError):
        return


def number_of(answer: bytes) -> int:
    """Returns the number of the request that this answers."""
    return int(SIZE.unpack_from(answer, SIZE.size)[0])


def request_of(frame: bytes) -> Request:
    """Returns what a request says of itself; NotUnderstood if rules might look into it and this proxy cannot."""
    fields = _Fields(frame, SIZE.size)
    api, version, number = fields.take(">hhi")
    client, who, topics, instance = fields.text(), "", [], ""
    if api in UNDERSTOOD and version not in UNDERSTOOD[Api(api)]:
        raise NotUnderstood(f"{Api(api).name} in version {version}")
    if api == Api.PRODUCE:
        who = fields.text()
        fields.take(">hi")
        topics = fields.topics(bytes_follow=True)
    elif api == Api.ADD_PARTITIONS_TO_TXN:
        who = fields.text()
        fields.take(">qh")
        topics = fields.topics(bytes_follow=False)
    elif api in UNDERSTOOD:
        who = fields.text()
        if (api, version) in MEMBERS_SAY_WHO:
            fields.take(MEMBERS_SAY_WHO[api, version])
            fields.text()
            instance = fields.text()
    return Request(api, version, number, client, who, tuple(topics), instance)


def error_of(request: Request, answer: bytes) -> int:
    """Returns the first error in the answer to a request that this proxy looks into, 0 if there is none."""
    fields = _Fields(answer, 2 * SIZE.size)
    if request.api in ANSWERS_THROTTLE_FIRST:
        if request.version >= ANSWERS_THROTTLE_FIRST[Api(request.api)]:
            fields.take(">i")
        return int(fields.take(">h")[0])
    if request.api == Api.ADD_PARTITIONS_TO_TXN:
        fields.take(">i")
        return fields.first_error(after=0)
    if request.api == Api.PRODUCE:
        return fields.first_error(after=8 + 8 + (8 if request.version >= 5 else 0))
    return 0


class _Fields:
    """Reads one field after the other."""

    def __init__(self, frame: bytes, at: int) -> None:
        self._frame = frame
        self._at = at

    def take(self, form: str) -> tuple[int, ...]:
        values = struct.unpack_from(form, self._frame, self._at)
        self._at += struct.calcsize(form)
        return values

    def text(self) -> str:
        (length,) = self.take(">h")
        begin, self._at = self._at, self._at + max(0, length)
        return self._frame[begin : self._at].decode()

    def topics(self, *, bytes_follow: bool) -> list[str]:
        """Returns the names in a list of topics with their partitions."""
        names = []
        for _ in range(*self.take(">i")):
            names.append(self.text())
            for _ in range(*self.take(">i")):
                self.take(">i")
                if bytes_follow:
                    (size,) = self.take(">i")
                    self._at += size
        return names

    def first_error(self, *, after: int) -> int:
        """Returns the first error in a list of topics whose partitions hold so many bytes after it."""
        for _ in range(*self.take(">i")):
            self.text()
            for _ in range(*self.take(">i")):
                _partition, error = self.take(">ih")
                if error:
                    return error
                self._at += after
        return 0
