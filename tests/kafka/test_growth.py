"""An input of a real broker is given more partitions than the positions of intake have."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.checked_up import found
from tests.kafka.refusing import LOOKS_OFTEN, has_decided, is_refused
from tests.kafka.spoiling import make
from tests.kafka.test_damage import grown
from tests.kafka.worker_process import Worker, form, outcomes, running
from topics.catalogue import catalogue, intake_positions, name_of
from worker.ops.local_broker import Say, own_broker
from worker.stream.settings import Settings, load
from worker.stream.writer import producer


@pytest.fixture
def settings(say: Say) -> Iterator[Settings]:
    """Gives settings for a broker of the test's own: it spoils an input that all installations share."""
    with own_broker(say) as broker:
        application = f"growth-{secrets.token_hex(4)}"
        yield load(bootstrap=broker.bootstrap, application_id=application, partitions=2)


async def test_an_input_that_outgrows_the_positions_is_named_and_widening_them_mends_it(
    settings: Settings, tmp_path: Path
) -> None:
    await make(settings, catalogue(settings.application_id))
    positions, topic = intake_positions(settings.application_id).name, name_of("form-submission")
    with running(Worker(settings, tmp_path / "log", **LOOKS_OFTEN)) as worker:
        await has_decided(worker)
        await grown(settings, [topic], 3)
        assert worker.ended() == 3, worker.told()
        assert f"PositionsTooNarrow: {positions} has 2 partitions" in worker.told()
    said = f"{positions} has 2 partitions, {topic} has 3: it needs as many"
    await is_refused(settings, tmp_path / "again", said, "add partitions to the positions topic")
    assert (await found(settings))["PositionsTooNarrow"] == [said]
    await grown(settings, [positions], 3)
    with running(Worker(settings, tmp_path / "mended")) as worker:
        async with producer(settings) as client:
            await client.send_and_wait(topic, form("bert"), key=b"bert", partition=2)
        await outcomes(settings, "status-change", "bert", 1)
        assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()
