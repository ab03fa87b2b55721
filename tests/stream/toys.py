"""Two small processors shaped like the real ones: a relay onto a spine, and a counter with deadlines behind it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from worker.lane.processor import NEVER, Record, Stage, body_of, due_of, with_due


@dataclass(frozen=True)
class Names:
    """The topics of one run."""

    tag: str
    partitions: int = 4

    @property
    def inputs(self) -> tuple[str, ...]:
        return (f"{self.tag}.in1", f"{self.tag}.in2")

    @property
    def positions(self) -> str:
        return f"{self.tag}.positions"

    @property
    def spine(self) -> str:
        return f"{self.tag}.spine"

    @property
    def changelog(self) -> str:
        return f"{self.tag}.changelog"

    @property
    def out(self) -> str:
        return f"{self.tag}.out"

    def all(self) -> tuple[str, ...]:
        return (*self.inputs, self.positions, self.spine, self.changelog, self.out)

    def place(self, key: bytes) -> int:
        """Deals keys over the spine's partitions otherwise than the inputs do."""
        return zlib.crc32(key) % self.partitions


class Count(NamedTuple):
    """How often a key was seen, and what it waits for."""

    times: int
    due: int = NEVER


class Relay:
    """Puts every input record onto the spine, with its origin."""

    name = "relay"
    transactional = False
    spine = None
    policy = ""
    format = 0
    traces = ()

    def __init__(self, names: Names) -> None:
        self._names = names
        self.inputs = names.inputs
        self.changelog = names.positions

    def decode(self, value: bytes) -> None:
        raise NotImplementedError

    def encode(self, state: None) -> bytes:
        raise NotImplementedError

    def fold(self, record: Record, stage: Stage[None]) -> None:
        assert record.key is not None
        body = json.loads(record.value or b"{}")
        body["origin"] = [record.topic, record.partition, record.offset, 0]
        partition = self._names.place(record.key)
        stage.send(self._names.spine, record.key, json.dumps(body).encode(), partition=partition)

    def deadline(self, due_ms: int) -> bytes:
        raise NotImplementedError

    def is_trace(self, record: Record) -> bool:
        raise NotImplementedError

    def succession(self, stage: Stage[None]) -> None: ...

    def on_open(self, stage: Stage[None]) -> Sequence[tuple[bytes | None, bytes]]:
        return ()


class Counter:
    """Numbers the records of each key; `wait` arms a deadline, any other record takes it back.

    A deadline that fires arms the next one, until the key was seen three times.
    """

    name = "counter"
    transactional = True
    policy = ""
    format = 1

    def __init__(self, names: Names) -> None:
        self._out = names.out
        self.inputs = (names.spine,)
        self.changelog = names.changelog
        self.spine = names.spine
        self.traces = (names.out,)

    def decode(self, value: bytes) -> Count:
        return Count(int(body_of(value)), due_of(value))

    def encode(self, state: Count) -> bytes:
        return with_due(state.due, str(state.times).encode())

    def fold(self, record: Record, stage: Stage[Count]) -> None:
        assert record.key is not None
        body = json.loads(record.value or b"{}")
        count = stage.read(record.key) or Count(0)
        if "deadline" in body:
            if body["deadline"] != count.due:
                return
            body = {"id": f"deadline {body['deadline']}"}
            due = count.due + 100 if count.times < 3 else NEVER
        elif not stage.first_time(tuple(body["origin"])):
            return
        else:
            due = body.get("wait", NEVER)
        stage.write(record.key, Count(count.times + 1, due))
        said = {"id": body["id"], "seq": count.times + 1}
        stage.send(self._out, record.key, json.dumps(said).encode())

    def deadline(self, due_ms: int) -> bytes:
        return json.dumps({"deadline": due_ms}).encode()

    def is_trace(self, record: Record) -> bool:
        return True

    def succession(self, stage: Stage[Count]) -> None: ...

    def on_open(self, stage: Stage[Count]) -> Sequence[tuple[bytes | None, bytes]]:
        return ()
