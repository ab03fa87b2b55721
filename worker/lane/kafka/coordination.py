"""How a static member hears that another process has come under its name.

The library tells the group its name only where it joins. Whoever has lost it is told that its id is unknown, forgets
that, and joins as somebody new, under the name: two processes that share one by mistake take it from each other for
ever. So before it comes anew, it asks with the id it had and its name, as the heartbeat of KIP-345 does; and what the
group says of a taken name, for which the library has no word, is passed to it as an id that is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from aiokafka.consumer import consumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import GroupCoordinatorNotAvailableError, UnknownMemberIdError
from aiokafka.protocol.api import RequestStruct
from aiokafka.protocol.group import (
    HeartbeatRequest,
    HeartbeatResponse_v1,
    JoinGroupRequest,
    SyncGroupRequest,
)
from aiokafka.protocol.types import Int32, Schema, String

FENCED_INSTANCE_ID = 82
"""Another member has this name."""


class _HeartbeatAnswer(HeartbeatResponse_v1):  # type: ignore[misc] # untyped library
    API_VERSION = 3


class _HeartbeatStruct(RequestStruct):  # type: ignore[misc] # untyped library
    """As it is sent."""

    API_KEY = 12
    API_VERSION = 3
    RESPONSE_TYPE = _HeartbeatAnswer
    SCHEMA = Schema(
        ("group", String("utf-8")),
        ("generation_id", Int32),
        ("member_id", String("utf-8")),
        ("group_instance_id", String("utf-8")),
    )


class Belonging(NamedTuple):
    """As what a member was dealt its share, or beats."""

    group: str
    generation: int
    member: str
    instance: str


class NamedHeartbeat(HeartbeatRequest):  # type: ignore[misc] # untyped library
    """A heartbeat that tells the member's name; every broker that knows names takes it."""

    def __init__(self, belonging: Belonging) -> None:
        super().__init__(*belonging[:3])
        self._belonging = belonging

    def build(self, request_struct_class: type[Any]) -> _HeartbeatStruct:  # noqa: ARG002
        """Returns the request as it is sent."""
        return _HeartbeatStruct(*self._belonging)


class Coordinator(GroupCoordinator):  # type: ignore[misc] # untyped library
    """The library's, which asks whether the name it had is another's."""

    def __init__(self, *what: Any, **how: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(*what, **how)
        self.takes_name_back: Callable[[], bool] = lambda: True
        """Hears of each time that another has taken it; if it says no, this member does not join any more."""
        self._had: Belonging | None = None

    async def _send_req(self, request: Any) -> Any:  # noqa: ANN401 - untyped library
        if isinstance(request, JoinGroupRequest) and self._had is not None and not self.member_id:
            await self._asked(NamedHeartbeat(self._had))
        answer = await self._asked(request)
        if isinstance(request, SyncGroupRequest) and self._group_instance_id is not None:
            member = self.group_id, self.generation, self.member_id, self._group_instance_id
            self._had = self._had if answer.error_code else Belonging(*member)
        return answer

    async def _asked(self, request: Any) -> Any:  # noqa: ANN401 - untyped library
        answer = await super()._send_req(request)
        if getattr(answer, "error_code", 0) == FENCED_INSTANCE_ID:
            self._had = None
            if not self.takes_name_back():
                self._end()
                raise GroupCoordinatorNotAvailableError
            answer.error_code = UnknownMemberIdError.errno
        return answer

    def _end(self) -> None:
        """Ends the coordination, as a close does: told that there is nobody to ask, it looks whether to go on."""
        if not self._closing.done():
            self._closing.set_result(None)


def hear_of_namesakes() -> None:
    """Has the consumers that are started from now on ask."""
    consumer.GroupCoordinator = Coordinator
