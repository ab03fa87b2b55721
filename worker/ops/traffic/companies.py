"""Companies that leads work for: whose they are, and what becomes of them in nine months."""

from __future__ import annotations

from random import Random

from worker.ops.traffic.diary import DAY_MS, Diary
from worker.ops.traffic.people import LEADS_A_COMPANY, company_of, person_of

COURSES = {
    ("prospect", "client"): 10,
    ("client",): 15,
    ("client", "former_client"): 10,
    ("client", "former_client", "client"): 3,
    ("partner",): 4,
    ("partner", "former_partner"): 3,
    ("prospect",): 15,
    (): 40,
}
"""What companies become one after the other, and how often; of most nobody says anything."""


def diaries_of_companies(seed: int, leads: int, starts_at: int, ends_at: int) -> list[Diary]:
    """Returns a diary for each company of these leads: what it was, or became, at some time of the history."""
    diaries = []
    for index in range(0, leads, LEADS_A_COMPANY):
        rng = Random(f"{seed}/company/{index}")
        clock = starts_at + rng.randrange(ends_at - starts_at)
        diary = Diary(person_of(seed, index), rng, clock=clock)
        for relationship in rng.choices(tuple(COURSES), tuple(COURSES.values()))[0]:
            diary.company(relationship)
            diary.clock += rng.randrange(DAY_MS, 90 * DAY_MS)
        diaries.append(diary)
    return diaries


def some_company(diary: Diary) -> str:
    """Returns the company of the lead, or now and then the next one."""
    index = diary.person.index
    return company_of(index + LEADS_A_COMPANY if diary.chance(0.2) else index)
