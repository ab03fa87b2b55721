"""`docker compose up`: Kafka, its topics, two workers; an event from this machine becomes a status change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.docker.conftest import ROOT
from worker.ops.local_broker.readiness import free_ports

READY_SECONDS = 120
EVENT = {
    "event_id": "compose-1",
    "source": "compose-test",
    "lead_id": "lead-1",
    "occurred_at": "2026-03-02T09:00:00Z",
    "form_id": "contact-sales",
    "intent": "action",
    "profile": {"email": "anna@example.com"},
}


class Compose:
    """The project of this test, with a port and names of its own."""

    def __init__(self, port: int) -> None:
        self.kafka = f"localhost:{port}"
        self._environment = os.environ | {"KAFKA_PORT": str(port)}
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        found = (
            ["docker", "compose"]
            if plugin.returncode == 0
            else [shutil.which("docker-compose") or ""]
        )
        self._command = [*found, "--project-name", "lead-router-test"]

    def __call__(self, *words: str) -> str:
        """Returns what compose says."""
        done = subprocess.run(
            [*self._command, *words],
            cwd=ROOT,
            env=self._environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def health(self, service: str) -> list[str]:
        """Returns the health of each container of a service."""
        ids = self("ps", "--quiet", service).split()
        told = subprocess.run(["docker", "inspect", *ids], check=True, capture_output=True).stdout
        return [container["State"]["Health"]["Status"] for container in json.loads(told)]


@pytest.fixture
def compose(image: str) -> Iterator[Compose]:
    (port,) = free_ports(1, seed=os.getpid())
    project = Compose(port)
    try:
        project("up", "--detach")
        yield project
    finally:
        project("down", "--volumes")


def await_ready_workers(compose: Compose) -> None:
    """Returns when both replicas are healthy, which is to say ready."""
    limit = time.monotonic() + READY_SECONDS
    while (health := compose.health("worker")) != ["healthy", "healthy"]:
        assert time.monotonic() < limit, (
            f"{health}\n{compose('logs', '--tail=20', 'topics', 'worker')}"
        )
        time.sleep(0.5)


async def test_an_event_from_outside_becomes_a_status_change(compose: Compose) -> None:
    await_ready_workers(compose)

    async with AIOKafkaProducer(bootstrap_servers=compose.kafka) as producer:
        await producer.send_and_wait(
            "leads.form-submission.v1", json.dumps(EVENT).encode(), key=b"lead-1"
        )
    async with AIOKafkaConsumer(
        "leads.status-change.v1",
        bootstrap_servers=compose.kafka,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    ) as consumer:
        change = await consumer.getone()

    assert change.key == b"lead-1"
    assert json.loads(change.value)["lead_id"] == "lead-1"
