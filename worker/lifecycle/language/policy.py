"""The language of policies: what a policy file may say, as types, and the errors of one that says something else.

A policy names statuses (`[status.NAME]`, in the order of the table), rules (`[[rule]]`, the first that matches wins),
locks, points and fit, forms, and the teams that play each part. Conditions that are used more than once have a name
(`[trait.NAME]`), and so has what is counted (`[counter.NAME]`); both are facts like any other. A lead that nobody has
classified is `new`. Everything else is refused: `PolicyError` carries all that was found, each with what is allowed.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from schemas.vocabulary import Team
from worker.lifecycle.language.findings import Finding, Path, PolicyError
from worker.lifecycle.language.form import fault_of
from worker.lifecycle.language.parts import (
    Counter,
    Engagement,
    FirstHandoff,
    FitPoints,
    Forms,
    Lock,
    Rule,
    Status,
)
from worker.lifecycle.language.words import Name, Names, Part, When, by_name, ordered

__all__ = ["Finding", "Path", "PolicyDocument", "PolicyError", "canonical", "digest_of", "parsed"]


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
        faults = [fault_of(fault, PolicyDocument) for fault in error.errors()]
        raise PolicyError(
            [Finding(path, message, code) for path, code, message in dict.fromkeys(faults)]
        ) from None


def canonical(document: PolicyDocument) -> str:
    """Writes a document so that two policies of the same meaning have the same text."""
    return document.model_dump_json(by_alias=True, exclude_defaults=True, exclude={"story"})


def digest_of(text: str) -> str:
    """Returns the name of a canonical text: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
