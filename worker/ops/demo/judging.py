"""Gives the oracle what it judges by: intake's own `admit`, and the spine retold by `simulate --from-spine`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator

import orjson

from schemas.account_log import Membership
from topics.catalogue import kind_of, name_of
from worker.intake.admit import admit
from worker.intake.items import AccountHeard, Admitted, DeadLetter
from worker.lane.processor import Record
from worker.ops.demo.logs import Logs
from worker.ops.demo.oracle import Fate, Outcome, Retold, Verdict, verdict_of
from worker.ops.exits import AnswerIsNo
from worker.ops.replay import Replay
from worker.ops.simulation import Simulation
from worker.presets import load


def judged(logs: Logs, policy: str) -> Verdict:
    """Judge what the topics hold, under this policy where the spine names none."""
    again = Retold(retold(logs.spine, policy), memberships_of(logs.spine, policy))
    return verdict_of(logs, fates_of, again)


def fates_of(record: Record) -> Iterator[tuple[int, Fate]]:
    """Say where each item of an input record belongs."""
    for item in admit(kind_of(record.topic), record.value, record.headers, record.timestamp_ms):
        if isinstance(item, Admitted):
            yield item.item, "spine"
        elif isinstance(item, AccountHeard):
            yield item.item, "account-log"
        else:
            yield item.item, "dead-letter" if isinstance(item, DeadLetter) else "ignored"


def retold(spine: Iterable[Record], policy: str) -> list[Outcome]:
    """Tell the spine again without a broker; AnswerIsNo with what `simulate` says where it cannot."""
    command = [sys.executable, "-m", "worker", "simulate", "--policy", policy, "--from-spine", "-"]
    lines = b"".join(map(line_of, spine))
    done = subprocess.run(command, input=lines, capture_output=True, check=False)  # noqa: S603  our own module
    if done.returncode:
        raise AnswerIsNo(f"simulate cannot read the spine: {done.stderr.decode(errors='replace')}")
    return [_outcome(orjson.loads(line)) for line in done.stdout.splitlines()]


def memberships_of(spine: Iterable[Record], policy: str) -> list[Membership]:
    """Return who came to an account and who left it, in the order of the spine."""
    replay = Replay(Simulation(load(policy)))
    for record in spine:
        replay.tell(line_of(record))
    return replay.memberships


def line_of(record: Record) -> bytes:
    """Return a message of the spine as `topics read` writes it, as far as `simulate` looks."""
    line = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "key": None if record.key is None else record.key.decode(),
        "value": orjson.Fragment(record.value or b"null"),
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _outcome(line: dict[str, object]) -> Outcome:
    topic, key = name_of(str(line["type"])), str(line["key"]).encode()
    return Outcome(topic, key, orjson.dumps(line["value"]))
