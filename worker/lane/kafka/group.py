"""Members of a consumer group: as whom one joins, and what the coordinator says of them, asked with aiokafka."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from aiokafka.errors import GroupAuthorizationFailedError
from aiokafka.protocol.admin import DescribeGroupsRequest, DescribeGroupsRequest_v2

from worker.lane.kafka.assignor import policy_in
from worker.lane.kafka.rights import REFUSED_GROUP, allowed


class Membership(NamedTuple):
    """As whom a member joins: its group, its name if that stays with it, the policy it has.

    Where it `reads_all`, `WentBack` is raised for what was deleted before it was read, which else is passed over.
    """

    group: str
    instance: str | None
    policy: str
    reads_all: bool


class _Describe(DescribeGroupsRequest):  # type: ignore[misc]  # untyped library
    """Asks for groups in version 2: the library cannot read the answer to version 3, which it would choose."""

    def build(self, request_struct_class: type[Any]) -> DescribeGroupsRequest_v2:  # noqa: ARG002
        """Returns the request as it is sent."""
        return DescribeGroupsRequest_v2(self._groups)


class Members:
    """Who was in a group when it was asked for."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._state: str = told["state"]
        self._members: list[Mapping[str, Any]] = told["members"]

    def __len__(self) -> int:
        """Returns how many there are."""
        return len(self._members)

    def policies(self) -> list[str] | None:
        """Returns the policy of each, empty of one that does not tell; None while the group is being dealt."""
        if self._state != "Stable":
            return None
        told = [one["member_metadata"] for one in self._members]
        return [policy_in(ConsumerProtocolMemberMetadata.decode(one).user_data) for one in told]


async def members_of(client: AIOKafkaAdminClient, group: str) -> Members:
    """Returns the members of a group; the client is started. `NotAllowed` where we may not see it."""
    with allowed("see", group):
        node = await client.find_coordinator(group)
        answer = await client._send_request(_Describe([group]), node)  # noqa: SLF001 - see log.py here
        (told,) = answer.to_object()["groups"]
        if told["error_code"] == REFUSED_GROUP:
            raise GroupAuthorizationFailedError
    if told["error_code"]:
        raise GroupUnknown(f"{group}: error {told['error_code']}")
    return Members(told)


class GroupUnknown(Exception):
    """The coordinator does not say anything of a group; one that loads is asked again."""
