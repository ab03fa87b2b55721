"""The demo on a real broker, a small one: its oracle agrees, also when the worker is killed in the middle."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from topics.catalogue import INPUTS, kind_of, name_of
from worker.intake.admit import admit
from worker.intake.items import Admitted
from worker.lane.clock import wall_ms
from worker.lifecycle.outcomes import Outcome
from worker.ops.demo.catching_up import catch_up
from worker.ops.demo.course import Size, prepare_topics, run_course
from worker.ops.demo.logs import Logs, read_back
from worker.ops.demo.overtaken import overtaken
from worker.ops.demo.producing import produce_history, produce_live
from worker.ops.demo.showing import as_data, tell
from worker.ops.demo.worker_process import WorkerProcess
from worker.ops.exits import EnvironmentTrouble
from worker.ops.local_broker import OwnBroker
from worker.ops.replay import spine_line
from worker.ops.simulation import Simulation
from worker.ops.traffic import Produced, history, live
from worker.ops.verify.showing import verified
from worker.presets import load as load_policy
from worker.stream.lag import lag_reader
from worker.stream.settings import Settings, load

pytestmark = pytest.mark.kafka

SEED = 11
LEADS = 1_000
LIVE_EVENTS, LIVE_PER_SECOND = 400, 100


@pytest.fixture
def settings(broker_to_kill: OwnBroker) -> Settings:
    return load(bootstrap=broker_to_kill.bootstrap, web_port=0)


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[WorkerProcess]:
    process = WorkerProcess(settings, tmp_path / "worker.log")
    yield process
    process.stop()


async def test_a_small_demo_agrees_and_says_what_came_out(
    settings: Settings, worker: WorkerProcess
) -> None:
    screen = Console(file=io.StringIO(), width=120)
    size = Size(leads=120, live_seconds=3, live_per_second=100)
    findings = await run_course(settings, worker, size, screen)
    policy = load_policy(settings.policy)
    tell(screen, findings, policy)
    told = as_data(findings, policy)

    assert (findings.report.verdict, findings.report.first) == ("PASS", [])
    assert findings.lag == 0
    assert findings.latency_ms is not None
    assert told_again(findings.logs, settings.policy) == published(findings.logs)
    assert "PASS" in screen.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
    assert orjson.loads(orjson.dumps(told))["summary"]["funnel"]["inquiry"] > 10
    assert len(told["stories"]) == 3
    with pytest.raises(EnvironmentTrouble, match="holds events already"):
        await prepare_topics(settings)


async def test_a_worker_killed_in_the_middle_of_the_traffic_gives_the_same_result(
    settings: Settings, worker: WorkerProcess
) -> None:
    await prepare_topics(settings)
    past = keyed_by_lead(history(SEED, LEADS, wall_ms()))
    await produce_history(settings, past, lambda _n: None)
    worker.start()
    relayed = await relayed_beyond(settings, worker, len(past) // 5)
    worker.kill()
    assert relayed < len(past), "the worker was done before it could be killed"
    worker.start()
    await catch_up(settings, worker, lambda _n: None)
    present = keyed_by_lead(live(SEED, LEADS, wall_ms(), LIVE_EVENTS, LIVE_PER_SECOND))
    await produce_live(settings, present, killing(worker, at=len(present) // 2))
    await catch_up(settings, worker, lambda _n: None)
    logs = await read_back(settings)

    report = await verified(settings)
    assert (report.verdict, report.first) == ("PASS", [])
    assert overtaken(logs) == ()
    members = {record.key for record in logs.account_activity}
    assert len(members) > 10
    expected = published_without_kills([*past, *present], settings.policy)
    assert without(members, published(logs)) == without(members, expected)


Published = dict[tuple[str, bytes], list[bytes]]


def without(members: set[bytes | None], published: Published) -> Published:
    """Leaves out the leads of an account: across topics, news of it and they meet in an order of their own."""
    return {place: values for place, values in published.items() if place[1] not in members}


def keyed_by_lead(records: Iterator[Produced]) -> list[Produced]:
    """Returns the records whose order per lead Kafka keeps: all but the vendors'."""
    return [record for record in records if not record.topic.startswith("leads.raw.")]


def killing(worker: WorkerProcess, at: int) -> Callable[[int], None]:
    """Returns what counts records that are produced, and kills and starts the worker at one of them."""
    produced = 0

    def count(more: int) -> None:
        nonlocal produced
        if produced < at <= produced + more:
            worker.kill()
            worker.start()
        produced += more

    return count


async def relayed_beyond(settings: Settings, worker: WorkerProcess, number: int) -> int:
    """Returns how many messages the spine has, as soon as it has more than this number."""
    while True:
        worker.is_ready()
        async with lag_reader(settings) as reader:
            lags = await reader.read()
        on_spine = sum(lag.end for lag in lags if lag.group == settings.lifecycle_group)
        if on_spine > number:
            return on_spine


def published(logs: Logs) -> Published:
    found: defaultdict[tuple[str, bytes], list[bytes]] = defaultdict(list)
    for record in logs.outcomes:
        found[record.topic, record.key or b""].append(record.value or b"")
    return dict(found)


def told_again(logs: Logs, policy: str) -> Published:
    """Returns what `simulate --from-spine` makes of the spine as it was read back."""
    done = subprocess.run(
        [sys.executable, "-m", "worker", "simulate", "--policy", policy, "--from-spine", "-"],
        input=b"\n".join(map(spine_line, logs.spine)),
        capture_output=True,
        check=True,
    )
    found: defaultdict[tuple[str, bytes], list[bytes]] = defaultdict(list)
    for line in map(orjson.loads, done.stdout.splitlines()):
        found[name_of(line["type"]), line["key"].encode()].append(orjson.dumps(line["value"]))
    return dict(found)


def published_without_kills(records: list[Produced], policy_name: str) -> Published:
    """Returns what the same events, in the order of production, lead to without a broker."""
    policy = load_policy(policy_name)
    simulation = Simulation(policy)
    outcomes: list[Outcome] = []
    ties = {topic.name: place for place, topic in enumerate(INPUTS)}
    for record in sorted(records, key=lambda one: (one.timestamp_ms, ties[one.topic])):
        kind = kind_of(record.topic)
        for item in admit(kind, record.value, record.headers, record.timestamp_ms):
            if isinstance(item, Admitted):
                outcomes += simulation.fold(item.lead_id, item.activity, policy).outcomes
    outcomes += simulation.run_until(wall_ms())
    found: defaultdict[tuple[str, bytes], list[bytes]] = defaultdict(list)
    for outcome in outcomes:
        found[name_of(outcome.type), outcome.key.encode()].append(outcome.encoded())
    return dict(found)
