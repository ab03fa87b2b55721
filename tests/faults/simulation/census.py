"""Whether enough happened in many lives for their verdicts to mean something, and what they come to in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.proof.verdict import DEAD_LETTERS, MESSAGES, OF_DEADLINES, REFUSALS
from tests.faults.simulation.acts import ACTS, ASKED
from tests.faults.simulation.bodies import kind_of
from tests.faults.simulation.outcome import Outcome
from topics.catalogue import OUTCOMES, RAW
from worker.lane.failpoints import NAMES

VERDICTS = ("applied", "duplicate", "refused", "waiting", "ignored")
FATES = ("relayed", "dead_letters", "ignored")
SEEN = {
    "died by chance": "nobody was killed by chance",
    "froze by chance": "nobody froze",
    "thaws": "nobody thawed",
    "comes under the name of another": "nobody came back under its name",
    "gave up: InstanceFenced": "nobody came to itself and found its name taken",
    "has ended": "nobody ended in order",
    "lifecycle dropped repeats": "no repeat of intake was dropped by lifecycle",
    "accounts dropped repeats": "no repeat of intake was dropped by accounts",
    "ends a transaction": "the broker ended no transaction",
    "answers as the leader it was": "no leader of before answered",
}
"""What must have been told at least once, and what it means if it was not."""
EXPECTED = (
    *MESSAGES,
    *DEAD_LETTERS,
    *REFUSALS,
    *(topic.name for topic in (*OUTCOMES, *RAW)),
    *("policy 1", "policy 2", "a policy changed"),
    *(f"{topic} of a deadline" for topic in OF_DEADLINES),
    "a wait over",
)
"""What the topics must have shown at least once."""


@dataclass
class Census:
    """Counts over lives."""

    lives: int = 0
    wrong: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    latest_deadline_ms: int = 0
    virtual_seconds: float = 0.0
    longest_healing_seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Adds what came of a life."""
        self.lives += 1
        self.places.update(outcome.places)
        self.virtual_seconds += outcome.seconds
        self.longest_healing_seconds = max(self.longest_healing_seconds, outcome.healed_seconds)
        if outcome.wrong:
            self.wrong.append((str(outcome.seed), outcome.wrong[:5]))
        self.judged.update(outcome.judged)
        self.verdicts.update(outcome.verdicts)
        self.fates.update(outcome.fates)
        self.happened.update(outcome.happened)
        self.latest_deadline_ms = max(self.latest_deadline_ms, outcome.late_ms)

    def deaths(self) -> Counter[str]:
        """Counts deaths by the kind of place."""
        found: Counter[str] = Counter()
        for told, count in self.places.items():
            if told.startswith("died at "):
                found[kind_of(told.removeprefix("died at "))] += count
        return found

    def lacking(self) -> Iterator[str]:
        """Yields what did not happen that had to."""
        deaths = self.deaths()
        yield from (f"nobody died at {one}" for one in NAMES if not deaths[one])
        yield from (f"nobody froze at {one}" for one in NAMES if not self.places[f"froze at {one}"])
        for moment in ("before", "after"):
            places = (f"{moment} {kind}" for kind in ASKED)
            yield from (f"nobody died {place}" for place in places if not deaths[place])
        yield from (f"no act was {one}" for one in ACTS if not self.places[one])
        yield from (why for told, why in SEEN.items() if not self.places[told])
        for moment in ("late", "unanswered"):
            if not any(told.startswith(f"{moment} ") for told in self.places):
                yield f"no request was {moment}"
        yield from (f"no activity was {one}" for one in VERDICTS if not self.verdicts[one])
        yield from (f"no item was {one}" for one in FATES if not self.fates[one])
        for one in ("deadlines", "told_by_accounts", "repeats", "dead_letters"):
            if not self.judged[one]:
                yield f"no {one.replace('_', ' ')}"
        if not self.latest_deadline_ms:
            yield "no deadline was waited for after the last fault"
        yield from (f"no {one}" for one in EXPECTED if not self.happened[one])

    def as_data(self) -> dict[str, Any]:
        """Returns it as one JSON object has it."""
        return {
            "lives": self.lives,
            "wrong": [
                {"seed": seed, "first": [{"name": name, "where": where} for name, where in found]}
                for seed, found in self.wrong
            ],
            "lacking": list(self.lacking()),
            "deaths": self.deaths().total(),
            "deaths_at": dict(sorted(self.deaths().items())),
            "acts": {one: self.places[one] for one in ACTS},
            "judged": dict(self.judged),
            "activities": dict(self.verdicts),
            "items": dict(self.fates),
            "happened": dict(sorted(self.happened.items())),
            "latest_deadline_ms": self.latest_deadline_ms,
            "virtual_hours": round(self.virtual_seconds / 3600, 1),
            "longest_healing_seconds": round(self.longest_healing_seconds, 1),
            "failure_rate_below": round(3 / self.lives, 5) if self.lives else None,
        }
