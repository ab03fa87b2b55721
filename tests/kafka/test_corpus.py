"""The whole corpus on a broker: every item ends where its file says, nothing of it in a log, a figure or a message."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from aiokafka import AIOKafkaProducer

from schemas.spine import PolicyInForce, decode
from tests.corpus.cases import Case, cases
from tests.corpus.storm import GOOD_IN, traffic
from tests.kafka.worker_process import Worker, caught_up, form, outcomes, running
from topics.catalogue import ACCOUNT_LOG, DEAD_LETTER, SPINE, name_of
from worker.lane.clock import wall_ms
from worker.lane.processor import Record
from worker.ops.demo.producing import produce_history
from worker.stream import admin
from worker.stream.reader import read_topic
from worker.stream.settings import Settings, load

pytestmark = pytest.mark.kafka

CASES = [case for case in cases() if not case.strict]
STORM = 5_000
Place = tuple[str, int, int]


@dataclass
class Fate:
    """What became of one record: its dead letters by item, and the keys of what was relayed by item."""

    letters: dict[int, Record] = field(default_factory=dict)
    relayed: dict[int, str] = field(default_factory=dict)


@dataclass
class Told:
    """Where each record of the corpus lies, what became of it, and all that the worker said meanwhile."""

    places: dict[str, Place]
    fates: dict[Place, Fate]
    said: str


@pytest.fixture(scope="module")
def worker(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    settings = load(bootstrap=kafka, application_id=f"test-corpus-{secrets.token_hex(4)}")
    missing = asyncio.run(admin.inspected(settings)).missing
    asyncio.run(admin.create(settings, missing))
    log = tmp_path_factory.mktemp("corpus") / "log"
    with running(Worker(settings, log, LEAD_ROUTER_LOG_LEVEL="debug")) as worker:
        yield worker


@pytest.fixture(scope="module")
def told(worker: Worker) -> Told:
    """Puts the corpus onto its topics, waits until the worker has read all of it, and looks at every topic."""
    return asyncio.run(tell(worker))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_item_is_where_its_file_says(told: Told, case: Case) -> None:
    fate = told.fates.get(told.places[case.name], Fate())
    codes = {
        item: header(letter, "lead-router-error-code") for item, letter in fate.letters.items()
    }
    items = list(enumerate(case.items))
    assert codes == {place: item["code"] for place, item in items if "code" in item}
    assert fate.relayed == {
        place: item.get("lead_id", item.get("account_id"))
        for place, item in items
        if "lead_id" in item or "account_id" in item
    }


@pytest.mark.parametrize("case", [case for case in CASES if case.codes], ids=lambda case: case.name)
def test_a_dead_letter_is_the_original_and_says_what_is_wrong(told: Told, case: Case) -> None:
    topic, partition, offset = told.places[case.name]
    for item, letter in told.fates[topic, partition, offset].letters.items():
        assert (letter.key, letter.value) == (key_of(case), case.value)
        assert letter.headers[: len(case.headers)] == case.headers
        ours = dict(letter.headers[len(case.headers) :])
        message = ours.pop("__connect.errors.exception.message") or b""
        assert message.decode()
        assert ours == {
            "__connect.errors.topic": topic.encode(),
            "__connect.errors.partition": str(partition).encode(),
            "__connect.errors.offset": str(offset).encode(),
            "__connect.errors.exception.class.name": ours["__connect.errors.exception.class.name"],
            "lead-router-error-code": case.items[item]["code"].encode(),
            "lead-router-item": str(item).encode(),
            "lead-router-attempt": b"1",
        }
        assert case.shown_in(message.decode()) == []


def test_the_worker_says_nothing_of_what_it_reads(told: Told) -> None:
    assert "lead_router_dead_letters_total" in told.said
    assert '"listening"' in told.said
    assert {case.name: shown for case in CASES if (shown := case.shown_in(told.said))} == {}


async def test_who_comes_behind_all_of_it_is_served(worker: Worker, told: Told) -> None:
    lead_id = f"after-{secrets.token_hex(6)}"
    async with AIOKafkaProducer(bootstrap_servers=worker.settings.bootstrap) as producer:
        await producer.send_and_wait(name_of("form-submission"), form(lead_id))
    await outcomes(worker.settings, "status-change", lead_id, 1)


async def test_a_storm_of_bad_input_keeps_nothing_from_the_good(worker: Worker, told: Told) -> None:
    name = f"storm-{secrets.token_hex(4)}"
    records = [one._replace(timestamp_ms=wall_ms()) for one in traffic(name, "storm", STORM, STORM)]
    await produce_history(worker.settings, records, lambda _n: None)
    await caught_up(worker.settings)
    changed = [
        one.key
        async for one in read_topic(worker.settings, name_of("status-change"))
        if (one.key or b"").startswith(name.encode())
    ]
    letters = [
        (origin_of(letter), header(letter, "lead-router-item"))
        async for letter in read_topic(worker.settings, DEAD_LETTER.name)
        if origin_of(letter) not in told.fates
    ]
    assert Counter(changed) == Counter(one.key for one in records[::GOOD_IN])
    assert len(letters) == len(set(letters))
    assert len({place for place, _ in letters}) == STORM - STORM // GOOD_IN


async def tell(worker: Worker) -> Told:
    await worker.ready()
    places = await produced(worker.settings)
    await caught_up(worker.settings)
    _, figures = await worker.page("metrics")
    fates: dict[Place, Fate] = {}
    async for letter in read_topic(worker.settings, DEAD_LETTER.name):
        origin = origin_of(letter)
        fates.setdefault(origin, Fate()).letters[int(header(letter, "lead-router-item"))] = letter
    for topic in (SPINE.name, ACCOUNT_LOG.name):
        async for record in read_topic(worker.settings, topic):
            note_relayed(record, fates)
    return Told(places, fates, f"{worker.told()}\n{figures}")


async def produced(settings: Settings) -> dict[str, Place]:
    places: dict[str, Place] = {}
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for case in CASES:
            sent = await producer.send_and_wait(
                name_of(case.kind),
                case.value,
                key=key_of(case),
                headers=list(case.headers),
                timestamp_ms=case.recorded_ms,
            )
            places[case.name] = (sent.topic, sent.partition, sent.offset)
    return places


def key_of(case: Case) -> bytes:
    """Returns a key that is no text, for inputs may carry any."""
    return b"\xff\x00" + case.name.encode()


def header(record: Record, name: str) -> str:
    return record.header(name).decode()


def origin_of(letter: Record) -> Place:
    partition, offset = (header(letter, f"__connect.errors.{n}") for n in ("partition", "offset"))
    return header(letter, "__connect.errors.topic"), int(partition), int(offset)


def note_relayed(record: Record, fates: dict[Place, Fate]) -> None:
    """Notes whose a relayed message is, by where it came from."""
    try:
        message = decode(record.value or b"")
    except ValueError:
        return  # the account-log has messages of its own
    came_from = None if isinstance(message, PolicyInForce) else getattr(message, "came_from", None)
    if came_from is not None:
        place = (came_from.topic, came_from.partition, came_from.offset)
        fates.setdefault(place, Fate()).relayed[came_from.item] = (record.key or b"").decode()
