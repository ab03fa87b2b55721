"""The language of policies: what a policy file may say, as types, and the errors of one that says something else.

A policy names statuses (`[status.NAME]`, in the order of the table), rules (`[[rule]]`, the first that matches wins),
locks, points and fit, forms, and the teams that play each part. A lead that nobody has classified is `new`.
Everything else is refused: `PolicyError` carries all that was found, each with what is allowed.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from schemas.vocabulary import Team
from worker.lifecycle.parts import (
    Engagement,
    FirstHandoff,
    FitPoints,
    Forms,
    Lock,
    Name,
    Names,
    Part,
    Rule,
    Status,
    ordered,
)


class PolicyError(Exception):
    """A policy that cannot be used, with every fault found: (where, what was found, what is allowed)."""

    def __init__(self, findings: list[str]) -> None:
        """Keeps the findings, one sentence each."""
        super().__init__("\n".join(findings))
        self.findings = findings


class PolicyDocument(Part):
    """A whole policy."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    version: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    story: str = ""
    teams: dict[Team, Team]
    live_exchange_with: tuple[Team, ...]
    first_handoff: FirstHandoff
    forms: Forms
    roles_of_decision: Names
    personal_domains: Annotated[tuple[str, ...], AfterValidator(ordered)]
    engagement: Engagement
    fit: tuple[FitPoints, ...] = ()
    lock: dict[Name, Lock] = Field(default_factory=dict)
    status: dict[Name, Status]
    rule: tuple[Rule, ...]


def parsed(data: dict[str, Any]) -> PolicyDocument:
    """Turns the tables of a policy file into a document; PolicyError with every fault of form."""
    try:
        return PolicyDocument.model_validate(data)
    except ValidationError as error:
        raise PolicyError([_finding(dict(fault)) for fault in error.errors()]) from None


def _finding(fault: dict[str, Any]) -> str:
    where = re.sub(r"\.(\d+)", r"[\1]", ".".join(str(part) for part in fault["loc"]))
    found = "" if fault["type"] == "missing" else f", found {fault['input']!r:.60}"
    return f"{where}: {fault['msg']}{found}"


def canonical(document: PolicyDocument) -> str:
    """Writes a document so that two policies of the same meaning have the same text."""
    return document.model_dump_json(by_alias=True, exclude_defaults=True, exclude={"story"})


def digest_of(text: str) -> str:
    """Returns the name of a canonical text: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
