"""The ids of topics (KIP-516), for which the client library does not ask: Metadata in version 10, brokers since 2.8."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from io import BytesIO
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

VERSION = 10
NO_ID = bytes(16)


class _Id(AbstractType[bytes]):  # type: ignore[misc] # untyped library
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(len(NO_ID))


_TAGS = ("tags", TaggedFields)


class _Answer(Response):  # type: ignore[misc] # untyped library
    API_KEY = 3
    API_VERSION = VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                _TAGS,
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString("utf-8")),
                ("topic_id", _Id),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        _TAGS,
                    ),
                ),
                ("topic_authorized_operations", Int32),
                _TAGS,
            ),
        ),
        ("cluster_authorized_operations", Int32),
        _TAGS,
    )


class _Struct(RequestStruct):  # type: ignore[misc] # untyped library
    """As it is sent."""

    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = VERSION
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Id), ("topic", CompactString("utf-8")), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


class _AskedFor(Request[_Struct]):  # type: ignore[misc] # untyped library
    API_KEY = 3

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[Any]) -> _Struct:
        """Returns the request as it is sent."""
        asked = [(NO_ID, topic, dict[int, bytes]()) for topic in self._topics]
        return request_struct_class(asked, False, False, False, {})  # type: ignore[no-any-return]  # noqa: FBT003


async def topic_ids(client: AIOKafkaAdminClient, topics: Collection[str]) -> Mapping[str, str]:
    """Returns the id of each topic that is there, as Kafka's own tools write it; the client is started.

    A broker that is too old knows none.
    """
    try:
        answer = await client._send_request(_AskedFor(topics))  # noqa: SLF001 - see log.py here
    except (IncompatibleBrokerVersion, NotImplementedError):
        return {}
    found = answer.to_object()["topics"]
    return {
        one["topic"]: urlsafe_b64encode(one["topic_id"]).rstrip(b"=").decode()
        for one in found
        if one["topic_id"] != NO_ID
    }
