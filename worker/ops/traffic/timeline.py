"""All lives side by side, in the order of production."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from random import Random

import orjson

from worker.ops.traffic.companies import diaries_of_companies
from worker.ops.traffic.diary import DAY_MS, Body, Diary, Moment
from worker.ops.traffic.lives import live_through
from worker.ops.traffic.mishaps import gone_wrong
from worker.ops.traffic.passing import moment_in_passing
from worker.ops.traffic.people import person_of
from worker.ops.traffic.produced import Produced, produced_of
from worker.ops.traffic.vendors import IN_ARRAYS, VENDORS, vendor_of

HISTORY_DAYS = 270
NEWCOMER_SHARE = 0.05
MOST_IN_AN_ARRAY = 12
COLLECTED_MS = 60_000


def history(seed: int, leads: int, ends_at: int, days: int = HISTORY_DAYS) -> Iterator[Produced]:
    """Whole lives in the days before `ends_at` (UTC ms), about ten events each."""
    starts_at = ends_at - days * DAY_MS
    companies = diaries_of_companies(seed, leads, starts_at, ends_at)
    moments = [moment for diary in companies for moment in diary.moments if moment.at < ends_at]
    for index in range(leads):
        rng = Random(f"{seed}/life/{index}")
        diary = Diary(
            person_of(seed, index), rng, clock=starts_at + rng.randrange(ends_at - starts_at)
        )
        live_through(diary)
        moments += (moment for moment in diary.moments if moment.at < ends_at)
    for record in _on_the_topics(moments, seed):
        yield record._replace(timestamp_ms=min(record.timestamp_ms, ends_at))


def live(  # noqa: PLR0913 - plain numbers
    seed: int, leads: int, starts_at: int, events: int, per_second: int, *, stretch: int = 0
) -> Iterator[Produced]:
    """Passing moments of the same leads and of newcomers, evenly spread from `starts_at` (UTC ms) on.

    Another `stretch` is other moments of the same people.
    """
    rng = Random(f"{seed}/live/{stretch}")
    people = leads + int(leads * NEWCOMER_SHARE)
    moments = []
    for number in range(events):
        diary = Diary(
            person_of(seed, rng.randrange(people)),
            rng,
            clock=starts_at + number * 1000 // per_second,
            keeps_hours=False,
        )
        moments.append(moment_in_passing(diary))
    last = starts_at + events * 1000 // per_second
    for record in _on_the_topics(moments, seed):
        yield record._replace(timestamp_ms=min(record.timestamp_ms, last))


def _on_the_topics(moments: Iterable[Moment], seed: int) -> list[Produced]:
    rng = Random(f"{seed}/mishaps")
    ordered = sorted(moments, key=attrgetter("at"))
    records = [late for record in _worded(ordered) for late in gone_wrong(record, rng)]
    return sorted(records, key=attrgetter("timestamp_ms"))


def _worded(moments: Iterable[Moment]) -> Iterator[Produced]:
    """Each moment as its source tells it; arrays are posted when they are full, or a minute old."""
    collected: dict[str, list[Body]] = {vendor: [] for vendor in IN_ARRAYS}
    post_by: dict[str, int] = {}
    at = 0
    for moment in moments:
        at = moment.at
        for vendor, due in list(post_by.items()):
            if at > due or len(collected[vendor]) >= MOST_IN_AN_ARRAY:
                yield _posted(vendor, collected[vendor], min(at, due))
                collected[vendor] = []
                del post_by[vendor]
        vendor_or_none = vendor_of(moment)
        if vendor_or_none is None:
            yield produced_of(moment)
        elif vendor_or_none in IN_ARRAYS:
            collected[vendor_or_none] += VENDORS[vendor_or_none](moment)
            post_by.setdefault(vendor_or_none, at + COLLECTED_MS)
        else:
            for item in VENDORS[vendor_or_none](moment):
                yield _posted(vendor_or_none, item, at)
    for vendor in post_by:
        yield _posted(vendor, collected[vendor], at)


def _posted(vendor: str, body: Body | list[Body], at: int) -> Produced:
    """One body of a vendor's webhook, keyed by the delivery, which says nothing of the lead."""
    value = orjson.dumps(body)
    return Produced(f"leads.raw.{vendor}.v1", f"{vendor}-{at}".encode(), value, (), at)
