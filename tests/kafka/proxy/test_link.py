"""The proxy before a real broker: what befalls the whole link, and a broker that is not there."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.brokers import Brokers
from tests.faults.proxy import Proxy
from tests.kafka.proxy.epochs import GONE, Client


@pytest.mark.parametrize("way", ["requests", "answers"])
async def test_a_link_that_is_cut_one_way_carries_on_when_it_is_mended(
    proxy: Proxy, through: Client, past: Client, application_id: str, way: str
) -> None:
    cut = getattr(proxy.link, way)
    cut.cut()
    asking = asyncio.create_task(through.epoch(application_id))
    while not cut.stopped:
        await asyncio.sleep(0.01)
    applied_meanwhile = await past.epoch(application_id) == 2
    assert applied_meanwhile == (way == "answers")
    assert not asking.done()
    cut.mend()
    assert await asking == (1 if applied_meanwhile else 2)


async def test_a_slow_link_delays_each_way(
    proxy: Proxy, through: Client, past: Client, application_id: str
) -> None:
    proxy.link.requests.latency = proxy.link.answers.latency = 0.2
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await through.epoch(application_id) == 1
    assert loop.time() - began >= 0.4
    assert proxy.link.requests.delayed == proxy.link.answers.delayed == 1


async def test_a_reset_breaks_every_connection(
    proxy: Proxy, through: Client, past: Client, application_id: str
) -> None:
    assert await through.epoch(application_id) == 1
    assert proxy.reset() == 1
    with pytest.raises(GONE):
        await through.epoch(application_id)


async def test_a_broker_that_is_not_there_is_told_as_a_broken_connection(
    brokers: Brokers, proxy: Proxy, through: Client, application_id: str
) -> None:
    brokers.nodes[1].kill()
    try:
        with pytest.raises(GONE):
            await through.epoch(application_id)
    finally:
        await asyncio.to_thread(brokers.nodes[1].restart)
