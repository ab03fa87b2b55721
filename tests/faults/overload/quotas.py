"""A quota of the broker for what one client may produce: the admin client of the library has no word for it."""

from __future__ import annotations

from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Float64, Int16, Int32, Schema, String

from worker.stream.settings import Settings

PRODUCED = "producer_byte_rate"
_TEXT = String("utf-8")
_ENTITY = Array(("entity_type", _TEXT), ("entity_name", _TEXT))


class _Altered(Response):  # type: ignore[misc] # untyped library
    API_KEY = 49
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "entries",
            Array(("error_code", Int16), ("error_message", _TEXT), ("entity", _ENTITY)),
        ),
    )


class _Alter(RequestStruct):  # type: ignore[misc] # untyped library
    API_KEY = 49
    API_VERSION = 0
    RESPONSE_TYPE = _Altered
    SCHEMA = Schema(
        (
            "entries",
            Array(
                ("entity", _ENTITY),
                ("ops", Array(("key", _TEXT), ("value", Float64), ("remove", Boolean))),
            ),
        ),
        ("validate_only", Boolean),
    )


class _AlterClientQuotas(Request[_Alter]):  # type: ignore[misc] # untyped library
    API_KEY = 49

    def __init__(self, client_id: str, bytes_a_second: int | None) -> None:
        self._entity = [("client-id", client_id)]
        self._change = (PRODUCED, float(bytes_a_second or 0), bytes_a_second is None)

    def build(self, request_struct_class: type[_Alter]) -> _Alter:
        return request_struct_class([(self._entity, [self._change])], False)


class QuotaRefused(Exception):
    """The broker does not take a quota; says why."""


async def limit(settings: Settings, client_id: str, bytes_a_second: int | None) -> None:
    """Lets all producers of one client id write so many bytes a second together; None lifts that."""
    client = AIOKafkaClient(bootstrap_servers=settings.bootstrap)
    try:
        await client.bootstrap()
        node = client.get_random_node()
        answer: Any = await client.send(node, _AlterClientQuotas(client_id, bytes_a_second))
    finally:
        await client.close()
    for code, why, _entity in answer.entries:
        if code:
            raise QuotaRefused(f"{code}: {why}")
