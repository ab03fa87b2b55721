"""Real workers of one group with other policies, on a real broker: a rolling restart, and two deployments."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from schemas import spine
from schemas.spine import PolicyInForce
from tests.kafka.test_doctor import doctor
from tests.kafka.worker_process import Worker, form, outcomes, produce, running, seen, value_of
from topics.catalogue import SPINE, catalogue
from worker import presets
from worker.ops.local_broker import Say, own_broker
from worker.ops.verify.showing import verified
from worker.stream import admin
from worker.stream.reader import read_topic
from worker.stream.settings import Settings, load

pytestmark = pytest.mark.kafka

ONE = presets.load("inside-sales")


@pytest.fixture
def settings(say: Say) -> Iterator[Settings]:
    """Gives a broker of a test's own: installations that share a spine share what is in force on it."""
    with own_broker(say) as broker:
        settings = load(
            bootstrap=broker.bootstrap, application_id=f"rolls-{secrets.token_hex(4)}", partitions=2
        )
        asyncio.run(admin.create(settings, catalogue(settings.application_id)))
        yield settings


async def in_force(settings: Settings) -> dict[int, list[str]]:
    """Returns the policies that each partition of the spine names, in order, by their versions."""
    named: dict[int, list[str]] = {}
    async for record in read_topic(settings, SPINE.name):
        message = spine.decode(record.value or b"")
        if isinstance(message, PolicyInForce):
            known = "one" if message.digest == ONE.digest else "other"
            versions = named.setdefault(record.partition, [])
            versions += [known] if versions[-1:] != [known] else []
    return named


async def decided_under(settings: Settings, lead_id: str) -> str:
    """Sends in a form of somebody new, and returns the version of the policy that decides it."""
    await produce(settings, "form-submission", lead_id, form(lead_id))
    (change, *_) = await outcomes(settings, "status-change", lead_id, 1)
    version: str = value_of(change)["policy"]["version"]
    return version


async def test_two_deployments_with_one_application_id_are_refused_by_name(
    settings: Settings, tmp_path: Path, other: str
) -> None:
    with running(Worker(settings, tmp_path / "first")) as first:
        await first.ready()
        assert await decided_under(settings, "anna") == ONE.version
        environment = {
            "LEAD_ROUTER_POLICY": other,
            "LEAD_ROUTER_LIMITS__POLICIES_DIFFER_SECONDS": "8",
        }
        with running(Worker(settings, tmp_path / "second", **environment)) as second:
            await second.ready()
            _, found = await asyncio.to_thread(doctor, settings)
            assert [one["name"] for one in found] == ["PoliciesDiffer"]
            assert "members of" in found[0]["seen"]
            assert ONE.digest in found[0]["seen"]
            assert second.ended() == 2, second.told()
            for words in ("PoliciesDiffer", f"decides under {ONE.digest}", "policy waits"):
                assert words in second.told()
        assert await decided_under(settings, "bert") == ONE.version
        assert first.ended(with_signal=signal.SIGTERM) == 0, first.told()
    assert await in_force(settings) == {0: ["one"], 1: ["one"]}


class Crew:
    """Two workers of one group."""

    def __init__(self, settings: Settings, folder: Path, stack: ExitStack, *, static: bool) -> None:
        self._settings = settings
        self._folder = folder
        self._stack = stack
        self._static = static
        self._hired = 0
        self.workers: dict[str, Worker] = {}

    async def hire(self, name: str, policy: str) -> None:
        """Puts a worker in a place, once the one that has it now has ended."""
        before = self.workers.get(name)
        assert before is None or before.ended(with_signal=signal.SIGTERM) == 0, before.told()
        self._hired += 1
        worker = Worker(
            self._settings,
            self._folder / f"{name}-{self._hired}",
            LEAD_ROUTER_POLICY=policy,
            LEAD_ROUTER_GROUP_INSTANCE_ID=name if self._static else "",
        )
        self.workers[name] = self._stack.enter_context(running(worker))
        await worker.ready()


@pytest.mark.parametrize("static", [True, False], ids=["static", "dynamic"])
async def test_a_rolling_restart_changes_the_policy_once_and_one_back_changes_it_back(
    settings: Settings, tmp_path: Path, other: str, *, static: bool
) -> None:
    """Where members are static, nothing is dealt anew while they restart; else partitions move to and fro."""
    expected = ["one"]
    with ExitStack() as stack:
        crew = Crew(settings, tmp_path, stack, static=static)
        await crew.hire("north", ONE.name)
        await crew.hire("south", ONE.name)
        for policy, version in ((other, "other"), (ONE.name, ONE.version)):
            before = await decided_under(settings, secrets.token_hex(4))
            await crew.hire("north", policy)
            assert await decided_under(settings, secrets.token_hex(4)) == before
            await crew.hire("south", policy)
            expected.append("other" if version == "other" else "one")

            async def look() -> bool:
                return await in_force(settings) == {0: expected, 1: expected}

            await seen(look)
            assert await decided_under(settings, secrets.token_hex(4)) == version
        for worker in crew.workers.values():
            assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()
    report = await verified(settings)
    assert report.verdict == "PASS", report.first
