"""Locks that nothing opens, and ways that lead to what a lock keeps shut."""

from __future__ import annotations

from collections.abc import Iterator

from worker.lifecycle.checker.courses import reached
from worker.lifecycle.checker.subject import Subject, Way
from worker.lifecycle.language.findings import Finding
from worker.lifecycle.language.parts import Lock
from worker.lifecycle.language.words import NEW


def shut_places(subject: Subject, lock: Lock) -> set[str]:
    """Returns the statuses in which a lead may be while a lock is shut."""
    setting = subject.places(lock.set_on)
    lifting = subject.places(lock.lifted_on) - setting
    barred = subject.places(lock.bars)
    ways = [way for way in subject.ways if way.to not in lifting and way.to not in barred]
    return reached(ways, setting)


def locks_of_a_new_lead(subject: Subject) -> Iterator[Finding]:
    """Finds locks that speak of `new`, which no lead ever enters."""
    for name, lock in subject.document.lock.items():
        for key, names in (
            ("bars", lock.bars),
            ("set_on", lock.set_on),
            ("lifted_on", lock.lifted_on),
        ):
            if NEW in names:
                message = f'no lead ever enters "{NEW}"; name statuses here'
                yield Finding(("lock", name, key), message, "lock_on_new")


def locks_for_ever(subject: Subject) -> Iterator[Finding]:
    """Finds locks that are never lifted."""
    for name, lock in subject.document.lock.items():
        setting = subject.places(lock.set_on)
        lifting, barred = subject.places(lock.lifted_on) - setting, subject.places(lock.bars)
        shut = shut_places(subject, lock)
        opening = [
            way
            for way in subject.ways
            if way.to in lifting - barred and not shut.isdisjoint(way.from_)
        ]
        if setting and not opening and not subject.unsure:
            message = (
                f"nothing lifts it: from {', '.join(sorted(setting))} no way leads to"
                f" {' or '.join(lock.lifted_on)} while it is shut; name a status that leads reach under it"
            )
            yield Finding(("lock", name, "lifted_on"), message, "lock_for_ever")


def locked_ways(subject: Subject) -> Iterator[Finding]:
    """Finds ways to what a lock keeps shut: stays that would break it, rules and picks that it always stops."""
    for name, lock in subject.document.lock.items():
        setting, barred = subject.places(lock.set_on), subject.places(lock.bars)
        shut = shut_places(subject, lock)
        for way in subject.ways:
            if way.to not in barred or not way.from_:
                continue
            if way.kind == "stay" and not shut.isdisjoint(way.from_):
                yield _found(
                    way,
                    "to",
                    f'time leads to "{way.to}", which the lock "{name}" may keep shut here',
                    name,
                )
            elif way.kind != "stay" and way.from_ <= setting:
                where = ", ".join(sorted(way.from_))
                yield _found(
                    way, "from", f'"{way.to}" is shut in {where} by the lock "{name}", always', name
                )


def _found(way: Way, key: str, what: str, lock: str) -> Finding:
    message = f"{what}; lead elsewhere, or change [lock.{lock}]"
    return Finding((*way.path, key), message, "locked_way")
