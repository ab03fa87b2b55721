"""The worker's own web server says whether it is ready, and if not, why not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter

from worker.stream.health import CannotListen, Health, listen


class Page:
    """Asks a running Health for its pages."""

    def __init__(self, address: str, reasons: list[str]) -> None:
        self.address = address
        self.reasons = reasons

    async def get(self, path: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.address + path) as answer,
        ):
            return answer.status, await answer.text()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    registry = CollectorRegistry()
    Counter("seen", "Seen.", registry=registry).inc()
    reasons: list[str] = []
    bound = listen("127.0.0.1", 0)
    health = Health(bound, lambda: reasons, registry)
    await health.start()
    yield Page(f"http://127.0.0.1:{bound.getsockname()[1]}", reasons)
    await health.stop()


async def test_a_worker_with_nothing_to_wait_for_is_ready(page: Page) -> None:
    assert await page.get("/readyz") == (200, '{"ready": true, "reasons": []}')


async def test_a_worker_that_is_not_ready_says_why(page: Page) -> None:
    page.reasons.append("lifecycle: partition 2 is opening")
    status, text = await page.get("/readyz")
    assert status == 503
    assert "partition 2 is opening" in text


async def test_a_worker_that_is_not_ready_is_alive(page: Page) -> None:
    page.reasons.append("no")
    assert (await page.get("/livez"))[0] == 200


async def test_the_figures_are_in_prometheus_text(page: Page) -> None:
    assert "seen_total 1.0" in (await page.get("/metrics"))[1]


def test_a_taken_port_is_said_so() -> None:
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port} on 127.0.0.1 is taken"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_said_so() -> None:
    with pytest.raises(CannotListen, match=r"cannot listen on port 9464 of 192\.0\.2\.1"):
        listen("192.0.2.1", 9464)
