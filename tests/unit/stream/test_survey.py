"""A survey of a changelog counts the states that are wrong, however many they are, and holds few of them."""

from __future__ import annotations

from collections import Counter

import pytest

from worker import presets
from worker.lane.birth import Birth, birth_record
from worker.lane.errors import ChangelogDamaged
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import Record
from worker.stream.changelogs import Survey, processors_of

(INTAKE, LEADS, _) = processors_of("app", {}, presets.load("inside-sales"))
NOBODY_S, NOTHING = b"garbage", None


def changelog(*written: tuple[str, bytes | None]) -> list[Record]:
    return [
        Record("t", 0, offset, 0, key.encode(), value)
        for offset, (key, value) in enumerate(written)
    ]


def surveyed(records: list[Record], most: int) -> tuple[Survey, int]:
    """Returns the survey, and how often the changelog was read for it."""
    survey, readings = Survey(LEADS, now_ms=0, most=most), 0
    while True:
        survey.take(records)
        readings += 1
        if survey.settled():
            return survey, readings


@pytest.mark.parametrize("most", range(1, 8))
def test_what_is_wrong_is_counted_once_however_few_are_held_at_a_time(most: int) -> None:
    names = "abcdeabfgac"
    written = changelog(*((name, NOBODY_S) for name in names), ("b", NOTHING), ("a", NOBODY_S))
    survey, readings = surveyed(written, most)
    assert survey.wrong == Counter(ChangelogDamaged=6)
    assert (readings == 1) == (most >= 7)


def test_of_a_relay_its_own_records_are_looked_at_alone() -> None:
    survey = Survey(INTAKE, now_ms=0)
    survey.take(changelog(("stray", b"somebody@example.com"), (POSITION_KEY.decode(), b'{"t": 7}')))
    assert survey.settled()
    assert (survey.wrong, survey.table.positions) == (Counter(), {"t": 7})
    with pytest.raises(ChangelogDamaged):
        survey.take(changelog((POSITION_KEY.decode(), NOBODY_S)))


def test_a_changelog_that_holds_nothing_is_empty() -> None:
    assert surveyed([], 1)[0].empty
    assert not surveyed(changelog(("a", NOBODY_S)), 1)[0].empty
    key, value = birth_record(Birth(1, 1))
    assert not surveyed(changelog((key.decode(), value)), 1)[0].empty
