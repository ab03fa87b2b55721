"""Lag, measured again and again over one connection."""

from __future__ import annotations

from worker.stream import admin
from worker.stream.lag import LagReader
from worker.stream.reader import consumer
from worker.stream.settings import load
from worker.stream.writer import producer


async def test_looking_leaves_nothing_behind_that_the_next_look_waits_for(
    kafka: str, application_id: str
) -> None:
    settings = load(bootstrap=kafka, application_id=application_id)
    await admin.create(settings, (await admin.inspected(settings)).missing)
    topic = "leads.web-visit.v1"
    async with producer(settings) as producing:
        await producing.send_and_wait(topic, b"{}", key=b"lead")
    async with admin.admin(settings) as asked, consumer(settings) as client:
        reader = LagReader({application_id: (topic,)}, asked, client)
        first, second = await reader.read(), await reader.read()
        assert client.assignment() == set()
    behind = [lag.messages for lag in first]
    assert sum(behind) >= 1
    assert [lag.messages for lag in second] == behind
    assert any(lag.seconds > 0 for lag in second)
