"""Tells lives from standard input in a process of its own, and prints a digest of every byte that came of them.

A line holds a policy's text and a history as the spine has it. With `--by-set` the details of outcomes go through a set
of words first, as they would in code that relies on its order.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from schemas import spine
from tests.laws.telling import bytes_of, fold
from worker.lifecycle.decide import Decision, decide
from worker.lifecycle.language.compiler import reopened
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import Lead, encode_lead


class Told(msgspec.Struct):
    """A life as it is handed to another process."""

    policy: str
    history: list[str]


def by_set(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    """Writes the fields of each outcome in the order of a set."""
    decision = decide(policy, lead, lead_id, activity)
    for outcome in decision.outcomes:
        fields = dict(outcome.value)
        outcome.value.clear()
        outcome.value.update({name: fields[name] for name in set(fields)})
    return decision


def bytes_told(lines: Iterator[bytes], by: Any) -> Iterator[bytes]:
    """Yields all that is published, and the record at the end of each life."""
    for line in lines:
        told = msgspec.json.decode(line, type=Told)
        history = [spine.decode(message.encode()) for message in told.history]
        lead, outcomes = fold(reopened(told.policy), history, by)
        yield from (*bytes_of(outcomes), encode_lead(lead))


if __name__ == "__main__":
    wrong = "--by-set" in sys.argv
    digest = sha256(b"\n".join(bytes_told(iter(sys.stdin.buffer), by_set if wrong else decide)))
    sys.stdout.write(digest.hexdigest())
