"""A cluster that cannot be reached is told with its address and the cause, each server's; so is what it forbids."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka.errors import GroupAuthorizationFailedError

from worker.lane.errors import NotAllowed
from worker.stream import writer
from worker.stream.admin import configured, inspected
from worker.stream.connection import BrokerTrouble, connection, reaching
from worker.stream.settings import load

NOBODY = "127.0.0.1:1"
NOBODY_ELSE = "127.0.0.1:2"


async def test_each_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(BrokerTrouble) as trouble:
        await inspected(load(bootstrap=f"{NOBODY},{NOBODY_ELSE}"))
    assert str(trouble.value) == (
        f"no broker answers at {NOBODY}; no broker answers at {NOBODY_ELSE}"
    )


@pytest.mark.parametrize("which", [{"ssl_cafile"}, {"ssl_certfile", "ssl_keyfile"}])
def test_a_file_that_is_no_pem_is_told_of(tmp_path: Path, which: set[str]) -> None:
    file = tmp_path / "file"
    file.write_text("not PEM")
    settings = load(security_protocol="SSL", **dict.fromkeys(which, file))
    with pytest.raises(BrokerTrouble, match=r"PEM files wanted, .* cannot be used: "):
        connection(settings)


@pytest.mark.parametrize(
    "error",
    [GroupAuthorizationFailedError("g"), NotAllowed("the brokers do not let us use the group g")],
)
async def test_what_is_not_allowed_is_told_by_its_name(error: Exception) -> None:
    with pytest.raises(BrokerTrouble, match=r"^NotAllowed: .* use the group g") as trouble:
        async with reaching(load()):
            raise error
    assert isinstance(trouble.value.__cause__, NotAllowed)


def test_a_configuration_that_may_not_be_seen_is_not_taken_for_right() -> None:
    told = {"resource_name": "a", "error_code": 0, "config_entries": []}
    refused = {"resource_name": "b", "error_code": 29, "config_entries": []}
    assert configured([told]) == {"a": {}}
    with pytest.raises(NotAllowed, match=r"describe the configuration of b \(TOPIC"):
        configured([told, refused])


async def test_a_producer_that_cannot_start_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []

    class Unreachable:
        def __init__(self, **_: object) -> None: ...

        async def start(self) -> None:
            raise OSError("refused")

        async def stop(self) -> None:
            ends.append("ended")

    monkeypatch.setattr(writer, "AIOKafkaProducer", Unreachable)
    with pytest.raises(BrokerTrouble):
        async with writer.producer(load()):
            pass
    assert ends == ["ended"]
