"""The proxy before a real broker: with no rule everything goes through, and each fault does what it says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.faults.brokers import Brokers
from tests.faults.proxy import Api, Proxy, Rule
from tests.faults.proxy.rules import Act, Side
from tests.faults.proxy.wire import Request
from tests.kafka.proxy.epochs import GONE, TIMEOUT_TOO_LONG_MS, Client
from worker.ops.local_broker.java import HOST


def rule(side: Side, act: Act, name: str, nth: int = 1, seconds: float | None = None) -> Rule:
    return Rule(
        name="the rule",
        api=Api.INIT_PRODUCER_ID,
        side=side,
        act=act,
        who=name,
        nth=nth,
        seconds=seconds,
    )


async def test_what_the_broker_advertises_leads_back_to_the_proxy(
    brokers: Brokers, proxy: Proxy
) -> None:
    async with AIOKafkaProducer(bootstrap_servers=brokers.proxied()) as producer:
        found = {(broker.host, broker.port) for broker in producer.client.cluster.brokers()}
    assert found == {(HOST, front) for front in brokers.lines[0]}
    assert proxy.passed["METADATA"] > 0


async def test_without_a_rule_a_transaction_goes_through(
    brokers: Brokers, proxy: Proxy, application_id: str, topic: str
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers.direct)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    async with (
        AIOKafkaProducer(
            bootstrap_servers=brokers.proxied(), transactional_id=application_id
        ) as producer,
        producer.transaction(),
    ):
        await producer.send_and_wait(topic, b"a" * 300_000, partition=0)
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=brokers.proxied(), auto_offset_reset="earliest"
    ) as consumer:
        assert (await consumer.getone()).value == b"a" * 300_000
    assert proxy.passed["PRODUCE"] == proxy.passed["END_TXN"] == 1


async def test_a_held_request_reaches_the_broker_when_it_is_released(
    proxy: Proxy, through: Client, past: Client, application_id: str
) -> None:
    armed = proxy.arm(rule("request", "hold", application_id))
    asking = asyncio.create_task(through.epoch(application_id))
    await armed.met.wait()
    assert await past.epoch(application_id) == 1
    assert not asking.done()
    armed.release()
    assert await asking == 2


async def test_a_held_request_arrives_although_its_client_has_gone(
    proxy: Proxy, through: Client, past: Client, application_id: str
) -> None:
    armed = proxy.arm(rule("request", "hold", application_id))
    asking = asyncio.create_task(through.epoch(application_id))
    await armed.met.wait()
    through.close()
    with pytest.raises(GONE):
        await asking
    assert await past.epoch(application_id) == 1
    armed.release()
    while proxy.connections:
        await asyncio.sleep(0.01)
    assert await past.epoch(application_id) == 3


@pytest.mark.parametrize("act", ["drop", "reset"])
async def test_a_lost_request_never_reaches_the_broker(
    proxy: Proxy, through: Client, past: Client, application_id: str, act: Act
) -> None:
    armed = proxy.arm(rule("request", act, application_id))
    asking = asyncio.create_task(through.epoch(application_id))
    await armed.met.wait()
    if act == "reset":
        with pytest.raises(GONE):
            await asking
    assert await past.epoch(application_id) == 1
    proxy.heal()
    assert await past.epoch(application_id) == 2
    assert asking.done() == (act == "reset")
    asking.cancel()


@pytest.mark.parametrize("act", ["drop", "reset", "hold"])
async def test_a_lost_answer_leaves_the_request_applied(
    proxy: Proxy, through: Client, past: Client, application_id: str, act: Act
) -> None:
    armed = proxy.arm(rule("answer", act, application_id))
    asking = asyncio.create_task(through.epoch(application_id))
    await armed.met.wait()
    assert await past.epoch(application_id) == 2
    if act == "reset":
        with pytest.raises(GONE):
            await asking
    assert asking.done() == (act == "reset")
    proxy.heal()
    if act == "hold":
        assert await asking == 1
    asking.cancel()


async def test_a_hold_for_a_time_is_a_delay(
    proxy: Proxy, through: Client, past: Client, application_id: str
) -> None:
    proxy.arm(rule("answer", "hold", application_id, seconds=0.2))
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await through.epoch(application_id) == 1
    assert loop.time() - began >= 0.2


async def test_a_rule_acts_on_the_one_it_names_and_on_no_other(
    proxy: Proxy, through: Client, past: Client, application_id: str
) -> None:
    armed = proxy.arm(rule("request", "reset", application_id, nth=2))
    assert await through.epoch(f"{application_id}-other") == 0
    assert await through.epoch(application_id) == 1
    assert await through.epoch(f"{application_id}-other") == 1
    with pytest.raises(GONE):
        await through.epoch(application_id)
    assert [seen.request.who for seen in armed.seen] == [application_id]


async def test_an_answer_with_an_error_is_none_that_was_applied(
    proxy: Proxy, through: Client, past: Client, application_id: str
) -> None:
    armed = proxy.arm(rule("answer", "reset", application_id))
    assert await through.epoch(application_id, TIMEOUT_TOO_LONG_MS) == -1
    assert not armed.met.is_set()
    assert {name: count for (name, _), count in proxy.refused.items()} == {"INIT_PRODUCER_ID": 1}
    with pytest.raises(GONE):
        await through.epoch(application_id)


async def test_the_fact_is_written_before_anybody_is_called(
    proxy: Proxy, through: Client, past: Client, application_id: str, notes: Path
) -> None:
    known: list[str] = []

    def called(request: Request) -> None:
        lines = notes.read_text().splitlines()
        known.extend(json.loads(line)["request"]["who"] for line in lines)

    proxy.arm(rule("request", "pass", application_id), called)
    assert await through.epoch(application_id) == 1
    assert known == [application_id]
