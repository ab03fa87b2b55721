"""One lane that cannot say what is to come into force keeps no other from saying it."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from worker.lane.consent import Consent
from worker.lane.errors import LaneError, NotAllowed
from worker.lane.processor import Succession


class Waiting:
    """A lane that waits to say it, and may fail."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self.said = False

    def wanted(self) -> Succession | None:
        return None if self.said else Succession("another", (None, b""))

    async def say(self, wanted: Succession) -> None:
        assert wanted.over == "another"
        if self._error is not None:
            raise self._error
        self.said = True


class Heard:
    """What a process hears of it."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.given_up: list[LaneError] = []

    def trouble(self, _processor: str, _doing: str, error: str) -> None:
        self.troubles.append(error)


def consent_of(lanes: Sequence[Any], heard: Heard) -> Consent[Any]:
    async def policies() -> list[str]:
        return ["loaded"]

    means: Any = SimpleNamespace(
        processor=SimpleNamespace(name="lifecycle", policy="loaded"),
        source=SimpleNamespace(policies=policies),
        watch=heard,
        give_up=heard.given_up.append,
    )
    return Consent(means, lambda: lanes)


async def test_the_others_say_it_all_the_same() -> None:
    lanes, heard = [Waiting(TimeoutError()), Waiting(), Waiting()], Heard()
    await consent_of(lanes, heard).look()
    assert [one.said for one in lanes] == [False, True, True]
    assert heard.troubles == ["TimeoutError"]


@pytest.mark.parametrize("first", [True, False])
async def test_what_nothing_mends_is_not_hidden_by_what_may_pass(*, first: bool) -> None:
    lanes, heard = [Waiting(NotAllowed("to write")), Waiting(TimeoutError())], Heard()
    await consent_of(lanes if first else lanes[::-1], heard).look()
    assert [type(error) for error in heard.given_up] == [NotAllowed]
    assert heard.troubles == []
