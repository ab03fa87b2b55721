"""The language of policies: what a policy file may say, as types, and the errors of one that says something else.

A policy names statuses (`[status.NAME]`, in the order of the table), rules (`[[rule]]`, the first that matches wins),
locks, points and fit, forms, and the teams that play each part. Conditions that are used more than once have a name
(`[trait.NAME]`), and so has what is counted (`[counter.NAME]`); both are facts like any other. A lead that nobody has
classified is `new`. Everything else is refused: `PolicyError` carries all that was found, each with what is allowed.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from schemas.vocabulary import Team
from worker.lifecycle.parts import (
    Counter,
    Engagement,
    FirstHandoff,
    FitPoints,
    Forms,
    Lock,
    Rule,
    Status,
)
from worker.lifecycle.words import Name, Names, Part, When, by_name, ordered

Path = tuple[str | int, ...]
"""Where something stands in a policy: `("rule", 3, "to")`."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong with a policy, and what is allowed; `line` is known where it came from a file."""

    path: Path
    message: str
    line: int | None = None

    def __str__(self) -> str:
        """Writes the finding as a sentence that names its place."""
        where = re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, self.path)))
        line = "" if self.line is None else f"line {self.line}: "
        return f"{line}{where}: {self.message}" if where else f"{line}{self.message}"


class PolicyError(Exception):
    """A policy that cannot be used, with every fault found."""

    def __init__(self, findings: list[Finding]) -> None:
        """Keeps the findings."""
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class PolicyDocument(Part):
    """A whole policy."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    version: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    story: str = ""
    teams: Annotated[dict[Team, Team], AfterValidator(by_name)]
    live_exchange_with: tuple[Team, ...]
    first_handoff: FirstHandoff
    forms: Forms
    roles_of_decision: Annotated[tuple[str, ...], AfterValidator(ordered)]
    personal_domains: Annotated[tuple[str, ...], AfterValidator(ordered)]
    engagement: Engagement
    fit: tuple[FitPoints, ...] = ()
    trait: Annotated[dict[Name, When], AfterValidator(by_name)] = Field(default_factory=dict)
    counter: Annotated[dict[Name, Counter], AfterValidator(by_name)] = Field(default_factory=dict)
    lock: dict[Name, Lock] = Field(default_factory=dict)
    status: dict[Name, Status]
    disabled: Names = ()
    moved: Annotated[dict[Name, Name], AfterValidator(by_name)] = Field(default_factory=dict)
    rule: tuple[Rule, ...]


def parsed(data: dict[str, Any]) -> PolicyDocument:
    """Turns the tables of a policy file into a document; PolicyError with every fault of form."""
    try:
        return PolicyDocument.model_validate(data)
    except ValidationError as error:
        raise PolicyError([_finding(dict(fault)) for fault in error.errors()]) from None


def _finding(fault: dict[str, Any]) -> Finding:
    found = "" if fault["type"] == "missing" else f", found {fault['input']!r:.60}"
    return Finding(tuple(fault["loc"]), f"{fault['msg']}{found}")


def canonical(document: PolicyDocument) -> str:
    """Writes a document so that two policies of the same meaning have the same text."""
    return document.model_dump_json(by_alias=True, exclude_defaults=True, exclude={"story"})


def digest_of(text: str) -> str:
    """Returns the name of a canonical text: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
