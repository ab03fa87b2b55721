"""What a verification finds: anomalies by name, what it could not judge and why, and how much it looked at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Name = Literal[
    "lost",
    "torn",
    "duplicate-effect",
    "divergent-duplicate",
    "double-deadline",
    "early-deadline",
    "late-deadline",
    "reordered",
    "phantom",
    "stale-state",
    "unaccounted",
    "misplaced",
    "misread",
    "altered",
]
"""What can be wrong; a deadline that took effect twice is a double one."""

MOST_NAMED = 20
"""Anomalies of a name that are kept with their place: whoever mends begins with the first ones."""


class Anomaly(NamedTuple):
    """What is wrong, by its name, and where."""

    name: Name
    where: str


@dataclass(slots=True)
class Judged:
    """How much was looked at."""

    items: int = 0
    messages: int = 0
    outcomes: int = 0
    account_messages: int = 0
    told_by_accounts: int = 0
    records: int = 0
    largest_record: int = 0
    deadlines: int = 0
    dead_letters: int = 0
    repeats: int = 0
    """Messages that intake relayed again, which their readers drop by origin."""
    of_others: int = 0
    """What other installations have written on the same topics, which is not judged."""


@dataclass(slots=True)
class Undecided:
    """What was under way while it was looked at: caused or written behind the cut."""

    inputs: int = 0
    messages: int = 0
    outcomes: int = 0
    account_messages: int = 0
    records: int = 0


@dataclass(slots=True)
class Findings:
    """Collects what is found; anomalies of each name are counted, and the first ones kept."""

    judged: Judged = field(default_factory=Judged)
    undecided: Undecided = field(default_factory=Undecided)
    counts: Counter[Name] = field(default_factory=Counter)
    anomalies: list[Anomaly] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    """What became of activities: applied, duplicate, refused, ignored, waiting."""
    lateness: Counter[int] = field(default_factory=Counter)
    """Deadlines by how late their message was, in tenths of a second, at most MOST_LATENESS of them."""
    overtaken: list[str] = field(default_factory=list)
    """Events behind a deadline of their lead that may have lain there when it was due."""
    has_company: bool = False
    """Whether another installation has published on the same topics, as far as they were read."""
    nameless: Counter[tuple[str, Name]] = field(default_factory=Counter)
    """What is wrong with what may not say whose it is, by where: words of accounts, members, turns."""
    first_nameless: list[tuple[str, Anomaly]] = field(default_factory=list)
    unsigned: set[str] = field(default_factory=lambda: {""})
    """Where something lies that does not say whose it is; members and turns never do, and lie nowhere."""

    def name(self, name: Name, where: str) -> None:
        """Notes an anomaly."""
        self.counts[name] += 1
        if self.counts[name] <= MOST_NAMED:
            self.anomalies.append(Anomaly(name, _printable(where)))

    def name_nameless(self, name: Name, where: str, on: str = "") -> None:
        """Notes an anomaly of what may bear no name: whether others write there too is known once all is read."""
        self.nameless[on, name] += 1
        if self.nameless[on, name] <= MOST_NAMED:
            self.first_nameless.append((on, Anomaly(name, _printable(where))))

    def close(self) -> None:
        """Ends the reading: names what bears no name, unless another installation may have written or hidden it."""
        hidden = self.unsigned if self.has_company else set[str]()
        for (on, name), count in self.nameless.items():
            if on not in hidden:
                self.counts[name] += count
            elif name in {"lost", "torn"}:
                self.undecided.outcomes += count
            else:
                self.judged.of_others += count
        self.anomalies += [one for on, one in self.first_nameless if on not in hidden]

    def withdraw(self, why: str) -> None:
        """Takes back whatever was named, and notes why it cannot be judged."""
        self.counts.clear()
        self.anomalies.clear()
        self.unknown[:] = [why]

    def cannot_tell(self, why: str) -> None:
        """Notes why something cannot be judged."""
        why = _printable(why)
        if why not in self.unknown and len(self.unknown) < MOST_NAMED:
            self.unknown.append(why)

    @property
    def verdict(self) -> Literal["PASS", "FAIL", "UNKNOWN"]:
        """FAIL where anything is wrong; UNKNOWN where something needed is not there, or there was nothing to judge."""
        if self.counts:
            return "FAIL"
        nothing = not (self.judged.items and self.judged.messages)
        return "UNKNOWN" if self.unknown or nothing else "PASS"

    def reasons(self) -> list[str]:
        """Returns why the verdict is UNKNOWN, or would be."""
        if self.judged.items and self.judged.messages:
            return self.unknown
        nothing = "nothing to judge: no item of an input that intake has passed, or no message that a lane has read"
        return [*self.unknown, nothing]


def _printable(text: str) -> str:
    """Returns a text that does nothing to a terminal: a key may hold anything."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


MOST_LATENESS = 36_000
"""Tenths of a second: an hour; what is later counts as an hour late."""
