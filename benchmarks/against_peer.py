"""`decide` against its peer, and against itself with a thousand rules: single core, no Kafka, one interleaved run.

The sample traffic goes by in slices of leads. Each slice is decided by each in turn, in another order each time, and
its outcomes are encoded; the CPU time of a slice is compared with that of the same slice, and the median of the ratios
is what counts. Before anything is timed, the outcomes of the first slice are compared, field by field but for the
sentence of a refusal.

python -m benchmarks.against_peer --activities 400000
"""

from __future__ import annotations

import argparse
import gc
import json
from collections.abc import Callable, Iterator
from random import Random
from statistics import median
from time import process_time
from typing import Any

import orjson
from click.testing import CliRunner

from benchmarks.lives import SEED, admitted_of
from benchmarks.peer.conditions import Book
from benchmarks.peer.deciding import Deciding
from benchmarks.peer.models import Lead as PeerLead
from schemas.spine import Told
from worker.lane.clock import wall_ms
from worker.lifecycle.decide import decide
from worker.lifecycle.language import compiler
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.language.policy import PolicyDocument
from worker.lifecycle.record import Lead
from worker.ops.policy import command
from worker.ops.traffic import history
from worker.presets import NAMES, load

Log = list[tuple[str, Told]]
LEADS = 2_000
"""In a slice; some twenty thousand activities."""
RULES = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activities", type=int, default=400_000)
    wanted = parser.parse_args().activities
    policy = load("inside-sales")
    document = PolicyDocument.model_validate_json(policy.text)
    book, crowded = Book(document, policy.digest), with_rules(document, RULES)
    ways: dict[str, Callable[[Log], list[bytes]]] = {
        "decide": lambda log: decided(policy, log),
        "peer": lambda log: decided_by_peer(book, log),
        "decide_1000": lambda log: decided(crowded, log),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    activities = 0
    for turn, log in enumerate(slices(wanted)):
        if not turn:
            compare(ways, log)
        activities += len(log)
        order = list(ways)[turn % 3 :] + list(ways)[: turn % 3]
        for name in order:
            times[name].append(cost(ways[name], log))
    told = {f"{name}_us": round(sum(spent) / activities * 1e6, 2) for name, spent in times.items()}
    for name in ("peer", "decide_1000"):
        pairs = zip(times[name], times["decide"], strict=True)
        told[f"{name}_ratio"] = round(median(other / own for other, own in pairs), 2)
    told["check_ms"] = max(map(check_ms, NAMES))
    print(json.dumps({"activities": activities, "rules": len(policy.rules), **told}))


def check_ms(name: str) -> float:
    """Median CPU time of `policy check`, in milliseconds, the start of Python apart."""
    spent = []
    for _ in range(5):
        before = process_time()
        CliRunner().invoke(command, ["check", name], catch_exceptions=False)
        spent.append(process_time() - before)
    return round(median(spent) * 1000, 1)


def slices(wanted: int) -> Iterator[Log]:
    """Whole lives, some hundreds of leads at a time, until there are enough."""
    now, made, seed = wall_ms(), 0, SEED
    while made < wanted:
        log = list(admitted_of(history(seed, LEADS, now)))[: wanted - made]
        made, seed = made + len(log), seed + 1
        yield log


def cost(way: Callable[[Log], object], log: Log) -> float:
    """CPU seconds of one way through a slice; what was there before is out of the collector's sight."""
    gc.collect()
    gc.freeze()
    before = process_time()
    way(log)
    spent = process_time() - before
    gc.unfreeze()
    return spent


def decided(policy: Policy, log: Log) -> list[bytes]:
    leads: dict[str, Lead] = {}
    published: list[bytes] = []
    for lead_id, activity in log:
        decision = decide(policy, leads.get(lead_id), lead_id, activity)
        published += [outcome.encoded() for outcome in decision.outcomes]
        if decision.lead is not None:
            leads[lead_id] = decision.lead
    return published


def decided_by_peer(book: Book, log: Log) -> list[bytes]:
    leads: dict[str, PeerLead] = {}
    published: list[bytes] = []
    for lead_id, activity in log:
        deciding = Deciding(book, leads.get(lead_id) or PeerLead(lead_id=lead_id))
        deciding.decide(activity)
        published += [outcome.model_dump_json().encode() for outcome in deciding.outcomes]
        leads[lead_id] = deciding.lead
    return published


def compare(ways: dict[str, Callable[[Log], list[bytes]]], log: Log) -> None:
    """Stops where the ways do not come to the same."""
    ours, *others = [[meaning(one) for one in way(log)] for way in ways.values()]
    for theirs in others:
        assert ours == theirs, next(
            pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]
        )


def meaning(outcome: bytes) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(outcome)
    return told | {"message": None, "policy": None}


def with_rules(document: PolicyDocument, rules: int) -> Policy:
    """The policy with rules before its own, on every signal and in every status, that look and do not match."""
    told, dice = orjson.loads(compiler.compiled(document).text), Random(SEED)
    signals = sorted(
        {signal for rule in document.rule for signal in rule.on} | {"form", "web_visit"}
    )
    places = ["new", *document.status]
    more = [
        {
            "id": f"more_{number}",
            "on": [dice.choice(signals)],
            "from": [dice.choice(places)],
            "when": {"facts": {"company": f"Company {number}"}},
            "to": dice.choice(list(document.status)),
        }
        for number in range(rules - len(document.rule))
    ]
    told["rule"] = more + told["rule"]
    return compiler.compiled(PolicyDocument.model_validate(told))


if __name__ == "__main__":
    main()
