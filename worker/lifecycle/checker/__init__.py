"""The checker: what is wrong with a policy whose form is right, before it is live.

Each check is a pure function of one document and yields findings, each with its code, its place and how to mend it.
A finding says that the policy is wrong for certain, and keeps it from being used; a remark says what is worth knowing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from worker.lifecycle.checker import courses, locks, naming, precedence, scores
from worker.lifecycle.checker.subject import Subject
from worker.lifecycle.language.findings import Finding
from worker.lifecycle.language.policy import PolicyDocument

Check = Callable[[Subject], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    naming.unknown_values,
    naming.unknown_teams,
    naming.unknown_answers,
    naming.closing_reasons,
    naming.taken_names,
    naming.moved_statuses,
    courses.unreachable_statuses,
    courses.dead_ends,
    courses.missing_stays,
    courses.idle_legs,
    courses.endless_turns,
    courses.missing_reasons,
    courses.handoffs_without_team,
    locks.locks_of_a_new_lead,
    locks.locks_for_ever,
    locks.locked_ways,
    scores.thresholds_out_of_reach,
    scores.counters_out_of_reach,
    precedence.shadowed_rules,
    precedence.shadowed_points,
)
"""What keeps a policy from being used."""

REMARKS: tuple[Check, ...] = (
    naming.lost_details,
    courses.disabled_statuses,
    precedence.order_that_matters,
)
"""What is only worth knowing."""


def findings_of(document: PolicyDocument, *, remarks: bool) -> list[Finding]:
    """Returns what all checks find, each thing once."""
    subject = Subject(document)
    found: dict[Finding, None] = {}
    for check in CHECKS + REMARKS if remarks else CHECKS:
        subject.worlds.begin()
        found |= dict.fromkeys(check(subject))
    return list(found)
