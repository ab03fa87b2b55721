"""Where fuzzing begins: the corpus, policies that are shipped and that are refused, and leads as they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.corpus.cases import cases
from tests.fuzz.targets import HEADERS, KINDS, NAMES_OF_HEADERS
from tests.silent import Silent
from topics.catalogue import name_of
from worker.accounts.records import Account, Kept, Member, Seat, Turns
from worker.lane.birth import Birth, birth_record
from worker.lane.origins import origin_records
from worker.lane.positions import position_record
from worker.lane.processor import TopicPartition
from worker.lifecycle.record import encode_lead
from worker.ops.simulation import Simulation
from worker.presets import NAMES, load, text_of
from worker.stream.accounts import Accounts
from worker.stream.burial import CONNECT, ERROR_ATTEMPT, ERROR_CODE, ERROR_ITEM

TESTS = Path(__file__).parents[1]
_WORD = re.compile(rb"[A-Za-z_]{3,24}")
LARGEST = 4096
"""Bytes of a seed: what is larger is about size, and slow to mutate."""


def seeds(target: str) -> Iterator[bytes]:
    """Yields the inputs that a target starts from."""
    others = {"policy": policies, "state": states, "changelog": changelogs, "letter": letters}
    every = others.get(target, records)
    return (seed for seed in every() if len(seed) <= LARGEST or target == "policy")


def words(target: str) -> list[bytes]:
    """Returns the words that a target's seeds are made of, for libFuzzer to put in."""
    return sorted({word for seed in seeds(target) for word in _WORD.findall(seed)})


def records() -> Iterator[bytes]:
    """Yields each record of the corpus, and those with headers in each envelope that the targets know."""
    for case in cases():
        envelopes = range(len(HEADERS)) if case.headers else (0,)
        for how in envelopes:
            yield bytes((KINDS.index(case.kind), how)) + (case.value or b"")


def letters() -> Iterator[bytes]:
    """Yields dead letters of vendors' bodies, a header a line, its name by its place in the targets' list."""
    for case in cases():
        if case.kind.startswith("raw."):
            told = {"topic": name_of(case.kind), "partition": "1", "offset": "2"}
            headers = {f"{CONNECT}{name}": text for name, text in told.items()}
            headers |= {ERROR_CODE: "schema.invalid", ERROR_ITEM: "1", ERROR_ATTEMPT: "1"}
            lines = [
                bytes((NAMES_OF_HEADERS.index(n),)) + text.encode() for n, text in headers.items()
            ]
            yield b"\n".join([*lines, case.value or b""])


def policies() -> Iterator[bytes]:
    for name in NAMES:
        yield text_of(name).encode()
    for path in sorted(TESTS.glob("refused/*.toml")) + sorted(TESTS.glob("policies/*.toml")):
        yield path.read_bytes()


def changelogs() -> Iterator[bytes]:
    """Yields records of a lane's own and of accounts, each in the place of every other."""
    accounts = Accounts("fuzzed", Silent())
    kept: tuple[Kept, ...] = (Account(), Member(3), Seat("L-1"), Turns("A-1", "A-2"))
    values = [
        birth_record(Birth(4, 1))[1],
        position_record({TopicPartition("in", 0): 7})[1],
        *(value for _, value in origin_records({("in", 0): (7, 0), ("other", 3): (12, 1)})),
        *map(accounts.encode, kept),
    ]
    for which in range(5):
        yield from (bytes((which,)) + value for value in values)


def states() -> Iterator[bytes]:
    """Yields the record of every lead of the corpus, under each policy."""
    for name in NAMES:
        simulation = Simulation(load(name))
        for case in cases():
            list(simulation.apply(case.kind, case.value or b""))
        yield from map(encode_lead, simulation.leads.values())
